/** Section 3 of the semantics: tiers, the order of policies, types, actions, profiles, staged policies, placements. */
import {
  type CalicoCase,
  fromWeb,
  gnp,
  hostEndpoint,
  kcnp,
  knp,
  np,
  profile,
  sgnp,
  sknp,
  snp,
  tier,
} from './manifests.ts';

const ALLOW = '[{ action: Allow }]';
const DENY = '[{ action: Deny }]';
const PASS = '[{ action: Pass }]';
/** An ingress policy for shop's web with one rule. */
const web = (name: string, rules: string, more = ''): string =>
  np(`shop/${name}`, `{ selector: "app == 'web'", types: [Ingress], ingress: ${rules}${more} }`);
const wide = (name: string, rules: string, more = ''): string =>
  gnp(name, `{ selector: "app == 'web'", types: [Ingress], ingress: ${rules}${more} }`);
const REQUEST = 'tcp shop/db to shop/web:80';

const tiers: readonly CalicoCase[] = [
  {
    id: '3.1-built-in-1',
    says: 'kube-admin comes first, passes at its end, and holds the Admin tier',
    manifests: [
      kcnp(
        'admin',
        '{ tier: Admin, priority: 5, subject: { namespaces: {} }, ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }] }] }',
      ),
      web('p', ALLOW, ', order: -1000'),
    ],
    flows: [
      ['tcp bank/web to shop/web:80', 'deny policy kcnp:admin #0 tier=kube-admin @ingress'],
      [REQUEST, 'allow policy np:shop/p #0 tier=default @ingress'],
      ['tcp shop/web to shop/db:80', 'allow profile @ingress'],
    ],
  },
  {
    id: '3.1-built-in-2',
    says: 'default denies at its end, and holds NetworkPolicies of both APIs and global ones without a tier',
    manifests: [
      web('p', '[]'),
      knp('shop/k', '{ podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress] }'),
      gnp('g', '{ selector: batch == "yes", types: [Ingress] }'),
    ],
    flows: [
      [REQUEST, 'deny tier-end np:shop/p #end tier=default'],
      ['tcp shop/web to shop/db:80', 'deny tier-end knp:shop/k #end tier=default'],
      ['tcp shop/web to shop/job:80', 'deny tier-end gnp:g #end tier=default'],
    ],
  },
  {
    id: '3.1-built-in-3',
    says: 'kube-baseline comes after default and passes at its end',
    manifests: [
      kcnp(
        'base',
        '{ tier: Baseline, priority: 5, subject: { namespaces: {} }, ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }] }] }',
      ),
      web('p', '[{ action: Pass, protocol: TCP }, { action: Allow }]'),
    ],
    flows: [
      ['tcp bank/web to shop/db:80', 'deny policy kcnp:base #0 tier=kube-baseline'],
      ['tcp bank/web to shop/web:80', 'deny policy kcnp:base #0 tier=kube-baseline'],
      ['udp bank/web to shop/web:80', 'allow policy np:shop/p #1'],
      ['tcp shop/web to shop/db:80', 'allow profile'],
    ],
  },
  {
    id: '3.1-default-action',
    says: 'a tier without a defaultAction denies, one that passes goes on',
    manifests: [
      tier('first', '{ order: 1, defaultAction: Pass }'),
      tier('second', '{ order: 2 }'),
      web('a', '[{ action: Allow, protocol: UDP }]', ', tier: first'),
      web('b', '[{ action: Allow, protocol: SCTP }]', ', tier: second'),
    ],
    flows: [
      ['udp shop/db to shop/web:80', 'allow policy np:shop/a tier=first'],
      ['sctp shop/db to shop/web:80', 'allow policy np:shop/b tier=second'],
      [REQUEST, 'deny tier-end np:shop/b #end tier=second'],
    ],
  },
  {
    id: '3.1-order-1',
    says: 'a policy may name a tier that does not exist: it is enforced behind all others and denies at its end',
    manifests: [
      tier('unordered', '{ defaultAction: Pass }'),
      web('a', ALLOW, ', tier: nowhere, order: -5'),
      web('b', '[{ action: Deny, protocol: UDP }]', ', tier: unordered'),
      gnp('g', '{ selector: "app == \'db\'", types: [Ingress], tier: nowhere }'),
    ],
    flows: [
      ['udp shop/db to shop/web:80', 'deny policy np:shop/b tier=unordered'],
      [REQUEST, 'allow policy np:shop/a tier=nowhere'],
      ['tcp shop/web to shop/db:80', 'deny tier-end gnp:g #end tier=nowhere'],
    ],
  },
  {
    id: '3.1-order-2',
    says: 'tiers without an order come after those that have one, after kube-baseline too',
    manifests: [
      tier('aaa', '{ defaultAction: Deny }'),
      web('p', ALLOW, ', tier: aaa'),
      kcnp(
        'base',
        '{ tier: Baseline, priority: 5, subject: { namespaces: {} }, ingress: [{ action: Deny, from: [{ namespaces: {} }] }] }',
      ),
    ],
    flows: [[REQUEST, 'deny policy kcnp:base tier=kube-baseline']],
  },
  {
    id: '3.1-order-3',
    says: 'tiers come in ascending order, fractions and negative ones too',
    manifests: [
      tier('a', '{ order: 2.5 }'),
      tier('b', '{ order: 2.25 }'),
      tier('c', '{ order: -1, defaultAction: Pass }'),
      web('pa', DENY, ', tier: a'),
      web('pb', ALLOW, ', tier: b'),
      web('pc', '[{ action: Deny, protocol: UDP }]', ', tier: c'),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/pb tier=b'],
      ['udp shop/db to shop/web:80', 'deny policy np:shop/pc tier=c'],
    ],
  },
  {
    id: '3.1-order-4',
    says: 'tiers of one order come by name, byte by byte',
    manifests: [
      tier('t1', '{ order: 5 }'),
      tier('t-1', '{ order: 5 }'),
      web('a', ALLOW, ', tier: t1'),
      web('b', DENY, ', tier: t-1'),
    ],
    flows: [[REQUEST, 'deny policy np:shop/b tier=t-1']],
  },
];

