/** What stands in one copy means nothing to the others, however wide the blocks of its sets and whatever its policies ask for. */
import { expect, test } from 'vitest';
import { parseFlow } from '../../src/flow/notation.ts';
import { multiplyCluster, renamings } from '../../src/measure/multiply.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { resolveFlow } from '../../src/policy/judge/resolve-flow.ts';
import { createWorld } from '../../src/policy/world.ts';
import { calico, clusterOf, summary } from '../policy/host-cluster.ts';

const COPIES = 3;

/** Holds no pod of its own cluster; other leading bits, and it holds all of them. */
const WIDE = calico('GlobalNetworkSet', 'wide', '{ nets: [128.0.0.0/1] }');
/** Pod a sends what the rule allows, and nothing else. */
const allowing = (destination: string): string[] => [
  WIDE,
  calico(
    'GlobalNetworkPolicy',
    'rule',
    `{ selector: app == "a", types: [Egress], egress: [{ action: Allow, destination: ${destination} }] }`,
  ),
];

const GROUPS = [
  '{ apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: { name: wide, labels: { is: wide } }, spec: { externalCIDRs: [0.0.0.0/1] } }',
  '{ apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: { name: rule, namespace: x }, spec: { endpointSelector: { matchLabels: { app: c } }, ingress: [{ fromCIDRSet: [{ cidrGroupSelector: { matchExpressions: [{ key: is, operator: NotIn, values: [small] }] } }] }] } }',
];

test.each<[string, string, string[], string, string]>([
  [
    'sets and what a selector excludes',
    'calico',
    allowing('{ selector: app != "b" }'),
    'tcp x/a to x/b:80',
    'deny tier-end egress rule',
  ],
  [
    'sets and a negative selector',
    'calico',
    allowing('{ notSelector: app != "b" }'),
    'tcp x/a to x/b:80',
    'allow profile ingress',
  ],
  [
    'sets and other namespaces',
    'calico',
    allowing('{ namespaceSelector: projectcalico.org/name != "x" }'),
    'tcp x/a to x/b:80',
    'deny tier-end egress rule',
  ],
  [
    'sets and other accounts',
    'calico',
    allowing('{ serviceAccounts: { selector: projectcalico.org/name != "default" } }'),
    'tcp x/a to x/b:80',
    'deny tier-end egress rule',
  ],
  [
    'sets and no account at all',
    'calico',
    allowing('{ serviceAccounts: {} }'),
    'tcp x/a to 8.8.8.8:80',
    'allow policy egress rule',
  ],
  [
    'hosts and all() beside namespaces',
    'calico',
    [
      calico(
        'GlobalNetworkPolicy',
        'pods',
        '{ selector: all(), namespaceSelector: projectcalico.org/name != "y", types: [Ingress] }',
      ),
    ],
    'tcp 203.0.113.9 to 192.168.0.2:80',
    'allow profile host-ingress',
  ],
  ['groups of blocks', 'cilium', GROUPS, 'tcp 203.0.113.9 to x/c:80', 'deny tier-end ingress rule'],
])('%s under %s', (_, cni, manifests, text, expected) => {
  const cluster = clusterOf(...manifests);
  const alone = createWorld(cluster, cniProfile(cni)!);
  const among = createWorld(multiplyCluster(cluster, COPIES)!, cniProfile(cni)!);
  const parsed = parseFlow(text);
  if (!('flow' in parsed)) throw new Error(parsed.problem);
  const packet = resolveFlow(parsed.flow, alone).value[0]!;
  const plain = (words: string): string => words.replace(/[\ue000-\uf8ff]/g, '');
  expect(summary(judge(packet, alone))).toBe(expected);
  for (const { address, copy } of renamings(cluster, COPIES)!) {
    const copied = { ...packet, source: address(packet.source), destination: address(packet.destination) };
    expect(plain(summary(judge(copied, among))), `copy ${copy}`).toBe(expected);
  }
});
