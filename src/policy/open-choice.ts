/**
 * What the policy APIs of Kubernetes leave open, as a closed list: why a verdict is `unspecified`, and where the sentence stands that
 * promises nothing. Only profiles that leave a knob `unspecified` meet any of them.
 */
import type { Knobs } from './cni/profile.ts';

export interface OpenSentence {
  /** What is left open, in one sentence of our own words. */
  readonly says: string;
  /** Repository and path, with the part of the page. */
  readonly source: string;
  /** The knob that leaves it open; absent for what an API itself leaves open under every CNI. */
  readonly knob?: keyof Knobs;
}

const PAGE = 'kubernetes/website content/en/docs/concepts/services-networking/network-policies.md';
const TYPES = 'kubernetes-sigs/network-policy-api apis';

export const OPEN_CHOICES = {
  'other-protocols': {
    says: 'NetworkPolicy is defined for TCP, UDP and SCTP; whether it admits or refuses other protocols may vary',
    source: `${PAGE} (network traffic filtering)`,
    knob: 'otherProtocolsUnderIsolation',
  },
  'equal-priority': {
    says: 'of cluster-wide policies of one tier with the same priority either may come first',
    source: `${TYPES}/v1alpha2, apis/v1alpha1 (the comment on priority)`,
    knob: 'equalOrders',
  },
  'name-behind-block': {
    says: 'a block is meant for addresses outside of the cluster; whether a port name is resolved for pods in it is not said',
    source: `${PAGE} (behavior of to and from selectors, ipBlock)`,
    knob: 'namedPortBehindIpBlock',
  },
  'protocols-of-a-name': {
    says: 'a port of a cluster-wide policy that is given by its name alone does not say for which protocols it stands',
    source: `${TYPES}/v1alpha1/shared_types.go (the comment on namedPort)`,
  },
  'host-network-pods': {
    says: 'policy for pods of the host network is undefined: they may be told apart, or be their node',
    source: `${PAGE} (NetworkPolicy and hostNetwork pods)`,
    knob: 'hostNetworkPods',
  },
  hairpin: {
    says: 'a pod cannot be kept from reaching itself; whether that holds through a Service is not said',
    source: `${PAGE} (introduction, Services under what one cannot do)`,
    knob: 'hairpin',
  },
  'service-destination': {
    says: 'whether a block is compared with the address of a Service or with that of its backend is not defined',
    source: `${PAGE} (ipBlock)`,
    knob: 'serviceDestination',
  },
  'node-port-source': {
    says: 'whether a source is seen before or after a load balancer or node port rewrites it is not defined',
    source: `${PAGE} (ipBlock)`,
    knob: 'nodePortSource',
  },
  established: {
    says: 'what a change of policy does to connections that stand is up to the implementation',
    source: `${PAGE} (NetworkPolicy and existing connections)`,
    knob: 'established',
  },
  'invalid-packets': {
    says: 'connections are allowed or not; what becomes of a packet that belongs to none is not said',
    source: `${PAGE} (the two sorts of pod isolation)`,
    knob: 'invalidPackets',
  },
} as const satisfies Readonly<Record<string, OpenSentence>>;

export type OpenChoice = keyof typeof OPEN_CHOICES;

/** The sentence of a choice. */
export function openSentence(choice: OpenChoice): OpenSentence {
  return OPEN_CHOICES[choice];
}
