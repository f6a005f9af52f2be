/** Sections 1.4 and 1.5 of the semantics: how selectors are rewritten, and whose addresses they give. */
import {
  type CalicoCase,
  fromWeb,
  globalSet,
  gnp,
  hostEndpoint,
  networkSet,
  np,
  toWeb,
  toWebGlobally,
} from './manifests.ts';

const MATCHED = 'allow policy np:shop/p #0 @ingress';
const NOT_MATCHED = 'deny tier-end np:shop/p #end @ingress';
const GLOBALLY = 'allow policy gnp:g #0 @ingress';
const NOT_GLOBALLY = 'deny tier-end gnp:g #end @ingress';

/** Namespace selector, and whether it holds for a pod of shop, of bank, a set of shop, a global set, a host. */
const NAMESPACES: readonly (readonly [selector: string, truth: string])[] = [
  ['all()', 'TTTFF'],
  ['global()', 'FFFTT'],
  [`env == 'prod'`, 'TFTFF'],
  [`projectcalico.org/name == 'bank'`, 'FTFFF'],
  [`kubernetes.io/metadata.name == 'bank'`, 'FTFFF'],
  [`projectcalico.org/namespace == 'bank'`, 'FFFFF'],
  [`env != 'prod'`, 'FTFTT'],
  ['!has(env)', 'FTFTT'],
  [`env not in {'prod'}`, 'FTFTT'],
  [`all() && env == 'prod'`, 'TFTFF'],
];
const PLACES = ['10.0.1.2', '10.0.2.1', '203.0.113.1', '198.51.100.9', '192.168.0.13'];

const namespaces = NAMESPACES.map(
  ([selector, truth], index): CalicoCase => ({
    id: `1.4-namespace-${index + 1}`,
    says: `namespaceSelector ${selector} of a pod of shop, of bank, a set of shop, a global set, a host: ${truth}`,
    manifests: [toWeb(`{ action: Allow, source: { namespaceSelector: "${selector}" } }`)],
    flows: PLACES.map((place, at) => [
      `tcp ${place} to 10.0.1.1:80`,
      truth[at] === 'T' ? MATCHED : NOT_MATCHED,
    ]),
  }),
);

/** The entity of a rule in namespace shop, and whether it holds for the five, and for an address that nothing holds. */
const ENTITIES: readonly (readonly [entity: string, truth: string])[] = [
  ['{}', 'TTTTTT'],
  ['{ nets: [10.0.0.0/8] }', 'TTFFFF'],
  [`{ selector: "app == 'db'" }`, 'TFFFFF'],
  ['{ selector: all() }', 'TFTFFF'],
  [`{ selector: "app == 'web'", namespaceSelector: all() }`, 'FTFFFF'],
  [`{ selector: has(role), namespaceSelector: global() }`, 'FFFTFF'],
  [`{ namespaceSelector: "projectcalico.org/name == 'bank'" }`, 'FTFFFF'],
  ['{ serviceAccounts: { names: [default] } }', 'TFFFFF'],
  ['{ serviceAccounts: {} }', 'TTTTTT'],
  [`{ serviceAccounts: { names: [default], selector: "role == 'front'" } }`, 'FFFFFF'],
  [
    `{ serviceAccounts: { selector: "projectcalico.org/name == 'default'" }, namespaceSelector: all() }`,
    'TTFFFF',
  ],
  [`{ notSelector: "app == 'db'" }`, 'FFTFFF'],
  [`{ notSelector: "app == 'db'", namespaceSelector: all() }`, 'FTTFFF'],
];
const SIX = [...PLACES, '192.0.2.200'];

const entities = ENTITIES.map(
  ([entity, truth], index): CalicoCase => ({
    id: `1.4-entity-${index + 1}`,
    says: `${entity} in a policy of shop: ${truth}`,
    manifests: [toWeb(`{ action: Allow, source: ${entity} }`)],
    flows: SIX.map((place, at) => [`tcp ${place} to 10.0.1.1:80`, truth[at] === 'T' ? MATCHED : NOT_MATCHED]),
  }),
);

