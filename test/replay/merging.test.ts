import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { PacketBatch } from '../../src/packet/batch.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import type { ReplayResult } from '../../src/replay/result.ts';
import { openTrace } from '../../src/trace/open.ts';
import { Blocks } from '../trace/pcapng-blocks.ts';
import { captureBytes, frame } from './capture.ts';
import type { Packet } from './desk.ts';
import { randomPackets } from './random-packets.ts';
import { sampleTables } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-merging-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tables = sampleTables();

/** What a row is, without the trace that it lies in. */
function rowOf(batch: PacketBatch, row: number): readonly unknown[] {
  return [
    batch.seconds[row],
    batch.src[row * 4],
    batch.dst[row * 4],
    batch.sport[row],
    batch.dport[row],
    batch.verdict[row],
    batch.reason[row],
  ];
}

async function run(
  paths: readonly string[],
  options: ReplayOptions = {},
): Promise<{ result: Omit<ReplayResult, 'timing'>; rows: unknown[]; places: string[] }> {
  const rows: unknown[] = [];
  const places: string[] = [];
  const sources = paths.map((path) => openTrace(path).value!);
  const { timing, ...result } = await replay(sources, tables, {
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        rows.push(rowOf(batch, row));
        places.push(`${batch.trace[row]}.${batch.record[row]}`);
      }
    },
    ...options,
  });
  expect(timing.workers).toBeGreaterThan(0);
  return { result, rows, places };
}

/** The same packets as pcapng; an interface block comes again every 50 packets, and names are told between them. */
function pcapngBytes(packets: readonly Packet[]): Buffer {
  const blocks = new Blocks(false);
  return Buffer.concat([
    blocks.section(),
    blocks.interface(1),
    ...packets.flatMap((packet, index) => [
      ...(index % 50 === 49 ? [blocks.interface(1), blocks.block(4, [Buffer.alloc(4)])] : []),
      blocks.packet(0, BigInt(packet.at ?? 0) * 1_000_000n, frame(packet, 0)),
    ]),
  ]);
}

const KINDS: Readonly<Record<string, (packets: readonly Packet[]) => Buffer>> = {
  pcap: (packets) => captureBytes(packets),
  pcapng: pcapngBytes,
  'pcap.gz': (packets) => gzipSync(captureBytes(packets)),
  'pcapng.gz': (packets) => gzipSync(pcapngBytes(packets)),
};

const at = (seconds: number) => ({ time: { seconds, nanos: 0 }, isRelative: false });

let written = 0;

function write(kind: string, packets: readonly Packet[]): string {
  const path = join(folder, `${written++}.${kind}`);
  writeFileSync(path, KINDS[kind]!(packets));
  return path;
}

const timed = randomPackets(5, 3000, { hosts: 60, clients: 20 }).map((packet, index) => ({
  ...packet,
  at: 1000 + (index >> 1),
}));

