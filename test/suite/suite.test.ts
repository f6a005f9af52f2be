import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { formatFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkSuite, worldOfSuite } from '../../src/suite/check.ts';
import { policyNameProblem } from '../../src/suite/policy-name.ts';
import { parseSuite, readSuite } from '../../src/suite/read.ts';
import { fixtureWith } from '../examine.ts';

const folder = mkdtempSync(join(tmpdir(), 'suite-'));
afterAll(() => rmSync(folder, { recursive: true }));

const POLICY = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { podSelector: { matchLabels: { app: web } }, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }
`;
const world = createWorld(fixtureWith(POLICY), CALICO);

/** What policies of Calico add to a cluster. */
function manifest(stdin: string): Pick<Cluster, 'calicoPolicies' | 'tiers'> {
  const { value, diagnostics } = loadCluster(['-'], { stdin });
  expect(diagnostics).toEqual([]);
  const { calicoPolicies, tiers } = value;
  return { calicoPolicies, tiers };
}

function check(text: string) {
  const { value: suite, diagnostics } = parseSuite('suite.yaml', text);
  expect(diagnostics).toEqual([]);
  return checkSuite(suite, world);
}

describe('a suite is read', () => {
  test('long and short forms, in order, with positions', () => {
    const { value, diagnostics } = parseSuite(
      'some/folder/suite.yaml',
      `description: the shop
manifests: [cluster.yaml, /abs/policies]
cni: kubernetes
flows:
  - flow: tcp x/b > x/a:80
    expect: allow
    by: NetworkPolicy/x/web
    reason: policy
    why: "same namespace"
allow:
  - 'udp x/b to x/c:53'
deny: [tcp y/a to x/a:80]
`,
    );
    expect(diagnostics).toEqual([]);
    expect(value).toMatchObject({
      description: 'the shop',
      manifests: ['some/folder/cluster.yaml', '/abs/policies'],
      cni: 'kubernetes',
    });
    expect(
      value.expectations.map(({ expect: verdict, by, reason, why, at }) => [
        verdict,
        by,
        reason,
        why,
        at.line,
        at.column,
      ]),
    ).toEqual([
      ['allow', 'NetworkPolicy/x/web', 'policy', 'same namespace', 5, 11],
      ['allow', undefined, undefined, undefined, 11, 5],
      ['deny', undefined, undefined, undefined, 12, 8],
    ]);
  });

  test('a path that leads nowhere is told with the suite that names it', () => {
    const { value: suite } = parseSuite(
      'some/suite.yaml',
      'manifests: [none.yaml]\nallow: [tcp a/b to c/d:1]\n',
    );
    expect(worldOfSuite(suite).diagnostics).toMatchObject([
      { code: 'manifest/not-found', hint: expect.stringContaining('some/suite.yaml') },
    ]);
    const [given] = worldOfSuite(suite, { manifests: ['none.yaml'] }).diagnostics;
    expect(given!.hint).toBeUndefined();
  });

  test('manifests given as a suite are told once, however many objects and fields they have', () => {
    const object = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\n';
    for (const text of [object, `${object}---\n${object}`])
      expect(parseSuite('s.yaml', text).diagnostics).toMatchObject([
        {
          code: 'suite/unknown-field',
          message: 'this is a Kubernetes object and no suite',
          hint: expect.stringContaining('-f'),
        },
      ]);
  });

  test.each([
    ['', 'suite/empty', 1, 1],
    ['manifests: []\n', 'suite/empty', 1, 1],
    ['- a\n', 'suite/wrong-type', 1, 1],
    ['flow: []\n', 'suite/unknown-field', 1, 1],
    ['manifests: a.yaml\nallow: [tcp a/b to c/d:80]\n', 'suite/wrong-type', 1, 12],
    ['cni: calicoo\nallow: [tcp a/b to c/d:80]\n', 'suite/unknown-word', 1, 6],
    ['flows:\n  - flow: tcp a/b to c/d:80\n    expect: alow\n', 'suite/unknown-word', 3, 13],
    ['flows:\n  - flow: tcp a/b to c/d:80\n', 'suite/missing-field', 2, 5],
    ['flows:\n  - flow: tcp a/b to c/d:80\n    expect: {}\n', 'suite/empty', 3, 13],
    ['profiles: [calico]\nallow: [tcp a/b to c/d:80]\n', 'suite/wrong-type', 1, 12],
    ['flows:\n  - { flow: tcp a/b to c/d:80, expect: deny, by: web }\n', 'suite/bad-policy', 2, 50],
    [
      'flows:\n  - { flow: tcp a/b to c/d:80, expect: deny, by: NetwrkPolicy/a/b }\n',
      'suite/bad-policy',
      2,
      50,
    ],
    ['flows:\n  - { flow: tcp a/b to c/d:80, expect: deny, by: Tier/a }\n', 'suite/bad-policy', 2, 50],
    ['flows:\n  - { flow: tcp a/b to c/d:80, expect: deny, pending: dny }\n', 'suite/unknown-word', 2, 55],
    ['flows:\n  - { flow: tcp a/b to c/d:80, expect: deny, direction: up }\n', 'suite/unknown-word', 2, 57],
    ['tags: [a, "b c"]\nallow: [tcp a/b to c/d:80]\n', 'suite/bad-tag', 1, 11],
    ['allow:\n  - tcp a/b to c/d\n', 'flow/syntax', 2, 19],
    ['allow:\n  - "tcp a/b c/d:80"\n', 'flow/syntax', 2, 14],
    ['allow: [\n', 'suite/yaml', 2, 1],
    ['allow: [tcp a/b to c/d:80]\n---\nallow: []\n', 'suite/yaml', 3, 1],
  ])('%j is refused', (text, code, line, column) => {
    const { diagnostics } = parseSuite('s.yaml', text);
    expect(diagnostics.map((found) => [found.code, found.at?.line, found.at?.column])).toContainEqual([
      code,
      line,
      column,
    ]);
  });

  test('names and tags, and where verdicts are written', () => {
    const text = `tags: [shop, all]
