/** What Kubernetes's policy APIs say and no more: where one leaves the answer open, the verdict is `unspecified`. */
import { ADDRESS_BASED } from './address-based.ts';
import type { CniProfile } from './profile.ts';

/** Source: kubernetes/website content/en/docs/concepts/services-networking/network-policies.md; network-policy-api. */
export const KUBERNETES: CniProfile = {
  ...ADDRESS_BASED,
  name: 'kubernetes',
  title: 'the policy APIs of Kubernetes as specified; what they leave open is unspecified',
  enforces: ['NetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  equalOrders: 'unspecified',
  adminPolicies: 'api',
  otherProtocolsUnderIsolation: 'unspecified',
  namedPortBehindIpBlock: 'unspecified',
  initContainerPorts: 'ignored',
  hostNetworkPods: 'unspecified',
  podToOwnNode: 'allow',
  hairpin: 'unspecified',
  serviceDestination: 'unspecified',
  nodePortSource: 'unspecified',
  nodePortFromAfar: 'entry-node',
  ownNodePort: 'enforce',
  podGuards: [],
  workloadInterfaces: 'open',
  workloadEncapsulation: 'policy',
};