describe('traces of any kind that overlap in time', () => {
  const whole = write('pcap', timed);
  const parts = (size: number): Packet[][] =>
    Array.from({ length: size }, (_, rest) => timed.filter((_, index) => index % size === rest));

  test.each([
    ['pcapng', 'pcapng'],
    ['pcap', 'pcapng'],
    ['pcap.gz', 'pcap'],
    ['pcapng.gz', 'pcapng.gz'],
  ])('%s and %s give the rows of one trace in pieces of any size', async (...kinds) => {
    const expected = await run([whole], { workers: 1 });
    const paths = parts(2).map((part, index) => write(kinds[index]!, part));
    for (const [workers, rowsPerRound, chunkBytes] of [
      [1, 8192, 1 << 18],
      [3, 500, 1000],
      [2, 100, 200],
    ]) {
      const merged = await run(paths, {
        workers: workers!,
        rowsPerRound: rowsPerRound!,
        chunkBytes: chunkBytes!,
      });
      expect(merged.rows).toEqual(expected.rows);
      expect({ ...merged.result, traces: [] }).toEqual({ ...expected.result, traces: [] });
      expect(merged.result.traces.map(({ records, warnings }) => [records, warnings])).toEqual([
        [1500, []],
        [1500, []],
      ]);
    }
  });

  test('may be many at a time, of all kinds', async () => {
    const expected = await run([whole], { workers: 1 });
    const names = Object.keys(KINDS);
    const split = parts(10);
    const paths = split.map((part, index) => write(names[index % 4]!, part));
    const merged = await run(paths, { workers: 2, chunkBytes: 5000 });
    // At equal times the first operand comes first.
    const inOrder = timed
      .map((packet, index) => ({ at: packet.at, part: index % 10, index }))
      .sort((a, b) => a.at - b.at || a.part - b.part || a.index - b.index);
    expect(merged.rows.map((row) => (row as unknown[]).slice(0, 5))).toEqual(
      inOrder.map(({ index }) => (expected.rows[index] as unknown[]).slice(0, 5)),
    );
  });

  test('one that ends before the other begins is read first, whatever the order of the operands', async () => {
    const expected = await run([whole], { workers: 1 });
    const halves = [timed.slice(1200), timed.slice(0, 1200)];
    for (const kind of ['pcap', 'pcapng.gz']) {
      const merged = await run(
        halves.map((half) => write(kind, half)),
        { workers: 2, chunkBytes: 4000 },
      );
      expect(merged.rows).toEqual(expected.rows);
    }
  });

  test('streams that follow each other take each other’s rings', async () => {
    const expected = await run([whole], { workers: 1 });
    const pieces = Array.from({ length: 100 }, (_, index) => timed.slice(index * 30, index * 30 + 30));
    const paths = pieces.map((piece, index) => write(index % 3 === 0 ? 'pcapng.gz' : 'pcap.gz', piece));
    for (const workers of [1, 3]) {
      const merged = await run(paths, { workers });
      expect(merged.rows).toEqual(expected.rows);
      expect(merged.result.traces.flatMap(({ warnings }) => warnings)).toEqual([]);
    }
  });

  test('more streams than there are rings lose no record, and say that they are out of order', async () => {
    const paths = parts(80).map((part) => write('pcap.gz', part));
    const merged = await run(paths, { workers: 2 });
    expect(merged.rows).toHaveLength(timed.length);
    expect(new Set(merged.places).size).toBe(timed.length);
    const warned = merged.result.traces.filter(({ warnings }) => warnings.length > 0);
    expect(warned).toHaveLength(16);
    expect(warned[0]!.warnings).toEqual([expect.stringContaining('more than 64 traces')]);
    expect((await run(paths, { workers: 1, chunkBytes: 3000 })).places).toEqual(merged.places);
  });

  test('a clock that jumps back in one of them leaves its own records in their order', async () => {
    const jumping = [...timed.slice(0, 100), ...timed.slice(40, 60), ...timed.slice(100, 200)];
    const other = timed.slice(0, 200);
    const alone = await run([write('pcap', jumping)], { workers: 1 });
    const merged = await run([write('pcapng', jumping), write('pcap.gz', other)], {
      workers: 2,
      chunkBytes: 700,
    });
    const own = merged.rows.filter((_, index) => merged.places[index]!.startsWith('0.'));
    // From the second of packet 99 back to that of packet 40.
    const warnings = [expect.stringContaining('its clock jumps back once, by 29 s:')];
    for (const { result } of [alone, merged, await run([write('pcap', jumping)], { rowsPerRound: 20 })])
      expect(result.traces[0]!.warnings).toEqual(warnings);
    expect(merged.result.traces[1]!.warnings).toEqual([]);
    expect(own.map((row) => (row as unknown[]).slice(0, 5))).toEqual(
      alone.rows.map((row) => (row as unknown[]).slice(0, 5)),
    );
  });

  test('flow logs keep their order, sixteen records together at the time of the first', async () => {
    const records = Array.from({ length: 64 }, (_, index) => 1000 + 10 * index + (index % 3) * 25);
    const log = join(folder, 'flows.csv');
    const lines = records.map((time) => `${time},10.0.0.1,10.0.0.2,6,40000,443,1,100`);
    writeFileSync(log, `time,src,dst,proto,sport,dport,packets,bytes\n${lines.join('\n')}\n`);
    const capture = write(
      'pcap',
      timed.slice(0, 80).map((packet, index) => ({ ...packet, at: 1005 + 10 * index })),
    );
    const merged = await run([log, capture], { workers: 1 });
    const own = merged.places.filter((place) => place.startsWith('0.'));
    expect(own).toEqual(records.map((_, index) => `0.${index + 1}`));
    // Records 17 to 32 begin at 1185: behind the 18 packets up to 1175.
    expect(merged.places.indexOf('0.17')).toBe(16 + 18);
    expect(merged.places.indexOf('0.32')).toBe(31 + 18);
    for (const [workers, chunkBytes] of [
      [3, 100],
      [2, 1000],
    ]) {
      const other = await run([log, capture], {
        workers: workers!,
        rowsPerRound: 50,
        chunkBytes: chunkBytes!,
      });
      expect(other.places).toEqual(merged.places);
      expect(other.rows).toEqual(merged.rows);
    }
  });

  test('a line without end behind lines that are no records is one, as in a trace alone', async () => {
    const line = (time: number): string =>
      `${time}\tCu\t10.0.0.1\t40000\t10.0.0.2\t443\ttcp\t${'-\t'.repeat(12)}-`;
    const log = join(folder, 'conn.log');
    const fields =
      '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes';
    const long = `#types\t${'x'.repeat((1 << 20) + 5000)}`;
    writeFileSync(log, `#separator \\x09\n${fields}\n${long}\n${line(1000)}\n${line(1010)}\n`);
    const alone = await run([log], { workers: 1 });
    const ranged = await run([log], { workers: 1, range: { from: at(0) } });
    expect(ranged.rows).toEqual(alone.rows);
    expect(alone.rows).toHaveLength(4);
    const merged = await run([log, write('pcap', timed.slice(0, 80))], { workers: 2 });
    expect(merged.places.filter((place) => place.startsWith('0.'))).toHaveLength(4);
  });
});

