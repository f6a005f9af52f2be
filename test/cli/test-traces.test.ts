/** Suites with traces on the command line: counts against the rows of a replay, and traces of which nothing can be told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TestDocument } from '../../src/analysis/test/test-document.ts';
import { dryplane } from './kept-program.ts';
import { CAPTURE, checkedDocument, QUICKSTART, ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-traced-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHOP = `manifests: [${ROOT}/traces/quickstart/cluster.yaml, ${ROOT}/traces/quickstart/policies]\n`;

function suite(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const run = (...words: string[]): TestDocument =>
  checkedDocument<TestDocument>(dryplane(['test', ...words, '--format', 'json']).stdout) as TestDocument;

interface Row {
  readonly verdict: string;
  readonly src_name: string;
  readonly dst_name: string;
  readonly dst: string;
  readonly src: string;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly policy: string;
  readonly bytes: number;
}

test('counts are those of the rows', () => {
  const rows = join(folder, 'rows.ndjson');
  dryplane(['replay', CAPTURE, ...QUICKSTART, '-q', '--verdicts', rows]);
  const all = readFileSync(rows, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  // A row of a reply is its connection's: the first row of either direction says who began.
  const began = new Map<string, Row>();
  const denied = all
    .filter(({ verdict }) => verdict === 'deny')
    .map((row) => {
      const ends = [`${row.src} ${row.sport}`, `${row.dst} ${row.dport}`].sort().join(' ');
      const first = began.get(ends) ?? row;
      began.set(ends, first);
      return { ...first, bytes: row.bytes };
    });
  const expected: [string, readonly Row[]][] = [
    ['verdict: deny', denied],
    ['verdict: deny, to: namespace:payments', denied.filter((row) => row.dst_name.startsWith('payments/'))],
    ['verdict: deny, from: shop/debug', denied.filter((row) => row.src_name === 'shop/debug')],
    ['verdict: deny, by: NetworkPolicy/shop/cache', denied.filter((row) => row.policy === 'cache')],
    ['verdict: deny, to: 198.51.100.0/24', denied.filter((row) => row.dst.startsWith('198.51.100.'))],
  ];
  const entries = expected.map(([filter]) => `      - { none: { ${filter} } }\n`).join('');
  const path = suite('rows.yaml', `${SHOP}traces:\n  - trace: ${ROOT}/${CAPTURE}\n    expect:\n${entries}`);
  const { traces } = run(path).suites[0]!;
  expect(traces).toHaveLength(expected.length);
  expected.forEach(([filter, own], index) => {
    const { counted, title } = traces[index]!;
    expect(own.length, filter).toBeGreaterThan(0);
    expect([title, counted.packets, counted.bytes]).toEqual([
      expect.stringContaining(filter.split(',').at(-1)!.trim().replace(': ', ' ')),
      own.length,
      own.reduce((sum, { bytes }) => sum + bytes, 0),
    ]);
  });
});

test('a failure names its flows with who decides, and why', () => {
  const { stdout, code } = dryplane(['test', 'traces/quickstart-trace-suite.yaml']);
  expect(code).toBe(1);
  expect(stdout).toContain('destination port 5432 is not 5433');
  const next = /^why: node dist\/main\.js (.*)$/m.exec(stdout)![1]!;
  expect(dryplane(next.split(' ')).stdout).toMatch(/^deny {2}tcp shop\/api to shop\/db:5432/);
  const filtered = run('traces/quickstart-trace-suite.yaml', '--name', 'customers');
  expect([filtered.passed, filtered.failed, filtered.filtered]).toEqual([1, 0, 2]);
});

describe('what nothing can be told of', () => {
  const traced = (trace: string, manifests = SHOP): string =>
    suite(
      'one.yaml',
      `${manifests}traces: [{ trace: ${trace}, expect: [{ none: { verdict: deny, to: outside } }] }]\n`,
    );

  test('the trace of another cluster', () => {
    const other = suite(
      'other-cluster.yml',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {containers: [{name: c, image: i}]}\nstatus: {podIP: 172.30.0.9, podIPs: [{ip: 172.30.0.9}]}\n',
    );
    const [result] = run(traced(`${ROOT}/${CAPTURE}`, `manifests: [${other}]\n`)).suites[0]!.traces;
    expect([result!.passed, result!.undetermined]).toEqual([false, true]);
    expect(result!.difference).toMatch(/none of \d+ addresses of the trace are in these manifests/);
  });

  test('an empty trace, and one that is cut', () => {
    const empty = join(folder, 'empty.csv');
    writeFileSync(empty, 'src,dst,proto,dport\n');
    expect(run(traced(empty)).suites[0]!.traces[0]!.difference).toContain('the trace holds no packets');
    const cut = join(folder, 'cut.pcap');
    writeFileSync(cut, readFileSync(join(ROOT, CAPTURE)).subarray(0, -7));
    const { warnings, traces } = run(traced(cut)).suites[0]!;
    expect(traces[0]!.counted.flows).toBeGreaterThan(0);
    expect(warnings.join('\n')).toContain('cut.pcap');
  });

  test('one that is not there is a mistake, at its place, with all others', () => {
    const path = suite(
      'missing.yaml',
      `${SHOP}traces:\n  - { trace: nowhere.pcap, expect: [{ none: {} }] }\n  - { trace: ${ROOT}/${CAPTURE}, expect: [{ none: { to: namespace:shp } }] }\n`,
    );
    const { code, stdout, stderr } = dryplane(['test', path]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('nowhere.pcap');
    expect(stderr).toContain('missing.yaml:4');
    expect(stderr).toContain('did you mean shop?');
  });
});

test('a suite of flows and traces counts both', () => {
  const path = suite(
    'both.yaml',
    `${SHOP}deny: [tcp shop/web to shop/db:5432]\ntraces: [{ trace: ${ROOT}/${CAPTURE}, expect: [{ at-least: 1 }, { none: {} }] }]\n`,
  );
  const document = run(path);
  expect([document.passed, document.failed]).toEqual([2, 1]);
  const { stdout } = dryplane(['test', path, '--format', 'tap']);
  expect(stdout).toContain('1..3');
});

test('what a trace must keep is not told as if it came after the steps', () => {
  const path = suite(
    'steps.yaml',
    `${SHOP}steps: [{ name: open, remove: [NetworkPolicy/shop/db], deny: [tcp shop/web to shop/db:5432] }]
traces: [{ trace: ${ROOT}/${CAPTURE}, expect: [{ at-least: 1 }] }]
`,
  );
  const lines = dryplane(['test', path]).stdout.split('\n');
  const first = lines.indexOf('  after open');
  expect(lines.slice(first + 1, first + 4)).toEqual([
    '  ✓ deny tcp shop/web to shop/db:5432',
    '  without the steps',
    expect.stringContaining('✓ at least 1 flow'),
  ]);
});
