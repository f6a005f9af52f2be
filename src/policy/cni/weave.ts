/** Weave Net's policy controller as it was last released. IPv4 only. */
import { ADDRESS_BASED } from './address-based.ts';
import { departing } from './profile.ts';

/** 224.0.0.0/4 */
const MULTICAST = { network: { family: 4, words: [0xe000_0000, 0, 0, 0] }, prefixBits: 4 } as const;

export const WEAVE = departing(
  ADDRESS_BASED,
  { name: 'weave', title: 'Weave Net' },
  {
    policyTypes: {
      value: 'isolate-only',
      says: 'rules of a direction that policyTypes does not list isolate nobody, and widen what other policies admit',
      source: 'weaveworks/weave npc/controller.go, npc/analyser.go',
    },
    selectors: {
      value: 'string-keyed',
      says: 'selectors of namespaces and of pods that are spelt alike share a set, and the first one fills it',
      source: 'weaveworks/weave npc/selector.go',
    },
    anyV6: {
      value: 'stops',
      says: "an IPv6 block ends the writing of a policy's rules",
      source: 'weaveworks/weave npc/rule.go, npc/ipblock.go',
    },
    portRanges: {
      value: 'first-only',
      says: 'of a range of ports the first one counts',
      source: 'weaveworks/weave go.mod',
    },
    namedPorts: {
      value: 'open-policy',
      says: 'a policy with a named port is refused whole',
      source: 'weaveworks/weave npc/analyser.go',
    },
    podToOwnNode: {
      value: 'allow',
      says: 'what a pod sends to its own node is never policed',
      source: 'weaveworks/weave prog/weave-npc/main.go',
    },
    ownNodePort: {
      value: 'exempt',
      says: 'a node port of its own node leads a pod past all policy',
      source: 'weaveworks/weave docs/k8s-src-ip.md',
    },
    podGuards: {
      value: [
        {
          hooks: ['ingress', 'egress'],
          action: 'allow',
          match: { source: {}, destination: { nets: [MULTICAST] } },
          words: 'multicast is accepted before any policy',
        },
      ],
      says: 'multicast is accepted before any policy',
      source: 'weaveworks/weave prog/weave-npc/main.go',
    },
    remoteNodes: {
      value: 'gateway-address',
      says: 'other nodes come with the address of their bridge',
      source: 'weaveworks/weave net/bridge.go',
    },
  },
);