flows:
  - { name: the web, tags: [smoke, shop], flow: tcp x/b to x/a:80, expect: allow }
  - { flow: tcp x/b to x/a:81, expect: { calico: allow, cilium: deny } }
deny: [tcp y/a to x/a:80]
`;
    const { expectations } = parseSuite('suite.yaml', text).value;
    expect(expectations.map(({ name, tags }) => [name, tags])).toEqual([
      ['the web', ['shop', 'all', 'smoke']],
      ['', ['shop', 'all']],
      ['', ['shop', 'all']],
    ]);
    const written = expectations.map((one) =>
      [...one.written].map(([cni, { start, end }]) => [cni, text.slice(start, end)]),
    );
    expect(written).toEqual([
      [['', 'allow']],
      [
        ['calico', 'allow'],
        ['cilium', 'deny'],
      ],
      [],
    ]);
  });

  test('short names of sides', () => {
    const { value, diagnostics } = parseSuite(
      'suite.yaml',
      `names: { web: x/deployment/a, six: "fd00::1", tcp: x/b }
flows: [{ flow: tcp web > six:80, expect: allow }]
allow: ["tcp tcp to web:http", "tcp web:81 to 10.0.0.1:web"]
deny: [tcp wob > six:80]
`,
    );
    expect(value.expectations.map(({ flow }) => formatFlow(flow))).toEqual([
      'tcp x/deployment/a to [fd00::1]:80',
      'tcp x/b to x/deployment/a:http',
      'tcp x/deployment/a:81 to 10.0.0.1:web',
    ]);
    expect(diagnostics).toMatchObject([{ code: 'flow/syntax', at: { line: 4, column: 8 } }]);
  });

  test('aliases stand for what they repeat, which has none itself', () => {
    const { value, diagnostics } = parseSuite(
      's.yaml',
      'tags: &all [a, b]\nflows:\n  - { flow: &flow tcp x/a to x/b:80, expect: &by { calico: deny }, tags: *all }\n  - { flow: *flow, expect: *by }\ndeny: [*flow]\n',
    );
    expect(diagnostics).toEqual([]);
    expect(value.expectations.map(({ flow, at }) => `${at.line} ${formatFlow(flow)}`)).toEqual([
      '3 tcp x/a to x/b:80',
      '3 tcp x/a to x/b:80',
      '3 tcp x/a to x/b:80',
    ]);
    for (const text of ['tags: &a [x, x]\nallow: &b [*a, *a]\ndeny: [*b]\n', 'allow: &a [*a]\n'])
      expect(parseSuite('s.yaml', text).diagnostics[0]!.message).toBe('an alias within what an anchor names');
    expect(parseSuite('s.yaml', 'allow: *none\n').diagnostics).toMatchObject([{ code: 'suite/yaml' }]);
  });

  test('every problem is reported at once', () => {
    const { diagnostics } = parseSuite('s.yaml', 'flos: 1\nallow: [tcp a/b]\ndeny: [1]\n');
    expect(diagnostics.map(({ code }) => code)).toEqual([
      'suite/unknown-field',
      'flow/syntax',
      'suite/wrong-type',
    ]);
    expect(diagnostics[0]!.hint).toContain('flows');
  });

  test('a file that is no text is one mistake, not one a line', () => {
    const path = join(folder, 'capture.pcap');
    writeFileSync(path, Buffer.from([0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0x0a, 0x7b, 0x0a, 0x09, 0x3a]));
    expect(readSuite(path).diagnostics).toMatchObject([
      { code: 'suite/not-text', message: `${path}: a binary file, expected YAML` },
    ]);
  });

  test('a file that is not there', () => {
    const said = (path: string): string[] =>
      readSuite(path).diagnostics.map(({ code, message }) => `${code} ${message.slice(path.length)}`);
    expect(said(join(folder, 'none.yaml'))).toEqual([
      'suite/unreadable : no such file, where a suite was expected',
    ]);
    expect(said(folder)).toEqual(['suite/unreadable : a folder, where a suite was expected']);
  });
});

describe('who must decide', () => {
  test.each([
    ['NetworkPolicy/shop/db', undefined],
    ['NetworkPolicy.projectcalico.org/shop/db', undefined],
    ['NetworkPolicy.crd.projectcalico.org/shop/db', undefined],
    ['GlobalNetworkPolicy/quarantine', undefined],
    ['BaselineAdminNetworkPolicy/default', undefined],
    ['Profile/kns.shop', undefined],
    ['NetworkPolicy/db', 'write NetworkPolicy/namespace/db'],
    ['GlobalNetworkPolicy/security/quarantine', 'write GlobalNetworkPolicy/quarantine'],
    ['ClusterNetworkPolicy.projectcalico.org/a', 'ClusterNetworkPolicy is one of policy.networking.k8s.io'],
    ['StagedGlobalNetworkPolicy/a', 'expect its effect with pending: deny'],
    ['GlobalNetworkpolicy/a', 'did you mean GlobalNetworkPolicy?'],
    ['db', 'write Kind/namespace/name, such as NetworkPolicy/shop/db'],
  ])('%s', (name, hint) => {
    expect(policyNameProblem(name)?.hint).toBe(hint);
  });

  const calico = manifest(`
