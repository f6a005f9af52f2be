/**
 * The rules that kube-router writes for NetworkPolicies on one node, with iptables and ipsets or with nftables. Written from its own chains,
 * not from dryplane's model: one chain a policy for both directions, a chain for each pod.
 *
 * Source: cloudnativelabs/kube-router pkg/controllers/netpol/policy.go, pod.go, npc_iptables.go, npc_nftables.go, pkg/utils/iptables.go.
 */
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyRule,
} from '../../src/policy/api/network-policy.ts';
import type { Pod } from '../../src/policy/cluster.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { type Conditions, type Line, type PortRange, RuleSet } from './rule-set.ts';
import { addressOf, matching, type Selecting } from './selecting.ts';

const ADMITTED = { value: 0x1_0000, mask: 0x1_0000 };
const ACCEPTED = { value: 0x2_0000, mask: 0x2_0000 };
const DIRECTIONS = ['ingress', 'egress'] as const;
const ICMP = 1;
/** Destination unreachable, echo, time exceeded. */
const ICMP_TYPES = [3, 8, 11];

export function kubeRouterRules(cluster: Selecting, backend: 'iptables' | 'nftables'): RuleSet {
  const rules = new RuleSet();
  rules.add('forward');
  rules.add(
    'common',
    { state: 'invalid', action: 'drop' },
    { state: 'established,related', action: 'accept' },
    ...ICMP_TYPES.map((icmpType): Line => ({ protocol: ICMP, icmpType, action: 'accept' })),
  );
  rules.add('default', { action: { mark: ADMITTED.value, mask: ADMITTED.mask } });
  cluster.networkPolicies.forEach((policy, index) => {
    rules.add(`policy_${index}`);
    const subjects = rules.addresses(matching(cluster, policy, policy.namespace).map(addressOf));
    for (const direction of DIRECTIONS) {
      if (!policy.policyTypes[direction]) continue;
      for (const rule of policy[direction])
        addRule(rules, `policy_${index}`, { cluster, policy, rule, direction, subjects, backend });
    }
  });
  for (const pod of cluster.pods) {
    const [chain, address] = [`pod_${pod.name}`, addressOf(pod)];
    rules.add(chain, ...podLines(pod, cluster));
    rules.add(
      'forward',
      { destination: address, action: { jump: chain } },
      { source: address, action: { jump: chain } },
    );
  }
  rules.add('forward', { mark: ACCEPTED, action: 'accept' });
  return rules;
}

function podLines(pod: Pod, cluster: Selecting): Line[] {
  const address = addressOf(pod);
  const of = (direction: Direction): Conditions =>
    direction === 'ingress' ? { destination: address } : { source: address };
  const selecting = cluster.networkPolicies.filter((policy) =>
    matching(cluster, policy, policy.namespace).includes(pod),
  );
  const jumps = selecting.map((policy): Line => {
    const { ingress, egress } = policy.policyTypes;
    // A policy of both types is asked whatever the direction.
    const where = ingress && egress ? {} : of(ingress ? 'ingress' : 'egress');
    return { ...where, action: { jump: `policy_${cluster.networkPolicies.indexOf(policy)}` } };
  });
  const open = DIRECTIONS.filter((direction) =>
    selecting.every(({ policyTypes }) => !policyTypes[direction]),
  );
  return [
    { action: { jump: 'common' } },
    ...open.map((direction): Line => ({ ...of(direction), action: { jump: 'default' } })),
    ...jumps,
    { mark: { value: 0, mask: ADMITTED.mask }, action: 'reject' },
    { action: { mark: 0, mask: ADMITTED.mask } },
    { action: { mark: ACCEPTED.value, mask: ACCEPTED.mask } },
  ];
}

interface Asked {
  readonly cluster: Selecting;
  readonly policy: NetworkPolicy;
  readonly rule: NetworkPolicyRule;
  readonly direction: Direction;
  /** The set of those that the policy selects. */
  readonly subjects: string;
  readonly backend: 'iptables' | 'nftables';
}

interface Port {
  readonly protocol: number;
  readonly ports?: readonly PortRange[];
}

