import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { PacketBatch } from '../../src/packet/batch.ts';
import * as B from '../../src/packet/batch-layout.ts';
import { SKIP_INNER_TRUNCATED, SKIP_MALFORMED, SKIP_TRUNCATED } from '../../src/tables/verdict-layout.ts';
import { openTrace } from '../../src/trace/open.ts';
import { readTrace } from '../corpus/read-trace.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { randomFrame } from './random-frames.ts';
import { type SlowRow, slowDecode } from './slow-decode.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

interface Shape {
  readonly big?: boolean;
  readonly nanos?: boolean;
  readonly modified?: boolean;
}

function pcap(
  frames: readonly Buffer[],
  { big = false, nanos = false, modified = false }: Shape = {},
): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    if (big) bytes.writeUInt32BE(value);
    else bytes.writeUInt32LE(value);
    return bytes;
  };
  const half = (value: number): Buffer => (big ? word(value).subarray(2) : word(value).subarray(0, 2));
  const magic = modified ? 0xa1b2cd34 : nanos ? 0xa1b23c4d : 0xa1b2c3d4;
  const records = frames.flatMap((frame, index) => [
    word(1_700_000_000 + index),
    word(index + 5),
    word(frame.length),
    word(frame.length + 3),
    modified ? Buffer.alloc(8) : Buffer.alloc(0),
    frame,
  ]);
  return Buffer.concat([word(magic), half(2), half(4), word(0), word(0), word(65535), word(1), ...records]);
}

const hex = (column: Uint32Array, row: number, family: number): string =>
  [...column.subarray(row * 4, row * 4 + (family === 4 ? 1 : 4))]
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('');

function rowOf(batch: PacketBatch, row: number): SlowRow {
  const family = batch.family[row]!;
  const flags = batch.flags[row]!;
  const skip = batch.skip[row]!;
  if (skip !== 0 && skip !== SKIP_INNER_TRUNCATED) return { ...slowDecode(Buffer.alloc(0)), skip };
  const ends = `${hex(batch.quotedSrc, row, family)} ${hex(batch.quotedDst, row, family)}`;
  const quote = `${batch.quotedProtocol[row]} ${ends} ${batch.quotedSport[row]} ${batch.quotedDport[row]}`;
  return {
    skip,
    family,
    protocol: batch.protocol[row]!,
    source: hex(batch.src, row, family),
    destination: hex(batch.dst, row, family),
    sport: batch.sport[row]!,
    dport: batch.dport[row]!,
    tcpFlags: batch.tcpFlags[row]!,
    hasPorts: (flags & B.FLAG_PORTS) !== 0,
    fragment: flags & B.FLAG_FRAGMENT_FIRST ? 'first' : flags & B.FLAG_FRAGMENT_LATER ? 'later' : 'none',
    fragmentOffset: batch.fragmentOffset[row]!,
    ...(flags & B.FLAG_QUOTE ? { quote } : {}),
    ...(flags & B.FLAG_TUNNEL ? { depth: batch.tunnel[row]! } : {}),
  };
}

describe('the decode kernels', () => {
  const shapes: readonly Shape[] = [
    {},
    { big: true },
    { nanos: true },
    { big: true, nanos: true },
    { modified: true },
    { modified: true, big: true },
  ];

  test.each([false, true])(
    'read random frames as the slow decoder does, in every byte order, at once with framing: %s',
    (atOnce) => {
      const seed = chosenSeed();
      const draw = random(seed);
      let looked = 0;
      for (const shape of shapes) {
        const frames = Array.from({ length: 4000 }, () => randomFrame(draw));
        const { value } = openTrace(write('random.pcap', pcap(frames, shape)));
        readTrace(
          value!,
          (batch, row, record) => {
            const frame = frames[record - 1]!;
            expect(rowOf(batch, row), `SEED=${seed} ${frame.toString('hex')}`).toEqual(slowDecode(frame));
            expect(batch.seconds[row]).toBe(1_700_000_000 + record - 1);
            expect(batch.nanos[row]).toBe((record + 4) * (shape.nanos ? 1 : 1000));
            expect(batch.bytes[row]).toBe(frame.length + 3);
            looked++;
          },
          { atOnce },
        );
      }
      console.log(`decode: ${looked} frames, SEED=${seed}`);
      expect(looked).toBe(shapes.length * 4000);
    },
  );

  test.each([false, true])(
    'give a row for every record of a capture that is cut anywhere, and say what was cut, at once with framing: %s',
    (atOnce) => {
      const draw = random(7);
      const whole = pcap(Array.from({ length: 4 }, () => randomFrame(draw)));
      let before = -1;
      for (let length = 24; length <= whole.length; length++) {
        const { value } = openTrace(write('cut.pcap', whole.subarray(0, length)));
        let rows = 0;
        const { records, warnings } = readTrace(value!, () => void rows++, { atOnce });
        expect(rows).toBe(records);
        expect(records).toBeGreaterThanOrEqual(before);
        before = records;
        expect(warnings.length).toBeLessThanOrEqual(1);
        if (warnings.length === 1) expect(warnings[0]).toContain('cut');
      }
      expect(before).toBe(4);
    },
  );

  test('survive any bytes', () => {
    const draw = random(chosenSeed());
    for (let round = 0; round < 300; round++) {
      const junk = Buffer.from(Array.from({ length: 400 }, () => draw.below(256)));
      junk.writeUInt32LE(draw.below(64), 8);
      const { value } = openTrace(write('junk.pcap', Buffer.concat([pcap([]), junk])));
      const { records } = readTrace(value!, () => {});
      expect(records).toBeGreaterThanOrEqual(0);
    }
  });

  test('stop at a length that no capture has, and say so', () => {
    const bad = Buffer.alloc(16);
    bad.writeUInt32LE(0x7fffffff, 8);
    const { value } = openTrace(
      write('bad.pcap', Buffer.concat([pcap([Buffer.alloc(60)]), bad, Buffer.alloc(100)])),
    );
    const { records, warnings } = readTrace(value!, () => {});
    expect(records).toBe(1);
    expect(warnings).toEqual([expect.stringContaining('length')]);
  });
});