apiVersion: projectcalico.org/v3
kind: Tier
metadata: { name: security }
spec: { order: 100, defaultAction: Pass }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: quarantine }
spec: { tier: security, selector: app == 'web', types: [Ingress], ingress: [{ action: Deny, source: { selector: app == 'db' } }] }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: web, namespace: x }
spec: { order: 10, selector: app == 'web', ingress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }, { action: Pass }] }
---
apiVersion: projectcalico.org/v3
kind: StagedGlobalNetworkPolicy
metadata: { name: closed }
spec: { tier: security, selector: app == 'web', ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }] }
`);
  const world = createWorld({ ...fixtureWith(POLICY), ...calico }, CALICO);

  test('kinds of all APIs, and two of one name', () => {
    const { value: suite, diagnostics } = parseSuite(
      'suite.yaml',
      `flows:
  - { flow: tcp x/b to x/a:80, expect: deny, by: GlobalNetworkPolicy/quarantine, reason: policy }
  - { flow: tcp x/c to x/a:81, expect: allow, by: NetworkPolicy.projectcalico.org/x/web, pending: deny }
  - { flow: tcp x/c to x/a:81, expect: allow, by: NetworkPolicy/x/web }
  - { flow: tcp x/c to x/a:81, expect: allow, by: NetworkPolicy.networking.k8s.io/x/web, pending: allow }
