/** Steps of a suite: changes of the policies on top of each other, and what becomes of flows over them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite, type SuiteResult } from '../../src/suite/check.ts';
import { checkConformance, loadSuites } from '../../src/suite/conformance.ts';
import { parseSuite } from '../../src/suite/read.ts';
import { worldsAfter } from '../../src/suite/steps.ts';
import { fixtureWith } from '../examine.ts';

const folder = mkdtempSync(join(tmpdir(), 'steps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const policy = (name: string, port: number): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: x }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ ports: [{ port: ${port} }] }] }
`;
writeFileSync(join(folder, 'open-80.yaml'), policy('web', 80));
writeFileSync(join(folder, 'open-81.yaml'), policy('web', 81));
writeFileSync(join(folder, 'second.yaml'), policy('second', 80));

const read = (text: string) => parseSuite(join(folder, 'suite.yaml'), text);

function check(text: string, cni = 'calico'): SuiteResult {
  const { value: suite, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  const world = createWorld(fixtureWith(''), cniProfile(cni)!);
  const { value: later, diagnostics: strange } = worldsAfter(suite, world);
  expect(strange.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { value, diagnostics: found } = checkSuite(suite, world, later);
  expect(found).toEqual([]);
  return value;
}

const STEPS = `
allow: [tcp y/a to x/a:80, tcp y/a to x/a:81]
steps:
  - name: closed
    add: [open-81.yaml]
    deny: [tcp y/a to x/a:80]
    allow: [tcp y/a to x/a:81]
  - name: another one of the same name
    add: [open-80.yaml]
    deny: [tcp y/a to x/a:81]
    tables:
      - port: 80
        expect: |
          -    x/a
          y/a  .
  - name: two
    add: [second.yaml, open-81.yaml]
    allow: [tcp y/a to x/a:80, tcp y/a to x/a:81]
  - name: one is left
    remove: [NetworkPolicy/x/web]
    deny: [tcp y/a to x/a:81]
  - name: none
    remove: [NetworkPolicy/x/second]
    allow: [tcp y/a to x/a:82]
`;

describe('a step', () => {
  test('is laid over the state before it', () => {
    const { passed, failed, results } = check(STEPS);
    expect(results.map(({ difference }) => difference).filter(Boolean)).toEqual([]);
    expect([passed, failed]).toEqual([10, 0]);
    expect(results.map(({ expectation }) => expectation.state)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 5]);
  });

  test('whose manifests take the place of all that was', () => {
    writeFileSync(
      join(folder, 'other.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: q }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p, namespace: q }\nspec: { nodeName: m, containers: [{ name: c }] }\nstatus: { podIP: 10.9.9.9 }\n',
    );
    const { passed } = check('steps: [{ manifests: [other.yaml], allow: [tcp q/p to 10.9.9.8:80] }]\n');
    expect(passed).toBe(1);
  });

  test('before and after are a verdict in each of two states', () => {
    const results = check(`
steps:
  - name: closed
    add: [open-81.yaml]
    flows:
      - { name: n, tags: [t], flow: tcp y/a to x/a:80, before: allow, after: deny, by: NetworkPolicy/x/web, reason: tier-end, why: w }
      - { flow: tcp y/a to x/a:81, before: deny, after: { calico: deny, cilium: allow } }
`).results;
    expect(
      results.map(({ expectation: { name, tags, state, by, why }, difference }) => [
        name,
        tags,
        state,
        by,
        why,
        difference,
      ]),
    ).toEqual([
      ['n', ['t'], 0, undefined, 'w', ''],
      ['', [], 0, undefined, undefined, 'expected deny, found allow'],
      ['n', ['t'], 1, 'NetworkPolicy/x/web', 'w', ''],
      ['', [], 1, undefined, undefined, 'expected deny, found allow'],
    ]);
  });

  test.each([
    ['calico', 'tcp', 'allow'],
    ['cilium', 'tcp', 'deny'],
    ['kube-network-policies', 'tcp', 'deny'],
    ['kube-network-policies', 'icmp', 'allow'],
    ['kubernetes', 'tcp', 'unspecified'],
  ])('an established connection over it: %s, %s, %s', (cni, protocol, verdict) => {
    const port = protocol === 'tcp' ? ':80' : '';
    const { results } = check(
      `steps:
  - add: [open-81.yaml]
    flows:
      - { flow: "${protocol} y/a to x/a${port}", when: established, before: allow, after: ${verdict} }
      - { flow: "${protocol} y/a to x/a${port}", before: allow, after: deny }
`,
      cni,
    );
    expect(results.map(({ difference }) => difference)).toEqual(['', '', '', '']);
  });

  test('a connection that was refused before it stands in no state', () => {
    const { results } = check(`
steps:
  - add: [open-81.yaml]
    deny: [tcp y/a to x/a:80]
  - remove: [NetworkPolicy/x/web]
    flows:
      - { flow: tcp y/a to x/a:80, expect: allow, when: established }
      - { flow: tcp y/a to x/a:81, expect: allow, when: established }
`);
    expect(results.map(({ difference }) => difference)).toEqual([
      '',
      'no connection was open before the step: it was deny',
      '',
    ]);
  });
});

describe('what is wrong with a step', () => {
  test.each([
    ['steps: [{ name: a, allow: [tcp y/a to x/a:80] }]\n', 'suite/empty 1:9'],
    ['steps: [{ add: [a] }, { add: [b], names: c }]\n', 'suite/unknown-field 1:35'],
    ['steps: [{ name: a, add: [a] }, { name: a, add: [b] }]\n', 'suite/twice 1:40'],
    ['steps: [{ remove: [[]] }]\n', 'suite/wrong-type 1:20'],
    ['flows: [{ flow: tcp y/a to x/a:80, before: allow, after: deny }]\n', 'suite/unknown-field 1:44'],
    [
      'steps: [{ add: [a], flows: [{ flow: tcp y/a to x/a:80, before: allow }] }]\n',
      'suite/missing-field 1:29',
    ],
    [
      'steps: [{ add: [a], flows: [{ flow: tcp y/a to x/a:80, expect: deny, before: deny, after: deny }] }]\n',
      'suite/unknown-field 1:64',
    ],
    [
      'steps: [{ add: [a], flows: [{ flow: tcp y/a to x/a:80, before: no, after: deny }] }]\n',
      'suite/unknown-word 1:64',
    ],
  ])('%j', (text, problem) => {
    const [first] = read(text).diagnostics;
    expect(`${first!.code} ${first!.at!.line}:${first!.at!.column}`).toBe(problem);
  });

  test.each([
    ['steps:\n  - { add: [none.yaml], allow: [tcp y/a to x/a:80] }\n', /none.yaml/],
    [
      'steps:\n  - { remove: [NetworkPolicy/x/none], allow: [tcp y/a to x/a:80] }\n',
      /there is no NetworkPolicy\/x\/none/,
    ],
  ])('%j', (text, message) => {
    const { value: suite } = read(text);
    const { value, diagnostics } = worldsAfter(suite, createWorld(fixtureWith(''), cniProfile('calico')!));
    expect(value).toEqual([]);
    expect(diagnostics[0]!.message).toMatch(message);
  });
});

test('the specification is asked in each state too', () => {
  writeFileSync(
    join(folder, 'cluster.yaml'),
    'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: x, labels: { app: web } }\nspec: { nodeName: m, containers: [{ name: c }] }\nstatus: { podIP: 10.9.9.9 }\n',
  );
  const { value: suite } = read(
    'manifests: [cluster.yaml]\nsteps:\n  - add: [open-81.yaml]\n    flows: [{ flow: tcp 10.9.9.1 to x/a:80, before: allow, after: deny }]\n',
  );
  const { value } = checkConformance(loadSuites([suite]).value, cniProfile('cilium')!);
  expect(value.results.map(({ verdict, specified, standing }) => [verdict, specified, standing])).toEqual([
    ['allow', 'allow', 'same'],
    ['deny', 'deny', 'same'],
  ]);
});
