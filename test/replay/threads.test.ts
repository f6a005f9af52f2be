import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import type { PacketBatch } from '../../src/packet/batch.ts';
import { pendingWorld } from '../../src/policy/world.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay, WorkerFailed } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { openTrace } from '../../src/trace/open.ts';
import { captureBytes, writeCapture } from './capture.ts';
import { randomPackets } from './random-packets.ts';
import { sampleTables, sampleWorld } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tables = sampleTables();
const packets = randomPackets(11, 6_000, { hosts: 100, clients: 30 });
const trace = writeCapture(join(folder, 'random.pcap'), packets, 40);

/** The columns that a verdict row shows, of one row. */
function rowOf(batch: PacketBatch, row: number): readonly unknown[] {
  return [
    batch.trace[row],
    batch.record[row],
    batch.seconds[row],
    batch.src[row * 4],
    batch.dst[row * 4],
    batch.dport[row],
    batch.verdict[row],
    batch.reason[row],
    batch.hook[row],
    batch.egress[row],
    batch.ingress[row],
    batch.judgedDst[row * 4],
    batch.judgedDport[row],
    batch.pending[row],
  ];
}

async function run(
  paths: readonly string[],
  options: ReplayOptions = {},
): Promise<{ result: Omit<ReplayResult, 'timing'>; rows: unknown[] }> {
  const rows: unknown[] = [];
  const sources = paths.map((path) => openTrace(path).value!);
  const { timing, ...result } = await replay(sources, tables, {
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) rows.push(rowOf(batch, row));
    },
    ...options,
  });
  expect(timing.wallSeconds).toBeGreaterThan(0);
  return { result, rows };
}

describe('a replay', () => {
  test('gives the same rows and result for any number of workers, rows in a round and bytes at a time', async () => {
    const alone = await run([trace], { workers: 1 });
    expect(alone.rows).toHaveLength(packets.length);
    expect(alone.result.packets.reduce((a, b) => a + b)).toBe(packets.length);
    expect(alone.result.packets[0]).toBeGreaterThan(0);
    expect(alone.result.packets[1]).toBeGreaterThan(0);
    for (const workers of [1, 2, 3, 4]) {
      for (const [rowsPerRound, chunkBytes] of [
        [256, 4096],
        [5000, 1 << 18],
        [131_072, 100_000],
      ]) {
        const other = await run([trace], { workers, rowsPerRound: rowsPerRound!, chunkBytes: chunkBytes! });
        expect(other, `${workers} workers, ${rowsPerRound} rows, ${chunkBytes} bytes`).toEqual(alone);
      }
    }
  });

  test('with staged policies beside keeps its verdicts, and gives the same pending ones for any number of workers', async () => {
    const world = sampleWorld({ isStaged: true });
    const pendingTables = compileTables(pendingWorld(world)!).tables;
    const plain = await run([trace], { workers: 1 });
    const alone = await run([trace], { workers: 1, pendingTables });
    const { pending } = alone.result;
    expect(alone.result.packets).toEqual(plain.result.packets);
    expect(pending!.packets.reduce((a, b) => a + b)).toBe(packets.length);
    for (const [verdict, after] of [
      [0, 1],
      [1, 0],
    ])
      expect(
        pending!.changes.find((change) => change.verdict === verdict && change.pending === after),
      ).toBeTruthy();
    for (const workers of [1, 2, 3, 4]) {
      const rowsPerRound = 300 * workers * workers;
      const other = await run([trace], { workers, rowsPerRound, pendingTables });
      expect(other, `${workers} workers`).toEqual(alone);
    }
    const small = { connections: 640, flows: 256, flowsListed: 50, pendingTables };
    const one = await run([trace], { workers: 1, ...small });
    expect(await run([trace], { workers: 3, ...small })).toEqual(one);
  });

  test('is the same without rows, and with small tables', async () => {
    const small = { connections: 640, flows: 640, flowsListed: 50 };
    const { result } = await run([trace], { workers: 1, ...small });
    expect(result.untrackedConnections).toBeGreaterThan(0);
    for (const workers of [1, 3]) {
      const { timing, ...other } = await replay([openTrace(trace).value!], tables, { workers, ...small });
      expect(timing.workers).toBe(workers);
      expect(other).toEqual(result);
    }
  });

  test('takes traces that do not overlap one after the other, and numbers records per trace', async () => {
    const end = packets.at(-1)!.at!;
    const later = packets.slice(0, 300).map((packet) => ({ ...packet, at: packet.at! + end }));
    const second = writeCapture(join(folder, 'second.pcap'), later);
    const { rows, result } = await run([trace, second], { workers: 2, rowsPerRound: 700 });
    const numbers = rows.map((row) => (row as number[]).slice(0, 2));
    expect(numbers).toEqual([
      ...packets.map((_, index) => [0, index + 1]),
      ...later.map((_, index) => [1, index + 1]),
    ]);
    expect(result.traces.map(({ records }) => records)).toEqual([packets.length, 300]);
    expect(result.traces[1]).toMatchObject({ path: second, packets: 300, warnings: [] });
    expect(result.traces[1]!.firstTime).toBe(later[0]!.at!.toFixed(9));
    expect(result.traces[1]!.lastTime).toBe(later.at(-1)!.at!.toFixed(9));
  });

  test('merges traces whose times overlap, the first operand first at equal times', async () => {
    const timed = packets.slice(0, 4000).map((packet, index) => ({ ...packet, at: 1000 + (index >> 1) }));
    const whole = writeCapture(join(folder, 'whole.pcap'), timed);
    const expected = await run([whole], { workers: 1 });
    const parts = [0, 1].map((rest) =>
      writeCapture(
        join(folder, `part-${rest}.pcap`),
        timed.filter((_, index) => index % 2 === rest),
      ),
    );
    for (const chunkBytes of [1000, 1 << 18]) {
      const merged = await run(parts, { workers: 3, rowsPerRound: 500, chunkBytes });
      const withoutNumbers = (rows: readonly unknown[]): unknown[] =>
        rows.map((row) => (row as unknown[]).slice(2));
      expect(withoutNumbers(merged.rows)).toEqual(withoutNumbers(expected.rows));
      expect({ ...merged.result, traces: [] }).toEqual({ ...expected.result, traces: [] });
      expect(merged.result.traces.map(({ records, warnings }) => [records, warnings])).toEqual([
        [2000, []],
        [2000, []],
      ]);
    }
  });

  test('reads compressed traces as it reads plain ones', async () => {
    const compressed = join(folder, 'random.pcap.gz');
    writeFileSync(compressed, gzipSync(captureBytes(packets, 40)));
    const plain = await run([trace], { workers: 2 });
    const streamed = await run([compressed], { workers: 2, chunkBytes: 10_000 });
    expect(streamed.rows).toEqual(plain.rows);
    expect({ ...streamed.result, traces: [] }).toEqual({ ...plain.result, traces: [] });
  });

  test('of an empty capture is an empty result', async () => {
    const empty = writeCapture(join(folder, 'empty.pcap'), []);
    const { result, rows } = await run([empty, trace, empty], { workers: 2 });
    expect(rows).toHaveLength(packets.length);
    expect(result.traces[0]).toMatchObject({ records: 0, firstTime: '', lastTime: '' });
  });

  test('of a capture that ends in the middle of a record gives all whole records and a warning', async () => {
    const cut = writeCapture(join(folder, 'cut.pcap'), packets.slice(0, 100), 40);
    truncateSync(cut, captureBytes(packets.slice(0, 100), 40).byteLength - 7);
    const { result } = await run([cut], { workers: 2 });
    expect(result.traces[0]).toMatchObject({ records: 99, warnings: [expect.stringContaining('record')] });
  });

  test('of compressed data that is cut short gives what came before, and a warning', async () => {
    const cut = join(folder, 'cut.pcap.gz');
    const whole = gzipSync(captureBytes(packets, 40));
    writeFileSync(cut, whole.subarray(0, whole.byteLength >> 1));
    const { result } = await run([cut], { workers: 2 });
    expect(result.traces[0]!.records).toBeGreaterThan(1000);
    expect(result.traces[0]!.records).toBeLessThan(packets.length);
    expect(result.traces[0]!.warnings.join()).toMatch(/compressed data is cut short/);
  });

  test('of a compressed capture that is damaged early ends there, however much follows', async () => {
    const damaged = join(folder, 'damaged.pcap.gz');
    const noise = Buffer.alloc(20 << 20, 0xff);
    writeFileSync(damaged, gzipSync(Buffer.concat([captureBytes(packets.slice(0, 9), 40), noise])));
    const { result } = await run([damaged, trace], { workers: 2 });
    expect(result.traces.map(({ records }) => records)).toEqual([9, packets.length]);
    expect(result.traces[0]!.warnings.join()).toMatch(/nothing behind it was read/);
  });
});

