/** Tests of other tools that are run as suites: what they mean as flows, what of them is none, and what the tools refuse too. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFlow } from '../../src/flow/notation.ts';
import { checkSuite, worldOfSuite } from '../../src/suite/check.ts';
import { looksLikeSuite } from '../../src/suite/find-suites.ts';
import { parseSuite, readSuite } from '../../src/suite/read.ts';

const SAMPLES = resolve(import.meta.dirname, '../../../shared/samples/policies/netassert/e2e/manifests');

const read = (text: string) => parseSuite('tests.yaml', text);

/** What a file means: its flows, and what is said of the rest. */
function meaning(text: string): { flows: string[]; said: string[]; unmapped: number | undefined } {
  const { value, diagnostics } = read(text);
  return {
    flows: value.expectations.map(
      ({ flow, expect: verdict, at }) => `${at.line}:${at.column} ${verdict} ${formatFlow(flow)}`,
    ),
    said: diagnostics.map(({ severity, at, message }) => `${severity} ${at!.line}:${at!.column} ${message}`),
    unmapped: value.foreign?.unmapped,
  };
}

/** A test of netassert 2 with its fields; `fields` replace or add to those it has. */
function testOf(fields: Record<string, unknown> = {}): string {
  const side = { k8sResource: { kind: 'deployment', name: 'web', namespace: 'shop' } };
  const one = {
    name: 'n',
    type: 'k8s',
    protocol: 'tcp',
    targetPort: 80,
    exitCode: 0,
    src: side,
    dst: side,
    ...fields,
  };
  return `- ${JSON.stringify(one)}\n`;
}
const resource = (kind: string, name: string, namespace: string) => ({
  k8sResource: { kind, name, namespace },
});
const host = (name: string) => ({ host: { name } });

describe('netassert', () => {
  test.each([
    [{}, 'allow tcp shop/deployment/web to shop/deployment/web:80'],
    [{ exitCode: 1 }, 'deny tcp shop/deployment/web to shop/deployment/web:80'],
    [{ protocol: undefined, exitCode: undefined }, 'allow tcp shop/deployment/web to shop/deployment/web:80'],
    [{ protocol: 'udp', targetPort: 53 }, 'allow udp shop/deployment/web to shop/deployment/web:53'],
    [
      { src: resource('pod', 'a', 'x'), dst: resource('statefulset', 'db', 'y') },
      'allow tcp x/a to y/statefulset/db:80',
    ],
    [
      { src: resource('daemonset', 'a', 'x'), dst: host('192.0.2.7') },
      'allow tcp x/daemonset/a to 192.0.2.7:80',
    ],
    [{ dst: host('db.shop.svc') }, 'allow tcp shop/deployment/web to service:shop/db:80'],
    [{ dst: host('db.shop.svc.cluster.local.') }, 'allow tcp shop/deployment/web to service:shop/db:80'],
  ])('%j: %s', (fields, flow) => {
    expect(meaning(testOf(fields))).toEqual({ flows: [`1:3 ${flow}`], said: [], unmapped: 0 });
  });

  test.each([
    [
      'example.com',
      'example.com is no name of a Service for sure: write example.com.svc if it is one, else its address',
    ],
    ['www.example.com', 'www.example.com is a name outside of the cluster: write its address'],
    ['0.0.0.0', '0.0.0.0 is whoever dials it: no packet leaves the pod'],
  ])('%s is no side of a flow, and counted', (name, why) => {
    const text = `${testOf()}${testOf({ name: 'm', dst: host(name) })}`;
    expect(meaning(text)).toEqual({
      flows: ['1:3 allow tcp shop/deployment/web to shop/deployment/web:80'],
      said: [`warning 2:3 a test that is not checked: ${why}`],
      unmapped: 1,
    });
  });

  test.each([
    [{ name: '' }, 'the test has no name'],
    [{ type: 'vm' }, 'the test has no type k8s'],
    [{ protocol: 'sctp' }, '"sctp" is no protocol of a test'],
    [{ targetPort: 0 }, 'the test has no targetPort from 1 to 65535'],
    [{ targetPort: undefined }, 'the test has no targetPort from 1 to 65535'],
    [{ src: host('x') }, 'src has no k8sResource with kind, name and namespace'],
    [{ src: resource('job', 'a', 'x') }, '"job" is no kind of a k8sResource'],
    [{ dst: {} }, 'dst has no k8sResource with kind, name and namespace'],
    [
      { dst: { ...host('1.2.3.4'), ...resource('pod', 'a', 'x') } },
      'dst is a host with a name, or a k8sResource',
    ],
    [{ protocol: 'udp', dst: host('1.2.3.4') }, 'a test with udp has no host as dst'],
  ])('%j is refused: %s', (fields, message) => {
    const { diagnostics } = read(`${testOf({ name: 'other' })}${testOf(fields)}`);
    expect(diagnostics).toMatchObject([
      { code: 'suite/foreign', severity: 'error', message, at: { line: 2 } },
    ]);
  });

  test('two tests of one name are refused, and a file in which nothing is a flow', () => {
    expect(meaning(testOf() + testOf()).said).toEqual(['error 2:3 a second test "n"']);
    expect(meaning(testOf({ dst: host('a.b.c') })).said).toEqual([
      'warning 1:3 a test that is not checked: a.b.c is a name outside of the cluster: write its address',
      'error 1:1 none of its tests is a flow',
    ]);
  });
});

