/** Section 3.1 of the semantics: tiers. */
import { type CalicoCase, gnp, kcnp, knp, tier } from './manifests.ts';
import { ALLOW, DENY, REQUEST, web } from './web-policies.ts';

export const TIER_CASES: readonly CalicoCase[] = [
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
