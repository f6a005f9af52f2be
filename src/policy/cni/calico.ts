/** Calico's iptables and nftables data plane: the API's open questions have Calico's answers. */
import type { CniProfile } from './profile.ts';

/** Source: projectcalico/calico felix/rules/static.go, felix/rules/endpoints.go, felix/calc/rule_scanner.go. */
export const CALICO: CniProfile = {
  name: 'calico',
  title: 'Calico, iptables or nftables data plane',
  enforces: ['NetworkPolicy', 'ClusterNetworkPolicy', 'Calico'],
  equalOrders: 'by-name',
  otherProtocolsUnderIsolation: 'rules',
  namedPortBehindIpBlock: 'resolve',
  initContainerPorts: 'named',
  hostNetworkPods: 'node',
  podToOwnNode: 'policy',
  hairpin: 'enforce',
  serviceDestination: 'after-dnat',
  nodePortSource: 'client',
  workloadEncapsulation: 'deny',
};
