/** Cilium: peers are identities, not addresses. */
import { ICMP, ICMPV6, TCP, UDP } from '../../net/protocol-layout.ts';
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

/** Its tunnels' port, unless it is told otherwise. */
const TUNNEL_PORT = 8472;

export const CILIUM = departing(
  ADDRESS_BASED,
  { name: 'cilium', title: 'Cilium' },
  {
    enforces: {
      value: ['NetworkPolicy', 'ClusterNetworkPolicy', 'Cilium'],
      says: 'takes its own policies, and ClusterNetworkPolicy from 1.20 on',
      source: 'cilium/cilium pkg/policy/api, pkg/k8s/cluster_network_policy.go',
    },
    policyTypes: {
      value: 'rules-imply',
      says: 'rules of a direction isolate and count, whether or not policyTypes lists it',
      source: 'cilium/cilium pkg/k8s/network_policy.go',
    },
    podLabels: {
      value: 'identity',
      says: 'labels that differ from pod to pod (hashes of templates, names and indexes of pods, revisions) are no part of an identity: no selector sees them',
      source:
        'cilium/cilium pkg/labelsfilter/filter.go, Documentation/operations/performance/scalability/identity-relevant-labels.rst',
    },
    ipBlocks: {
      value: 'outside',
      says: 'a block of addresses matches neither pods nor nodes',
      source:
        'cilium/cilium Documentation/network/kubernetes/policy.rst, Documentation/security/policy/layer3.rst',
    },
    namedPortBehindIpBlock: {
      value: 'never',
      says: 'port names beside blocks of addresses come to nothing: what a block matches is no pod',
      source: 'cilium/cilium pkg/policy/l4.go',
    },
    portProtocols: {
      value: [TCP, UDP],
      says: 'SCTP is off unless it is enabled',
      source: 'cilium/cilium Documentation (SCTP support)',
    },
    hairpin: {
      value: 'exempt',
      says: 'no policy is asked where a pod reaches itself through a Service',
      source: 'cilium/cilium bpf/bpf_lxc.c, pull request 39760',
    },
    nodePortFromAfar: {
      value: 'world-identity',
      says: 'a packet that entered at the node port of another node comes through the tunnel as somebody of the world, whoever sent it',
      source: 'cilium/cilium Documentation/security/policy/caveats.rst',
    },
    podGuards: {
      value: [
        {
          hooks: ['ingress', 'egress'],
          action: 'allow',
          match: { protocol: ICMP, icmp: { type: 3, code: 4 }, source: {}, destination: {} },
          words: 'fragmentation-needed is accepted before any policy',
        },
        {
          hooks: ['egress'],
          action: 'deny',
          match: {
            protocol: UDP,
            source: {},
            destination: { ports: [{ first: TUNNEL_PORT, last: TUNNEL_PORT }] },
          },
          words: `packets of pods to the port of tunnels (udp ${TUNNEL_PORT}) are dropped`,
        },
        {
          hooks: ['ingress', 'egress'],
          action: 'deny',
          match: { notProtocols: [ICMP, TCP, UDP, ICMPV6], source: {}, destination: {} },
          words: 'protocols that connection tracking does not know are dropped',
        },
      ],
      says: 'fragmentation-needed is always accepted; protocols other than TCP, UDP and ICMP are dropped, and what pods send to the port of tunnels',
      source: 'cilium/cilium bpf/bpf_lxc.c, bpf/lib/policy.h',
    },
    established: {
      value: 'recheck',
      says: 'every packet of a connection is looked up again: a change cuts what it forbids',
      source: 'cilium/cilium bpf/bpf_lxc.c, pull request 2700',
    },
    invalidPackets: {
      value: 'policy',
      says: 'packets of no connection go to policy like first ones',
      source: 'cilium/cilium bpf/bpf_lxc.c',
    },
  },
);

export const CILIUM_LEGACY = departing(
  CILIUM,
  { name: 'cilium-legacy', title: 'Cilium before 1.16' },
  {
    enforces: {
      value: ['NetworkPolicy', 'Cilium'],
      says: 'takes its own policies, and has no ClusterNetworkPolicy',
      source: 'cilium/cilium pkg/k8s/cluster_network_policy.go',
    },
    portRanges: {
      value: 'first-only',
      says: 'of a range of ports the first one counts',
      source: 'cilium/cilium pkg/policy/portrange.go',
    },
    namedEgress: {
      value: 'cluster-unique',
      says: 'a port name means one number in the whole cluster, and nothing where pods give it two',
      source: 'cilium/cilium issues 24779 and 30003, pull request 44429',
    },
  },
);
