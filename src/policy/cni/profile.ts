/**
 * A CNI profile: the knobs in which a CNI departs from what the API says, as data. Compile-time knobs change which
 * rules exist; lookup-time knobs change the pipeline of a first packet (src/README.md) and travel in the tables.
 */
import type { Direction, RuleMatch } from '../policy.ts';

/** `Calico` stands for all kinds of projectcalico.org, `Cilium` for both policy kinds of cilium.io. */
export type PolicyApi =
  | 'NetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'AdminNetworkPolicy'
  | 'BaselineAdminNetworkPolicy'
  | 'Calico'
  | 'Cilium';

/** What a CNI decides at pods before any policy. */
export interface PodGuard {
  readonly hooks: readonly Direction[];
  readonly action: 'allow' | 'deny';
  readonly match: RuleMatch;
  /** For people: `ping is accepted`. */
  readonly words: string;
}

/** How NetworkPolicies become rules. */
export interface TranslationKnobs {
  /**
   * Rules of a direction that the policy's types do not list. `listed`: inert. `rules-imply`: they isolate and apply all the same.
   * `isolate-only`: they isolate nobody, and admit what they say beside other policies. `ingress-only`: the list is not read, every policy
   * is one of ingress and none of egress.
   */
  readonly policyTypes: 'listed' | 'rules-imply' | 'isolate-only' | 'ingress-only';
  /**
   * Who is isolated. `selected-pods`: those that a policy selects. `annotated-namespaces`: all pods of namespaces whose annotation asks for
   * it, on ingress; policies of other namespaces mean nothing.
   */
  readonly isolation: 'selected-pods' | 'annotated-namespaces';
  /**
   * `both`: a packet between two pods must be admitted at either end. `either-within-policy`: of one policy of both types that selects
   * both ends a rule of one direction admits at the other end too.
   */
  readonly directions: 'both' | 'either-within-policy';
  /**
   * Label selectors. `full`: as the API says. `string-keyed`: those of peers are known by a text in which namespaces and pods
   * are not told apart, and the first of equal texts stands for all. `segments`: of pods the label `romana.io/segment` alone is looked at, of
   * namespaces `namespace`, which names one; where they are missing, all pods and the policy's own namespace are meant.
   */
  readonly selectors: 'full' | 'string-keyed' | 'segments';
  /** Which labels of pods selectors see: all, or only those that are part of a pod's identity, which one pod shares with its like. */
  readonly podLabels: 'all' | 'identity';
  /** What becomes of a policy with a named port, where the CNI has none: `open-policy` refuses it whole, and its pods stay as they are without. */
  readonly namedPorts: 'resolve' | 'open-policy';
  /** Which addresses a block can match: all, or only those that nothing in the cluster has; or it stands for the policy's own namespace. */
  readonly ipBlocks: 'all-addresses' | 'outside' | 'own-namespace';
  /** Where an except of a block applies: that block, or all blocks of its rule, by the longest prefix or always. */
  readonly exceptScope: 'block' | 'rule-longest-prefix' | 'rule';
  /** What `::/0` covers; with `stops` an IPv6 block ends the policy's rules. */
  readonly anyV6: 'exact' | 'gua-and-fd00' | 'stops';
  /** `endPort`: the range, or its first port alone. */
  readonly portRanges: 'range' | 'first-only';
  /** Named ports of ingress rules. */
  readonly namedIngress: 'per-pod' | 'never';
  /** Named ports of egress rules without peers. `own-namespace-numbers`: the numbers that pods of the policy's namespace give it, at any address. */
  readonly namedEgressNoPeer: 'per-pod' | 'own-namespace-numbers';
  /** Named ports of egress rules with selectors. `cluster-unique`: by one number in the whole cluster, never where there are two. */
  readonly namedEgress: 'per-pod' | 'cluster-unique';
  /** A named port behind an ipBlock that holds the destination pod, on egress. */
  readonly namedPortBehindIpBlock: 'resolve' | 'never' | 'unspecified';
  /** Port names that no pod behind the rule has. */
  readonly namedUnresolved: 'no-match' | 'all-ports-for-pod-peers';
  /** Whose ports have names: `named` all containers, `ignored` not those that end before the pod is ready, `containers` no init container. */
  readonly initContainerPorts: 'named' | 'ignored' | 'containers';
  /** Protocols whose ports rules can match. */
  readonly portProtocols: readonly number[];
  /** Ports of a rule hold for its own peers, or for those of all rules of the policy. */
  readonly portScope: 'rule' | 'policy';
  /** A policy without a rule of ingress: it admits nothing, or while it is there no rule of any policy is written. */
  readonly rulelessPolicies: 'admit-nothing' | 'drop-all';
}

