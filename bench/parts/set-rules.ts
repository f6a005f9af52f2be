/**
 * Rules that allow the members of one IP set each, as a selector of a NetworkPolicy makes it: a cluster of 1,000 sets with 50 pods each, and
 * pods that are governed by some of them. The rest of the sets is in the tables all the same: the members' own policy names all.
 */
import type { NetworkPolicy, NetworkPolicyRule } from '#src/policy/api/network-policy.js';
import type { Cluster, Namespace } from '#src/policy/cluster.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { EMPTY_CLUSTER } from '#src/policy/empty-cluster.js';
import type { SetRule } from './bpf-lookups.ts';
import { randomFrom } from './synthetic.ts';
import { at, ipv4, podOf, SYNTHETIC_NODES } from './synthetic-cluster.ts';

const SETS = 1000;
const MEMBERS = 50;
const TARGETS = 1024;
const FIRST_MEMBER = 0x0a000000;
const FIRST_TARGET = 0x0ac80000;
const FIRST_PORT = 1000;
/** No rule names it. */
const OTHER_PORT = 9;

/** A rule a set, as many as asked for. */
export function setRules(count: number): SetRule[] {
  return Array.from({ length: count }, (_, set) => ({ set, port: FIRST_PORT + set }));
}

/** The pods of a set lie apart, as those of a Deployment do that run on many nodes. */
const addressOf = (set: number, member: number): number => FIRST_MEMBER + member * SETS + set;

/** The addresses of each set. */
export function setMembers(): number[][] {
  return Array.from({ length: SETS }, (_, set) =>
    Array.from({ length: MEMBERS }, (_, member) => addressOf(set, member)),
  );
}

const ruleOf = ({ set, port }: SetRule): NetworkPolicyRule => ({
  peers: [
    {
      podSelector: { matchLabels: { set: `s-${set}` }, matchExpressions: [] },
      namespaceSelector: { matchLabels: {}, matchExpressions: [] },
      at,
    },
  ],
  ports: [{ protocol: 6, port }],
  at,
});

const policyOf = (namespace: string, rules: readonly SetRule[]): NetworkPolicy => ({
  namespace,
  name: 'sets',
  podSelector: { matchLabels: {}, matchExpressions: [] },
  policyTypes: { ingress: true, egress: false },
  ingress: rules.map(ruleOf),
  egress: [],
  at,
});

export function setsCluster(rules: readonly SetRule[]): Cluster {
  const names = ['members', 'targets'];
  return {
    ...EMPTY_CLUSTER,
    namespaces: new Map<string, Namespace>(names.map((name) => [name, { name, labels: {}, at }])),
    nodes: SYNTHETIC_NODES,
    pods: [
      ...setMembers().flatMap((addresses, set) =>
        addresses.map((address) => podOf('members', address, { set: `s-${set}` })),
      ),
      ...Array.from({ length: TARGETS }, (_, index) => podOf('targets', FIRST_TARGET + index, {})),
    ],
    networkPolicies: [policyOf('members', setRules(SETS)), policyOf('targets', rules)],
  };
}

/** Packets from members to targets; the share of them that some rule allows. */
export function drawSetPackets(rules: readonly SetRule[], count: number, allowed: number): FirstPacket[] {
  const random = randomFrom(rules.length);
  const below = (limit: number): number => Math.floor(random() * limit);
  return Array.from({ length: count }, (): FirstPacket => {
    const rule = random() < allowed ? rules[below(rules.length)] : undefined;
    return {
      source: ipv4(addressOf(rule?.set ?? below(SETS), below(MEMBERS))),
      destination: ipv4(FIRST_TARGET + below(TARGETS)),
      protocol: 6,
      sourcePort: 32_768 + below(28_000),
      destinationPort: rule?.port ?? OTHER_PORT,
    };
  });
}
