/** `dryplane test --import`: what other tools wrote as a suite that runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dryplane } from './kept-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RESULTS = 'traces/probes/results.txt';
const MANIFESTS = ['-f', 'traces/probes/cluster.yaml', '-f', 'traces/probes/policies.yaml'];
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('tables of a cluster', () => {
  test('differ as a suite where they differ as results', () => {
    const suite = join(folder, 'suite.yaml');
    expect(dryplane(['test', '--import', RESULTS, ...MANIFESTS, '-o', suite])).toMatchObject({
      code: 0,
      stdout: '',
    });
    const tested = JSON.parse(dryplane(['test', suite, '--format', 'json']).stdout);
    const compared = JSON.parse(
      dryplane(['test', '--against-results', RESULTS, ...MANIFESTS, '--format', 'json']).stdout,
    );
    const { probes, same } = compared;
    expect(tested.passed + tested.failed).toBe(probes);
    expect(tested.passed).toBe(same);
    expect(tested.failed).toBeGreaterThan(0);
  });

  test('go to pods where no manifests say what the services are, or that is wished', () => {
    const columns = (words: string[]): string =>
      (parse(dryplane(['test', '--import', RESULTS, ...words]).stdout).tables[0].expect as string).split(
        '\n',
      )[0]!;
    expect(columns([])).toMatch(/^- {4}x\/a {2}x\/b /);
    expect(columns([...MANIFESTS, '--probe-mode', 'pod-ip'])).toMatch(/^- {4}x\/a {2}x\/b /);
    expect(columns(MANIFESTS)).toMatch(/^- {4}service:x\/s-x-a /);
  });

  test('ports of which the same was found share a table; what was not found is not checked', () => {
    const table = (port: string, mark: string): string =>
      `step 1 on port ${port}, protocol TCP:\n-\tx/a\tx/b\nx/a\t.\t?\nx/b\t${mark}\t.\n\n`;
    const path = file('log.txt', `${table('80', 'X')}${table('81', 'X')}${table('82', '.')}`);
    expect(parse(dryplane(['test', '--import', path]).stdout)).toEqual({
      description: `tables of ${path}`,
      tables: [
        { ports: ['TCP/80', 'TCP/81'], expect: '-    x/a  x/b\nx/a  .    -\nx/b  X    .\n' },
        { port: 'TCP/82', expect: '-    x/a  x/b\nx/a  .    -\nx/b  .    .\n' },
      ],
    });
  });
});

test('tests of netassert, with what is no flow as a comment that cannot leave its line', () => {
  const side = '{ k8sResource: { kind: pod, name: a, namespace: x } }';
  const path = file(
    'netassert.yaml',
    `- { name: one, type: k8s, targetPort: 80, exitCode: 1, src: ${side}, dst: ${side} }
- { name: two, type: k8s, targetPort: 80, src: ${side}, dst: { host: { name: "a.b.c\\nflows: []" } } }
`,
  );
  const { code, stdout, stderr } = dryplane(['test', '--import', path]);
  expect(code).toBe(0);
  expect(parse(stdout)).toEqual({
    description: `netassert: ${path}`,
    flows: [{ name: 'one', flow: 'tcp x/a to x/a:80', expect: 'deny' }],
  });
  expect(stdout.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(1);
  expect(stderr).toContain(`${path}:2:3: warning[suite/not-mapped]`);
});

test('manifests are named from where the suite lies', () => {
  const path = file('one.txt', 'tcp 10.0.0.1 to 10.0.0.2:80 allow\n');
  const manifest = file('pods.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: x }\n');
  const suite = join(folder, 'named.yaml');
  expect(dryplane(['test', '--import', path, '-f', manifest, '-o', suite]).code).toBe(0);
  expect(parse(readFileSync(suite, 'utf8')).flows).toEqual([
    { flow: 'tcp 10.0.0.1 to 10.0.0.2:80', expect: 'allow' },
  ]);
  expect(dryplane(['test', suite])).toMatchObject({ code: 0 });
});

test.each([
  [['--import', 'none.yaml'], 'none.yaml: no such file'],
  [['--import', 'traces/quickstart-suite.yaml'], 'is a suite already'],
  [['--import', RESULTS, 'traces/quickstart-suite.yaml'], 'no suites are read with --import'],
  [['--import', RESULTS, '--conformance'], '--conformance and --import are two runs'],
  [['--import', RESULTS, '--against-results', RESULTS], '--against-results and --import are two runs'],
  [['--import', RESULTS, '--probe', '80'], 'no protocol and port'],
  [['--import', RESULTS, '--tag', 'a'], '--tag: without effect with --import'],
])('%j: %s', (words, message) => {
  const { code, stdout, stderr } = dryplane(['test', ...words]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('what cyclonus is asked expects nothing', () => {
  const path = file(
    'traffic.json',
    '[{ "Source": { "IP": "8.8.8.8" }, "Destination": { "IP": "10.0.0.1" }, "Protocol": "TCP", "ResolvedPort": 80 }]',
  );
  const { code, stderr } = dryplane(['test', path, ...MANIFESTS]);
  expect(code).toBe(2);
  expect(stderr).toContain('traffic.json:1:1: error[suite/foreign]: what cyclonus is asked');
});

test('a table that cyclonus printed may be pasted into a suite', () => {
  const text = readFileSync(RESULTS, 'utf8');
  const grid = text.split('\n').filter((line) => /^[|+]/.test(line));
  const path = file(
    'pasted.yaml',
    `tables:\n  - port: 80\n    expect: |\n${grid.map((line) => `      ${line}\n`).join('')}`,
  );
  const { suites } = JSON.parse(dryplane(['test', path, ...MANIFESTS, '--format', 'json']).stdout);
  expect(suites[0].results).toHaveLength(81);
  expect(suites[0].tables[0].columns).toEqual(suites[0].tables[0].rows);
});