test('netassert 1: services by their names, ports with and without a minus, and tests of hosts', () => {
  const text = `host:
  localhost:
    8.8.8.8: UDP:53
    example.com: 80, 443
  192.0.2.1: { 198.51.100.1: 443 }
k8s:
  deployment:
    web:
      db: 80 -TCP:443,UDP:53
      api.shop: -8080
      169.254.169.254: [-80, "443"]
    shop:api:
      web.default.svc.cluster.local: -HTTP:80
      metadata.google.internal: -80
      db: ICMP:1
`;
  expect(meaning(text)).toEqual({
    flows: [
      '5:30 allow tcp 192.0.2.1 to 198.51.100.1:443',
      '9:11 allow tcp default/deployment/web to service:default/db:80',
      '9:11 deny tcp default/deployment/web to service:default/db:443',
      '9:11 allow udp default/deployment/web to service:default/db:53',
      '10:17 deny tcp default/deployment/web to service:shop/api:8080',
      '11:25 deny tcp default/deployment/web to 169.254.169.254:80',
      '11:30 allow tcp default/deployment/web to 169.254.169.254:443',
      '13:38 deny tcp shop/deployment/api to service:default/web:80',
    ],
    said: [
      'warning 3:5 a test that is not checked: they begin at localhost, a machine that no address is known of',
      'warning 4:5 2 tests that are not checked: they begin at localhost, a machine that no address is known of',
      'warning 14:7 a test that is not checked: metadata.google.internal is a name outside of the cluster: write its address',
      'warning 15:11 a test that is not checked: netassert does not run its tests of ICMP either',
    ],
    unmapped: 5,
  });
});

test.each([
  ['k8s: { deployment: { web: { db: x } } }\n', 'error 1:33 "x" is no port'],
  ['k8s: { deployment: { web: { db: 0 } } }\n', 'error 1:33 "0" is no port'],
  ['k8s: { deployment: { web: { db: {} } } }\n', 'error 1:33 no ports'],
  ['k8s: { pod: { web: { db: 80 } } }\n', 'error 1:8 there are no tests of "pod"'],
  ['host: {}\n', 'error 1:1 no test of netassert 1 in it'],
])('netassert 1: %j is refused', (text, message) => {
  expect(meaning(text).said).toEqual([message]);
});

test('a list of something else is no suite', () => {
  expect(read('- a: 1\n').diagnostics.map(({ code }) => code)).toEqual(['suite/wrong-type']);
});

describe.runIf(existsSync(SAMPLES))('its own tests, on its own manifests', () => {
  const path = join(SAMPLES, 'test-cases.yaml');
  const { value: suite, diagnostics } = readSuite(path);
  const manifests = [join(SAMPLES, 'workload.yaml'), join(SAMPLES, 'networkpolicies.yaml')];

  test('pass, but for two that are no flows', () => {
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual(
      Array(2).fill(['warning', 'suite/not-mapped']),
    );
    const { value: world } = worldOfSuite(suite, { manifests });
    expect(checkSuite(suite, world!).value).toMatchObject({ passed: 7, failed: 0 });
  });

  test('are found in a folder', () => {
    expect(looksLikeSuite(readFileSync(path, 'utf8'))).toBe(true);
    expect(looksLikeSuite(readFileSync(manifests[0]!, 'utf8'))).toBe(false);
  });

  test('a policy that refuses what they want fails one of them', () => {
    const { value: world } = worldOfSuite(suite, { manifests: manifests.slice(0, 1) });
    const { value } = checkSuite(suite, world!);
    expect(value.results.filter(({ passed }) => !passed).map(({ flow }) => flow)).toEqual([
      'tcp web/statefulset/web to echoserver/deployment/echoserver:8080',
    ]);
  });
});