const policies: readonly CalicoCase[] = [
  {
    id: '3.2-order',
    says: 'policies come in ascending order, those without one last',
    manifests: [
      web('a', DENY),
      web('b', '[{ action: Deny, protocol: SCTP }, { action: Deny, protocol: UDP }]', ', order: 10.5'),
      web('c', '[{ action: Allow, protocol: SCTP }]', ', order: 10'),
      web('d', ALLOW, ', order: 2000000'),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/d'],
      ['sctp shop/db to shop/web:80', 'allow policy np:shop/c'],
      ['udp shop/db to shop/web:80', 'deny policy np:shop/b #1'],
    ],
  },
  {
    id: '3.2-1',
    says: 'name first, then namespace: a global policy comes before a namespaced one of the same name',
    manifests: [wide('a', DENY), web('a', ALLOW)],
    flows: [[REQUEST, 'deny policy gnp:a']],
  },
  {
    id: '3.2-2',
    says: 'a-b comes before a, and a.b does, ab and a0 come after it',
    manifests: [
      web('a', '[{ action: Allow, protocol: TCP }]'),
      web('a-b', '[{ action: Deny, protocol: UDP }]'),
      web('ab', DENY),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/a'],
      ['udp shop/db to shop/web:80', 'deny policy np:shop/a-b'],
      ['sctp shop/db to shop/web:80', 'deny policy np:shop/ab'],
    ],
  },
  {
    id: '3.2-2b',
    says: 'a-b decides before a, a before a0',
    manifests: [web('a', ALLOW), web('a-b', DENY), web('a0', ALLOW)],
    flows: [[REQUEST, 'deny policy np:shop/a-b']],
  },
  {
    id: '3.2-2c',
    says: 'a.b decides before a',
    manifests: [web('a', ALLOW), web('a.b', DENY)],
    flows: [[REQUEST, 'deny policy np:shop/a.b']],
  },
  {
    id: '3.2-3',
    says: 'of one name and namespace the kind decides: KubernetesNetworkPolicy before NetworkPolicy',
    manifests: [
      web('a', DENY, ', order: 1000'),
      knp('shop/a', '{ podSelector: {}, policyTypes: [Ingress], ingress: [{}] }'),
    ],
    flows: [[REQUEST, 'allow policy knp:shop/a']],
  },
  {
    id: '3.2-4',
    says: 'a name that begins like a tier or like knp.default. is compared as it is',
    manifests: [web('default.a', DENY, ', order: 5'), web('b', ALLOW, ', order: 5')],
    flows: [[REQUEST, 'allow policy np:shop/b']],
  },
  {
    id: '3.2-5',
    says: 'NetworkPolicies of Kubernetes have order 1000: policies below come before, without an order after them',
    manifests: [
      web('before', '[{ action: Deny, protocol: UDP }]', ', order: 999'),
      knp(
        'shop/k',
        '{ podSelector: {}, policyTypes: [Ingress], ingress: [{ ports: [{ protocol: TCP }, { protocol: UDP }] }] }',
      ),
      web('behind', DENY),
    ],
    flows: [
      ['udp shop/db to shop/web:80', 'deny policy np:shop/before'],
      [REQUEST, 'allow policy knp:shop/k'],
      ['sctp shop/db to shop/web:80', 'deny policy np:shop/behind'],
    ],
  },
];

