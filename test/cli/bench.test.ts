/** `dryplane bench` as a user types it. Times are short: what is tested is what is said, not how fast this machine is. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { BenchDocument, BenchMultiple, Sample } from '../../src/analysis/bench/bench-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLUSTER = 'traces/quickstart/cluster.yaml';
const SHORT = ['--seconds', '1', '--multiply', '1,3'];
const ONCE = ['--seconds', '1', '--multiply', '1'];
const saved = join(folder, 'saved.json');
const figuresOf = ({ lookups }: BenchMultiple): string[] => lookups.map(({ packets }) => packets);

test('says what a set costs, with a trace and many times over', () => {
  const { code, stdout } = dryplane(['bench', CAPTURE, ...QUICKSTART, ...SHORT, '--save', saved]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bench 6 policies with 10 rules over 8 pods, CNI calico, medians of \d+ rounds$/m);
  expect(stdout).toMatch(/^ {2}pods +8 +24 +× 3\.00$/m);
  expect(stdout).toMatch(/^ {2}of the trace +[\d.]+ ns$/m);
});

test('tells the same as JSON, and saves it', () => {
  const { stdout } = dryplane(['bench', CAPTURE, ...QUICKSTART, ...SHORT, '--format', 'json']);
  const document = checkedDocument<BenchDocument>(stdout);
  const [once, thrice] = document.set.multiples;
  expect(figuresOf(once!)).toEqual(['uniform', 'zipf', 'adversarial', 'trace']);
  expect(figuresOf(thrice!)).toEqual(['uniform', 'zipf', 'adversarial']);
  expect(thrice!.counts.pods).toBe(3 * once!.counts.pods);
  expect(thrice!.counts.rules).toBe(3 * once!.counts.rules);
  expect(thrice!.tables.programs).toBe(3 * once!.tables.programs);
  expect(once!.compile.phases.map(({ name }) => name)).toContain('programs');
  expect(document.trace).toMatchObject({ paths: [CAPTURE], records: 1634, whole: true });
  const kept = checkedDocument<BenchDocument>(readFileSync(saved, 'utf8'));
  expect(kept.set.multiples[0]!.tables).toEqual(once!.tables);
});

test('compares two sets side by side', () => {
  const words = ['bench', ...QUICKSTART, '--against', CLUSTER, ...ONCE, '--format', 'json'];
  const failing = dryplane([...words, '--fail-on', 'regression=5%']);
  const { against } = checkedDocument<BenchDocument>(failing.stdout);
  expect(against!.set.manifests).toEqual([CLUSTER]);
  const tables = against!.comparisons.find(({ figure }) => figure === 'tables')!;
  expect(tables.ratio).toBeGreaterThan(1);
  expect(tables.interval).toEqual({ low: tables.ratio, high: tables.ratio });
  const lookup = against!.comparisons.find(({ figure }) => figure === 'lookup, uniform')!;
  expect(lookup.interval!.low).toBeLessThanOrEqual(lookup.ratio);
  expect(lookup.interval!.high).toBeGreaterThanOrEqual(lookup.ratio);
  expect(failing.code).toBe(1);
  expect(failing.stderr).toContain('regression: tables is 1.');
});

/** The saved run as if all of it had been `times` what it was. */
function doctored(name: string, times: number): string {
  const document = JSON.parse(readFileSync(saved, 'utf8')) as BenchDocument;
  const scaled = ({ median, rounds, ...rest }: Sample): Sample => ({
    ...rest,
    median: median * times,
    rounds: rounds.map((value) => value * times),
  });
  const multiples = document.set.multiples.map((one) => ({
    ...one,
    tables: { ...one.tables, bytes: Math.ceil(one.tables.bytes * times) },
    compile: scaled(one.compile),
    lookups: one.lookups.map(scaled),
  }));
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ ...document, set: { ...document.set, multiples } }));
  return path;
}

test('fails on what is slower or larger than a saved run', () => {
  const words = ['bench', ...QUICKSTART, ...ONCE, '--fail-on', 'regression=10%', '--baseline'];
  const slower = dryplane([...words, doctored('fast.json', 0.05)]);
  expect(slower.code).toBe(1);
  for (const figure of ['compile', 'tables', 'lookup, uniform'])
    expect(slower.stderr).toContain(`regression: ${figure} is `);
  expect(slower.stdout).toContain('Since then this over');
  const faster = dryplane([...words, doctored('slow.json', 20)]);
  expect(faster.code).toBe(0);
  expect(faster.stderr).toBe('');
});

test('a share that is not passed beyond doubt is no regression', () => {
  const { code } = dryplane([
    ...['bench', ...QUICKSTART, ...ONCE, '--baseline', doctored('alike.json', 0.95)],
    ...['--fail-on', 'regression=5000%'],
  ]);
  expect(code).toBe(0);
});

test('makes up pods for policies that come alone', () => {
  const words = ['bench', '-f', 'traces/quickstart/policies', ...ONCE];
  const { invented_pods: invented, set } = checkedDocument<BenchDocument>(
    dryplane([...words, '--format', 'json']).stdout,
  );
  expect(invented).toBeGreaterThan(6);
  expect(set.multiples[0]!.tables.programs).toBeGreaterThan(6);
});

test('a second set without pods is measured over those of the first', () => {
  const words = [
    'bench',
    '-f',
    CLUSTER,
    '--against',
    'traces/quickstart/policies',
    ...ONCE,
    '--format',
    'json',
  ];
  const { set, against, invented_pods: invented } = checkedDocument<BenchDocument>(dryplane(words).stdout);
  expect(invented).toBe(0);
  const [one, other] = [set.multiples[0]!, against!.set.multiples[0]!];
  expect(other.counts).toMatchObject({ pods: one.counts.pods, nodes: one.counts.nodes, policies: 6 });
  expect(one.counts.policies).toBe(0);
});

test.each([
  [[], 'cli/no-manifests', 'no manifests were given'],
  [[...QUICKSTART, '--fail-on', 'regression=10%'], 'cli/fail-on', 'there is nothing to compare with'],
  [[...QUICKSTART, '--against', CLUSTER, '--fail-on', 'deny'], 'cli/fail-on', 'unknown condition deny'],
  [[...QUICKSTART, '--against', CLUSTER, '--fail-on', 'regression=x'], 'cli/fail-on', 'is no condition'],
  [[...QUICKSTART, '--multiply', '1,ten'], 'cli/multiply', 'ten is no multiple'],
  [[...QUICKSTART, '--seconds', '0'], 'cli/invalid-argument', 'no whole number from 1 on'],
  [[...QUICKSTART, '--baseline', 'no-such.json'], 'cli/baseline', 'no such file'],
  [[...QUICKSTART, '--baseline', CLUSTER], 'cli/baseline', 'no JSON'],
  [[...QUICKSTART, '--baseline', 'package.json'], 'cli/baseline', 'not a document of dryplane/bench/v1'],
  [[...QUICKSTART, '--save', '/no/such/file.json'], 'cli/output', 'there is no folder'],
  [[...QUICKSTART, '--against', 'no-such-folder'], 'manifest/', 'no-such-folder'],
  [[...QUICKSTART, 'no-such.pcap'], 'trace/unreadable', 'no such file'],
])('%j is a mistake', (words, code, text) => {
  const ended = dryplane(['bench', ...words]);
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(`error[${code}`);
  expect(ended.stderr).toContain(text);
  expect(ended.stderr).not.toMatch(/^ +at /m);
});
