/**
 * The rules that Calico's iptables data plane writes for NetworkPolicies on one node: chains of endpoints that ask policies in turn, chains
 * of policies whose rules set the mark of acceptance, peers as IP sets. Written from Felix's own chains, not from dryplane's model.
 *
 * Source: projectcalico/calico felix/rules/endpoints.go, felix/rules/policy.go, libcalico-go/lib/backend/k8s/conversion/conversion.go.
 */
import { formatCidr } from '../../src/net/cidr.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type {
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyRule,
} from '../../src/policy/api/network-policy.ts';
import type { Pod } from '../../src/policy/cluster.ts';
import type { Direction } from '../../src/policy/policy.ts';
import { type Conditions, type Line, RuleSet } from './rule-set.ts';
import { addressOf, matching, type Selecting } from './selecting.ts';

const ACCEPTED = { value: 0x1_0000, mask: 0x1_0000 };
const BLOCKS = { value: 0x4_0000, mask: 0x4_0000 };
const IPIP = 4;
const VXLAN_PORT = 4789;

export function calicoRules(cluster: Selecting): RuleSet {
  const rules = new RuleSet();
  const { pods, networkPolicies } = cluster;
  rules.add('forward');
  for (const policy of networkPolicies)
    for (const direction of ['ingress', 'egress'] as const)
      rules.add(chainName(policy, direction, cluster), ...policyLines(rules, policy, direction, cluster));
  for (const pod of pods) {
    const address = addressOf(pod);
    for (const direction of ['egress', 'ingress'] as const) {
      const chain = `${direction === 'egress' ? 'fw' : 'tw'}_${pod.name}`;
      rules.add(chain, ...endpointLines(pod, direction, cluster));
      const match = direction === 'egress' ? { source: address } : { destination: address };
      rules.add('forward', { ...match, action: { jump: chain } });
    }
  }
  return rules;
}

function chainName(policy: NetworkPolicy, direction: Direction, { networkPolicies }: Selecting): string {
  return `p${direction[0]}_${networkPolicies.indexOf(policy)}`;
}

function endpointLines(pod: Pod, direction: Direction, cluster: Selecting): Line[] {
  const governing = cluster.networkPolicies.filter(
    (policy) => policy.policyTypes[direction] && matching(cluster, policy, policy.namespace).includes(pod),
  );
  return [
    { state: 'established,related', action: 'accept' },
    { state: 'invalid', action: 'drop' },
    { action: { mark: 0, mask: ACCEPTED.mask } },
    ...(direction === 'ingress'
      ? []
      : [
          { protocol: UDP, ports: [{ first: VXLAN_PORT, last: VXLAN_PORT }], action: 'drop' as const },
          { protocol: IPIP, action: 'drop' as const },
        ]),
    ...governing.flatMap((policy): Line[] => [
      { action: { jump: chainName(policy, direction, cluster) } },
      { mark: ACCEPTED, action: 'return' },
    ]),
    // Behind the tier stand profiles, which accept everything.
    ...(governing.length === 0 ? [] : [{ action: 'drop' as const }]),
  ];
}

function policyLines(
  rules: RuleSet,
  policy: NetworkPolicy,
  direction: Direction,
  cluster: Selecting,
): Line[] {
  return policy[direction].flatMap((rule) => {
    const peers = rule.peers.length === 0 ? [undefined] : rule.peers;
    return protocolsOf(rule).flatMap((protocol) =>
      peers.flatMap((peer) => ruleLines(rules, { policy, rule, direction, cluster, protocol, peer })),
    );
  });
}

const protocolsOf = ({ ports }: NetworkPolicyRule): (number | undefined)[] =>
  ports.length === 0
    ? [undefined]
    : [SCTP, TCP, UDP].filter((protocol) => ports.some((port) => port.protocol === protocol));

interface Expanded {
  readonly policy: NetworkPolicy;
  readonly rule: NetworkPolicyRule;
  readonly direction: Direction;
  readonly cluster: Selecting;
  readonly protocol: number | undefined;
  readonly peer: NetworkPolicyPeer | undefined;
}

/** One protocol and peer: what must not or must match as well is marked before the line that decides. */
function ruleLines(rules: RuleSet, expanded: Expanded): Line[] {
  const { policy, rule, direction, cluster, protocol, peer } = expanded;
  const side = direction === 'ingress' ? 'source' : 'destination';
  const setSide = direction === 'ingress' ? 'sourceSet' : 'destinationSet';
  const block = peer?.ipBlock;
  if (block?.cidr.network.family === 6) return [];
  const own = rule.ports.filter((port) => port.protocol === protocol);
  const isAny = protocol === undefined || own.some(({ port }) => port === undefined);
  const numbers = own.flatMap(({ port, endPort }) =>
    typeof port === 'number' ? [{ first: port, last: endPort ?? port }] : [],
  );
  const names = isAny ? [] : own.flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
  const selected =
    peer === undefined || block !== undefined ? undefined : matching(cluster, peer, policy.namespace);
  const asked: Conditions = {
    ...(protocol === undefined ? {} : { protocol }),
    ...(block === undefined ? {} : { [side]: formatCidr(block.cidr) }),
    ...(selected === undefined ? {} : { [setSide]: rules.addresses(selected.map(addressOf)) }),
  };
  const named = names.map((name): Conditions => {
    const among = direction === 'egress' && selected !== undefined ? selected : cluster.pods;
    const members = among.flatMap((pod) =>
      pod.ports
        .filter((port) => port.name === name && port.protocol === protocol)
        .map(({ port }) => ({ address: addressOf(pod), protocol: protocol!, port })),
    );
    return { destinationPortSet: rules.set({ kind: 'ports', members }) };
  });
  const isPositive = !isAny;
  const excepted = (block?.except ?? []).map(
    (cidr): Line => ({ [side]: formatCidr(cidr), action: { mark: 0, mask: BLOCKS.mask } }),
  );
  return [
    { action: { mark: isPositive ? 0 : BLOCKS.value, mask: BLOCKS.mask } },
    ...(isAny || numbers.length === 0
      ? []
      : [{ protocol: protocol!, ports: numbers, action: { mark: BLOCKS.value, mask: BLOCKS.mask } }]),
    ...named.map((match): Line => ({ ...match, action: { mark: BLOCKS.value, mask: BLOCKS.mask } })),
    ...excepted,
    { ...asked, mark: BLOCKS, action: { mark: ACCEPTED.value, mask: ACCEPTED.mask } },
    { mark: ACCEPTED, action: 'return' },
  ];
}
