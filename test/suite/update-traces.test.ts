/** What was observed in traces, written into suites: what failed passes then, and nothing else changes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadCluster } from '../../src/manifest/load.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { checkTrace, type ReplayedTrace } from '../../src/suite/check-traces.ts';
import { parseSuite } from '../../src/suite/read.ts';
import { type UpdatedSuite, updateSuite } from '../../src/suite/update.ts';
import { replayOf } from './replayed.ts';

const TRACES = join(import.meta.dirname, '../../traces');
const folder = mkdtempSync(join(tmpdir(), 'dryplane-update-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

const { value: cluster } = loadCluster([
  join(TRACES, 'quickstart/cluster.yaml'),
  join(TRACES, 'quickstart/policies'),
]);
const CAPTURE = join(TRACES, 'quickstart/capture.pcap');
let shop: ReplayedTrace;
/** The same where nobody is policed. */
let open: ReplayedTrace;
beforeAll(async () => {
  shop = await replayOf(CAPTURE, createWorld(cluster, CALICO));
  open = await replayOf(CAPTURE, createWorld(cluster, cniProfile('flannel')!));
});

/** The suite as `--update` leaves it, with all its traces as these replays. */
function update(text: string, replays: readonly ReplayedTrace[]): UpdatedSuite {
  const { value: suite, diagnostics } = parseSuite('s.yaml', text);
  expect(diagnostics).toEqual([]);
  const runs = replays.map((replayed) => ({
    profile: replayed.world.profile,
    results: [],
    traced: suite.traces
      .flatMap(({ expectations }) => checkTrace(expectations, replayed).value)
      .map((checked) => ({ checked, replayed })),
  }));
  return updateSuite('s.yaml', text, runs);
}

const failuresOf = (text: string): string[] =>
  parseSuite('s.yaml', text).value.traces.flatMap(({ expectations }) =>
    checkTrace(expectations, shop)
      .value.filter(({ passed }) => !passed)
      .map(({ expectation, difference }) => `${expectation.title}: ${difference}`),
  );

/** Denied to the database: 4 flows of 11 connections and 141 packets. */
const OF = 'of: { verdict: deny, to: shop/db }';
const head = 'traces:\n  - trace: t # the capture\n    expect:\n';

describe('what is written where', () => {
  test.each([
    ['a bound that is passed', `at-most: 3, ${OF}`, `at-most: 4, ${OF}`],
    ['with its unit', `at-most: 3 packets, ${OF}`, `at-most: 141 packets, ${OF}`],
    ['one of two', `at-least: 1, at-most: 2 flows, ${OF}`, `at-least: 1, at-most: 4 flows, ${OF}`],
    ['the other of two', `at-least: 5, at-most: 20, ${OF}`, `at-least: 4, at-most: 20, ${OF}`],
    ['a bound that is not reached', `at-least: '12 connections', ${OF}`, `at-least: 11 connections, ${OF}`],
    ['a count', `exactly: 1 flow, name: n, ${OF}`, `exactly: 4 flows, name: n, ${OF}`],
    [
      'none, in braces',
      'none: { verdict: deny, to: shop/db }, tags: [a]',
      'at-most: 4, of: { verdict: deny, to: shop/db }, tags: [a]',
    ],
    [
      'nothing where something was',
      'at-least: 2 packets, of: { verdict: deny, to: kube-system/coredns }',
      'exactly: 0 packets, of: { verdict: deny, to: kube-system/coredns }',
    ],
    [
      'nothing, in a range',
      'at-least: 2, at-most: 5, of: { verdict: deny, to: kube-system/coredns }',
      'at-least: 0, at-most: 5, of: { verdict: deny, to: kube-system/coredns }',
    ],
  ])('%s', (_, before, after) => {
    const suite = (text: string): string => `${head}      - { ${text} } # because\n`;
    expect(failuresOf(suite(before))).toHaveLength(1);
    const { text, written, left } = update(suite(before), [shop]);
    expect([text, written, left]).toEqual([suite(after), 1, []]);
    expect(failuresOf(text)).toEqual([]);
  });

  test('none over several lines, and with carriage returns', () => {
    const before = `${head}      - why: so\n        none: # no\n          verdict: deny\n          to: shop/db\n      - none: { verdict: deny, to: shop/db }\n`;
    const after = `${head}      - why: so\n        at-most: 4\n        of: # no\n          verdict: deny\n          to: shop/db\n      - at-most: 4\n        of: { verdict: deny, to: shop/db }\n`;
    expect(update(before, [shop]).text).toBe(after);
    const returned = (text: string): string => text.replaceAll('\n', '\r\n');
    expect(update(returned(before), [shop]).text).toBe(returned(after));
    expect(failuresOf(after)).toEqual([]);
  });

  test('a list loses what is not there, and gets what is', () => {
    const list = (flows: readonly string[]): string =>
      `${head}      - exactly:\n${flows.map((flow) => `          - ${flow}\n`).join('')}        ${OF}\n`;
    const kept = ['tcp shop/web > shop/db:5432', '"tcp shop/api to shop/db:*" # all'];
    const before = list([
      kept[0]!,
      'tcp shop/web to shop/db:80',
      kept[1]!,
      'udp shop/api to shop/db:53 # gone',
    ]);
    const { text, written, left } = update(before, [shop]);
    expect([written, left]).toEqual([1, []]);
    expect(text).toBe(
      list([...kept, 'tcp shop/debug to shop/db:5432', 'icmp shop/debug to shop/db type 8 code 0']),
    );
    expect(failuresOf(text)).toEqual([]);
  });

  test('a list between brackets, one that is empty, and one that becomes so', () => {
    for (const list of ['[]', '[tcp shop/web to shop/db:80]', '[tcp shop/web > shop/db:5432]']) {
      const { text, left } = update(`${head}      - { exactly: ${list}, ${OF} }\n`, [shop]);
      expect(left).toEqual([]);
      expect(text).toContain('{ exactly: [tcp ');
      expect(failuresOf(text)).toEqual([]);
    }
    const none = 'of: { verdict: deny, to: kube-system/coredns }';
    const lines = `${head}      - exactly:\n          - tcp shop/web to shop/db:80\n        ${none}\n`;
    expect(update(lines, [shop]).text).toBe(`${head}      - exactly: []\n        ${none}\n`);
  });

  test('before and after of a step each get their own', () => {
    const suite = (before: number, after: number): string =>
      `steps:\n  - add: [a]\n    traces:\n      - trace: t\n        before: [{ exactly: ${before}, ${OF} }]\n        after:\n          - { exactly: ${after}, ${OF} }\n`;
    expect(update(suite(1, 2), [shop]).text).toBe(suite(4, 4));
  });

  test('what passes stays as it is', () => {
    const text = `${head}      - { at-most: 5, ${OF} }\n      - { at-least: 1 }\n`;
    expect(update(text, [shop])).toEqual({ text, written: 0, left: [] });
  });
});

