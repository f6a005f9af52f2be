/** Calico's iptables and nftables data plane: the API's open questions have Calico's answers. */
import { ADDRESS_BASED } from './address-based.ts';
import type { CniProfile } from './profile.ts';

/** Source: projectcalico/calico felix/rules/static.go, felix/rules/endpoints.go, felix/calc/rule_scanner.go. */
export const CALICO: CniProfile = {
  ...ADDRESS_BASED,
  name: 'calico',
  title: 'Calico, iptables or nftables data plane',
  enforces: ['NetworkPolicy', 'ClusterNetworkPolicy', 'Calico'],
  equalOrders: 'by-name',
  adminPolicies: 'calico',
  otherProtocolsUnderIsolation: 'rules',
  hostNetworkPods: 'node',
  podToOwnNode: 'policy',
  hairpin: 'enforce',
  serviceDestination: 'after-dnat',
  nodePortSource: 'client',
  nodePortFromAfar: 'entry-node',
  ownNodePort: 'enforce',
  podGuards: [],
  workloadInterfaces: 'guarded',
  workloadEncapsulation: 'deny',
};

/**
 * The last release that took AdminNetworkPolicy and BaselineAdminNetworkPolicy; ClusterNetworkPolicy came with the next.
 *
 * Source: projectcalico/calico release notes of 3.29 and 3.32, pull requests 9206, 10810 and 11144.
 */
export const CALICO_3_31: CniProfile = {
  ...CALICO,
  name: 'calico@3.31',
  title: 'Calico 3.31, iptables or nftables data plane',
  enforces: ['NetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'Calico'],
};
