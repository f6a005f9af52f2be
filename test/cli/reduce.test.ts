import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReduceDocument } from '../../src/analysis/reduce/reduce-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-reduce-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Reduces into a new folder, and runs the suites that are written. */
function reduced(name: string, words: readonly string[]): ReduceDocument {
  const into = join(folder, name);
  const ended = dryplane(['reduce', ...words, '-o', into, '--format', 'json']);
  expect(ended.stderr).toBe('');
  expect(ended.code).toBe(0);
  const document = checkedDocument<ReduceDocument>(ended.stdout);
  const suites = document.files.filter((file) => file.name.startsWith('suite'));
  expect(suites.length).toBeGreaterThan(0);
  for (const suite of suites) {
    const { code, stdout } = dryplane(['test', join(into, suite.name)]);
    expect(code, stdout).toBe(0);
  }
  return document;
}

const FLOW = 'tcp shop/api to shop/db:5432';

test('a verdict: two pods and a policy are enough, and the suite runs', () => {
  const { objects, sets, files } = reduced('verdict', [...QUICKSTART, '--flow', FLOW, '--expect', 'allow']);
  expect(objects.left).toBe(3);
  expect(sets).toMatchObject([{ name: 'found', verdict: 'deny', decider: { policy: 'db', rule: -1 } }]);
  expect(sets[0]!.decider.location).toBe('traces/quickstart/policies/db.yaml:4');
  expect(files.map(({ name }) => name)).toEqual(['manifests.yaml', 'suite.yaml']);
  const { documents } = files[0]!;
  expect(documents.map((document) => (document as { kind: string }).kind)).toEqual([
    'Pod',
    'Pod',
    'NetworkPolicy',
  ]);
});

test('the first difference of two sets, and one that is named', () => {
  const first = reduced('first', [...QUICKSTART, '--remove', 'NetworkPolicy/shop/cache']);
  expect(first.flow).toBe('tcp shop/api to shop/cache:6379');
  expect(first.files.map(({ name }) => name)).toEqual([
    'common.yaml',
    'before.yaml',
    'suite-before.yaml',
    'suite-after.yaml',
  ]);
  expect(first.sets.map(({ verdict }) => verdict)).toEqual(['allow', 'deny']);
  const policies = join(folder, 'policies');
  cpSync(join(ROOT, 'traces/quickstart/policies'), policies, { recursive: true });
  const db = join(policies, 'db.yaml');
  writeFileSync(db, readFileSync(db, 'utf8').replace('5433', '5432'));
  const named = reduced('named', [
    ...['-f', 'traces/quickstart/cluster.yaml', '-f', policies],
    ...['--against', 'traces/quickstart/policies', '--flow', FLOW],
  ]);
  expect(named.sets.map(({ verdict, decider }) => [verdict, decider.rule])).toEqual([
    ['deny', -1],
    ['allow', 0],
  ]);
  const added = reduced('added', [
    ...['-f', 'traces/quickstart/cluster.yaml', '-f', 'traces/quickstart/policies'],
    ...['--add', db, '--flow', FLOW, '--loose'],
  ]);
  expect(added.sets.map(({ verdict }) => verdict)).toEqual(['deny', 'allow']);
});

test('two CNIs share their manifests, staged policies are a pending verdict', () => {
  const cnis = reduced('cnis', [...QUICKSTART, '--cni', 'cilium', '--against-cni', 'calico']);
  expect(cnis.files[0]!.name).toBe('manifests.yaml');
  expect(cnis.sets.map(({ cni }) => cni)).toEqual(['calico', 'cilium']);
  const staged = reduced('staged', [
    ...['-f', 'traces/calico/cluster.yaml', '-f', 'traces/calico/policies', '--staged'],
    ...['--flow', 'tcp monitoring/prometheus to shop/db:9187'],
  ]);
  expect(staged.sets.map(({ verdict, staged: is }) => [verdict, is])).toEqual([
    ['allow', false],
    ['deny', true],
  ]);
  expect(staged.files.map(({ name }) => name)).toEqual(['manifests.yaml', 'suite.yaml']);
});

test('the expectation of a suite that fails, as text and as Markdown', () => {
  const { flow, expected } = reduced('suite', ['--suite', 'traces/quickstart-suite.yaml']);
  expect([flow, expected]).toEqual([FLOW, 'allow']);
  const text = dryplane(['reduce', ...QUICKSTART, '--flow', FLOW]).stdout;
  expect(text).toContain('3 of 26 objects');
  expect(text).toContain('# manifests.yaml');
  const { stdout } = dryplane(['reduce', ...QUICKSTART, '--flow', FLOW, '--format', 'markdown']);
  expect(stdout).toContain('**manifests.yaml**\n\n```yaml\napiVersion: v1\n');
});

test('of a suite with steps and traces, the expectation that --name says', () => {
  const path = join(folder, 'steps.yaml');
  const changes = join(folder, 'add.yaml');
  cpSync(join(ROOT, 'traces/quickstart/policies/web.yaml'), changes);
  writeFileSync(
    path,
    `manifests: [${ROOT}/traces/quickstart/cluster.yaml, ${ROOT}/traces/quickstart/policies]
flows:
  - {flow: tcp shop/web to shop/db:5432, expect: allow, name: the first}
  - {flow: tcp shop/api to shop/db:5432, expect: allow, name: the second}
steps:
  - {name: later, add: [${changes}], deny: [tcp shop/api to shop/web:9]}
traces: [{ trace: ${ROOT}/${CAPTURE}, expect: [{ none: { verdict: deny }, name: nothing is lost }] }]
`,
  );
  expect(reduced('first-of-steps', ['--suite', path]).flow).toBe('tcp shop/web to shop/db:5432');
  for (const name of ['THE SECOND', '/^the se/'])
    expect(reduced(`named-${name.length}`, ['--suite', path, '--name', name]).flow).toBe(FLOW);
  const traced = dryplane(['reduce', '--suite', path, '--name', 'nothing is lost']);
  expect([traced.code, traced.stderr]).toEqual([2, expect.stringContaining('expectations of traces')]);
  expect(dryplane(['reduce', '--suite', path, '--name', '/(/']).stderr).toContain('cli/name');
});