const GLOBAL_ENTITIES: readonly (readonly [entity: string, truth: string])[] = [
  ['{ selector: has(app) || has(role) || has(host) }', 'TTTTTF'],
  ['{ selector: all() }', 'TTTTTF'],
  ['{ namespaceSelector: all() }', 'TTTFFF'],
  [`{ notSelector: "app == 'db'" }`, 'FTTTTT'],
  [`{ selector: all(), notSelector: "app == 'db'" }`, 'FTTTTF'],
  [`{ serviceAccounts: { names: [default] } }`, 'TTFFFF'],
];

const globalEntities = GLOBAL_ENTITIES.map(
  ([entity, truth], index): CalicoCase => ({
    id: `1.4-global-entity-${index + 1}`,
    says: `${entity} in a global policy: ${truth}`,
    manifests: [toWebGlobally(`{ action: Allow, source: ${entity} }`)],
    flows: SIX.map((place, at) => [
      `tcp ${place} to 10.0.1.1:80`,
      truth[at] === 'T' ? GLOBALLY : NOT_GLOBALLY,
    ]),
  }),
);

const SUBJECT_DENIED = 'deny tier-end gnp:g @ingress';
const FREE = 'allow profile @ingress';

const subjects: readonly CalicoCase[] = [
  {
    id: '1.4-subject-1',
    says: 'a NetworkPolicy governs endpoints of its namespace that match the selector and the service account selector',
    manifests: [
      np('shop/p', `{ selector: has(app), serviceAccountSelector: "role == 'front'", types: [Ingress] }`),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', 'deny tier-end np:shop/p @ingress'],
      ['tcp bank/none to shop/db:80', FREE],
      ['tcp bank/none to bank/web:80', FREE],
    ],
  },
  {
    id: '1.4-subject-2',
    says: 'the selectors of a global policy must all hold',
    manifests: [
      gnp(
        'g',
        `{ selector: has(app), namespaceSelector: "team == 'blue'", serviceAccountSelector: "role == 'reader'", types: [Ingress] }`,
      ),
    ],
    flows: [
      ['tcp bank/none to bank/api:80', SUBJECT_DENIED],
      ['tcp bank/none to bank/web:80', FREE],
      ['tcp bank/none to shop/web:80', FREE],
    ],
  },
  {
    id: '1.4-subject-3',
    says: 'beside a namespaceSelector all() of the selector means whatever has a namespace: no host endpoints',
    manifests: [gnp('g', `{ selector: all(), namespaceSelector: "team != 'red'", types: [Ingress] }`)],
    flows: [
      ['tcp shop/web to bank/web:80', SUBJECT_DENIED],
      ['tcp shop/web to shop/db:80', FREE],
      ['tcp 192.168.0.11 to 192.168.0.13:80', 'allow profile pro:projectcalico-default-allow @host-ingress'],
    ],
  },
  {
    id: '1.4-subject-4',
    says: 'a negative namespaceSelector alone also selects host endpoints',
    manifests: [gnp('g', `{ namespaceSelector: "team != 'red'", types: [Ingress] }`)],
    flows: [
      ['tcp shop/web to bank/web:80', SUBJECT_DENIED],
      ['tcp 192.168.0.11 to 192.168.0.13:80', 'deny tier-end gnp:g @host-ingress'],
    ],
  },
  {
    id: '1.4-subject-5',
    says: 'a global policy without a selector governs every pod and every host endpoint',
    manifests: [gnp('g', '{ types: [Ingress] }')],
    flows: [
      ['tcp bank/none to shop/web:80', SUBJECT_DENIED],
      ['tcp 192.168.0.11 to 192.168.0.13:80', 'deny tier-end gnp:g @host-ingress'],
    ],
  },
  {
    id: '1.4-subject-6',
    says: 'a NetworkPolicy never governs a host endpoint',
    manifests: [np('shop/p', '{ selector: all(), types: [Ingress] }'), np('bank/p', '{ types: [Ingress] }')],
    flows: [['tcp 192.168.0.11 to 192.168.0.13:80', 'allow profile @host-ingress']],
  },
];

