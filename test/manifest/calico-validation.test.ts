/** What Calico's API refuses, row by row of its validation, and what looks alike and is taken. */
import { describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { fromWeb, gnp, toWeb } from '../policy/calico-cases/manifests.ts';

const many = (count: number, item: string): string => Array.from({ length: count }, () => item).join(', ');
const allow = (fields: string): string => toWeb(`{ action: Allow, ${fields} }`);
const out = (fields: string): string => fromWeb(`{ action: Allow, ${fields} }`);

const ROWS: readonly (readonly [says: string, refused: readonly string[], taken: readonly string[]])[] = [
  [
    'numeric ports want TCP, UDP or SCTP',
    [
      allow('protocol: ICMP, destination: { ports: [80] }'),
      allow('protocol: 47, source: { notPorts: [80] }'),
      allow('protocol: UDPLite, destination: { ports: ["1:2"] }'),
    ],
    [
      allow('protocol: TCP, destination: { ports: [80] }'),
      allow('protocol: 17, source: { notPorts: [80] }'),
      allow('protocol: 132, destination: { ports: ["1:2"] }'),
    ],
  ],
  [
    'without a protocol only names, and of other protocols not even those',
    [
      allow('destination: { ports: [80] }'),
      allow('source: { notPorts: [80] }'),
      allow('protocol: ICMP, destination: { ports: [http] }'),
    ],
    [allow('destination: { ports: [http] }'), allow('source: { notPorts: [http] }')],
  ],
  [
    'notProtocol is no protocol',
    [allow('notProtocol: UDP, destination: { ports: [80] }')],
    [allow('notProtocol: UDP')],
  ],
  [
    'one family of nets a rule',
    [
      allow('source: { nets: [10.0.0.0/8, "fd00::/8"] }'),
      allow('source: { nets: [10.0.0.0/8] }, destination: { notNets: ["fd00::/8"] }'),
      allow('ipVersion: 6, source: { nets: [10.0.0.0/8] }'),
    ],
    [allow('ipVersion: 4, source: { nets: [10.0.0.0/8] }, destination: { notNets: [10.0.0.0/9] }')],
  ],
  [
    'notNets is not everything',
    [allow('source: { notNets: [0.0.0.0/0] }'), allow('destination: { notNets: ["::/0"] }')],
    [allow('source: { nets: [0.0.0.0/0], notNets: [10.0.0.0/8] }')],
  ],
  [
    'icmp wants its protocol, a code its type, and both their ranges',
    [
      allow('icmp: { type: 8 }'),
      allow('protocol: TCP, icmp: { type: 8 }'),
      allow('protocol: ICMP, icmp: { code: 0 }'),
      allow('protocol: ICMP, icmp: { type: 255 }'),
      allow('protocol: ICMP, icmp: { type: 3, code: 256 }'),
    ],
    [
      allow('protocol: 1, icmp: { type: 254, code: 255 }'),
      allow('protocol: 58, icmp: { type: 0 }'),
      allow('notICMP: { type: 8 }'),
    ],
  ],
  [
    'the names of ICMP and their families',
    [allow('protocol: ICMP, ipVersion: 6'), allow('protocol: ICMPv6, ipVersion: 4')],
    [allow('protocol: ICMP, ipVersion: 4'), allow('protocol: ICMPv6')],
  ],
  [
    'http: Allow, TCP, ingress',
    [
      toWeb('{ action: Deny, http: { methods: [GET] } }'),
      allow('protocol: UDP, http: { methods: [GET] }'),
      out('http: { methods: [GET] }'),
    ],
    [allow('http: { methods: [GET] }'), allow('protocol: TCP, http: { paths: [{ exact: / }] }')],
  ],
  [
    'services: source of ingress, destination of egress',
    [
      allow('destination: { services: { name: web, namespace: bank } }'),
      out('source: { services: { name: web, namespace: bank } }'),
    ],
    [
      allow('source: { services: { name: web, namespace: bank } }'),
      out('destination: { services: { name: web, namespace: bank } }'),
    ],
  ],
  [
    'services stand alone',
    [
      out('protocol: TCP, destination: { services: { name: web, namespace: bank }, ports: [80] }'),
      out('destination: { services: { name: web, namespace: bank }, notPorts: [http] }'),
      ...[
        'selector: all()',
        'notSelector: all()',
        'nets: [10.0.0.0/8]',
        'notNets: [10.0.0.0/8]',
        'namespaceSelector: all()',
        'serviceAccounts: { names: [a] }',
      ].map((field) => allow(`source: { services: { name: web, namespace: bank }, ${field} }`)),
      gnp('g', '{ egress: [{ action: Allow, destination: { services: { name: web } } }] }'),
    ],
    [
      allow('protocol: TCP, source: { services: { name: web, namespace: bank }, ports: [80] }'),
      gnp('g', '{ egress: [{ action: Allow, destination: { services: { name: web, namespace: bank } } }] }'),
    ],
  ],
  [
    'global() alone, as the namespaceSelector of a rule',
    [
      allow('source: { selector: global() }'),
      allow('source: { namespaceSelector: "global() || has(a)" }'),
      gnp('g', '{ namespaceSelector: global() }'),
      gnp('g', '{ selector: global() }'),
    ],
    [allow('source: { namespaceSelector: global() }')],
  ],
  [
    'lengths of lists and selectors',
    [
      toWeb(many(1025, '{ action: Allow }')),
      allow(`source: { nets: [${many(257, '10.0.0.1/32')}] }`),
      allow(`protocol: TCP, source: { ports: [${many(51, '80')}] }`),
      allow(`source: { selector: "has(${'a'.repeat(1024)})" }`),
    ],
    [
      toWeb(many(1024, '{ action: Allow }')),
      allow(`source: { nets: [${many(256, '10.0.0.1/32')}] }`),
      allow(`protocol: TCP, source: { ports: [${many(50, '80')}] }`),
    ],
  ],
  [
    'placements',
    [
      gnp('g', '{ preDNAT: true, doNotTrack: true, applyOnForward: true, ingress: [{ action: Allow }] }'),
      gnp('g', '{ preDNAT: true, ingress: [{ action: Allow }] }'),
      gnp('g', '{ doNotTrack: true, ingress: [{ action: Allow }] }'),
      gnp('g', '{ preDNAT: true, applyOnForward: true, types: [Egress] }'),
      gnp('g', '{ preDNAT: true, applyOnForward: true, types: [Ingress], egress: [{ action: Allow }] }'),
    ],
    [
      gnp('g', '{ preDNAT: true, applyOnForward: true, ingress: [{ action: Allow }] }'),
      gnp('g', '{ doNotTrack: true, applyOnForward: true, egress: [{ action: Allow }] }'),
    ],
  ],
  [
    'port 0 is none',
    [
      allow('protocol: TCP, destination: { ports: [0] }'),
      allow('protocol: TCP, destination: { ports: ["0:5"] }'),
    ],
    [allow('protocol: TCP, destination: { ports: [1, "65535:65535"] }')],
  ],
];

const errorsOf = (manifest: string): string[] =>
  loadCluster(['-'], { stdin: manifest })
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);

describe.each(ROWS)('%s', (_, refused, taken) => {
  test('is refused', () => {
    expect(refused.filter((manifest) => errorsOf(manifest).length === 0)).toEqual([]);
  });
  test('is taken', () => {
    expect(taken.flatMap(errorsOf)).toEqual([]);
  });
});