test('an empty folder takes the case, one that holds something does not', () => {
  mkdirSync(join(folder, 'empty'));
  expect(reduced('empty', [...QUICKSTART, '--flow', FLOW]).flow).toBe(FLOW);
  const again = dryplane(['reduce', ...QUICKSTART, '--flow', FLOW, '-o', join(folder, 'empty')]);
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/is not empty[\s\S]*\n1 error\n$/);
});

/** Verdict and reason of the last record of a trace that was cut out. */
function lastVerdict(name: string, file: string): string {
  const into = join(folder, name);
  const rows = join(folder, `${name}.ndjson`);
  dryplane(['replay', join(into, file), '-f', join(into, 'manifests.yaml'), '--verdicts', rows, '-q']);
  const { verdict, reason } = JSON.parse(readFileSync(rows, 'utf8').trim().split('\n').at(-1)!) as {
    verdict: string;
    reason: string;
  };
  return `${verdict} ${reason}`;
}

test('a record of a trace, with those that its verdict needs', () => {
  const first = reduced('first-packet', [CAPTURE, ...QUICKSTART, '--record', '28']);
  expect(first.trace).toMatchObject({ records: [28], of: 1634, verdict: 'deny', file: 'trace.pcap' });
  expect(first.flow).toContain('10.42.1.20');
  expect(lastVerdict('first-packet', 'trace.pcap')).toBe('deny tier-end');
  const later = reduced('later-packet', [CAPTURE, ...QUICKSTART, '--record', '35']);
  expect(later.trace!.reason).toBe('established');
  expect(later.trace!.records).toHaveLength(2);
  expect(later.trace!.records.at(-1)).toBe(35);
  expect(lastVerdict('later-packet', 'trace.pcap')).toBe('allow established');
  const log = join(folder, 'flows.csv');
  cpSync(join(ROOT, 'traces/calico/flows.csv'), log);
  const row = reduced('flow-log', [
    ...[log, '-f', 'traces/calico/cluster.yaml', '-f', 'traces/calico/policies', '--record', '2'],
  ]);
  expect(row.trace).toMatchObject({ records: [2], file: 'trace.ndjson' });
  expect(lastVerdict('flow-log', 'trace.ndjson')).toBe(`${row.trace!.verdict} ${row.trace!.reason}`);
});

test('the first record of a flow', () => {
  const rows = join(folder, 'rows.ndjson');
  dryplane(['replay', CAPTURE, ...QUICKSTART, '-q', '--verdicts', rows]);
  const all = readFileSync(rows, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const asked: [flow: string, is: (row: Record<string, unknown>) => boolean][] = [
    [
      FLOW,
      ({ src_name, dst_name, dport }) => src_name === 'shop/api' && dst_name === 'shop/db' && dport === 5432,
    ],
    [
      'icmp shop/debug to shop/db type 8 code 0',
      ({ src_name, dst_name, icmp_type }) =>
        src_name === 'shop/debug' && dst_name === 'shop/db' && icmp_type === 8,
    ],
    [
      'tcp shop/web to shop/db:*',
      ({ src_name, dst_name }) => src_name === 'shop/web' && dst_name === 'shop/db',
    ],
  ];
  for (const [index, [flow, is]] of asked.entries()) {
    const { trace } = reduced(`of-flow-${index}`, [CAPTURE, ...QUICKSTART, '--flow', flow]);
    expect(trace!.record, flow).toBe(all.findIndex(is) + 1);
    expect(trace!.verdict, flow).toBe('deny');
  }
});

test('mistakes are told', () => {
  const told = (...words: string[]): string => {
    const { code, stderr } = dryplane(['reduce', ...words]);
    expect(code).toBe(2);
    return stderr;
  };
  expect(told()).toContain('no manifests were given');
  expect(told(...QUICKSTART)).toContain('nothing says which verdict must stay');
  expect(told(...QUICKSTART, '--flow', 'tcp shop/api to')).toContain('--flow:1:');
  expect(told(...QUICKSTART, '--flow', 'tcp shop/apl to shop/db:1')).toContain('shop/api');
  expect(told(...QUICKSTART, '--flow', FLOW, '--expect', 'deny')).toContain('is judged as expected');
  expect(told(...QUICKSTART, '--flow', FLOW, '-o', ROOT)).toContain('is not empty');
  expect(told(CAPTURE, ...QUICKSTART)).toContain('nothing says which of its records is meant');
  expect(told(...QUICKSTART, '--record', '1')).toContain('no trace was given');
  expect(told(CAPTURE, ...QUICKSTART, '--record', '99999')).toContain('no such record');
  expect(told(CAPTURE, ...QUICKSTART, '--flow', 'tcp shop/api to shop/db:5431')).toContain('no record of');
  expect(told(CAPTURE, ...QUICKSTART, '--flow', 'tcp shop/apl to shop/db:1')).toContain('shop/api');
  expect(told(CAPTURE, ...QUICKSTART, '--record', '1', '--flow', FLOW)).toContain('leave all but one out');
  expect(told(...QUICKSTART, '--against', 'traces/quickstart/policies')).toContain('nothing to reduce');
});
