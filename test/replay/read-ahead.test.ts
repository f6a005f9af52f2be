/** Pieces that workers claim and read before their turn: whatever a record takes beyond its piece, the rows are those of one worker. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replay } from '../../src/replay/replay.ts';
import { startWorkers } from '../../src/replay/worker-pool.ts';
import { openTrace } from '../../src/trace/open.ts';
import { parseTimeBound, type RangeBounds } from '../../src/trace/time-range.ts';
import { random } from '../random/mulberry.ts';
import { captureBytes } from './capture.ts';
import { randomPackets } from './random-packets.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-ahead-'));
const pools = [1, 2, 3, 7].map((workers) => startWorkers(workers));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  for (const pool of pools) await pool.end();
});

const tables = sampleTables();
const { pick, below } = random(5);
/** Most are shorter than the smallest piece, some are longer than several. */
const lengths = [0, 0, 0, 10, 200, 1400, 9000, 60_000];
const packets = randomPackets(17, 400, { hosts: 40 });
const records = packets.map((packet) => captureBytes([packet], pick(lengths) + below(8)).subarray(24));
const header = captureBytes([], 0).subarray(0, 24);
const whole = Buffer.concat([header, ...records]);

/** What each number of workers makes of the trace: rows by their records and verdicts, and the result. */
async function outcomes(name: string, bytes: Uint8Array, range?: RangeBounds) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const found: { how: string; outcome: unknown }[] = [];
  for (const pool of pools) {
    for (const chunkBytes of [64, 500, 4096, 20_000, 1 << 18]) {
      // The smallest take long.
      if ((pool.workers === 7 && chunkBytes < 4096) || (pool.workers !== 3 && chunkBytes < 500)) continue;
      const rows: unknown[] = [];
      const { timing: _, ...result } = await replay([openTrace(path).value!], tables, {
        pool,
        chunkBytes,
        rowsPerRound: 29 * pool.workers,
        ...(range === undefined ? {} : { range }),
        onRound: (batch, count) => {
          for (let row = 0; row < count; row++)
            rows.push([
              batch.record[row],
              batch.seconds[row],
              batch.bytes[row],
              batch.verdict[row],
              batch.reason[row],
            ]);
        },
      });
      found.push({ how: `${pool.workers} workers, ${chunkBytes} bytes`, outcome: { rows, result } });
    }
  }
  return found;
}

function expectOne(found: Awaited<ReturnType<typeof outcomes>>): {
  rows: unknown[];
  result: { traces: readonly unknown[] };
} {
  for (const { how, outcome } of found) expect(outcome, how).toEqual(found[0]!.outcome);
  return found[0]!.outcome as ReturnType<typeof expectOne>;
}

test('records of all lengths are read once, in order', async () => {
  const { rows } = expectOne(await outcomes('whole.pcap', whole));
  expect(rows.map((row) => (row as number[])[0])).toEqual(packets.map((_, index) => index + 1));
});

test('a capture that is cut ends at the same record, with the same warning', async () => {
  const { rows, result } = expectOne(await outcomes('cut.pcap', whole.subarray(0, whole.length - 7)));
  expect(rows).toHaveLength(packets.length - 1);
  expect(result.traces).toMatchObject([{ warnings: [expect.stringContaining('is cut')] }]);
});

test('nothing is read behind a length that no capture has', async () => {
  const before = Buffer.concat([header, ...records.slice(0, 240)]);
  const bad = Buffer.from(whole);
  bad.writeUInt32LE(0x7fffffff, before.length + 8);
  const { rows, result } = expectOne(await outcomes('bad.pcap', bad));
  expect(rows).toHaveLength(240);
  expect(result.traces).toMatchObject([{ warnings: [expect.stringContaining(`byte ${before.length} `)] }]);
});

test('a range that counts from the first record is found before any is judged', async () => {
  const from = parseTimeBound('+60s', '--from').value!;
  const { rows } = expectOne(await outcomes('range.pcap', whole, { from }));
  expect(rows).toHaveLength(packets.length);
});

test('pieces go into the rounds behind, whatever the sizes of both', async () => {
  const path = join(folder, 'sizes.pcap');
  writeFileSync(path, whole);
  const run = async (pool: (typeof pools)[number], rowsPerRound: number, chunkBytes: number) => {
    const rows: unknown[] = [];
    const { timing: _, ...result } = await replay([openTrace(path).value!], tables, {
      pool,
      rowsPerRound,
      chunkBytes,
      onRound: (batch, count) => {
        for (let row = 0; row < count; row++) rows.push([batch.record[row], batch.verdict[row]]);
      },
    });
    return { rows, result };
  };
  const [alone, ...others] = pools;
  const expected = await run(alone!, 1 << 17, 1 << 18);
  for (let draw = 0; draw < 15; draw++) {
    const pool = pick(others);
    const rowsPerRound = pick([1 + below(10), 10 + below(200), 200 + below(600)]);
    // Many rounds a piece, about one, or many pieces a round.
    const chunkBytes = pick([64 + below(2000), 2000 + below(50_000), 50_000 + below(1 << 20)]);
    const how = `${pool.workers} workers, ${rowsPerRound} rows, ${chunkBytes} bytes`;
    expect(await run(pool, rowsPerRound, chunkBytes), how).toEqual(expected);
  }
});

test('an empty capture has no rows', async () => {
  expect(expectOne(await outcomes('empty.pcap', header)).rows).toEqual([]);
});
