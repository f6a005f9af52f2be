/**
 * NetworkPolicy as its documentation reads, without any policy model: who is selected, which rules match, yes or no.
 * It shares no code with the judge but addresses and blocks, and knows no services. Where the API leaves a choice, it
 * chooses as Calico does: host-network pods are their node, a rule without ports admits every protocol.
 *
 * Source: kubernetes/kubernetes staging/src/k8s.io/api/networking/v1/types.go; kubernetes/website network-policies.md.
 */
import { type Address, sameAddress } from '../src/net/address.ts';
import { cidrContains } from '../src/net/cidr.ts';
import type {
  LabelSelector,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  NetworkPolicyRule,
} from '../src/policy/api/network-policy.ts';
import type { Cluster, Labels, Pod } from '../src/policy/cluster.ts';
import type { FirstPacket } from '../src/policy/decision.ts';

type Direction = 'ingress' | 'egress';

/** Pods that hold an address now. */
export function holdersOf(cluster: Cluster, address: Address): readonly Pod[] {
  return cluster.pods.filter(
    (pod) =>
      !pod.hostNetwork &&
      pod.phase !== 'Succeeded' &&
      pod.phase !== 'Failed' &&
      pod.addresses.some((own) => sameAddress(own, address)),
  );
}

/** Whether the packet may pass; both ends must be held by one pod at most. */
export function mayPass(packet: FirstPacket, cluster: Cluster): boolean {
  const { source, destination } = packet;
  const [sender] = holdersOf(cluster, source);
  const [receiver] = holdersOf(cluster, destination);
  // A pod cannot cut itself off, nor can its own node be cut off from it.
  if (sender !== undefined && sameAddress(source, destination)) return true;
  if (sender !== undefined && !permits('egress', sender, receiver, packet, cluster)) return false;
  if (receiver === undefined) return true;
  const node = cluster.nodes.find(({ name }) => name === receiver.nodeName);
  if (node?.addresses.some((own) => sameAddress(own, source))) return true;
  return permits('ingress', receiver, sender, packet, cluster);
}

function permits(
  direction: Direction,
  subject: Pod,
  peer: Pod | undefined,
  packet: FirstPacket,
  cluster: Cluster,
): boolean {
  const isolating = cluster.networkPolicies.filter(
    (policy) =>
      policy.namespace === subject.namespace &&
      policy.policyTypes[direction] &&
      selects(policy.podSelector, subject.labels),
  );
  if (isolating.length === 0) return true;
  const peerAddress = direction === 'ingress' ? packet.source : packet.destination;
  const receiver = direction === 'ingress' ? subject : peer;
  const matches = (policy: NetworkPolicy, rule: NetworkPolicyRule): boolean =>
    (rule.peers.length === 0 ||
      rule.peers.some((item) => isPeer(item, policy.namespace, peer, peerAddress, cluster))) &&
    (rule.ports.length === 0 || rule.ports.some((item) => isPort(item, receiver, packet)));
  return isolating.some((policy) => policy[direction].some((rule) => matches(policy, rule)));
}

function isPeer(
  { ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer,
  ownNamespace: string,
  pod: Pod | undefined,
  address: Address,
  cluster: Cluster,
): boolean {
  if (ipBlock !== undefined)
    return (
      cidrContains(ipBlock.cidr, address) && !ipBlock.except.some((except) => cidrContains(except, address))
    );
  if (pod === undefined) return false;
  const inNamespace =
    namespaceSelector === undefined
      ? pod.namespace === ownNamespace
      : selects(namespaceSelector, cluster.namespaces.get(pod.namespace)!.labels);
  return inNamespace && (podSelector === undefined || selects(podSelector, pod.labels));
}

function isPort(
  { protocol, port, endPort }: NetworkPolicyPort,
  receiver: Pod | undefined,
  packet: FirstPacket,
): boolean {
  if (protocol !== packet.protocol) return false;
  if (port === undefined) return true;
  const asked = packet.destinationPort!;
  if (typeof port === 'number') return port <= asked && asked <= (endPort ?? port);
  const named = receiver?.ports.filter((own) => own.name === port && own.protocol === protocol) ?? [];
  return named.some((own) => own.port === asked);
}

function selects({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  const pairs = Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value);
  return (
    pairs &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator === 'Exists') return has(key);
      if (operator === 'DoesNotExist') return !has(key);
      const isIn = has(key) && values.includes(labels[key]!);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}
