/** A flow that both of its ends write down is judged and counted once; what each saw is held against its own side. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-reporters-'));
afterAll(() => rmSync(folder, { recursive: true }));
const tables = sampleTables();

async function judged(records: readonly object[], options: ReplayOptions = {}) {
  const path = join(folder, 'flows.log');
  writeFileSync(path, `${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
  const rows: string[] = [];
  const result = await replay([openTrace(path).value!], tables, {
    workers: 1,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const copy = batch.duplicateRecord[row] === 0 ? '' : ` of ${batch.duplicateRecord[row]}`;
        rows.push(`${VERDICTS[batch.verdict[row]!]}/${REASONS[batch.reason[row]!]}${copy}`);
      }
    },
    ...options,
  });
  return { rows, result };
}

/** From a pod that may speak to db on 443 alone. */
const flow = {
  start_time: 1_700_000_000,
  end_time: 1_700_000_300,
  ...{ source_ip: '10.0.0.1', source_name_aggr: 'pod-*', source_namespace: 'shop', source_type: 'wep' },
  ...{
    dest_ip: '10.0.0.3',
    dest_name_aggr: 'pod-*',
    dest_namespace: 'shop',
    dest_type: 'wep',
    dest_port: 443,
  },
  ...{
    proto: 'tcp',
    action: 'allow',
    reporter: 'src',
    packets_in: 0,
    packets_out: 4,
    bytes_in: 0,
    bytes_out: 400,
  },
};
const there = { ...flow, reporter: 'dst', packets_in: 4, packets_out: 0, bytes_in: 400, bytes_out: 0 };

describe('records of both ends', () => {
  test('are one flow', async () => {
    const { rows, result } = await judged([flow, there]);
    expect(rows).toEqual(['allow/policy', 'skip/duplicate of 1']);
    expect([result.flows, result.packets]).toEqual([
      [1, 0, 0, 0, 0],
      [4, 0, 0, 0, 4],
    ]);
    const pairs = result.observed!.pairs.map(
      (pair) => `${pair.observed}/${VERDICTS[pair.verdict]} ${pair.packets}`,
    );
    expect(pairs.filter((text) => !text.endsWith(' 0'))).toEqual(['allow/allow 8']);
  });

  test('are each held against their own side: the source sees nothing of a refusal at the destination', async () => {
    const refused = { dest_port: 80 };
    const { rows, result } = await judged([
      { ...flow, ...refused },
      { ...there, ...refused, action: 'deny' },
    ]);
    expect(rows).toEqual(['deny/tier-end', 'skip/duplicate of 1']);
    expect(result.observed!.disagreed).toEqual([]);
    const wrong = await judged([
      { ...there, ...refused, action: 'allow' },
      { ...flow, ...refused, action: 'allow' },
    ]);
    expect(wrong.rows).toEqual(['deny/tier-end', 'skip/duplicate of 1']);
    expect(
      wrong.result.observed!.disagreed.map(({ packets, connections }) => [packets, connections]),
    ).toEqual([[4, 1]]);
  });

  test('are paired one to one; other intervals, ports and the same end again are other flows', async () => {
    const { rows } = await judged([
      flow,
      { ...flow, action: 'deny' },
      { ...there, start_time: 1_700_000_300 },
      { ...there, dest_port: 444 },
      there,
      there,
      there,
    ]);
    expect(rows.map((row) => row.replace(/^(allow|deny).*/, 'judged'))).toEqual([
      ...Array(4).fill('judged'),
      'skip/duplicate of 1',
      'skip/duplicate of 2',
      'judged',
    ]);
  });

  test('come out the same whatever the workers and rounds, and all count when it is asked for', async () => {
    const records = Array.from({ length: 400 }, (_, index) => ({
      ...(index % 3 === 0 ? there : flow),
      source_ip: `10.0.0.${1 + (index % 7)}`,
      dest_ip: `10.0.0.${3 + (index % 5)}`,
    }));
    const alone = await judged(records);
    expect(alone.rows.filter((row) => row.includes('duplicate')).length).toBeGreaterThan(100);
    for (const options of [
      { workers: 3, rowsPerRound: 64 },
      { workers: 1, rowsPerRound: 5 },
    ]) {
      const { rows, result } = await judged(records, options);
      expect({ rows, ...result, timing: 0 }).toEqual({ rows: alone.rows, ...alone.result, timing: 0 });
    }
    const all = await judged(records, { duplicates: 'judge' });
    expect(all.result.packets[4]).toBe(0);
  });

  test('of Goldmane have names alone', async () => {
    const named = {
      ...{
        start_time: '2026-11-01T00:00:00Z',
        end_time: '2026-11-01T00:00:15Z',
        action: 'Allow',
        reporter: 'Src',
      },
      ...{ source_name: 'pod-1', source_namespace: 'shop', dest_name: 'pod-3', dest_namespace: 'shop' },
      ...{ protocol: 'tcp', dest_port: 443, packets_in: 1, packets_out: 2, bytes_in: 10, bytes_out: 20 },
      policies: { enforced: null, pending: null },
    };
    // Nobody knows the names here: what is not judged is no copy either.
    expect((await judged([named, { ...named, reporter: 'Dst' }])).rows).toEqual([
      'skip/malformed',
      'skip/malformed',
    ]);
  });
});
