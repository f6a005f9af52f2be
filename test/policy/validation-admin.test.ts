/** What the schemas of the cluster-wide policies reject and accept, by the identifiers of the worked cases and by the list. */
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';

const HEADS = {
  anp: ['v1alpha1', 'AdminNetworkPolicy', 'a'],
  banp: ['v1alpha1', 'BaselineAdminNetworkPolicy', 'default'],
  cnp: ['v1alpha2', 'ClusterNetworkPolicy', 'c'],
} as const;
type Kind = keyof typeof HEADS;

function load(kind: Kind, spec: string, name: string = HEADS[kind][2], lenient = false) {
  const [version, kindName] = HEADS[kind];
  const stdin = `apiVersion: policy.networking.k8s.io/${version}\nkind: ${kindName}\nmetadata: { name: ${name} }\n${spec}\n`;
  const { value, diagnostics } = loadCluster(['-'], { stdin, lenient });
  for (const { at } of diagnostics) expect(at?.line).toBeGreaterThan(0);
  const codes = (severity: string): string[] =>
    diagnostics
      .filter((each) => each.severity === severity)
      .map(({ code }) => code.slice('manifest/'.length));
  return { policy: value.adminPolicies[0], errors: codes('error'), warnings: codes('warning') };
}

const ALL = 'subject: { namespaces: {} }';
const PEER = '{ namespaces: {} }';
const anp = (more: string): string => `spec: { priority: 1, ${ALL}, ${more} }`;
const banp = (more: string): string => `spec: { ${ALL}, ${more} }`;
const cnp = (more: string): string => `spec: { tier: Admin, priority: 1, ${ALL}, ${more} }`;
const times = (count: number, text: string): string => Array.from({ length: count }, () => text).join(', ');
const rule = (more = ''): string => `{ action: Deny, from: [${PEER}]${more} }`;
const egress = (peer: string, more = ''): string => `egress: [{ action: Deny, to: [${peer}]${more} }]`;
const networks = (count: number): string =>
  Array.from({ length: count }, (_, index) => `10.0.${index}.0/24`).join(', ');

