/** Calico's data planes: the API's open questions have Calico's answers. */
import { TCP, UDP } from '../../net/protocol-layout.ts';
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

const CONVERSION = 'projectcalico/calico libcalico-go/lib/backend/k8s/conversion';

export const CALICO = departing(
  ADDRESS_BASED,
  { name: 'calico', title: 'Calico, iptables or nftables data plane' },
  {
    enforces: {
      value: ['NetworkPolicy', 'ClusterNetworkPolicy', 'Calico'],
      says: 'Calico has policies, tiers, network sets and host endpoints of its own, and takes ClusterNetworkPolicy',
      source: `${CONVERSION}/conversion.go, clusternetworkpolicy.go`,
    },
    adminPolicies: {
      value: 'calico',
      says: 'cluster-wide policies that cannot be translated fail closed, and a deny then means everybody',
      source: `${CONVERSION}/clusternetworkpolicy.go`,
    },
    initContainerPorts: {
      value: 'named',
      says: 'ports of init containers have names as well',
      source: `${CONVERSION}/workload_endpoint_default.go, pull request 8885`,
    },
    workloadInterfaces: {
      value: 'guarded',
      says: "a pod's interface carries its own packets only",
      source: 'projectcalico/calico felix/rules/static.go, felix/rules/dispatch.go',
    },
    workloadEncapsulation: {
      value: 'deny',
      says: 'tunnel packets of pods are dropped, unless Felix is told otherwise',
      source: 'projectcalico/calico felix/rules/endpoints.go',
    },
  },
);

export const CALICO_3_31 = departing(
  CALICO,
  { name: 'calico@3.31', title: 'Calico 3.31, iptables or nftables data plane' },
  {
    enforces: {
      value: ['NetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'Calico'],
      says: 'the last release that took AdminNetworkPolicy and BaselineAdminNetworkPolicy; ClusterNetworkPolicy came with the next',
      source: 'projectcalico/calico release notes of 3.29 and 3.32, pull requests 9206, 10810 and 11144',
    },
  },
);

export const CALICO_EBPF = departing(
  CALICO,
  { name: 'calico-ebpf', title: 'Calico, eBPF data plane' },
  {
    portProtocols: {
      value: [TCP, UDP],
      says: 'programs read ports of TCP and UDP: a rule for a port of SCTP matches nothing',
      source: 'projectcalico/calico felix/bpf-gpl/parsing.h',
    },
    nodePortFromAfar: {
      value: 'client',
      says: 'a client keeps its address behind a node port, wherever the backend is',
      source: 'projectcalico/calico felix/design/bpf-services.md',
    },
    workloadEncapsulation: {
      value: 'deny-ipip',
      says: 'IPIP from pods is dropped, VXLAN is left to policy',
      source: 'projectcalico/calico felix/bpf-gpl/tc.c',
    },
  },
);
