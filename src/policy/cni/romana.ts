/**
 * Romana as it was abandoned: it listened to the API of NetworkPolicy before there was one of its own, and knew tenants and segments. The
 * profile is as if manifests reached it by that API. IPv4 only.
 */
import { TCP, UDP } from '../../net/protocol-layout.ts';
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

export const ROMANA = departing(
  ADDRESS_BASED,
  { name: 'romana', title: 'Romana' },
  {
    policyTypes: {
      value: 'ingress-only',
      says: 'policies are read as policies of ingress; what pods send is never policed',
      source: 'romana/core listener/translate.go, agent/enforcer/base.go',
    },
    isolation: {
      value: 'annotated-namespaces',
      says: 'a namespace annotated DefaultDeny isolates all its pods; elsewhere policies mean nothing',
      source: 'romana/core listener/resources.go',
    },
    selectors: {
      value: 'segments',
      says: 'of labels only segments (romana.io/segment) and names of namespaces (namespace) are looked at; matchExpressions never',
      source: 'romana/core listener/translate.go, listener/listener.go, cni/cni.go',
    },
    ipBlocks: {
      value: 'own-namespace',
      says: "a block of addresses is not known, and stands for the policy's own namespace",
      source: 'romana/core listener/translate.go',
    },
    portScope: {
      value: 'policy',
      says: 'peers and ports of all rules of a policy share their chains: each port holds for each peer',
      source: 'romana/core pkg/policytools/blueprint.go, agent/enforcer/enforcer.go',
    },
    rulelessPolicies: {
      value: 'drop-all',
      says: 'while a policy has no rule of ingress, no policy is rendered at all',
      source: 'romana/core pkg/policytools/iterator.go',
    },
    portRanges: {
      value: 'first-only',
      says: 'of a range of ports the first one counts',
      source: 'romana/core listener/translate.go',
    },
    namedIngress: {
      value: 'never',
      says: 'a port name becomes port 0, which no packet has',
      source: 'romana/core listener/translate.go',
    },
    portProtocols: {
      value: [TCP, UDP],
      says: 'rules know TCP, UDP and ICMP: one for a port of SCTP matches nothing',
      source: 'romana/core pkg/policytools/blueprint.go, validate.go',
    },
    podToOwnNode: {
      value: 'allow',
      says: 'what a pod sends to its own node is never policed',
      source: 'romana/core agent/enforcer/base.go',
    },
    remoteNodes: {
      value: 'gateway-address',
      says: "other nodes come with the address of their pods' gateway",
      source: 'romana/core agent/enforcer/base.go (other nodes are in no set)',
    },
    newPodEgress: {
      value: 'open',
      says: 'what leaves a pod is never policed',
      source: 'romana/core agent/enforcer/base.go',
    },
    invalidPackets: {
      value: 'policy',
      says: 'packets of no connection go to policy like first ones',
      source: 'romana/core agent/enforcer/base.go',
    },
  },
);