describe('rejected', () => {
  test.each<readonly [id: string, kind: Kind, spec: string, code: string]>([
    ['R-27', 'banp', banp(`ingress: [{ action: Pass, from: [${PEER}] }]`), 'bad-action'],
    ['R-29', 'cnp', cnp(`ingress: [${times(26, rule())}]`), 'list-length'],
    [
      'R-31',
      'cnp',
      cnp(
        `ingress: [${rule(', protocols: [{ tcp: { destinationPort: { range: { start: 80, end: 80 } } } }]')}]`,
      ),
      'bad-range',
    ],
    ['R-32', 'cnp', cnp(`ingress: [{ action: Allow, from: [${PEER}] }]`), 'bad-action'],
    ['R-33', 'cnp', `spec: { tier: admin, priority: 1, ${ALL} }`, 'bad-tier'],
    ['R-34', 'cnp', cnp(egress('{ networks: [10.0.0.0/8, 10.0.0.0/8] }')), 'duplicate-entry'],
    ['no spec', 'anp', '', 'missing-field'],
    ['no priority', 'anp', `spec: { ${ALL} }`, 'missing-field'],
    ['no priority', 'cnp', `spec: { tier: Admin, ${ALL} }`, 'missing-field'],
    ['no tier', 'cnp', `spec: { priority: 1, ${ALL} }`, 'missing-field'],
    ['no subject', 'anp', 'spec: { priority: 1 }', 'missing-field'],
    ['no action', 'anp', anp(`ingress: [{ from: [${PEER}] }]`), 'missing-field'],
    ['no from', 'anp', anp('ingress: [{ action: Deny }]'), 'missing-field'],
    ['no to', 'cnp', cnp('egress: [{ action: Deny }]'), 'missing-field'],
    ['no podSelector', 'cnp', cnp('ingress: [{ action: Deny, from: [{ pods: {} }] }]'), 'missing-field'],
    [
      'no namespaceSelector',
      'anp',
      anp('ingress: [{ action: Deny, from: [{ pods: { podSelector: {} } }] }]'),
      'missing-field',
    ],
    ['no port', 'anp', anp(`ingress: [${rule(', ports: [{ portNumber: {} }]')}]`), 'missing-field'],
    ['no end', 'anp', anp(`ingress: [${rule(', ports: [{ portRange: { start: 1 } }]')}]`), 'missing-field'],
    ['status without conditions', 'cnp', `${cnp('')}\nstatus: {}`, 'missing-field'],
    [
      'no operator',
      'anp',
      `spec: { priority: 1, subject: { namespaces: { matchExpressions: [{ key: a }] } } }`,
      'missing-field',
    ],
    ['priority', 'anp', `spec: { priority: 1001, ${ALL} }`, 'bad-priority'],
    ['priority', 'cnp', `spec: { tier: Admin, priority: -1, ${ALL} }`, 'bad-priority'],
    ['subject', 'anp', 'spec: { priority: 1, subject: {} }', 'not-one-of'],
    [
      'subject',
      'cnp',
      'spec: { tier: Admin, priority: 1, subject: { namespaces: {}, pods: { podSelector: {} } } }',
      'not-one-of',
    ],
    ['peer', 'anp', anp('ingress: [{ action: Deny, from: [{}] }]'), 'not-one-of'],
    ['peer', 'cnp', cnp(egress('{ namespaces: {}, networks: [10.0.0.0/8] }')), 'not-one-of'],
    [
      'ingress has no networks',
      'cnp',
      cnp('ingress: [{ action: Deny, from: [{ networks: [10.0.0.0/8] }] }]'),
      'unknown-field',
    ],
    ['port item', 'anp', anp(`ingress: [${rule(', ports: [{}]')}]`), 'not-one-of'],
    ['protocol item', 'cnp', cnp(`ingress: [${rule(', protocols: [{ tcp: {}, udp: {} }]')}]`), 'not-one-of'],
    [
      'destinationPort',
      'cnp',
      cnp(`ingress: [${rule(', protocols: [{ tcp: { destinationPort: {} } }]')}]`),
      'not-one-of',
    ],
    ['empty tcp', 'cnp', cnp(`ingress: [${rule(', protocols: [{ tcp: {} }]')}]`), 'missing-field'],
    ['case of action', 'anp', anp(`ingress: [{ action: deny, from: [${PEER}] }]`), 'bad-action'],
    ['101 rules', 'anp', anp(`ingress: [${times(101, rule())}]`), 'list-length'],
    ['no peers', 'anp', anp('ingress: [{ action: Deny, from: [] }]'), 'list-length'],
    ['101 peers', 'anp', anp(`ingress: [{ action: Deny, from: [${times(101, PEER)}] }]`), 'list-length'],
    ['26 peers', 'cnp', cnp(`ingress: [{ action: Deny, from: [${times(26, PEER)}] }]`), 'list-length'],
    ['no ports', 'anp', anp(`ingress: [${rule(', ports: []')}]`), 'list-length'],
    ['no protocols', 'cnp', cnp(`ingress: [${rule(', protocols: []')}]`), 'list-length'],
    ['26 networks', 'cnp', cnp(egress(`{ networks: [${networks(26)}] }`)), 'list-length'],
    ['no networks', 'anp', anp(egress('{ networks: [] }')), 'list-length'],
    ['no names', 'cnp', cnp(egress('{ domainNames: [] }')), 'list-length'],
    ['rule name', 'cnp', cnp(`ingress: [${rule(`, name: ${'n'.repeat(101)}`)}]`), 'too-long'],
    ['port 0', 'anp', anp(`ingress: [${rule(', ports: [{ portNumber: { port: 0 } }]')}]`), 'bad-port'],
    [
      'port 65536',
      'cnp',
      cnp(`ingress: [${rule(', protocols: [{ tcp: { destinationPort: { number: 65536 } } }]')}]`),
      'bad-port',
    ],
    ['no CIDR', 'cnp', cnp(egress('{ networks: [10.0.0.1] }')), 'bad-cidr'],
    ['leading zeros', 'cnp', cnp(egress('{ networks: [010.0.0.0/8] }')), 'bad-cidr'],
    ['mapped', 'cnp', cnp(egress('{ networks: ["::ffff:10.0.0.0/104"] }')), 'bad-cidr'],
    ['domain', 'cnp', cnp(egress('{ domainNames: ["*"] }')), 'bad-domain-name'],
    ['domain twice', 'anp', anp(egress('{ domainNames: [a.b, a.b] }')), 'duplicate-entry'],
    ['domains are not for the baseline', 'banp', banp(egress('{ domainNames: [a.b] }')), 'unknown-field'],
    [
      'named port',
      'anp',
      anp(egress('{ networks: [10.0.0.0/8] }', ', ports: [{ namedPort: http }]')),
      'named-port-peer',
    ],
    [
      'named port',
      'cnp',
      cnp(egress('{ nodes: {} }', ', protocols: [{ destinationNamedPort: http }]')),
      'named-port-peer',
    ],
    [
      'sameLabels',
      'anp',
      anp('ingress: [{ action: Deny, from: [{ namespaces: { sameLabels: [a] } }] }]'),
      'unknown-field',
    ],
    ['ports of the other version', 'cnp', cnp(`ingress: [${rule(', ports: []')}]`), 'unknown-field'],
  ])('%s of %s', (_, kind, spec, code) => {
    expect(load(kind, spec).errors).toContain(code);
  });

  test('R-26', () => {
    expect(load('banp', banp(''), 'baseline').errors).toEqual(['bad-name']);
  });

  test('everything at once', () => {
    const { errors } = load(
      'anp',
      'spec: { priority: -1, subject: {}, ingress: [{ action: Drop, from: [] }] }',
    );
    expect(errors).toEqual(['bad-priority', 'not-one-of', 'bad-action', 'list-length']);
  });
});

