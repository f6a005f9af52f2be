import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/net/cidr.ts';
import { protocolName } from '../../src/net/protocol.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBE_ROUTER, KUBE_ROUTER_NFT } from '../../src/policy/cni/kube-router.ts';
import type { TranslationKnobs } from '../../src/policy/cni/profile.ts';
import type { EntityMatch, Policy, Rule } from '../../src/policy/policy.ts';
import { fromNetworkPolicies } from '../../src/policy/translate/from-network-policies.ts';
import { mergedRanges } from '../../src/policy/translate/network-policy-ports.ts';
import { printSelector } from '../../src/selector/print.ts';
import { clusterFrom } from '../examine.ts';

function translate(spec: string, knobs: TranslationKnobs = CALICO): Policy {
  const cluster = clusterFrom(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p, namespace: shop }
spec: ${spec}
`);
  return fromNetworkPolicies(cluster.networkPolicies, knobs, { labelSets: [] }, cluster.namespaces)[0]!;
}

function sideText({ nets, notNets, selector, ports, namedPorts }: EntityMatch): string {
  return [
    nets?.map(formatCidr).join(' '),
    notNets && `not ${notNets.map(formatCidr).join(' ')}`,
    selector && printSelector(selector),
    ports?.map(({ first, last }) => (first === last ? first : `${first}-${last}`)).join(','),
    namedPorts?.join(','),
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function ruleText({ action, match, index, calicoIndex }: Rule): string {
  const protocol = match.protocol === undefined ? 'any' : protocolName(match.protocol);
  const sides = `[${sideText(match.source)}] [${sideText(match.destination)}]`;
  return `${index}/${calicoIndex} ${action} ${protocol} ${sides}`;
}

const own = 'projectcalico.org/namespace == "shop"';
const k8s = 'projectcalico.org/orchestrator == "k8s"';

describe('rules', () => {
  test('stand where their peer stands, or where the rule does', () => {
    const { at, rules } = translate(`
  podSelector: {}
  ingress:
    - from:
        - podSelector: {}
        - ipBlock: { cidr: 10.0.0.0/8 }
      ports: [{ port: 80 }, { protocol: UDP }]
    - ports: [{ port: 81 }]`);
    const lines = rules.ingress.map((rule) => rule.at.line - at.line);
    expect(lines).toEqual([5, 6, 5, 6, 8]);
  });

  test('one a protocol in alphabetical order and peer in the order given; the index counts on over rules', () => {
    const { rules } = translate(`
  podSelector: {}
  ingress:
    - from: [{ podSelector: { matchLabels: { b: "2", a: "1" } } }, { ipBlock: { cidr: 10.1.2.3/8, except: [10.2.0.0/16] } }]
      ports: [{ protocol: UDP, port: 53 }, { port: http }, { port: 80 }, { port: 81, endPort: 90 }, { protocol: SCTP }]
    - {}`);
    const peer = `(${own} && (${k8s} && a == "1" && b == "2"))`;
    const block = '10.0.0.0/8 not 10.2.0.0/16';
    expect(rules.ingress.map(ruleText)).toEqual([
      `0/0 allow sctp [${peer}] []`,
      `0/1 allow sctp [${block}] []`,
      `0/2 allow tcp [${peer}] [80-90 http]`,
      `0/3 allow tcp [${block}] [80-90 http]`,
      `0/4 allow udp [${peer}] [53]`,
      `0/5 allow udp [${block}] [53]`,
      '1/6 allow any [] []',
    ]);
    expect(rules.egress).toEqual([]);
  });

  test('on egress the peer and the ports stand on the same side', () => {
    const { rules, types } = translate(
      '{ podSelector: {}, policyTypes: [Egress], egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 80 }] }] }',
    );
    expect(rules.egress.map(ruleText)).toEqual([
      `0/0 allow tcp [] [(has(projectcalico.org/namespace) && ${k8s}) 80]`,
    ]);
    expect(types).toEqual({ ingress: false, egress: true });
  });

  test('an entry without a port absorbs the others of its protocol', () => {
    const { rules } = translate(
      '{ podSelector: {}, ingress: [{ ports: [{ port: 80 }, {}, { port: http }] }] }',
    );
    expect(rules.ingress.map(ruleText)).toEqual(['0/0 allow tcp [] []']);
  });

  test('rules of a direction that the types leave out are inert', () => {
    const { rules } = translate('{ podSelector: {}, policyTypes: [Egress], ingress: [{}] }');
    expect(rules).toEqual({ ingress: [], egress: [] });
  });

  test('namespace labels are seen with their prefix, keys sorted, expressions in the order given', () => {
    const { rules, selector } = translate(
      '{ podSelector: { matchExpressions: [{ key: z, operator: Exists }, { key: a, operator: NotIn, values: [v, u, v] }] }, ' +
        'ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue }, matchExpressions: [{ key: old, operator: DoesNotExist }, { key: env, operator: In, values: [b, a] }] } }] }] }',
    );
    expect(printSelector(selector)).toBe(`((${k8s} && has(z) && a not in {"u", "v"}) && ${own})`);
    expect(printSelector(rules.ingress[0]!.match.source.selector!)).toBe(
      `((pcns.team == "blue" && !has(pcns.old) && pcns.env in {"a", "b"}) && ${k8s})`,
    );
  });
});

test.each([KUBE_ROUTER, KUBE_ROUTER_NFT])(
  'exceptions of $name hold for blocks of their own family',
  (profile) => {
    const { rules } = translate(
      `
  podSelector: {}
  ingress: [{ from: [{ ipBlock: { cidr: 10.0.0.1/32 } }, { ipBlock: { cidr: "fd00::/8", except: ["fd00::/64"] } }] }]`,
      profile,
    );
    expect(rules.ingress.map(({ match }) => sideText(match.source))).toEqual([
      '10.0.0.1/32',
      'fd00::/8 not fd00::/64',
    ]);
  },
);

test('tier, order and kind are those that Calico gives', () => {
  const { kind, calicoKind, tier, order, staged, namespace } = translate('{}');
  expect({ kind, calicoKind, tier, order, staged, namespace }).toEqual({
    kind: 'NetworkPolicy',
    calicoKind: 'KubernetesNetworkPolicy',
    tier: 'default',
    order: 1000,
    staged: false,
    namespace: 'shop',
  });
});

test('ranges that touch or overlap become one', () => {
  const range = (first: number, last = first) => ({ first, last });
  expect(mergedRanges([range(90, 95), range(80), range(81, 89), range(82), range(97)])).toEqual([
    range(80, 95),
    range(97),
  ]);
  expect(mergedRanges([range(65535), range(1, 65535)])).toEqual([range(1, 65535)]);
});
