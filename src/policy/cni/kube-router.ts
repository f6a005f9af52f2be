/** kube-router, which k3s and k0s have built in: chains of packet filters, sets of addresses. */
import { ICMP, ICMPV6 } from '../../net/protocol-layout.ts';
import { ADDRESS_BASED } from './address-based.ts';
import { departing, type PodGuard } from './profile.ts';

const NETPOL = 'cloudnativelabs/kube-router pkg/controllers/netpol';

const accepted = (protocol: number, type: number, words: string): PodGuard => ({
  hooks: ['ingress', 'egress'],
  action: 'allow',
  match: { protocol, icmp: { type }, source: {}, destination: {} },
  words,
});

export const KUBE_ROUTER = departing(
  ADDRESS_BASED,
  { name: 'kube-router', title: 'kube-router, iptables and ipsets' },
  {
    directions: {
      value: 'either-within-policy',
      says: 'a policy of both types that selects both ends admits at either by its rules for the other',
      source: `${NETPOL}/pod.go, policy.go`,
    },
    exceptScope: {
      value: 'rule-longest-prefix',
      says: 'blocks and exceptions of a rule share one set, in which the longest prefix wins',
      source: `${NETPOL}/policy.go, utils.go`,
    },
    anyV6: {
      value: 'gua-and-fd00',
      says: '::/0 is written as 2000::/3 and fd00::/8',
      source: `${NETPOL}/policy.go, utils.go`,
    },
    namedEgressNoPeer: {
      value: 'own-namespace-numbers',
      says: "a port name without peers means the numbers that pods of the policy's namespace give it, at any address",
      source: `${NETPOL}/policy.go`,
    },
    namedPortBehindIpBlock: {
      value: 'never',
      says: 'port names beside blocks of addresses come to nothing',
      source: `${NETPOL}/policy.go`,
    },
    namedUnresolved: {
      value: 'all-ports-for-pod-peers',
      says: 'a rule for pods whose port names nobody has is written without ports',
      source: `${NETPOL}/policy.go`,
    },
    hairpin: {
      value: 'broken',
      says: 'a pod does not reach itself through a Service, unless a flag or an annotation asks for it',
      source: 'cloudnativelabs/kube-router docs/user-guide.md',
    },
    podGuards: {
      value: [
        accepted(ICMP, 8, 'ping is accepted before any policy'),
        accepted(ICMP, 3, 'ICMP destination-unreachable is accepted before any policy'),
        accepted(ICMP, 11, 'ICMP time-exceeded is accepted before any policy'),
        accepted(ICMPV6, 1, 'ICMPv6 destination-unreachable is accepted before any policy'),
        accepted(ICMPV6, 3, 'ICMPv6 time-exceeded is accepted before any policy'),
        accepted(ICMPV6, 128, 'ping is accepted before any policy'),
        accepted(ICMPV6, 129, 'answers to ping are accepted before any policy'),
      ],
      says: 'ping and the errors that routing lives on are accepted before any policy',
      source: 'cloudnativelabs/kube-router pkg/utils/iptables.go',
    },
    newPodIngress: {
      value: 'open',
      says: 'until the first sync that knows a pod everything enters it',
      source: `${NETPOL}/npc_iptables.go`,
    },
    newPodEgress: {
      value: 'open',
      says: 'until the first sync that knows a pod everything leaves it',
      source: `${NETPOL}/npc_iptables.go`,
    },
    refusal: {
      value: 'reject',
      says: 'what no policy admits is rejected with an ICMP answer',
      source: `${NETPOL}/pod.go`,
    },
  },
);

export const KUBE_ROUTER_NFT = departing(
  KUBE_ROUTER,
  { name: 'kube-router-nft', title: 'kube-router, nftables' },
  {
    exceptScope: {
      value: 'rule',
      says: 'an exception holds for all blocks of its rule',
      source: `${NETPOL}/npc_nftables.go`,
    },
  },
);