const addresses: readonly CalicoCase[] = [
  {
    id: '1.5-1',
    says: 'a pod gives all its addresses; finished pods give none',
    edit: (fixture) =>
      fixture.replace('phase: Running, podIP: 10.0.2.10', 'phase: Succeeded, podIP: 10.0.2.10'),
    manifests: [
      toWebGlobally('{ action: Allow, source: { selector: projectcalico.org/namespace == "bank" } }'),
    ],
    flows: [
      ['tcp fd00:2::1 to [fd00:1::1]:80', GLOBALLY],
      ['tcp 10.0.2.1 to 10.0.1.1:80', GLOBALLY],
      ['tcp 10.0.2.10 to 10.0.1.1:80', NOT_GLOBALLY],
    ],
  },
  {
    id: '1.5-2',
    says: 'a host endpoint gives its expectedIPs and no other address of its node',
    manifests: [
      hostEndpoint(
        'n1-eth0',
        '{ node: n1, interfaceName: eth0, expectedIPs: [192.168.0.11], profiles: [projectcalico-default-allow] }',
        '{ host: n1 }',
      ),
      gnp(
        'g',
        `{ selector: has(batch), types: [Ingress], ingress: [{ action: Allow, source: { selector: "host == 'n1'" } }] }`,
      ),
    ],
    flows: [
      ['tcp 192.168.0.11 to 10.0.2.3:80', GLOBALLY],
      ['tcp fd00:a::11 to [fd00:2::3]:80', NOT_GLOBALLY],
    ],
  },
  {
    id: '1.5-3',
    says: 'a set of all addresses holds all of its family',
    manifests: [
      globalSet('world', '{ nets: [0.0.0.0/0] }', '{ role: world }'),
      toWebGlobally(`{ action: Allow, source: { selector: "role == 'world'" } }`),
    ],
    flows: [
      ['tcp 192.0.2.200 to 10.0.1.1:80', GLOBALLY],
      ['tcp 10.0.1.2 to 10.0.1.1:80', GLOBALLY],
      ['tcp 2001:db8::1 to [fd00:1::1]:80', NOT_GLOBALLY],
    ],
  },
  {
    id: '1.5-4',
    says: 'addresses of services and of nodes without a host endpoint are in no set',
    manifests: [
      gnp(
        'g',
        '{ selector: has(batch), types: [Ingress], ingress: [{ action: Allow, source: { selector: all() } }] }',
      ),
    ],
    flows: [
      ['tcp 10.96.0.10 to 10.0.2.3:80', NOT_GLOBALLY],
      ['tcp 192.168.0.11 to 10.0.2.3:80', NOT_GLOBALLY],
      ['tcp 192.168.0.13 to 10.0.2.3:80', GLOBALLY],
    ],
  },
  {
    id: '1.5-5',
    says: 'an address that two objects hold counts if either matches; one that none holds is in no set',
    manifests: [
      networkSet('shop/around', '{ nets: [10.0.1.0/24] }', '{ role: around }'),
      fromWeb(`{ action: Allow, destination: { selector: "role == 'around'" } }`),
    ],
    flows: [
      ['tcp 10.0.1.1 to 10.0.1.2:80', 'allow profile @ingress'],
      ['tcp 10.0.1.1 to 10.0.1.99:80', 'allow policy np:shop/p @egress'],
      ['tcp 10.0.1.1 to 10.0.9.9:80', 'deny tier-end np:shop/p @egress'],
    ],
  },
  {
    id: '1.5-6',
    says: 'unknown addresses: positive selectors are false, lone negative ones true',
    manifests: [
      toWebGlobally(
        `{ action: Deny, source: { selector: "app != 'x'" } }, { action: Allow, source: { notSelector: "app == 'x'" } }`,
      ),
    ],
    flows: [
      ['tcp 192.0.2.200 to 10.0.1.1:80', 'allow policy gnp:g #1'],
      ['tcp 10.0.2.1 to 10.0.1.1:80', 'deny policy gnp:g #0'],
    ],
  },
];

export const ENTITY_CASES: readonly CalicoCase[] = [
  ...namespaces,
  ...entities,
  ...globalEntities,
  ...subjects,
  ...addresses,
];
