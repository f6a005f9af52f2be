/** Sections 3.4 to 3.7 of the semantics: actions, profiles, staged policies, placements. */
import { type CalicoCase, fromWeb, gnp, hostEndpoint, np, profile, sgnp, snp, tier } from './manifests.ts';
import { ALLOW, DENY, PASS, REQUEST, web } from './web-policies.ts';

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

export const ACTION_CASES: readonly CalicoCase[] = [...actions, ...profiles, ...staged, ...hints];
