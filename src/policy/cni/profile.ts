/**
 * A CNI profile: the knobs in which a CNI departs from what the API says, as data. Compile-time knobs change which
 * rules exist; lookup-time knobs change the pipeline of a first packet (src/README.md) and travel in the tables.
 */

/** `Calico` stands for all kinds of projectcalico.org. */
export type PolicyApi =
  | 'NetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'AdminNetworkPolicy'
  | 'BaselineAdminNetworkPolicy'
  | 'Calico';

export interface CniProfile {
  readonly name: string;
  /** One line for reports. */
  readonly title: string;

  /** Policy APIs that the CNI looks at; objects of others are read, not enforced, and warned about. */
  readonly enforces: readonly PolicyApi[];

  // --- compile-time ---
  /** Policies of one tier with the same order or priority: `by-name`, or either may come first. */
  readonly equalOrders: 'by-name' | 'unspecified';
  /**
   * How cluster-wide Kubernetes policies become rules: as their API says, or as Calico converts them. Calico's peers of
   * namespaces take in network sets; peers of nodes and domain names, and ranges that hold no port, fail closed.
   */
  readonly adminPolicies: 'api' | 'calico';
  /** ICMP and other protocols than TCP, UDP and SCTP, where a NetworkPolicy isolates. `rules`: a rule without ports admits them. */
  readonly otherProtocolsUnderIsolation: 'rules' | 'unspecified';
  /** A named port behind an ipBlock that holds the destination pod, on egress. */
  readonly namedPortBehindIpBlock: 'resolve' | 'unspecified';
  /** Whether ports of init containers that end before the pod is ready have names; sidecars' always do. */
  readonly initContainerPorts: 'named' | 'ignored';

  // --- lookup-time ---
  /** A flow that names a host-network pod as a side. `node`: it is node traffic. */
  readonly hostNetworkPods: 'node' | 'unspecified';
  /** Pod to its own node's addresses. `policy`: egress policy decides, then DefaultEndpointToHostAction; `allow`: exempt. */
  readonly podToOwnNode: 'policy' | 'allow';
  /** Pod to itself through a Service. `enforce`: egress and ingress decide. */
  readonly hairpin: 'enforce' | 'unspecified';
  /**
   * Which destination egress policy sees of a packet to a Service. `unspecified`: blocks of addresses (nets) may see
   * the virtual address instead of the backend's; selectors and ports see the backend either way.
   */
  readonly serviceDestination: 'after-dnat' | 'unspecified';
  /** Source that ingress policy sees behind a node port of a Cluster-policy Service whose backend is on the entry node. */
  readonly nodePortSource: 'client' | 'unspecified';
  /** Packets on a pod's interface that are neither from nor to the pod, and all on interfaces of pods that nobody knows. */
  readonly workloadInterfaces: 'guarded' | 'open';
  /** UDP to 4789 and IP protocol 4 from pods. */
  readonly workloadEncapsulation: 'deny' | 'policy';
}