/** All in which CNIs depart from each other. */
export interface Knobs extends TranslationKnobs {
  /** Policy APIs that the CNI looks at; objects of others are read, not enforced, and warned about. */
  readonly enforces: readonly PolicyApi[];
  /** Policies of one tier with the same order or priority: `by-name`, or either may come first. */
  readonly equalOrders: 'by-name' | 'unspecified';
  /**
   * How cluster-wide Kubernetes policies become rules: as their API says, or as Calico converts them. Calico's peers of
   * namespaces take in network sets; peers of nodes and domain names, and ranges that hold no port, fail closed.
   */
  readonly adminPolicies: 'api' | 'calico';
  /** ICMP and other protocols than TCP, UDP and SCTP, where a NetworkPolicy isolates. `rules`: a rule without ports admits them. */
  readonly otherProtocolsUnderIsolation: 'rules' | 'unspecified';

  // --- lookup-time ---
  /** A flow that names a host-network pod as a side. `node`: it is node traffic. */
  readonly hostNetworkPods: 'node' | 'unspecified';
  /** Pod to its own node's addresses. `policy`: egress policy decides, then DefaultEndpointToHostAction; `allow`: exempt. */
  readonly podToOwnNode: 'policy' | 'allow';
  /**
   * Pod to itself through a Service. `enforce`: egress and ingress decide; `skip-ingress`: egress alone. `exempt`: no policy is asked.
   * `broken`: such packets never arrive.
   */
  readonly hairpin: 'enforce' | 'skip-ingress' | 'exempt' | 'broken' | 'unspecified';
  /**
   * Which destination egress policy sees of a packet to a Service. `unspecified`: blocks of addresses (nets) may see
   * the virtual address instead of the backend's; selectors and ports see the backend either way.
   */
  readonly serviceDestination: 'after-dnat' | 'unspecified';
  /** Source that ingress policy sees behind a node port of a Cluster-policy Service whose backend is on the entry node. */
  readonly nodePortSource: 'client' | 'unspecified';
  /**
   * Source that policy sees behind a node port of a Cluster-policy Service whose backend is on another node. `world-identity`: somebody
   * of the world, in no block but that of all addresses.
   */
  readonly nodePortFromAfar: 'entry-node' | 'client' | 'world-identity';
  /** With which address a node's own packets come to other nodes: its own (or, of Calico's tunnels, the tunnel's), or its pods' gateway's. */
  readonly remoteNodes: 'own-address' | 'gateway-address';
  /** A pod that dials a node port of its own node, with a backend there. `exempt`: no policy is asked. */
  readonly ownNodePort: 'enforce' | 'exempt';
  /** What pods send or get whatever their policies say: asked before any of them, in this order. */
  readonly podGuards: readonly PodGuard[];
  /** Packets on a pod's interface that are neither from nor to the pod, and all on interfaces of pods that nobody knows. */
  readonly workloadInterfaces: 'guarded' | 'open';
  /** UDP to the VXLAN port and IP protocol 4 from pods: denied unless Felix is told otherwise, the latter alone, or as policy says. */
  readonly workloadEncapsulation: 'deny' | 'deny-ipip' | 'policy';

  // --- circumstances: what no first packet shows ---
  /** Open connections when policy changes: kept, judged again packet by packet, or so for TCP, UDP and SCTP alone. */
  readonly established: 'keep' | 'recheck' | 'recheck-transport' | 'unspecified';
  /** What enters and leaves a pod of which the CNI has not heard yet. */
  readonly newPodIngress: 'closed' | 'open';
  readonly newPodEgress: 'closed' | 'open';
  /** While the agent of a node is stopped: as it left things, or nothing is policed. */
  readonly agentStopped: 'as-before' | 'open';
  /** Packets that connection tracking calls invalid. */
  readonly invalidPackets: 'drop' | 'policy' | 'unspecified';
  /** What the sender of a denied packet sees: nothing, or an answer. */
  readonly refusal: 'drop' | 'reject';
}

/** One knob of a CNI that is not as most have it. */
interface Departure<Value> {
  readonly value: Value;
  /** What it does, in one sentence for people. */
  readonly says: string;
  /** Where that is read: repository and path, or pages of its documentation. */
  readonly source: string;
}

export type Departures = { readonly [Knob in keyof Knobs]?: Departure<Knobs[Knob]> };

export interface CniProfile extends Knobs {
  readonly name: string;
  /** One line for reports. */
  readonly title: string;
  /** Every knob that is not as in `ADDRESS_BASED`, with the evidence. */
  readonly departures: Departures;
  /** Of a profile that a user wrote: the name of the one in `profiles.ts` that it goes back to. */
  readonly builtOn?: string;
}

/** A profile as another one but for some knobs. */
export function departing(
  base: Knobs & Partial<Pick<CniProfile, 'departures'>>,
  { name, title }: Pick<CniProfile, 'name' | 'title'>,
  departures: Departures,
): CniProfile {
  const values = Object.entries(departures).map(([knob, { value }]) => [knob, value] as const);
  return {
    ...base,
    ...Object.fromEntries(values),
    name,
    title,
    departures: { ...base.departures, ...departures },
  };
}
