/**
 * The most usual way to enforce NetworkPolicy, which no CNI follows in everything: addresses are compared as they are, names of
 * ports are resolved pod by pod, types are taken literally, both ends must admit. Profiles are this, and where their CNI departs.
 */
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { Knobs } from './profile.ts';

/** Source: kubernetes/website content/en/docs/concepts/services-networking/network-policies.md; mattfenwick/cyclonus pkg/matcher. */
export const ADDRESS_BASED: Knobs = {
  enforces: ['NetworkPolicy'],
  policyTypes: 'listed',
  isolation: 'selected-pods',
  directions: 'both',
  selectors: 'full',
  podLabels: 'all',
  ipBlocks: 'all-addresses',
  exceptScope: 'block',
  anyV6: 'exact',
  portRanges: 'range',
  namedPorts: 'resolve',
  namedIngress: 'per-pod',
  namedEgress: 'per-pod',
  namedEgressNoPeer: 'per-pod',
  namedPortBehindIpBlock: 'resolve',
  namedUnresolved: 'no-match',
  initContainerPorts: 'containers',
  portProtocols: [TCP, UDP, SCTP],
  portScope: 'rule',
  rulelessPolicies: 'admit-nothing',
  equalOrders: 'by-name',
  adminPolicies: 'api',
  otherProtocolsUnderIsolation: 'rules',
  hostNetworkPods: 'node',
  podToOwnNode: 'policy',
  hairpin: 'enforce',
  serviceDestination: 'after-dnat',
  nodePortSource: 'client',
  nodePortFromAfar: 'entry-node',
  remoteNodes: 'own-address',
  ownNodePort: 'enforce',
  podGuards: [],
  workloadInterfaces: 'open',
  workloadEncapsulation: 'policy',
  established: 'keep',
  newPodIngress: 'closed',
  newPodEgress: 'closed',
  agentStopped: 'as-before',
  invalidPackets: 'drop',
  refusal: 'drop',
};