const TYPES: readonly (readonly [says: string, spec: string, ingress: boolean, egress: boolean])[] = [
  ['no rules: Ingress', '', true, false],
  ['ingress rules: Ingress', 'ingress: [{ action: Deny }]', true, false],
  ['egress rules: Egress', 'egress: [{ action: Deny }]', false, true],
  ['both: both', 'ingress: [{ action: Deny }], egress: [{ action: Deny }]', true, true],
  ['types decide over rules', 'types: [Egress], ingress: [{ action: Deny }]', false, true],
  ['a direction without rules applies', 'types: [Ingress, Egress]', true, true],
];

const types: readonly CalicoCase[] = [
  ...TYPES.map(
    ([says, spec, ingress, egress], index): CalicoCase => ({
      id: `3.3-types-${index + 1}`,
      says,
      manifests: [np('shop/p', `{ selector: "app == 'web'", ${spec} }`)],
      flows: [
        [REQUEST, ingress ? 'deny np:shop/p @ingress' : 'allow profile'],
        ['tcp shop/web to shop/db:80', egress ? 'deny np:shop/p @egress' : 'allow profile'],
      ],
    }),
  ),
  {
    id: '3.3-skip',
    says: 'a tier takes part only in a direction that an enforced policy of it covers',
    manifests: [
      tier('strict', '{ order: 1, defaultAction: Deny }'),
      web('p', ALLOW, ', tier: strict'),
      snp('shop/s', '{ selector: "app == \'db\'", tier: strict, types: [Ingress, Egress] }'),
    ],
    flows: [
      ['tcp shop/web to shop/job:80', 'allow profile'],
      ['tcp shop/job to shop/db:80', 'allow profile'],
    ],
  },
  {
    id: '3.3-staged-kubernetes',
    says: 'a StagedKubernetesNetworkPolicy with egress rules only has the types of Kubernetes: Ingress and Egress',
    manifests: [sknp('shop/s', '{ podSelector: { matchLabels: { app: web } }, egress: [{}] }')],
    flows: [[REQUEST, 'allow profile']],
    pending: [
      [REQUEST, 'deny tier-end sknp:shop/s @ingress'],
      ['tcp shop/web to 192.0.2.9:80', 'allow policy sknp:shop/s @egress'],
    ],
  },
];

