/** Sections 3.2 and 3.3 of the semantics: the order of policies, and the directions that they cover. */
import { type CalicoCase, knp, np, sknp, snp, tier } from './manifests.ts';
import { ALLOW, DENY, REQUEST, web, wide } from './web-policies.ts';

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

export const ORDER_CASES: readonly CalicoCase[] = [...policies, ...types];