describe('accepted', () => {
  test.each<readonly [id: string, kind: Kind, spec: string, warnings: readonly string[]]>([
    [
      'R-25',
      'anp',
      anp(`ingress: [${rule(', ports: [{ portRange: { start: 90, end: 80 } }]')}]`),
      ['empty-range'],
    ],
    ['one port', 'anp', anp(`ingress: [${rule(', ports: [{ portRange: { start: 80, end: 80 } }]')}]`), []],
    ['R-35', 'cnp', cnp(egress('{ domainNames: [example.com] }')), ['denied-domain']],
    [
      'R-36',
      'anp',
      anp(
        'ingress: [{ action: Deny, from: [{ namespaces: { matchExpressions: [{ key: a, operator: Foo }] } }] }]',
      ),
      ['bad-operator'],
    ],
    [
      'unknown protocol',
      'anp',
      anp(`ingress: [${rule(', ports: [{ portNumber: { protocol: tcp, port: 80 } }]')}]`),
      ['bad-protocol'],
    ],
    [
      'named port and networks',
      'cnp',
      cnp(egress('{ networks: [10.0.0.0/8] }', ', protocols: [{ destinationNamedPort: http }]')),
      [],
    ],
    ['set host bits', 'cnp', cnp(egress('{ networks: [10.0.0.7/8] }')), ['odd-cidr']],
    ['100 rules', 'anp', anp(`ingress: [${times(100, rule())}]`), []],
    ['no rules', 'cnp', cnp('ingress: [], egress: []'), []],
    [
      'pods of all namespaces',
      'cnp',
      cnp('ingress: [{ action: Deny, from: [{ pods: { podSelector: {} } }] }]'),
      [],
    ],
  ])('%s of %s', (_, kind, spec, warnings) => {
    const { errors, warnings: found } = load(kind, spec);
    expect({ errors, found }).toEqual({ errors: [], found: warnings });
  });
});

describe('what cannot be understood is marked', () => {
  const odd = 'matchExpressions: [{ key: a, operator: Foo }]';
  test.each<readonly [what: string, kind: Kind, spec: string]>([
    ['an operator', 'cnp', cnp(`ingress: [{ action: Accept, from: [{ namespaces: { ${odd} } }] }]`)],
    [
      'a value',
      'cnp',
      cnp('ingress: [{ action: Accept, from: [{ namespaces: { matchLabels: { a: "-" } } }] }]'),
    ],
    [
      'a subject',
      'cnp',
      `spec: { tier: Admin, priority: 1, subject: { namespaces: { ${odd} } }, ingress: [{ action: Accept, from: [${PEER}] }] }`,
    ],
    [
      'a protocol',
      'anp',
      anp(
        `ingress: [{ action: Allow, from: [${PEER}], ports: [{ portNumber: { protocol: X, port: 80 } }] }]`,
      ),
    ],
  ])('%s', (_, kind, spec) => {
    const { policy, errors } = load(kind, spec);
    expect(errors).toEqual([]);
    expect(policy?.ingress[0]?.isUnusable).toBe(true);
  });

  test('with --lenient: unknown fields of rules, ports, selectors and peers', () => {
    const lenient = (kind: Kind, spec: string) => load(kind, spec, undefined, true);
    const rules = [
      `{ action: Accept, from: [${PEER}], colour: red }`,
      `{ action: Accept, from: [${PEER}], protocols: [{ tcp: { destinationPort: { number: 80 }, x: 1 } }] }`,
      '{ action: Accept, from: [{ namespaces: { sameLabels: [a] } }] }',
    ];
    for (const text of rules) {
      const { policy, errors, warnings } = lenient('cnp', cnp(`ingress: [${text}]`));
      expect({ text, errors, warnings }).toEqual({ text, errors: [], warnings: ['unknown-field'] });
      expect(policy?.ingress[0]?.isUnusable).toBe(true);
    }
    const { policy } = lenient('cnp', cnp('ingress: [{ action: Accept, from: [{ planets: [] }] }]'));
    expect(policy?.ingress[0]?.peers.map(({ kind }) => kind)).toEqual(['unknown']);
    const empty = lenient(
      'cnp',
      cnp(`ingress: [{ action: Accept, from: [${PEER}], protocols: [{ tcp: {} }] }]`),
    );
    expect(empty.policy?.ingress[0]).toMatchObject({ ports: [{ protocol: 6 }], isUnusable: false });
  });
});