function addRule(rules: RuleSet, chain: string, asked: Asked): void {
  const { cluster, policy, rule, direction, subjects, backend } = asked;
  const selecting = rule.peers.filter(({ ipBlock }) => ipBlock === undefined);
  const blocks = rule.peers.flatMap(({ ipBlock }) => (ipBlock?.cidr.network.family === 4 ? [ipBlock] : []));
  const pods = [...new Set(selecting.flatMap((peer) => matching(cluster, peer, policy.namespace)))];
  const isIngress = direction === 'ingress';
  const between = (peer: string | undefined, own: string | undefined): Conditions => ({
    ...(peer === undefined ? {} : isIngress ? { sourceSet: peer } : { destinationSet: peer }),
    ...(own === undefined ? {} : isIngress ? { destinationSet: own } : { sourceSet: own }),
  });
  const numbers = rule.ports.flatMap(({ protocol, port, endPort }): Port[] =>
    typeof port === 'string'
      ? []
      : [{ protocol, ...(port === undefined ? {} : { ports: [{ first: port, last: endPort ?? port }] }) }],
  );
  const isAnyPort = rule.ports.length === 0;
  const admit = (into: string, match: Conditions): void =>
    rules.add(
      into,
      { ...match, action: { mark: ADMITTED.value, mask: ADMITTED.mask } },
      { mark: ADMITTED, action: 'return' },
    );
  if (pods.length > 0) {
    const peer = rules.addresses(pods.map(addressOf));
    const named = namedPorts(asked, isIngress ? matching(cluster, policy, policy.namespace) : pods);
    for (const port of numbers) admit(chain, { ...between(peer, subjects), ...port });
    for (const { giving, port } of named) {
      const set = rules.addresses(giving.map(addressOf));
      admit(chain, { ...(isIngress ? between(peer, set) : between(set, subjects)), ...port });
    }
    if (numbers.length === 0 && named.length === 0) admit(chain, between(peer, subjects));
  }
  if (rule.peers.length === 0) {
    if (isAnyPort) admit(chain, between(undefined, subjects));
    for (const port of numbers) admit(chain, { ...between(undefined, subjects), ...port });
    const among = isIngress
      ? matching(cluster, policy, policy.namespace)
      : cluster.pods.filter(({ namespace }) => namespace === policy.namespace);
    for (const { giving, port } of namedPorts(asked, among))
      admit(chain, {
        ...between(undefined, isIngress ? rules.addresses(giving.map(addressOf)) : subjects),
        ...port,
      });
  }
  if (blocks.length === 0) return;
  const into = blocksChain(rules, chain, { blocks, isIngress, backend });
  const peer = rules.set({
    kind: 'blocks',
    blocks: blocks.map(({ cidr }) => cidr),
    except: backend === 'iptables' ? blocks.flatMap(({ except }) => except) : [],
  });
  if (isAnyPort) admit(into, between(peer, subjects));
  for (const port of numbers) admit(into, { ...between(peer, subjects), ...port });
  if (isIngress)
    for (const { giving, port } of namedPorts(asked, matching(cluster, policy, policy.namespace)))
      admit(into, { ...between(peer, rules.addresses(giving.map(addressOf))), ...port });
  if (into !== chain) rules.add(chain, { mark: ADMITTED, action: 'return' });
}

/** With nftables a rule's exceptions stand before it, in a chain of its own. */
function blocksChain(
  rules: RuleSet,
  chain: string,
  asked: {
    readonly blocks: readonly NonNullable<NetworkPolicyPeer['ipBlock']>[];
    readonly isIngress: boolean;
    readonly backend: 'iptables' | 'nftables';
  },
): string {
  const except = asked.blocks.flatMap((block) => block.except);
  if (asked.backend === 'iptables' || except.length === 0) return chain;
  const into = `blocks_${rules.chains.size}`;
  const set = rules.set({ kind: 'blocks', blocks: except, except: [] });
  rules.add(into, {
    ...(asked.isIngress ? { sourceSet: set } : { destinationSet: set }),
    action: 'return',
  });
  rules.add(chain, { action: { jump: into } });
  return into;
}

/** Pods by the number that they give a name of the rule's ports. */
function namedPorts(
  { rule }: Asked,
  among: readonly Pod[],
): { readonly giving: readonly Pod[]; readonly port: Port }[] {
  return rule.ports.flatMap(({ protocol, port: name }) => {
    if (typeof name !== 'string') return [];
    const byNumber = new Map<number, Pod[]>();
    for (const pod of among)
      for (const { name: own, protocol: spoken, port } of pod.ports)
        if (own === name && spoken === protocol) byNumber.set(port, [...(byNumber.get(port) ?? []), pod]);
    return [...byNumber].map(([first, giving]) => ({
      giving,
      port: { protocol, ports: [{ first, last: first }] },
    }));
  });
}
