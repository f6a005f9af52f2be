/** Looks at the first bytes of a trace and says what it is. The answer is plain data, so that any thread can read it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { Checked } from '../diagnostic/diagnostic.ts';

/** A trace that was recognised. */
export interface TraceSource {
  /** `-` is standard input. */
  readonly path: string;
  readonly format: 'pcap';
  readonly gzip: boolean;
  /** Bytes on disk, 0 when nobody knows. */
  readonly bytes: number;
  /** Bytes before the first record, after decompression; of standard input they were read already. */
  readonly start: number;
  readonly linkType: number;
  /** True when the file's words are not in this machine's order. */
  readonly swapped: boolean;
  readonly recordHeaderBytes: number;
  readonly nanosPerUnit: number;
  /** Bytes of frame check sequence behind each whole frame. */
  readonly checksumBytes: number;
  /** A record that claims more captured bytes than this is damaged. */
  readonly recordBytesMax: number;
}

const HEADER_BYTES = 24;
const SNAPLEN_MAX = 262_144;

/** Magic numbers as little-endian words. */
const MAGICS: ReadonlyMap<number, { swapped: boolean; nanosPerUnit: number; recordHeaderBytes: number }> =
  new Map([
    [0xa1b2c3d4, { swapped: false, nanosPerUnit: 1000, recordHeaderBytes: 16 }],
    [0xd4c3b2a1, { swapped: true, nanosPerUnit: 1000, recordHeaderBytes: 16 }],
    [0xa1b23c4d, { swapped: false, nanosPerUnit: 1, recordHeaderBytes: 16 }],
    [0x4d3cb2a1, { swapped: true, nanosPerUnit: 1, recordHeaderBytes: 16 }],
    [0xa1b2cd34, { swapped: false, nanosPerUnit: 1000, recordHeaderBytes: 24 }],
    [0x34cdb2a1, { swapped: true, nanosPerUnit: 1000, recordHeaderBytes: 24 }],
  ]);

function readHead(file: number): Buffer {
  const head = Buffer.alloc(4096);
  let filled = 0;
  while (filled < HEADER_BYTES) {
    const want = file === 0 ? HEADER_BYTES - filled : head.byteLength - filled;
    const count = readSync(file, head, filled, want, file === 0 ? null : filled);
    if (count === 0) break;
    filled += count;
  }
  return head.subarray(0, filled);
}

function refused(path: string, code: string, message: string): Checked<undefined> {
  return {
    value: undefined,
    diagnostics: [{ code: `trace/${code}`, severity: 'error', message: `${path}: ${message}` }],
  };
}

/** Opens, looks and closes. No value when the trace cannot be read or is of no known format. */
export function openTrace(path: string): Checked<TraceSource | undefined> {
  let file = 0;
  try {
    if (path !== '-') file = openSync(path, 'r');
    let head = readHead(file);
    const gzip = head[0] === 0x1f && head[1] === 0x8b;
    if (gzip && path === '-') return refused(path, 'unknown-format', 'compressed data on standard input');
    if (gzip) head = gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
    const bytes = path === '-' ? 0 : fstatSync(file).size;
    if (head.byteLength === 0) return refused(path, 'empty', 'the file is empty');
    if (head.byteLength < HEADER_BYTES) return refused(path, 'unknown-format', 'too short for a capture');
    const magic = MAGICS.get(head.readUInt32LE(0));
    if (magic === undefined) return refused(path, 'unknown-format', 'not a capture file that dryplane reads');
    const word = (at: number): number => (magic.swapped ? head.readUInt32BE(at) : head.readUInt32LE(at));
    const network = word(20);
    const value: TraceSource = {
      path,
      format: 'pcap',
      gzip,
      bytes,
      start: HEADER_BYTES,
      linkType: network & 0xffff,
      checksumBytes: (network & 0x0400_0000) === 0 ? 0 : (network >>> 28) * 2,
      recordBytesMax: Math.max(SNAPLEN_MAX, Math.min(word(16), 1 << 20)),
      ...magic,
    };
    return { value, diagnostics: [] };
  } catch (error) {
    return refused(path, 'unreadable', (error as Error).message);
  } finally {
    if (file !== 0) closeSync(file);
  }
}
