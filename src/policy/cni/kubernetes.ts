/** What the NetworkPolicy API says and no more: where it leaves the answer open, the verdict is `unspecified`. */
import type { CniProfile } from './profile.ts';

/** Source: kubernetes/website content/en/docs/concepts/services-networking/network-policies.md. */
export const KUBERNETES: CniProfile = {
  name: 'kubernetes',
  title: 'the NetworkPolicy API as specified; what it leaves open is unspecified',
  enforces: ['NetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  equalOrders: 'unspecified',
  otherProtocolsUnderIsolation: 'unspecified',
  namedPortBehindIpBlock: 'unspecified',
  initContainerPorts: 'ignored',
  hostNetworkPods: 'unspecified',
  podToOwnNode: 'allow',
  hairpin: 'unspecified',
  serviceDestination: 'unspecified',
  nodePortSource: 'unspecified',
  workloadEncapsulation: 'policy',
};
