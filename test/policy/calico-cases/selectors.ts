/** Sections 1.3 and 1.4 of the semantics: selectors, missing labels, and the labels that they see. */
import { type CalicoCase, hostEndpoint, profile, toWebGlobally } from './manifests.ts';

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

export const SELECTOR_CASES: readonly CalicoCase[] = [...evaluation, ...examples, ...labels];