describe('a replay that cannot go on', () => {
  test('rejects with the cause when a worker fails, whatever the others do', async () => {
    const gone = writeCapture(join(folder, 'gone.pcap'), packets.slice(0, 10));
    const source = openTrace(gone).value!;
    rmSync(gone);
    for (const workers of [1, 3]) {
      const failed = replay([openTrace(trace).value!, source], tables, { workers });
      await expect(failed).rejects.toThrow(WorkerFailed);
      await expect(failed).rejects.toMatchObject({ cause: { message: expect.stringContaining('ENOENT') } });
    }
  });

  test('rejects with what the caller threw while it looked at a round', async () => {
    const onRound = (): void => {
      throw new Error('disk full');
    };
    await expect(run([trace], { workers: 2, onRound })).rejects.toThrow('disk full');
  });

  test('rejects with the reason of its signal', async () => {
    const controller = new AbortController();
    const onRound = (): void => controller.abort(new Error('interrupted'));
    await expect(
      run([trace], { workers: 2, rowsPerRound: 256, onRound, signal: controller.signal }),
    ).rejects.toThrow('interrupted');
  });

  test('rejects at once when its tables are none', async () => {
    const sources = [openTrace(trace).value!];
    await expect(replay(sources, { bytes: new Uint8Array(4096) })).rejects.toThrow(
      /no tables of this program/,
    );
    const damaged = Uint8Array.from(tables.bytes);
    damaged.fill(0xff, damaged.length >> 1);
    await expect(replay(sources, { bytes: damaged })).rejects.toThrow(/damaged/);
  });

  test('says plainly when its memory cannot be had', async () => {
    await expect(run([trace], { connections: 2 ** 28 })).rejects.toThrow(/4096 MiB/);
  });
});

describe('progress', () => {
  test('tells bytes and packets', async () => {
    const long = join(folder, 'long.pcap');
    writeFileSync(long, captureBytes(packets, 40));
    for (let part = 0; part < 4; part++) appendFileSync(long, captureBytes(packets, 40).subarray(24));
    const seen: number[] = [];
    const { result } = await run([long], {
      workers: 1,
      rowsPerRound: 1000,
      onRound: async () => new Promise((resolve) => setTimeout(resolve, 1)),
      onProgress: ({ packets: judged }) => seen.push(judged),
    });
    expect(seen.length).toBeGreaterThan(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    expect(seen[0]).toBeLessThan(result.traces[0]!.packets);
    expect(seen.at(-1)).toBe(result.traces[0]!.packets);
  });
});
