/** Section 1 of the semantics: selectors, their rewriting, and whose addresses they give. */
import {
  type CalicoCase,
  fromWeb,
  globalSet,
  gnp,
  hostEndpoint,
  networkSet,
  np,
  profile,
  toWeb,
  toWebGlobally,
} from './manifests.ts';

const MATCHED = 'allow policy np:shop/p #0 @ingress';
const NOT_MATCHED = 'deny tier-end np:shop/p #end @ingress';
const GLOBALLY = 'allow policy gnp:g #0 @ingress';
const NOT_GLOBALLY = 'deny tier-end gnp:g #end @ingress';

/** Pods with k missing, empty, and `vest`. */
const STATES = ['bank/none', 'bank/empty', 'bank/vest'];

/** Expression, and which of STATES it is true for. */
const EVALUATION: readonly (readonly [selector: string, truth: string])[] = [
  ['k == "vest"', 'FFT'],
  ['k == ""', 'FTF'],
  ['k != "vest"', 'TTF'],
  ['k != ""', 'TFT'],
  ['k in {"vest", "coat"}', 'FFT'],
  ['k in {""}', 'FTF'],
  ['k in {}', 'FFF'],
  ['k not in {"vest", "coat"}', 'TTF'],
  ['k not in {""}', 'TFT'],
  ['k not in {}', 'TTT'],
  ['k contains "es"', 'FFT'],
  ['k contains ""', 'FTT'],
  ['k starts with "ve"', 'FFT'],
  ['k starts with ""', 'FTT'],
  ['k ends with "st"', 'FFT'],
  ['k ends with ""', 'FTT'],
  ['has(k)', 'FTT'],
  ['!has(k)', 'TFF'],
  ['all()', 'TTT'],
  ['!(k == "vest")', 'TTF'],
  ['!(k contains "es")', 'TTF'],
  ['k == "VEST"', 'FFF'],
];

const evaluation = EVALUATION.map(
  ([selector, truth], index): CalicoCase => ({
    id: `1.3-a${index + 1}`,
    says: `${selector} of a label that is missing, empty, and vest: ${truth}`,
    manifests: [toWebGlobally(`{ action: Allow, source: { selector: '${selector}' } }`)],
    flows: STATES.map((pod, state) => [
      `tcp ${pod} to shop/web:80`,
      truth[state] === 'T' ? GLOBALLY : NOT_GLOBALLY,
    ]),
  }),
);

const EXAMPLES: readonly (readonly [selector: string, truth: string])[] = [
  [`a == 'x'`, 'FTF'],
  [`a != 'x'`, 'TFT'],
  [`!a == 'x' && has(b)`, 'FFT'],
  [`has(a) && a not in {'x'}`, 'FFT'],
  [`a == 'x' || has(b) && b == 'x'`, 'FTT'],
  ['', 'TTT'],
];

const examples = EXAMPLES.map(
  ([selector, truth], index): CalicoCase => ({
    id: `1.3-b${index + 1}`,
    says: `${selector || 'an empty selector'} of no labels, a=x, and a=y with b=x: ${truth}`,
    manifests: [toWebGlobally(`{ action: Allow, source: { selector: "${selector}" } }`)],
    flows: ['bank/none', 'bank/ax', 'bank/ayb'].map((pod, state) => [
      `tcp ${pod} to shop/web:80`,
      truth[state] === 'T' ? GLOBALLY : NOT_GLOBALLY,
    ]),
  }),
);

const SEEN: readonly (readonly [says: string, selector: string, allowed: string, denied: string])[] = [
  ['own labels', `app == 'api'`, 'bank/api', 'bank/web'],
  ['the namespace', `projectcalico.org/namespace == 'bank'`, 'bank/none', 'shop/db'],
  ['the orchestrator', `projectcalico.org/orchestrator == 'k8s'`, 'bank/none', '203.0.113.1'],
  ['the service account', `projectcalico.org/serviceaccount == 'api'`, 'bank/api', 'bank/web'],
  ['labels of the namespace', `pcns.team == 'blue'`, 'bank/web', 'shop/db'],
  ['the name of the namespace', `pcns.projectcalico.org/name == 'bank'`, 'bank/web', 'shop/db'],
  ['labels of the service account', `pcsa.role == 'reader'`, 'bank/api', 'bank/web'],
  ['the name of the service account', `pcsa.projectcalico.org/name == 'api'`, 'bank/api', 'bank/web'],
];