describe('what is left, with the reason', () => {
  const leftOf = (text: string, replays: readonly ReplayedTrace[]): string[] => {
    const updated = update(text, replays);
    expect([updated.text, updated.written]).toEqual([text, 0]);
    return updated.left.map(({ at, why }) => `${at.line} ${why}`);
  };

  test('a replay of which nothing can be told', () => {
    expect(leftOf(`${head}      - none: {}\n`, [{ ...shop, unusable: 'it is empty' }])).toEqual([
      '4 cannot be told: it is empty',
    ]);
  });

  test('two CNIs that do not agree, whether one of them passes or none', () => {
    const asked = ['4 it is asked several times, and what was found is not the same'];
    expect(leftOf(`${head}      - { at-most: 3, ${OF} }\n`, [shop, open])).toEqual(asked);
    expect(leftOf(`${head}      - { exactly: 3, ${OF} }\n`, [shop, open])).toEqual(asked);
    const both = update(`${head}      - { exactly: 3, ${OF} }\n`, [shop, shop]);
    expect([both.text, both.written]).toEqual([`${head}      - { exactly: 4, ${OF} }\n`, 2]);
  });

  test('flows that may or may not be meant, and those that have no name of their own', async () => {
    const path = join(folder, 'strangers.csv');
    writeFileSync(
      path,
      'src,dst,proto,dport\nshop/web-*,198.51.100.7,tcp,80\n10.42.1.20,203.0.113.9,tcp,80\n10.42.1.20,10.42.2.99,tcp,80\n',
    );
    const strangers = await replayOf(path, createWorld(cluster, CALICO));
    expect(leftOf(`${head}      - { exactly: 9, of: { to: shop/db } }\n`, [strangers])).toEqual([
      '4 it cannot be told how many: some flows may or may not be meant',
    ]);
    expect(leftOf(`${head}      - { exactly: [tcp shop/web to shop/db:9] }\n`, [strangers])).toHaveLength(1);
  });

  test('more flows than a list would hold', async () => {
    const path = join(folder, 'many.csv');
    const rows = Array.from({ length: 1001 }, (_, port) => `10.42.1.20,203.0.113.9,tcp,${port + 1}\n`);
    writeFileSync(path, `src,dst,proto,dport\n${rows.join('')}`);
    const many = await replayOf(path, createWorld(cluster, CALICO));
    expect(leftOf(`${head}      - { exactly: [] }\n`, [many])).toEqual([
      '4 1,001 flows are too many for a list: say how many',
    ]);
    expect(update(`${head}      - { exactly: 1 }\n`, [many]).text).toBe(`${head}      - { exactly: 1001 }\n`);
  });
});
