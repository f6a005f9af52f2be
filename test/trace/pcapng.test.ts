/** pcapng written here, block by block: byte orders, clocks, losses, and what is wrong with a block. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SKIP_MALFORMED, SKIP_NON_IP } from '../../src/tables/verdict-layout.ts';
import { openTrace } from '../../src/trace/open.ts';
import { readTrace } from '../corpus/read-trace.ts';
import { Blocks } from './pcapng-blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-pcapng-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An IPv4 packet to UDP port `port`, without a link layer. */
function udp(port: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt8(0x45);
  bytes.writeUInt16BE(28, 2);
  bytes.writeUInt8(17, 9);
  bytes.writeUInt32BE(0x0a000001, 12);
  bytes.writeUInt32BE(0x0a000002, 16);
  bytes.writeUInt16BE(port, 22);
  return bytes;
}

const RAW = 101;

interface Seen {
  readonly time: string;
  readonly port: number;
  readonly skip: number;
}

function read(...blocks: readonly Buffer[]): { rows: Seen[]; records: number; warnings: readonly string[] } {
  const path = join(folder, 'capture.pcapng');
  writeFileSync(path, Buffer.concat(blocks));
  const rows: Seen[] = [];
  const { value } = openTrace(path);
  expect(value!.format).toBe('pcapng');
  const found = readTrace(value!, (batch, row) => {
    rows.push({
      time: `${batch.seconds[row]}.${String(batch.nanos[row]).padStart(9, '0')}`,
      port: batch.dport[row]!,
      skip: batch.skip[row]!,
    });
  });
  return { rows, ...found };
}

