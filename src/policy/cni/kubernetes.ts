/** What Kubernetes's policy APIs say and no more: where one leaves the answer open, the verdict is `unspecified`. */
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

const PAGE = 'kubernetes/website content/en/docs/concepts/services-networking/network-policies.md';

export const KUBERNETES = departing(
  ADDRESS_BASED,
  {
    name: 'kubernetes',
    title: 'the policy APIs of Kubernetes as specified; what they leave open is unspecified',
  },
  {
    enforces: {
      value: ['NetworkPolicy', 'ClusterNetworkPolicy', 'AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
      says: 'the policy APIs of Kubernetes, of either version',
      source: 'kubernetes-sigs/network-policy-api apis/v1alpha1, apis/v1alpha2',
    },
    equalOrders: {
      value: 'unspecified',
      says: 'of cluster-wide policies with the same priority either may come first',
      source: 'kubernetes-sigs/network-policy-api apis/v1alpha2 (priority)',
    },
    otherProtocolsUnderIsolation: {
      value: 'unspecified',
      says: 'NetworkPolicy is defined for TCP, UDP and SCTP; what it does to other protocols may vary',
      source: `${PAGE} (network traffic filtering)`,
    },
    initContainerPorts: {
      value: 'ignored',
      says: 'ports of containers that end before the pod is ready have no names',
      source: 'kubernetes/kubernetes issue 125285',
    },
    namedPortBehindIpBlock: {
      value: 'unspecified',
      says: 'whether a port name is resolved for pods in a block of addresses is not said',
      source: `${PAGE} (behavior of to and from selectors)`,
    },
    hostNetworkPods: {
      value: 'unspecified',
      says: 'how pods of the host network are policed is not defined',
      source: `${PAGE} (NetworkPolicy and hostNetwork pods)`,
    },
    podToOwnNode: {
      value: 'allow',
      says: 'traffic between a pod and the node that it runs on is always allowed',
      source: `${PAGE} (the two sorts of pod isolation)`,
    },
    hairpin: {
      value: 'unspecified',
      says: 'a pod cannot be kept from itself; whether that holds through a Service is not said',
      source: `${PAGE} (prerequisites of network policy)`,
    },
    serviceDestination: {
      value: 'unspecified',
      says: 'whether policy sees addresses before or after they are rewritten is not defined',
      source: `${PAGE} (ipBlock)`,
    },
    nodePortSource: {
      value: 'unspecified',
      says: 'whether policy sees the client or the node behind a load balancer or node port is not defined',
      source: `${PAGE} (ipBlock)`,
    },
    established: {
      value: 'unspecified',
      says: 'what a change of policy does to open connections is up to the implementation',
      source: `${PAGE} (NetworkPolicy and existing connections)`,
    },
    invalidPackets: {
      value: 'unspecified',
      says: 'connection tracking is no matter of the API',
      source: PAGE,
    },
  },
);
