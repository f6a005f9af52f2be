/** A replay past the hooks of hosts, from manifests to the counts of every rule. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAddressNames } from '../../src/analysis/address-names.ts';
import { summarizeReplay } from '../../src/analysis/replay/summary.ts';
import { createRowReader, VERDICT_COLUMNS } from '../../src/analysis/replay/verdict-row.ts';
import { compileTables } from '../../src/compile/compile.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import { replay } from '../../src/replay/replay.ts';
import { openTrace } from '../../src/trace/open.ts';
import { writeCapture } from './capture.ts';
import type { Packet } from './desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-hosts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WEB = '10.0.0.1';
const DB = '10.0.0.2';
const NODE_1 = '172.18.0.2';
const NODE_2 = '172.18.0.3';
const STRANGER = '198.51.100.9';
const REFUSED = '203.0.113.9';

type Ends = readonly [src: string, sport: number, dst: string, dport: number];

/** `count` packets to and fro; UDP where `udp` is said. */
function exchange([src, sport, dst, dport]: Ends, count: number, udp = false): Packet[] {
  return Array.from({ length: count }, (_, index) => {
    const sides =
      index % 2 === 0 ? { src, sport, dst, dport } : { src: dst, sport: dport, dst: src, dport: sport };
    return udp ? { ...sides, protocol: 17 } : { ...sides, tcp: ['S', 'SA'][index] ?? 'A' };
  });
}

const trace = writeCapture(join(folder, 'hosts.pcap'), [
  ...exchange([WEB, 40_000, DB, 5432], 6),
  ...exchange([WEB, 40_001, DB, 81], 4),
  ...exchange([REFUSED, 40_002, DB, 5432], 3),
  ...exchange([REFUSED, 40_003, NODE_2, 22], 3),
  ...exchange([STRANGER, 40_004, NODE_2, 8443], 3),
  ...exchange([STRANGER, 5000, NODE_2, 7000], 4, true),
  ...exchange([NODE_1, 5000, NODE_2, 7001], 4, true),
]);

const { value: cluster, diagnostics } = loadCluster([join(import.meta.dirname, 'host-endpoints.yaml')]);
const world = createWorld(cluster, cniProfile('calico')!);
const { tables, legend } = compileTables(world);
const names = createAddressNames(world.book);

type Row = Readonly<Record<string, string | number | null>>;

async function replayed(workers: number) {
  const rows: Row[] = [];
  const read = createRowReader({ epochs: [{ names }], legend, tracePaths: [trace] });
  const result = await replay([openTrace(trace).value!], tables, {
    workers,
    rowsPerRound: 256,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const cells = read(batch, row);
        rows.push(Object.fromEntries(cells.map((cell, index) => [VERDICT_COLUMNS[index]!.name, cell])));
      }
    },
  });
  const { timing: _, ...document } = summarizeReplay({
    version: '',
    manifests: [],
    profile: world.profile,
    epochs: [{ manifests: [], cluster, book: world.book, legend }],
    tableBytes: 0,
    result,
    loadMilliseconds: 0,
    compilePhases: [],
  });
  return { rows, document };
}

const { rows, document } = await replayed(1);
const decided = (dport: number): string[] => [
  ...new Set(
    rows
      .filter((row) => row.dport === dport)
      .map((row) => `${row.verdict} ${row.reason} ${row.hook} ${row.direction} ${row.policy} ${row.rule}`),
  ),
];

describe('a replay past host endpoints', () => {
  test('reads manifests without a complaint', () => {
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test.each([
    ['a pod behind forward policy', 5432, 'allow policy ingress ingress forward 0'],
    ['a failsafe port', 22, 'allow failsafe host-ingress ingress  null'],
    ['a port of the host', 8443, 'allow policy host-ingress ingress forward 2'],
    ['what untracked policy allows', 7000, 'allow policy untracked-ingress ingress untracked 0'],
    ['its replies, by a rule of their own', 5000, 'allow policy untracked-egress egress untracked 0'],
    ['what forward policy refuses', 81, 'deny policy forward-ingress ingress forward 1'],
  ])('names the hook that decided about %s', (_, dport, expected) => {
    expect(decided(dport)[0]).toBe(expected);
  });

  test('names the hook that refused before address translation', () => {
    expect(document.denied.map(({ flow, decider, packets }) => [flow, decider.hook, packets])).toEqual([
      ['tcp shop/web to shop/db:81', 'forward-ingress', 4],
      [`tcp ${REFUSED} to shop/db:5432`, 'pre-dnat', 3],
    ]);
  });

  test('gives every rule that was met the packets and connections that it met', () => {
    const met = document.rules.map(({ direction, policy, rule, packets, flows }) => [
      `${policy} ${direction} ${rule}`,
      [packets, flows],
    ]);
    expect(Object.fromEntries(met)).toEqual({
      // Both connections of the pod; rule 1 the one that it refused, the tier's end what else came by the interface.
      'prednat ingress 0': [10, 2],
      'prednat ingress 1': [3, 1],
      'prednat ingress -1': [17, 4],
      'untracked ingress 0': [2, 1],
      'untracked egress 0': [2, 0],
      // All that came by the interface but the failsafe port, and what it allowed itself.
      'untracked ingress -1': [20, 5],
      'untracked egress -1': [4, 1],
      'forward ingress 0': [6, 1],
      'forward ingress 1': [4, 1],
      'forward ingress 2': [7, 2],
      'forward egress 0': [14, 3],
    });
  });

  test('gives the same for any number of workers', async () => {
    for (const workers of [2, 3]) expect(await replayed(workers)).toEqual({ rows, document });
  });
});
