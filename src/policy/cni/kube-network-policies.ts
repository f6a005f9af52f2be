/** kube-network-policies, the engine of kindnet, and flannel with and without it. */
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

/** The standard flavour: NetworkPolicy alone, close to the specification. */
export const KUBE_NETWORK_POLICIES = departing(
  ADDRESS_BASED,
  { name: 'kube-network-policies', title: 'kube-network-policies, standard flavour' },
  {
    established: {
      value: 'recheck-transport',
      says: 'open connections of TCP, UDP and SCTP are judged again within half a minute of a change',
      source: 'kubernetes-sigs/kube-network-policies pkg/dataplane/conntrack.go',
    },
    agentStopped: {
      value: 'open',
      says: 'its queue is bypassed while it is down, unless fail-open is off',
      source: 'kubernetes-sigs/kube-network-policies pkg/dataplane/controller.go, pkg/cmd/cmd.go',
    },
    invalidPackets: {
      value: 'policy',
      says: 'packets of no connection are judged like first ones',
      source: 'kubernetes-sigs/kube-network-policies pkg/dataplane/controller.go',
    },
  },
);

export const FLANNEL = departing(
  ADDRESS_BASED,
  { name: 'flannel', title: 'flannel, without its policy agent' },
  {
    newPodIngress: {
      value: 'open',
      says: 'nothing is policed',
      source: 'flannel-io/flannel Documentation/netpol.md',
    },
    newPodEgress: {
      value: 'open',
      says: 'nothing is policed',
      source: 'flannel-io/flannel Documentation/netpol.md',
    },
    invalidPackets: {
      value: 'policy',
      says: 'nothing is policed',
      source: 'flannel-io/flannel Documentation/netpol.md',
    },
    enforces: {
      value: [],
      says: 'the API server takes policies, and nothing enforces them',
      source: 'flannel-io/flannel Documentation/netpol.md',
    },
  },
);

export const FLANNEL_NETPOL = departing(
  KUBE_NETWORK_POLICIES,
  { name: 'flannel+netpol', title: 'flannel with netpol.enabled, which is kube-network-policies' },
  {},
);