`,
    );
    expect(diagnostics).toEqual([]);
    const { value } = checkSuite(suite, world);
    expect(value.results.map(({ difference }) => difference)).toEqual([
      '',
      '',
      '',
      'expected NetworkPolicy.networking.k8s.io/x/web to decide, found NetworkPolicy.projectcalico.org/x/web; expected allow with staged policies, found deny',
    ]);
  });
});

describe('a suite is checked', () => {
  test('what is as expected passes', () => {
    const { value, diagnostics } = check(`
flows:
  - { flow: tcp x/b to x/a:80, expect: allow, by: NetworkPolicy/x/web, reason: policy }
  - { flow: tcp y/a to x/a:80, expect: deny, by: NetworkPolicy/x/web, reason: tier-end }
  - { flow: tcp x/a to y/a:80, expect: allow, by: Profile/kns.y, reason: profile }
  - { flow: "tcp x/b to x/a:*", expect: undetermined, reason: missing-field }
allow: [tcp node:n1 to x/a:80]
`);
    expect(diagnostics).toEqual([]);
    expect(value.results.map(({ difference }) => difference)).toEqual(['', '', '', '', '']);
    expect(value).toMatchObject({ passed: 5, failed: 0 });
  });

  test('what is not fails, and says what was found', () => {
    const { value } = check(`
flows:
  - { flow: tcp x/b to x/a:80, expect: deny }
  - { flow: tcp y/a to x/a:80, expect: deny, by: NetworkPolicy/x/other, reason: policy }
  - { flow: "tcp x/b to x/a:*", expect: allow }
`);
    expect(value).toMatchObject({ passed: 0, failed: 3 });
    const [first, second, third] = value.results.map(({ difference }) => difference);
    expect(first).toBe('expected deny, found allow');
    expect(second).toBe(
      'expected NetworkPolicy/x/other to decide, found NetworkPolicy/x/web; expected the reason policy, found tier-end',
    );
    expect(third).toContain(
      'expected allow, found undetermined (deny for x/b (10.0.1.2) to x/a (10.0.1.1) port 1-79',
    );
  });

  test.each([
    [
      'tcp x/a to x/a:80, expect: allow, direction: ingress',
      'expected ingress to decide, found neither side',
    ],
    ['tcp x/b to x/a:80, expect: allow, direction: ingress', ''],
    ['tcp x/b to x/a:80, expect: allow, direction: egress', 'expected egress to decide, found ingress'],
    ['tcp y/a to x/a:80, expect: deny, direction: ingress', ''],
    ['tcp x/b to x/a:80, expect: allow, pending: { calico: allow }', ''],
    [
      'tcp x/b to x/a:80, expect: allow, pending: { calico: deny }',
      'expected deny with staged policies, found allow',
    ],
    ['tcp x/b to x/a:80, expect: allow, pending: { cilium: deny }', ''],
  ])('%s: %s', (text, difference) => {
    const { value } = check(`flows: [{ flow: ${text} }]\n`);
    expect(value.results.map((one) => one.difference)).toEqual([difference]);
  });

  test('a name that means nothing is a diagnostic at the flow', () => {
    const { value, diagnostics } = check('allow:\n  - tcp x/b to x/aa:80\n  - tcp x/b to x/a:80\n');
    expect(diagnostics).toMatchObject([
      { code: 'flow/unknown-name', at: { file: 'suite.yaml', line: 2, column: 5 } },
    ]);
    expect(value.passed).toBe(1);
  });

  test('its manifests are loaded, or those that take their place', () => {
    writeFileSync(join(folder, 'policy.yaml'), POLICY);
    writeFileSync(
      join(folder, 'suite.yaml'),
      'manifests: [policy.yaml]\ncni: kubernetes\nallow: [tcp 10.0.0.1 to 10.0.0.2:80]\n',
    );
    const { value: suite } = readSuite(join(folder, 'suite.yaml'));
    const own = worldOfSuite(suite);
    expect(own.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(own.value!.profile.name).toBe('kubernetes');
    expect(own.value!.resolved.policies.map(({ name }) => name)).toEqual(['web']);
    expect(worldOfSuite(suite, { manifests: [join(folder, 'none.yaml')] }).value).toBeUndefined();
    expect(worldOfSuite(suite, { cni: 'calico' }).value!.profile.name).toBe('calico');
    expect(worldOfSuite({ ...suite, manifests: [] }).diagnostics.map(({ code }) => code)).toEqual([
      'suite/no-manifests',
    ]);
  });
});