const actions: readonly CalicoCase[] = [
  {
    id: '3.4-allow',
    says: 'Allow: later tiers and profiles are not looked at',
    manifests: [tier('t', '{ order: 1 }'), web('a', ALLOW, ', tier: t'), web('b', DENY)],
    flows: [[REQUEST, 'allow policy np:shop/a #0']],
  },
  {
    id: '3.4-deny',
    says: 'Deny: at once',
    manifests: [web('a', '[{ action: Deny }, { action: Allow }]'), web('b', ALLOW)],
    flows: [[REQUEST, 'deny policy np:shop/a #0']],
  },
  {
    id: '3.4-pass-1',
    says: 'Pass: to the next tier, past the other policies of this one',
    manifests: [
      tier('t', '{ order: 1 }'),
      web('a', PASS, ', tier: t, order: 1'),
      web('b', DENY, ', tier: t, order: 2'),
      web('c', '[{ action: Allow, protocol: TCP }]'),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/c'],
      ['udp shop/db to shop/web:80', 'deny tier-end np:shop/c'],
    ],
  },
  {
    id: '3.4-pass-2',
    says: 'Pass: to the profiles behind the last tier',
    manifests: [web('a', PASS), web('b', DENY)],
    flows: [[REQUEST, 'allow profile pro:kns.shop #0']],
  },
  {
    id: '3.4-log',
    says: 'Log: goes on with the next rule, and keeps its place in the count',
    manifests: [
      web(
        'a',
        '[{ action: Log }, { action: Deny, protocol: UDP }, { action: Log, protocol: TCP }, { action: Allow }]',
      ),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/a #3'],
      ['udp shop/db to shop/web:80', 'deny policy np:shop/a #1'],
    ],
  },
  {
    id: '3.4-none',
    says: 'no rule: the next policy, behind the last the end of the tier, blamed on the last policy that applies',
    manifests: [
      web('a', '[{ action: Allow, protocol: UDP }]'),
      web('b', '[{ action: Allow, protocol: SCTP }]'),
      np('shop/z', '{ selector: has(batch) }'),
      snp('shop/zz', '{}'),
    ],
    flows: [
      ['sctp shop/db to shop/web:80', 'allow policy np:shop/b'],
      [REQUEST, 'deny tier-end np:shop/b #end'],
    ],
  },
  {
    id: '3.4-profile',
    says: 'in a profile: Pass tries the next profile, no match too, and behind the last the packet is dropped',
    manifests: [
      hostEndpoint('n1-eth0', '{ node: n1, interfaceName: eth0, profiles: [one, two] }'),
      profile(
        'one',
        '{ ingress: [{ action: Pass, protocol: TCP }, { action: Allow, protocol: UDP }, { action: Deny, protocol: TCP }] }',
      ),
      profile(
        'two',
        '{ ingress: [{ action: Log }, { action: Allow, protocol: TCP, destination: { ports: [80] } }, { action: Deny, protocol: SCTP }] }',
      ),
    ],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.11:80', 'allow profile pro:two #1 @host-ingress'],
      ['udp 192.0.2.9 to 192.168.0.11:80', 'allow profile pro:one #1'],
      ['sctp 192.0.2.9 to 192.168.0.11:80', 'deny profile pro:two #2'],
      ['tcp 192.0.2.9 to 192.168.0.11:81', 'deny no-profile @host-ingress'],
    ],
  },
];

const profiles: readonly CalicoCase[] = [
  {
    id: '3.5-1',
    says: 'the profile of a namespace allows everything both ways',
    manifests: [],
    flows: [
      ['tcp shop/web to bank/web:8080', 'allow profile pro:kns.bank #0 @ingress'],
      ['udp shop/web to 192.0.2.9:53', 'allow profile pro:kns.shop #0 @egress'],
    ],
  },
  {
    id: '3.5-2',
    says: 'projectcalico-default-allow allows everything both ways',
    manifests: [],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.13:80', 'allow profile pro:projectcalico-default-allow @host-ingress'],
      ['tcp 192.168.0.13 to 192.0.2.9:80', 'allow profile pro:projectcalico-default-allow @host-egress'],
    ],
  },
  {
    id: '3.5-3',
    says: 'a profile that nobody knows denies; no profile at all denies',
    manifests: [hostEndpoint('n1-eth0', '{ node: n1, interfaceName: eth0, profiles: [missing] }')],
    flows: [
      ['tcp 192.0.2.9 to 192.168.0.11:80', 'deny @host-ingress'],
      ['tcp 192.0.2.9 to 192.168.0.12:80', 'deny no-profile @host-ingress'],
    ],
  },
];