describe.each([
  ['little-endian', false],
  ['big-endian', true],
])('%s', (_, isBig) => {
  const b = new Blocks(isBig);

  test.each<[string, number, bigint, string]>([
    ['microseconds', 6, 1_700_000_000_000_001n, '1700000000.000001000'],
    ['nanoseconds', 9, 1_700_000_000_123_456_789n, '1700000000.123456789'],
    ['seconds', 0, 1_700_000_000n, '1700000000.000000000'],
    ['picoseconds', 12, 5_123_456_789_999n, '5.123456789'],
    ['10^-30 s: nothing is left of it', 30, 123_456_789n, '0.000000000'],
    ['2^-8 s', 0x88, (1_700_000_000n << 8n) + 128n, '1700000000.500000000'],
    ['2^-32 s', 0xa0, (1_700_000_000n << 32n) + (1n << 31n), '1700000000.500000000'],
    ['2^-63 s', 0xbf, 1n << 62n, '0.500000000'],
  ])('clock of %s', (_name, resolution, units, time) => {
    const { rows } = read(
      b.section(),
      b.interface(RAW, [[9, Buffer.from([resolution])]]),
      b.packet(0, units, udp(7)),
    );
    expect(rows).toEqual([{ time, port: 7, skip: 0 }]);
  });

  test('an offset moves the clock', () => {
    const { rows } = read(
      b.section(),
      b.interface(RAW, [[14, b.long(-3600n)]]),
      b.packet(0, 3_700_000_000n, udp(1)),
    );
    expect(rows[0]!.time).toBe('100.000000000');
  });

  test.each<[string, bigint, bigint, string]>([
    ['before 1970', -3600n, 3_599_000_000n, '0.000000000'],
    ['long before 1970', -(2n ** 63n), 5n, '0.000000000'],
    ['beyond 2106', 4_294_967_295n, 1_000_000n, '4294967295.999999999'],
    ['long beyond 2106', 2n ** 62n, 0n, '4294967295.999999999'],
    ['beyond 2106 by their units alone', 0n, 2n ** 63n, '4294967295.999999999'],
  ])(
    'times %s do not wrap: they are the nearest that rows hold, and counted',
    (_name, offset, units, time) => {
      const { rows, warnings } = read(
        b.section(),
        b.interface(RAW, [[14, b.long(offset)]]),
        b.packet(0, units, udp(1)),
        b.packet(0, units, udp(2)),
      );
      expect(rows.map((row) => row.time)).toEqual([time, time]);
      expect(warnings).toEqual([expect.stringContaining('times outside 1970..2106: 2 records')]);
    },
  );

  test.each<[bigint, bigint, string]>([
    [-3600n, 3_600_000_000n, '0.000000000'],
    [4_294_967_295n, 999_999n, '4294967295.999999000'],
  ])('the first and the last time that rows hold are told as they are', (offset, units, time) => {
    const { rows, warnings } = read(
      b.section(),
      b.interface(RAW, [[14, b.long(offset)]]),
      b.packet(0, units, udp(1)),
    );
    expect([rows[0]!.time, warnings]).toEqual([time, []]);
  });

  test('simple packets take the time of the one before, obsolete ones have their own', () => {
    const frame = udp(9);
    const { rows } = read(
      b.section(),
      b.interface(RAW, [], 24),
      b.packet(0, 5_000_000n, udp(8)),
      b.block(3, [b.word(frame.length), frame.subarray(0, 24)]),
      b.block(2, [b.half(0), b.half(0xffff), ...[0, 6_000_000, 28, 28].map((each) => b.word(each)), frame]),
    );
    expect(rows.map(({ time, port }) => `${time} ${port}`)).toEqual([
      '5.000000000 8',
      '5.000000000 9',
      '6.000000000 9',
    ]);
  });

  test('a packet that says how long its frame check sequence is does so in the place of its interface', () => {
    const bytes: number[] = [];
    const fcs = (count: number): [number, Buffer] => [2, b.word(count << 5)];
    const path = join(folder, 'fcs.pcapng');
    const checked = Buffer.concat([udp(1), Buffer.alloc(4)]);
    const blocks = [
      b.section(),
      b.interface(RAW, [[13, Buffer.from([2])]]),
      b.packet(0, 0n, checked, [fcs(4)]),
      b.packet(0, 0n, checked, [fcs(0)]),
      b.packet(0, 0n, checked),
    ];
    writeFileSync(path, Buffer.concat(blocks));
    readTrace(openTrace(path).value!, (batch, row) => bytes.push(batch.bytes[row]!));
    expect(bytes).toEqual([28, 30, 30]);
  });

  test('a packet of no interface, and one that says more than it holds, are malformed rows', () => {
    const { rows, warnings } = read(
      b.section(),
      b.interface(RAW),
      b.packet(1, 0n, udp(1)),
      b.packet(0, 0n, udp(2), [], 4000),
      b.packet(0, 0n, udp(3)),
    );
    expect(rows.map(({ skip }) => skip)).toEqual([SKIP_MALFORMED, SKIP_MALFORMED, 0]);
    expect(warnings).toHaveLength(1);
  });

  test('blocks of other kinds are passed, also those longer than a piece', () => {
    const { rows, records } = read(
      b.section(),
      b.block(0x0bad, [b.word(32473), Buffer.alloc(3 << 20, 6)]),
      b.interface(RAW),
      b.block(4, [b.half(0), b.half(0)]),
      b.packet(0, 0n, udp(5)),
    );
    expect([rows.length, rows[0]!.port, records]).toEqual([1, 5, 1]);
  });

  test('a new section has its own interfaces and byte order', () => {
    const other = new Blocks(!isBig);
    const { rows } = read(
      b.section(),
      b.interface(RAW),
      b.packet(0, 1n, udp(1)),
      other.section(),
      other.packet(0, 1n, udp(2)),
      other.interface(127),
      other.interface(RAW),
      other.packet(0, 1n, udp(3)),
      other.packet(1, 1n, udp(4)),
    );
    expect(rows.map(({ skip }) => skip)).toEqual([0, SKIP_MALFORMED, SKIP_NON_IP, 0]);
    expect(rows[3]!.port).toBe(4);
  });

  test('a bad length ends the reading with what came before it', () => {
    const broken = b.packet(0, 0n, udp(2));
    broken.set(b.word(44), broken.length - 4);
    const { rows, warnings } = read(
      b.section(),
      b.interface(RAW),
      b.packet(0, 0n, udp(1)),
      broken,
      b.packet(0, 0n, udp(3)),
    );
    expect(rows.map(({ port }) => port)).toEqual([1]);
    expect(warnings).toEqual([expect.stringContaining('says two different lengths')]);
  });

  test('a capture that is cut anywhere gives its whole packets', () => {
    const whole = Buffer.concat([
      b.section(),
      b.interface(RAW),
      b.packet(0, 0n, udp(1)),
      b.packet(0, 0n, udp(2)),
    ]);
    let before = 0;
    for (let length = 12; length <= whole.length; length++) {
      const { rows, records, warnings } = read(whole.subarray(0, length));
      expect(rows.length).toBe(records);
      expect(records).toBeGreaterThanOrEqual(before);
      before = records;
      // Between two blocks nothing is missing.
      const isWhole = [28, 48, 108, 168].includes(length);
      expect(warnings.length, `${length} of ${whole.length} bytes`).toBe(isWhole ? 0 : 1);
    }
    expect(before).toBe(2);
  });
});