describe('a range of time', () => {
  const path = write('pcapng', timed);
  const behind = (seconds: number) => ({ time: { seconds, nanos: 0 }, isRelative: true });

  test('is what a trace of its records alone is, from the first instant on and without the last', async () => {
    const inside = timed.filter(({ at }) => at >= 1200 && at < 1700);
    const { result: expected } = await run([write('pcapng', inside)], { workers: 1 });
    for (const workers of [1, 3]) {
      const range = { from: at(1200), to: at(1700) };
      const { result } = await run([path], { workers, range, rowsPerRound: 300, chunkBytes: 5000 });
      expect({ ...result, traces: [] }).toEqual({ ...expected, traces: [] });
      expect(result.traces[0]).toMatchObject({
        records: 3000,
        outside: 3000 - inside.length,
        packets: inside.length,
        firstTime: '1200.000000000',
        lastTime: '1699.000000000',
      });
    }
  });

  test('may count from the earliest first record of all traces', async () => {
    const later = write('pcap.gz', timed.slice(1000));
    const earlier = write('pcap', timed.slice(0, 500));
    const expected = await run([later, earlier], { range: { from: at(1100), to: at(1600) }, workers: 1 });
    const { result } = await run([later, earlier], { range: { from: behind(100), to: behind(600) } });
    expect(result.packets.reduce((a, b) => a + b)).toBeGreaterThan(0);
    expect({ ...result, traces: [] }).toEqual({ ...expected.result, traces: [] });
  });
});

describe('the timeline', () => {
  test('counts every row once, in at most 256 intervals that begin at multiples of their width', async () => {
    const path = write(
      'pcap',
      timed.map((packet) => ({ ...packet, at: 7 + packet.at * 3 })),
    );
    const { result, rows } = await run([path], { workers: 1 });
    const { seconds, intervals } = result.timeline;
    // 4,500 seconds.
    expect(seconds).toBe(32);
    expect(intervals.length).toBeLessThanOrEqual(256);
    expect(intervals.every(({ start }) => start % seconds === 0)).toBe(true);
    for (const { start, packets } of intervals) {
      const own = rows.filter((row) => Math.floor((row as number[])[0]! / seconds) * seconds === start);
      expect(packets).toEqual(
        [0, 1, 2, 3, 4].map((verdict) => own.filter((row) => (row as number[])[5] === verdict).length),
      );
    }
    for (const workers of [2, 3])
      expect((await run([path], { workers, rowsPerRound: 200 })).result.timeline).toEqual(result.timeline);
  });

  test('keeps its resolution beside records of other centuries, which have intervals of their own', async () => {
    const strays = [0, 4_000_000_000, 4_294_967_295].map((second, index) => ({
      ...timed[index]!,
      at: second,
    }));
    const some = timed.slice(0, 400);
    const path = write('pcap', [...some.slice(0, 200), ...strays, ...some.slice(200)]);
    const { seconds, intervals } = (await run([path], { workers: 2 })).result.timeline;
    expect(seconds).toBe(1);
    expect(intervals.map(({ start }) => start)).toEqual([
      0,
      ...new Set(some.map(({ at }) => at)),
      4_000_000_000,
      4_294_967_295,
    ]);
  });
});