const staged: readonly CalicoCase[] = [
  {
    id: '3.6-1',
    says: 'staged policies never decide, and a tier with only staged ones is skipped',
    manifests: [
      tier('t', '{ order: 1, defaultAction: Deny }'),
      snp('shop/s', `{ selector: "app == 'web'", tier: t, types: [Ingress], ingress: ${DENY} }`),
      sgnp('s', `{ selector: "app == 'db'", types: [Ingress] }`),
    ],
    flows: [
      [REQUEST, 'allow profile'],
      ['tcp shop/web to shop/db:80', 'allow profile'],
    ],
    pending: [
      [REQUEST, 'deny policy snp:shop/s #0 tier=t'],
      ['tcp shop/web to shop/db:80', 'deny tier-end sgnp:s'],
    ],
  },
  {
    id: '3.6-2',
    says: 'Set, Learn and Ignore are pending, Delete is nowhere',
    manifests: [
      snp('shop/a', `{ stagedAction: Learn, selector: "app == 'web'", types: [Ingress] }`),
      snp('shop/b', `{ stagedAction: Ignore, selector: "app == 'db'", types: [Ingress] }`),
      snp('shop/c', '{ stagedAction: Delete }'),
    ],
    flows: [[REQUEST, 'allow profile']],
    pending: [
      [REQUEST, 'deny tier-end snp:shop/a'],
      ['tcp shop/web to shop/db:80', 'deny tier-end snp:shop/b'],
      ['tcp shop/web to shop/job:80', 'allow profile'],
    ],
  },
  {
    id: '3.6-3',
    says: 'a staged policy comes right behind the enforced one of its name',
    manifests: [
      web('a', '[{ action: Allow, protocol: UDP }]'),
      snp(
        'shop/a',
        `{ selector: "app == 'web'", types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Deny, protocol: SCTP }] }`,
      ),
      web('b', '[{ action: Allow, protocol: SCTP }]'),
    ],
    flows: [
      ['sctp shop/db to shop/web:80', 'allow policy np:shop/b'],
      ['udp shop/db to shop/web:80', 'allow policy np:shop/a'],
    ],
    pending: [
      ['sctp shop/db to shop/web:80', 'deny policy snp:shop/a #1'],
      ['udp shop/db to shop/web:80', 'allow policy np:shop/a'],
    ],
  },
];

const hints: readonly CalicoCase[] = [
  {
    id: '3.7-hints',
    says: 'performanceHints change no verdict',
    manifests: [
      web('p', ALLOW, ', performanceHints: [AssumeNeededOnEveryNode]'),
      fromWeb(DENY.slice(1, -1)).replace('name: p', 'name: q'),
    ],
    flows: [
      [REQUEST, 'allow policy np:shop/p'],
      ['tcp shop/web to shop/db:80', 'deny policy np:shop/q @egress'],
    ],
  },
  {
    id: '3.7-pods',
    says: 'doNotTrack and preDNAT policies have no effect on pods, applyOnForward makes no difference to them',
    manifests: [
      gnp(
        'track',
        `{ selector: all(), types: [Ingress], doNotTrack: true, applyOnForward: true, ingress: ${DENY} }`,
      ),
      gnp(
        'dnat',
        `{ selector: all(), types: [Ingress], preDNAT: true, applyOnForward: true, ingress: ${DENY} }`,
      ),
      gnp('forward', `{ selector: "app == 'db'", types: [Ingress], applyOnForward: true, ingress: ${DENY} }`),
    ],
    flows: [
      [REQUEST, 'allow profile'],
      ['tcp shop/web to shop/db:80', 'deny policy gnp:forward @ingress'],
    ],
  },
];

export const ORDER_CASES: readonly CalicoCase[] = [
  ...tiers,
  ...policies,
  ...types,
  ...actions,
  ...profiles,
  ...staged,
  ...hints,
];
