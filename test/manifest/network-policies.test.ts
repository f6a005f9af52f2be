import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatCidr } from '../../src/net/cidr.ts';
import type { NetworkPolicy } from '../../src/policy/api/network-policy.ts';
import { codesOf, policyOf, policyText } from './support.ts';

const peer = (text: string): string => policyText(`spec: {ingress: [{from: [${text}]}]}`);
const port = (text: string): string => policyText(`spec: {ingress: [{ports: [${text}]}]}`);

describe('absence and defaults', () => {
  test.each([
    ['', true, false],
    ['spec:', true, false],
    ['spec: {}', true, false],
    ['spec: {policyTypes: []}', true, false],
    ['spec: {policyTypes: null}', true, false],
    ['spec: {ingress: []}', true, false],
    ['spec: {egress: []}', true, false],
    ['spec: {egress: null}', true, false],
    ['spec: {egress: [{}]}', true, true],
    ['spec: {policyTypes: [Egress]}', false, true],
    ['spec: {policyTypes: [Egress], ingress: [{}]}', false, true],
    ['spec: {policyTypes: [Ingress], egress: [{}]}', true, false],
    ['spec: {policyTypes: [Ingress, Ingress]}', true, false],
    ['spec: {policyTypes: [Egress, Ingress]}', true, true],
  ])('%s', (spec, ingress, egress) => {
    expect(policyOf(spec).policyTypes).toEqual({ ingress, egress });
  });

  test('an absent or null selector selects everything', () => {
    for (const spec of ['spec: {}', 'spec: {podSelector: }', 'spec: {podSelector: {}}'])
      expect(policyOf(spec).podSelector).toEqual({ matchLabels: {}, matchExpressions: [] });
  });

  test('a port item without a protocol is TCP, without a port all of it', () => {
    const { ingress } = policyOf(
      'spec: {ingress: [{ports: [{}, {protocol: UDP}, {port: 53}, {port: dns}]}]}',
    );
    expect(ingress[0]!.ports).toEqual([
      { protocol: 6 },
      { protocol: 17 },
      { protocol: 6, port: 53 },
      { protocol: 6, port: 'dns' },
    ]);
  });

  test('nothing behind a dash is {}, and said so', () => {
    const text = policyText('spec:\n  ingress:\n  -');
    expect(codesOf(text)).toEqual(['empty-item?']);
    expect(policyOf('spec:\n  ingress:\n  -').ingress).toMatchObject([{ peers: [], ports: [] }]);
  });

  test('null members of a peer are absent, empty selectors are not', () => {
    const [rule] = policyOf('spec: {ingress: [{from: [{podSelector: , namespaceSelector: {}}]}]}').ingress;
    expect(rule!.peers[0]).not.toHaveProperty('podSelector');
    expect(rule!.peers[0]!.namespaceSelector).toEqual({ matchLabels: {}, matchExpressions: [] });
  });
});