const labels: readonly CalicoCase[] = [
  ...SEEN.map(
    ([says, selector, allowed, denied], index): CalicoCase => ({
      id: `1.4-label-${index + 1}`,
      says: `a selector sees ${says}`,
      manifests: [toWebGlobally(`{ action: Allow, source: { selector: "${selector}" } }`)],
      flows: [
        [`tcp ${allowed} to shop/web:80`, GLOBALLY],
        [`tcp ${denied} to shop/web:80`, NOT_GLOBALLY],
      ],
    }),
  ),
  {
    id: '1.4-label-own',
    says: 'labels of a pod that begin with pcns. or pcsa. are not seen, and its own namespace label is overwritten',
    edit: (fixture) =>
      fixture.replace(
        '{ name: none, namespace: bank }',
        '{ name: none, namespace: bank, labels: { pcns.team: red, pcsa.role: front, projectcalico.org/namespace: shop } }',
      ),
    manifests: [
      toWebGlobally(
        `{ action: Allow, source: { selector: "pcns.team == 'red' || pcsa.role == 'front' || projectcalico.org/namespace == 'shop'" } }`,
      ),
    ],
    flows: [
      ['tcp bank/none to shop/web:80', NOT_GLOBALLY],
      ['tcp shop/db to shop/web:80', GLOBALLY],
    ],
  },
  {
    id: '1.4-object-1',
    says: 'a host endpoint has its own labels and those of its profiles; its own win, then the first profile',
    manifests: [
      toWebGlobally(
        `{ action: Allow, protocol: TCP, source: { selector: "host == 'n1' && colour == 'own' && lent == 'one'" } }`,
      ),
      hostEndpoint(
        'n3-eth1',
        '{ node: n3, interfaceName: eth1, expectedIPs: [192.0.2.1], profiles: [one, two] }',
        '{ host: n1, colour: own }',
      ),
      profile('one', '{ labelsToApply: { lent: one, colour: one }, egress: [{ action: Allow }] }'),
      profile('two', '{ labelsToApply: { lent: two } }'),
    ],
    flows: [
      ['tcp 192.0.2.1 to 10.0.1.1:80', GLOBALLY],
      ['tcp 192.0.2.2 to 10.0.1.1:80', NOT_GLOBALLY],
    ],
  },
  {
    id: '1.4-object-2',
    says: 'a network set has its own labels, its namespace, and the labels of its namespace',
    manifests: [
      toWebGlobally(
        `{ action: Allow, source: { selector: "role == 'partner' && projectcalico.org/namespace == 'shop' && pcns.team == 'red'" } }`,
      ),
    ],
    flows: [
      ['tcp 203.0.113.1 to shop/web:80', GLOBALLY],
      ['tcp 203.0.113.16 to shop/web:80', NOT_GLOBALLY],
    ],
  },
  {
    id: '1.4-object-3',
    says: 'a global network set has its own labels only',
    manifests: [
      toWebGlobally(
        `{ action: Allow, source: { selector: "role == 'crawler' && !has(projectcalico.org/namespace)" } }`,
      ),
    ],
    flows: [
      ['tcp 198.51.100.9 to 10.0.1.1:80', GLOBALLY],
      ['tcp 203.0.113.1 to 10.0.1.1:80', NOT_GLOBALLY],
    ],
  },
];

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

export const SELECTOR_CASES: readonly CalicoCase[] = [
  ...evaluation,
  ...examples,
  ...labels,
  ...namespaces,
  ...entities,
  ...globalEntities,
  ...subjects,
  ...addresses,
];
