/** kube-network-policies, the engine of kindnet, and flannel with and without it. */
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

/** The standard flavour: NetworkPolicy alone, close to the specification. */
export const KUBE_NETWORK_POLICIES = departing(
  ADDRESS_BASED,
  { name: 'kube-network-policies', title: 'kube-network-policies, standard flavour' },
  {},
);

export const FLANNEL = departing(
  ADDRESS_BASED,
  { name: 'flannel', title: 'flannel, without its policy agent' },
  {
    polices: {
      value: 'none',
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
