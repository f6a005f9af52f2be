/** Profiles of no CNI that there is: any knobs together, since none may change the meaning of another. */
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KNOB_FORMS } from '../../src/policy/cni/knob-forms.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { CniProfile, PodGuard, PolicyApi, TranslationKnobs } from '../../src/policy/cni/profile.ts';
import type { Random } from './mulberry.ts';

/** Every value of every knob of the translation. */
const TRANSLATIONS: { readonly [Knob in keyof TranslationKnobs]: readonly TranslationKnobs[Knob][] } = {
  policyTypes: ['listed', 'rules-imply', 'isolate-only', 'ingress-only'],
  isolation: ['selected-pods', 'selected-pods', 'annotated-namespaces'],
  directions: ['both', 'either-within-policy'],
  selectors: ['full', 'string-keyed', 'segments'],
  podLabels: ['all', 'identity'],
  ipBlocks: ['all-addresses', 'outside', 'own-namespace'],
  exceptScope: ['block', 'rule-longest-prefix', 'rule'],
  anyV6: ['exact', 'gua-and-fd00', 'stops'],
  portRanges: ['range', 'first-only'],
  namedPorts: ['resolve', 'resolve', 'resolve', 'open-policy'],
  namedIngress: ['per-pod', 'never'],
  namedEgress: ['per-pod', 'cluster-unique'],
  namedEgressNoPeer: ['per-pod', 'own-namespace-numbers'],
  namedPortBehindIpBlock: ['resolve', 'never', 'unspecified'],
  namedUnresolved: ['no-match', 'all-ports-for-pod-peers'],
  initContainerPorts: ['named', 'ignored', 'containers'],
  portProtocols: [
    [TCP, UDP, SCTP],
    [TCP, UDP],
  ],
  portScope: ['rule', 'policy'],
  rulelessPolicies: ['admit-nothing', 'admit-nothing', 'admit-nothing', 'drop-all'],
};

const GUARDS: readonly PodGuard[] = [
  {
    hooks: ['ingress', 'egress'],
    action: 'allow',
    match: { protocol: ICMP, icmp: { type: 8 }, source: {}, destination: {} },
    words: 'ping',
  },
  {
    hooks: ['egress'],
    action: 'deny',
    match: { protocol: UDP, source: {}, destination: { ports: [{ first: 8472, last: 8472 }] } },
    words: 'VXLAN',
  },
  {
    hooks: ['ingress'],
    action: 'deny',
    match: { notProtocols: [TCP], source: {}, destination: {} },
    words: 'all but TCP',
  },
  {
    hooks: ['egress'],
    action: 'allow',
    match: { protocol: ICMPV6, source: {}, destination: {} },
    words: 'ICMPv6',
  },
];

/** A profile with every knob drawn by itself, as users may write them: beside Calico's host endpoints two are not free. */
export function drawAnyProfile(draw: Random): CniProfile {
  const drawn = drawProfile(draw);
  const words = Object.entries(KNOB_FORMS).flatMap(([knob, form]) =>
    form.kind === 'word' && !(knob in TRANSLATIONS)
      ? [[knob, draw.pick(Object.keys(form.words))] as const]
      : [],
  );
  const apis = Object.keys(KNOB_FORMS.enforces.words) as PolicyApi[];
  const enforces = apis.filter((api) => draw.chance(api === 'NetworkPolicy' ? 0.9 : 0.6));
  const profile = { ...drawn, ...Object.fromEntries(words), enforces };
  if (!enforces.includes('Calico')) return profile;
  return { ...profile, podToOwnNode: 'policy', hairpin: draw.pick(['enforce', 'exempt', 'broken'] as const) };
}

/** A profile with drawn knobs. Where ingress is skipped no hooks of hosts are asked: no CNI has both. */

export function drawProfile(draw: Random): CniProfile {
  const base = draw.pick([CALICO, KUBERNETES]);
  const knobs = Object.entries(TRANSLATIONS).map(([knob, values]) => [knob, draw.pick<unknown>(values)]);
  return {
    ...base,
    ...Object.fromEntries(knobs),
    name: 'drawn',
    hairpin: draw.pick(
      base === CALICO
        ? ['enforce', 'exempt', 'broken']
        : ['enforce', 'exempt', 'broken', 'skip-ingress', 'unspecified'],
    ),
    nodePortFromAfar: draw.pick(['entry-node', 'client', 'world-identity']),
    ownNodePort: draw.pick(['enforce', 'exempt']),
    podGuards: GUARDS.filter(() => draw.chance(0.15)),
  };
}
