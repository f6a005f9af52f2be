/** schemas/suite.v1.json and the reader agree: every suite of the project is valid, and a field unknown to one is unknown to both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseSuite } from '../../src/suite/read.ts';
import { CIRCUMSTANCES, EXPECTED } from '../../src/suite/suite.ts';

const TOP = join(import.meta.dirname, '../..');
const schema = JSON.parse(readFileSync(join(TOP, 'schemas/suite.v1.json'), 'utf8'));
const validate = new Ajv({ strict: true, strictRequired: false }).compile(schema);

/** What the schema says against a suite's text. */
function objections(text: string): string[] {
  return validate(parse(text))
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const suites = ['traces', 'test/cases', 'test/conformance'].flatMap((folder) =>
  readdirSync(join(TOP, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => /suite\.yaml$|\/(?:cases|knobs)\/[\w-]+\.yaml$/.test(path)),
);

test('there are suites of all kinds', () => {
  expect(suites.length).toBeGreaterThan(100);
});

test.each(suites)('%s is valid', (path) => {
  expect(objections(readFileSync(join(TOP, path), 'utf8'))).toEqual([]);
});

/** A suite with everything in it that a suite may have. */
const WHOLE = `
description: all of it
tags: [all]
manifests: [cluster.yaml]
profiles: []
cni: calico
flows:
  - name: the database
    tags: [db, pci/1]
    flow: tcp x/a to x/b:80
    expect: { calico: deny, cilium: allow }
    when: established
    by: NetworkPolicy/x/b
    direction: ingress
    reason: policy
    pending: { calico: deny }
    why: because
allow: [tcp x/a to x/b:81]
deny: [tcp x/a to x/b:82]
names: { web: x/deployment/web }
tables:
  - name: the web
    tags: [web]
    ports: [TCP/80, 81, icmp]
    when: new-source
    why: drawn
    expect:
      calico: |
        -    web
        x/a  .
  - port: udp/dns
    expect: |
      -    web
      x/a  .
steps:
  - name: first
    tags: [later]
    manifests: [others]
    add: [more]
    remove: [NetworkPolicy/x/b]
    flows:
      - { name: n, tags: [t], flow: tcp x/a to x/b:80, expect: deny, when: established, by: NetworkPolicy/x/b, direction: ingress, reason: policy, pending: deny, why: w }
      - { flow: tcp x/a to x/b:80, before: allow, after: { calico: deny } }
    allow: [tcp x/a to x/b:81]
    deny: [tcp x/a to x/b:82]
    tables:
      - expect: |
          TCP/80  web
          x/a     .
    traces:
      - { trace: a.pcap, format: hubble, tags: [t], expect: [{ none: {} }] }
      - { trace: a.pcap, before: [{ none: {} }], after: [{ at-least: 1 }, { exactly: [] }] }
traces:
  - trace: [a.pcap, b.log]
    format: hubble
    tags: [captured]
    expect:
      - { name: closed, tags: [pci], none: { verdict: deny, to: namespace:pci }, why: because }
      - { at-least: 1 connection, at-most: "2,000 connections", of: { from: [outside, '!node:n1'], protocol: [tcp, 17] } }
      - { exactly: [tcp x/a to x/b:80], of: { port: [80, tcp/81, 90-99], reason: policy, by: NetworkPolicy/x/b, rule: -1 } }
      - { exactly: 0 }
`;

test('every field is known to both', () => {
  expect(parseSuite('s.yaml', WHOLE).diagnostics).toEqual([]);
  expect(objections(WHOLE)).toEqual([]);
});

/** The schema's fields of a definition, or of the suite. */
const fieldsOf = (name: string): string[] =>
  Object.keys((name === '' ? schema : schema.definitions[name]).properties);

describe('a field that the reader knows is a field of the schema', () => {
  const listed = (text: string): string[] =>
    parseSuite('s.yaml', text)
      .diagnostics.find(({ code }) => code === 'suite/unknown-field')!
      .hint!.replace('known: ', '')
      .split(', ');

  test.each([
    ['', 'qqqqqqqq: 1\n'],
    ['expectation', 'flows: [{ qqqqqqqq: 1 }]\n'],
    ['stepExpectation', 'steps: [{ flows: [{ qqqqqqqq: 1 }] }]\n'],
    ['step', 'steps: [{ qqqqqqqq: 1 }]\n'],
    ['table', 'tables: [{ qqqqqqqq: 1 }]\n'],
    ['trace', 'traces: [{ qqqqqqqq: 1 }]\n'],
    ['stepTrace', 'steps: [{ traces: [{ qqqqqqqq: 1 }] }]\n'],
    ['tracedExpectation', 'traces: [{ trace: a, expect: [{ qqqqqqqq: 1 }] }]\n'],
    ['flowFilter', 'traces: [{ trace: a, expect: [{ none: { qqqqqqqq: 1 } }] }]\n'],
  ])('%s', (name, text) => {
    // Outside of steps the reader knows these two to say where they belong.
    const known = listed(text).filter(
      (field) => !['expectation', 'trace'].includes(name) || !['before', 'after'].includes(field),
    );
    expect(fieldsOf(name).sort()).toEqual(known.sort());
  });
});

describe('what the reader refuses the schema refuses', () => {
  test.each([
    ['flowz: []\n'],
    ['allow: [tcp x/a to x/b:80]\nmanifest: [a]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, expct: 1 }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80 }]\n'],
    ['flows: [{ expect: deny }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: dny }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: {} }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: { calico: no-way } }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, direction: sideways }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, when: noon }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, reason: fun }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, pending: reject }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, by: db }]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, expect: deny, tags: [a b] }]\n'],
    ['traces: [{ trace: a }]\n'],
    ['traces: [{ expect: [{ none: {} }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: {}, of: {} }] }]\n'],
    ['traces: [{ trace: a, expect: [{ of: {} }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: {}, exactly: 1 }] }]\n'],
    ['traces: [{ trace: a, expect: [{ exactly: 1, at-most: 1 }] }]\n'],
    ['traces: [{ trace: a, expect: [{ at-most: 5 pakets }] }]\n'],
    ['traces: [{ trace: a, expect: [{ at-most: -5 }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { verdict: skip } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { to: a b } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { from: [] } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { port: http } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { rule: 1 } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ none: { by: NetworkPolicy/a/b, rule: -2 } }] }]\n'],
    ['traces: [{ trace: a, expect: [{ exactly: [1] }] }]\n'],
    ['tags: pci\nallow: [tcp x/a to x/b:80]\n'],
    ['allow: tcp x/a to x/b:80\n'],
    ['allow: [1]\n'],
    ['flows: [{ flow: tcp x/a to x/b:80, before: deny, after: deny }]\n'],
    ['names: { web: [] }\nallow: [tcp x/a to x/b:80]\n'],
    ['names: { web: a b }\nallow: [tcp x/a to x/b:80]\n'],
    ['tables: [{ port: 80 }]\n'],
    ['tables: [{ port: 80, expect: [] }]\n'],
    ['tables: [{ port: 80, expect: {} }]\n'],
    ['tables:\n  - port: [80]\n    expect: |\n      - x/a\n      x/b .\n'],
    ['tables:\n  - port: a/b/c\n    expect: |\n      - x/a\n      x/b .\n'],
    ['tables:\n  - port: 70000\n    expect: |\n      - x/a\n      x/b .\n'],
    ['tables:\n  - port: 80\n    ports: [80]\n    expect: |\n      - x/a\n      x/b .\n'],
    ['tables:\n  - port: 80\n    rows: 1\n    expect: |\n      - x/a\n      x/b .\n'],
    ['steps: [{ name: a, allow: [tcp x/a to x/b:80] }]\n'],
    ['steps: [{ add: a, allow: [tcp x/a to x/b:80] }]\n'],
    ['steps: [{ add: [a], flows: [{ flow: tcp x/a to x/b:80 }] }]\n'],
    ['steps: [{ add: [a], flows: [{ flow: tcp x/a to x/b:80, before: deny }] }]\n'],
    [
      'steps: [{ add: [a], flows: [{ flow: tcp x/a to x/b:80, expect: deny, before: deny, after: deny }] }]\n',
    ],
    ['steps: [{ add: [a], flows: [{ flow: tcp x/a to x/b:80, expect: deny, before: deny }] }]\n'],
    ['traces: [{ trace: a, before: [{ none: {} }], after: [{ none: {} }] }]\n'],
    ['steps: [{ add: [a], traces: [{ trace: a }] }]\n'],
    ['steps: [{ add: [a], traces: [{ expect: [{ none: {} }] }] }]\n'],
    ['steps: [{ add: [a], traces: [{ trace: a, before: [{ none: {} }] }] }]\n'],
    ['steps: [{ add: [a], traces: [{ trace: a, after: [{ none: {} }] }] }]\n'],
    ['steps: [{ add: [a], traces: [{ trace: a, before: [], after: [{ none: {} }] }] }]\n'],
    ['steps: [{ add: [a], traces: [{ trace: a, expect: [{ none: {} }], after: [{ none: {} }] }] }]\n'],
    ['profiles: [calico]\nallow: [tcp x/a to x/b:80]\n'],
  ])('%j', (text) => {
    expect(parseSuite('s.yaml', text).diagnostics).not.toEqual([]);
    expect(objections(text)).not.toEqual([]);
  });
});

test('its words are the words of the program', () => {
  expect([...schema.definitions.verdict.enum].sort()).toEqual([...EXPECTED].sort());
  expect(schema.definitions.expectation.properties.when.enum).toEqual(CIRCUMSTANCES);
});