describe('what the API server refuses', () => {
  test.each([
    ['R-1', peer('{}'), ['empty-peer']],
    ['R-3', peer('{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.0/24]}}'), ['bad-except']],
    ['R-4', peer('{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.1.0/25]}}'), ['bad-except']],
    ['R-5', peer('{ipBlock: {cidr: 10.0.0.0/8, except: ["fd00::/16"]}}'), ['bad-except']],
    ['R-7', peer('{ipBlock: {cidr: 010.0.0.0/8}}'), ['odd-cidr?']],
    ['R-8 low', port('{port: 0}'), ['bad-port']],
    ['R-8 high', port('{port: 65536}'), ['bad-port']],
    ['R-9', port('{port: "80"}'), ['bad-port-name']],
    ['R-10', port('{port: a-very-long-port-name}'), ['bad-port-name']],
    ['R-11', port('{port: http, endPort: 90}'), ['bad-end-port']],
    ['R-12', port('{endPort: 90}'), ['bad-end-port']],
    ['R-15', policyText('spec: {policyTypes: [Ingress, Egress, Ingress]}'), ['bad-policy-types']],
    ['R-16', policyText('spec: {policyTypes: [ingress]}'), ['bad-policy-types']],
    [
      'R-19',
      policyText('spec: {podSelector: {matchExpressions: [{key: a, operator: Gt, values: ["1"]}]}}'),
      ['bad-operator'],
    ],
    ['R-20', port('{}'), []],
    ['R-21', port('{port: 80, endPort: 80}'), []],
    ['range backwards', port('{port: 80, endPort: 79}'), ['bad-end-port']],
    ['range beyond', port('{port: 80, endPort: 65536}'), ['bad-end-port']],
    ['protocol case', port('{protocol: tcp}'), ['bad-protocol']],
    ['protocol empty', port('{protocol: ""}'), ['bad-protocol']],
    ['protocol unknown', port('{protocol: ICMP}'), ['bad-protocol']],
    ['block with selector', peer('{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}'), ['mixed-peer']],
    ['block with namespaces', peer('{ipBlock: {cidr: 10.0.0.0/8}, namespaceSelector: {}}'), ['mixed-peer']],
    ['block without cidr', peer('{ipBlock: {}}'), ['bad-cidr']],
    ['block with empty cidr', peer('{ipBlock: {cidr: ""}}'), ['bad-cidr']],
    ['bare address', peer('{ipBlock: {cidr: 10.0.0.1}}'), ['bad-cidr']],
    ['bad exception', peer('{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0]}}'), ['bad-cidr']],
    [
      'In without values',
      peer('{podSelector: {matchExpressions: [{key: a, operator: In}]}}'),
      ['bad-values'],
    ],
    [
      'Exists with values',
      peer('{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}'),
      ['bad-values'],
    ],
    ['bad key', peer('{podSelector: {matchLabels: {a b: c}}}'), ['bad-label-key']],
    ['bad value', peer('{podSelector: {matchLabels: {a: b c}}}'), ['bad-label-value']],
    ['number as value', peer('{podSelector: {matchLabels: {a: 1}}}'), ['wrong-type']],
    ['yes as value', peer('{podSelector: {matchLabels: {a: yes}}}'), ['wrong-type']],
    ['unknown field', peer('{podselector: {}, namespaceSelector: {}}'), ['unknown-field']],
    ['name', policyText('spec: {}').replace('name: web', 'name: Web'), ['bad-name']],
    ['long name', policyText('spec: {}').replace('name: web', `name: ${'a'.repeat(254)}`), ['bad-name']],
    ['no name', policyText('spec: {}').replace('name: web, ', ''), ['missing-field']],
  ])('%s', (_, text, codes) => {
    expect(codesOf(text)).toEqual(codes);
  });

  test.each([
    ['exceptions that overlap', peer('{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.1.2.0/24]}}')],
    ['both families in a rule', peer('{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: "fd00::/8"}}')],
    ['repeated ports', port('{port: 80}, {port: 80}')],
    [
      'a contradiction',
      policyText(
        'spec: {podSelector: {matchExpressions: [{key: a, operator: In, values: [b]}, {key: a, operator: NotIn, values: [b]}]}}',
      ),
    ],
    ['an empty value', peer('{podSelector: {matchLabels: {tier: ""}}}')],
    ['a status', policyText('spec: {}\nstatus: {conditions: []}')],
  ])('%s are taken', (_, text) => {
    expect(codesOf(text)).toEqual([]);
  });

  test('lenient reading turns unknown fields into warnings, and nothing else', () => {
    expect(codesOf(peer('{podselector: {}, namespaceSelector: {}}'), true)).toEqual(['unknown-field?']);
    expect(codesOf(port('{port: 0}'), true)).toEqual(['bad-port']);
  });

  test('all problems of all documents at once', () => {
    const text = [port('{port: 0}, {port: 70000}'), peer('{}').replace('web', 'api')].join('---\n');
    expect(codesOf(text)).toEqual(['bad-port', 'bad-port', 'empty-peer']);
  });
});

describe('values and places', () => {
  test('blocks are masked', () => {
    const [rule] = policyOf(
      'spec: {egress: [{to: [{ipBlock: {cidr: 10.0.2.9/4, except: [0.1.2.3/16]}}]}]}',
    ).egress;
    const { cidr, except } = rule!.peers[0]!.ipBlock!;
    expect([cidr, ...except].map(formatCidr)).toEqual(['0.0.0.0/4', '0.1.0.0/16']);
  });

  const spread = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  namespace: shop
  name: web
spec:
  ingress:
  - from:
    - podSelector: {}
    # a comment
    -   namespaceSelector: {}
  - {}
`;

  test.each([
    ['alone', spread, 0],
    ['behind another document', `# first\n---\n${spread}`, 2],
    ['after a document with a mistake', `a: [\n---\n${spread}`, 2],
  ])('policies, rules and peers know their lines: %s', (_, text, shift) => {
    const { at, ingress } = firstPolicy(text);
    expect(at).toEqual({ file: 'stdin', line: 5 + shift, column: 9 });
    expect(ingress.map((rule) => [rule.at.line, rule.at.column])).toEqual([
      [8 + shift, 5],
      [12 + shift, 5],
    ]);
    expect(ingress[0]!.peers.map((each) => [each.at.line, each.at.column])).toEqual([
      [9 + shift, 7],
      [11 + shift, 9],
    ]);
  });

  test('the same places in JSON', () => {
    const text = `{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
   "metadata": {"name": "web"}, "spec": {"ingress": [{},
     {"from": [{"podSelector": {}}]}]}}]}`;
    const policy = firstPolicy(text);
    expect([policy.at.line, policy.at.column]).toEqual([3, 25]);
    expect(policy.ingress.map(({ at }) => [at.line, at.column])).toEqual([
      [3, 54],
      [4, 6],
    ]);
    expect(policy.ingress[1]!.peers[0]!.at).toEqual({ file: 'stdin', line: 4, column: 16 });
  });
});

/** The first policy of a text whose only mistakes are in the YAML of other documents. */
function firstPolicy(text: string): NetworkPolicy {
  const { value, diagnostics } = loadCluster(['-'], { stdin: text });
  expect(diagnostics.filter(({ code }) => code !== 'manifest/yaml-syntax')).toEqual([]);
  return value.networkPolicies[0]!;
}