describe('what a trace is', () => {
  const code = (path: string): string => openTrace(path).diagnostics[0]!.code;

  test('a compressed capture is a capture', () => {
    const { value } = openTrace(write('a.gz', gzipSync(pcap([Buffer.alloc(60)]))));
    expect(value).toMatchObject({ format: 'pcap', compression: 'gzip' });
    expect(readTrace(value!, () => {}).records).toBe(1);
  });

  test('a capture without packets is empty, not wrong', () => {
    expect(readTrace(openTrace(write('none.pcap', pcap([]))).value!, () => {})).toEqual({
      records: 0,
      warnings: [],
    });
  });

  test('what cannot be read says why', () => {
    expect(code(join(folder, 'nowhere.pcap'))).toBe('trace/unreadable');
    expect(code(folder)).toBe('trace/unreadable');
    expect(code(write('empty', ''))).toBe('trace/empty');
    expect(code(write('ng', Buffer.from('0a0d0d0a1c0000004d3c2b1b', 'hex')))).toBe('trace/header');
    expect(code(write('zst', Buffer.from('28b52ffd00', 'hex')))).toBe('trace/damaged');
    expect(code(write('text', 'hello\n'))).toBe('trace/format');
    expect(code(write('short', pcap([]).subarray(0, 10)))).toBe('trace/header');
    expect(code(write('list.csv', 'src,port\n10.0.0.1,80\n'))).toBe('trace/header');
  });

  test('what is no trace is named, or shown', () => {
    const said = (content: Buffer | string): string =>
      openTrace(write('other', content)).diagnostics[0]!.message;
    expect(said(Buffer.from('0a0d0d0a1c0000004d3c2b1b', 'hex'))).toContain('byte-order magic');
    expect(said(gzipSync(Buffer.from('28b52ffd0000', 'hex')))).toContain('compressed twice');
    expect(said(gzipSync(gzipSync('a')))).toContain('compressed twice');
    expect(said('apiVersion: v1\nkind: Pod\n')).toContain('begins with "apiVersion: v1",');
    expect(said(Buffer.from('7f454c4602010100', 'hex'))).toContain('begins with 7f 45 4c 46 02 01 01 00,');
  });

  test('a link type that is not read is a warning, and its packets are skipped', () => {
    const radiotap = pcap([Buffer.alloc(60)]);
    radiotap.writeUInt32LE(127, 20);
    const { value } = openTrace(write('radiotap.pcap', radiotap));
    expect(value!.warnings).toEqual([expect.stringContaining('RADIOTAP')]);
  });
});

describe('times and lengths that captures write against the rules', () => {
  const record = (words: readonly number[], frame: Buffer): Buffer => {
    const head = Buffer.alloc(16);
    for (const [place, word] of words.entries()) head.writeUInt32LE(word, place * 4);
    return Buffer.concat([head, frame]);
  };
  const rows = (name: string, file: Buffer): string[] => {
    const seen: string[] = [];
    readTrace(openTrace(write(name, file)).value!, (batch, row) => {
      seen.push(`${batch.seconds[row]} ${batch.nanos[row]} ${batch.bytes[row]}`);
    });
    return seen;
  };

  test('a fraction beyond a second is kept, and what 32 bits cannot hold is carried', () => {
    const frame = Buffer.alloc(60);
    const file = [pcap([]), record([7, 1_500_000, 60, 60], frame), record([7, 0xffffffff, 60, 60], frame)];
    expect(rows('fraction.pcap', Buffer.concat(file))).toEqual(['7 1500000000 60', '4301 967295000 60']);
  });

  test('a frame that ends in its headers is cut when the capture cut it, else malformed', () => {
    const frame = Buffer.alloc(30);
    frame.writeUInt16BE(0x0800, 12);
    frame[14] = 0x45;
    const file = [
      pcap([]),
      record([0, 0, 30, 60], frame),
      record([0, 0, 30, 30], frame),
      record([0, 0, 5, 5], frame.subarray(0, 5)),
    ];
    const skips: number[] = [];
    readTrace(openTrace(write('short.pcap', Buffer.concat(file))).value!, (batch, row) =>
      skips.push(batch.skip[row]!),
    );
    expect(skips).toEqual([SKIP_TRUNCATED, SKIP_MALFORMED, SKIP_MALFORMED]);
  });

  test('files of old versions have their two lengths in the other order, or in either', () => {
    const header = pcap([]);
    const [short, long] = [Buffer.alloc(60), Buffer.alloc(60)];
    header.writeUInt16LE(2, 6);
    expect(rows('v22.pcap', Buffer.concat([header, record([1, 0, 90, 60], short)]))).toEqual(['1 0 90']);
    header.writeUInt16LE(3, 6);
    const either = [header, record([1, 0, 90, 60], short), record([2, 0, 60, 91], long)];
    expect(rows('v23.pcap', Buffer.concat(either))).toEqual(['1 0 90', '2 0 91']);
  });
});
