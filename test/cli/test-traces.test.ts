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

describe('under the policies that a step leaves', () => {
  /** Whose traffic to the database is denied, as expectations of each state. */
  const DATABASE = 'of: { verdict: deny, to: shop/db }';
  const STEPPED = `${SHOP}deny: [tcp shop/web to shop/db:5432]
steps:
  - name: open
    remove: [NetworkPolicy/shop/db, NetworkPolicy/shop/allow-metrics]
    allow: [tcp shop/web to shop/db:5432]
    traces:
      - trace: ${ROOT}/${CAPTURE}
        before: [{ exactly: 4, ${DATABASE} }]
        after: [{ exactly: 0, ${DATABASE} }, { name: orders, at-least: 1, of: { verdict: allow, from: shop/api, to: shop/db } }]
  - name: all closed
    add: [closed.yaml]
    traces: [{ trace: ${ROOT}/${CAPTURE}, tags: [closed], expect: [{ none: { to: namespace:shop, verdict: allow } }] }]
traces: [{ trace: ${ROOT}/${CAPTURE}, expect: [{ at-least: 1 }] }]
`;
  const CLOSED = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: { podSelector: {}, policyTypes: [Ingress] }
`;

  test('a trace is replayed in the state that it stands in, before and after', () => {
    suite('closed.yaml', CLOSED);
    const path = suite('stepped.yaml', STEPPED);
    const { traces } = run(path).suites[0]!;
    const told = traces.map(({ step, title, passed, counted }) => [step, title, passed, counted.flows]);
    expect(told).toEqual([
      ['', 'at least 1 flow at all', true, expect.any(Number)],
      ['', 'exactly 4 flows with verdict deny, to shop/db', true, 4],
      ['open', 'exactly 0 flows with verdict deny, to shop/db', true, 0],
      ['open', 'at least 1 flow with verdict allow, from shop/api, to shop/db', true, expect.any(Number)],
      ['all closed', 'no flow with verdict allow, to namespace:shop', false, expect.any(Number)],
    ]);
    expect(run(path, '--tag', 'closed').suites[0]!.traces).toHaveLength(1);
  });

  test('the report tells each below its step, and the next command is of that state', () => {
    suite('closed.yaml', CLOSED);
    const { stdout, code } = dryplane(['test', suite('stepped.yaml', STEPPED)]);
    expect(code).toBe(1);
    const heads = stdout.split('\n').filter((line) => /^ {2}\S/.test(line));
    expect(heads.map((line) => line.replace(/ in \S+capture\.pcap/, '').replace(ROOT, ''))).toEqual([
      '  ✓ deny tcp shop/web to shop/db:5432',
      '  ✓ at least 1 flow at all',
      '  ✓ exactly 4 flows with verdict deny, to shop/db',
      '  after open',
      '  ✓ allow tcp shop/web to shop/db:5432',
      '  ✓ exactly 0 flows with verdict deny, to shop/db',
      '  ✓ orders: at least 1 flow with verdict allow, from shop/api, to shop/db',
      '  after all closed',
      '  ✗ no flow with verdict allow, to namespace:shop',
    ]);
    // The second step adds behind what the first one removed: no command has that state.
    expect(stdout).not.toContain('why:');
    const { stdout: tap } = dryplane(['test', suite('stepped.yaml', STEPPED), '--format', 'tap']);
    expect(tap).toContain('not ok 7 - after all closed: no flow');
  });

  test('the next command gives the verdict that the failure has', () => {
    const path = suite(
      'quarantined.yaml',
      `${SHOP}steps:
  - add: [${ROOT}/traces/changes/quarantine.yaml]
    traces: [{ trace: ${ROOT}/${CAPTURE}, expect: [{ none: { verdict: deny, from: outside, to: shop/web } }] }]
`,
    );
    const { stdout } = dryplane(['test', path]);
    const next = /^why: node dist\/main\.js (.*)$/m.exec(stdout)![1]!;
    expect(next).toContain('--add');
    expect(dryplane(next.split(' ')).stdout).toMatch(/^deny {2}tcp \S+ to shop\/web/);
  });

  test('where nothing changes there is no before', () => {
    const path = suite(
      'no-step.yaml',
      `${SHOP}traces: [{ trace: ${ROOT}/${CAPTURE}, before: [{ none: {} }], after: [{ none: {} }] }]\n`,
    );
    const { code, stderr } = dryplane(['test', path]);
    expect(code).toBe(2);
    expect(stderr).toContain('before where nothing changes');
    expect(stderr).toContain('it belongs into the traces of one of the steps');
  });
});
