import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { openStream } from '../../src/trace/stream.ts';
import { random } from '../random/mulberry.ts';
import { pcapHeader } from '../traces/capture-writer.ts';
import { zstdFrame } from './zstd-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-stream-'));
afterAll(() => rmSync(folder, { recursive: true }));

const draw = random(11);
const content = Buffer.from(
  Array.from({ length: 200_000 }, (_, at) => (at < 120_000 ? draw.below(256) : at >> 12)),
);
const packed = gzipSync(content);

function compressed(
  bytes: Uint8Array,
  start = 0,
  compression: TraceSource['compression'] = 'gzip',
): TraceSource {
  const path = join(folder, 'stream.gz');
  writeFileSync(path, bytes);
  return { path, format: 'ndjson', compression, streamed: true, bytes: bytes.length, start, warnings: [] };
}

async function read(source: TraceSource): Promise<{ bytes: Buffer; warnings: readonly string[] }> {
  const { pieces, warnings } = openStream(source);
  const bytes: Uint8Array[] = [];
  for await (const piece of pieces) bytes.push(piece);
  return { bytes: Buffer.concat(bytes), warnings };
}

function changed(at: number): Buffer {
  const bytes = Buffer.from(packed);
  bytes[at]! ^= 0xff;
  return bytes;
}

describe('a compressed stream', () => {
  test('begins at its first record', async () => {
    expect(await read(compressed(packed, 24))).toEqual({ bytes: content.subarray(24), warnings: [] });
  });

  test('may have several members, and zeros behind them', async () => {
    const { bytes, warnings } = await read(compressed(Buffer.concat([packed, packed, Buffer.alloc(700)])));
    expect(bytes.equals(Buffer.concat([content, content]))).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('that is cut gives what came before, to the last byte that zlib can tell', async () => {
    const { bytes, warnings } = await read(compressed(packed.subarray(0, packed.length - 8)));
    expect(bytes.equals(content)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('cut short')]);
    const half = await read(compressed(packed.subarray(0, 60_000)));
    expect(half.bytes.length).toBeGreaterThan(59_000);
    expect(half.bytes.equals(content.subarray(0, half.bytes.length))).toBe(true);
  });

  test('with something else behind it is read whole, and the rest is named', async () => {
    const { bytes, warnings } = await read(compressed(Buffer.concat([packed, Buffer.from('not gzip')])));
    expect(bytes.equals(content)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining('ignored')]);
  });

  test('that is damaged gives everything before the fault', async () => {
    const checksum = await read(compressed(changed(packed.length - 8)));
    expect(checksum.bytes.equals(content)).toBe(true);
    expect(checksum.warnings).toEqual([expect.stringContaining('damaged')]);
    const member = Buffer.concat([packed, changed(3)]);
    expect((await read(compressed(member))).bytes.equals(content)).toBe(true);
  });

  test('that expands without end is stopped', async () => {
    const bomb = gzipSync(Buffer.alloc(100 << 20), { level: 9 });
    const { bytes, warnings } = await read(compressed(bomb));
    expect(bytes.length).toBeLessThan(90 << 20);
    expect(warnings).toEqual([expect.stringContaining('expands')]);
  });
});

const skippable = Buffer.concat([Buffer.from('5a2a4d1804000000', 'hex'), Buffer.alloc(4, 9)]);

describe('a zstd stream', () => {
  const pieces = [content.subarray(0, 100_000), content.subarray(100_000)];
  const zstd = (bytes: Uint8Array) => read(compressed(bytes, 0, 'zstd'));

  test('may have several frames, and some to be skipped', async () => {
    const whole = Buffer.concat([skippable, zstdFrame(pieces), skippable, zstdFrame(pieces, 3)]);
    const { bytes, warnings } = await zstd(whole);
    expect(bytes.equals(Buffer.concat([content, content, Buffer.alloc(3, 7)]))).toBe(true);
    expect(warnings).toEqual([]);
  });

  test('is recognised whatever its blocks take, but not when its first one is nowhere whole', () => {
    const capture = Buffer.concat([pcapHeader(), Buffer.alloc(200_000)]);
    const path = join(folder, 'blocks.pcap.zst');
    writeFileSync(path, zstdFrame([capture.subarray(0, 131_072), capture.subarray(131_072)]));
    expect(openTrace(path).value).toMatchObject({ format: 'pcap', compression: 'zstd' });
    writeFileSync(path, zstdFrame([capture.subarray(0, 131_072)]).subarray(0, 100_000));
    expect(openTrace(path).diagnostics[0]!.message).toContain('damaged in its first block');
  });

  test('that is cut, or damaged, gives what came before', async () => {
    const frame = zstdFrame(pieces);
    const cut = await zstd(frame.subarray(0, frame.length - 1000));
    expect(cut.bytes.equals(content.subarray(0, cut.bytes.length))).toBe(true);
    expect(cut.bytes.length).toBeGreaterThanOrEqual(100_000);
    expect(cut.warnings).toEqual([expect.stringContaining('cut short')]);
    const damaged = await zstd(Buffer.concat([frame, frame.subarray(1)]));
    expect(damaged.bytes.equals(content)).toBe(true);
    expect(damaged.warnings).toEqual([expect.stringContaining('damaged')]);
  });

  test('that expands without end is stopped', async () => {
    const bomb = Buffer.concat(Array.from({ length: 2000 }, () => zstdFrame([], 128 << 10)));
    const { bytes, warnings } = await zstd(bomb);
    expect(bytes.length).toBeLessThan(130 << 20);
    expect(warnings).toEqual([expect.stringContaining('expands')]);
  });
});

describe('a pipe', () => {
  const script = (path: string): string => `
    const { openTrace } = await import(${JSON.stringify(new URL('../../dist/trace/open.js', import.meta.url).href)});
    const { openStream } = await import(${JSON.stringify(new URL('../../dist/trace/stream.js', import.meta.url).href)});
    const { value } = openTrace(${JSON.stringify(path)});
    let bytes = 0;
    for await (const piece of openStream(value).pieces) bytes += piece.length;
    console.log(value.format, value.compression, value.streamed, bytes);`;
  const capture = Buffer.alloc(300_000);
  capture.writeUInt32LE(0xa1b2c3d4, 0);
  capture.writeUInt16LE(2, 4);
  capture.writeUInt16LE(4, 6);
  capture.writeUInt32LE(1, 20);

  test.each([
    ['-', false],
    ['-', true],
    ['/dev/stdin', false],
    ['/dev/stdin', true],
  ])('%s is read once, none of it lost; compressed: %s', (path, gzip) => {
    const file = join(folder, 'piped');
    writeFileSync(file, gzip ? gzipSync(capture) : capture);
    const read = join(folder, 'read.mjs');
    writeFileSync(read, script(path));
    const command = `cat '${file}' | '${process.execPath}' '${read}'`;
    const ended = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect(ended.stderr).toBe('');
    expect(ended.stdout.trim()).toBe(`pcap ${gzip ? 'gzip' : 'none'} true ${capture.length - 24}`);
  });
});
