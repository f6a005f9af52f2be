/** The first bytes of a trace behind its compression: what it is recognised by. */
import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { TraceSource } from './open.ts';
import { zstdHead } from './zstd.ts';

/** Enough for every header, and for the first line of a flow list. */
export const HEAD_BYTES = 1 << 16;
/** A block of zstd may take 128 KiB, and gives nothing before it is whole. */
export const ZSTD_HEAD_BYTES = 1 << 18;

/** By the first bytes; a zstd file may begin with a frame that is to be skipped. */
export function compressionOf(head: Uint8Array): 'none' | 'gzip' | 'zstd' {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const hex = Buffer.from(head.subarray(0, 4)).toString('hex');
  return /^(28b52ffd|5[0-9a-f]2a4d18)$/.test(hex) ? 'zstd' : 'none';
}

/** The first bytes behind decompression; none when they are damaged from the start. */
export function plainHead(head: Uint8Array): Uint8Array {
  const compression = compressionOf(head);
  if (compression === 'none') return head;
  return compression === 'gzip' ? inflateHead(head) : zstdHead(head, HEAD_BYTES);
}

/** The first bytes of a file's records, as far as a few of them are read and decompressed. */
export function plainStart({ path, start }: TraceSource): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const filled = readSync(file, head, 0, head.length, 0);
    return plainHead(head.subarray(0, filled)).subarray(start);
  } finally {
    closeSync(file);
  }
}

/** As much as the first compressed bytes hold; where they are damaged, what comes before the fault. */
function inflateHead(head: Uint8Array): Uint8Array {
  const options = { finishFlush: constants.Z_SYNC_FLUSH };
  let best: Uint8Array = new Uint8Array(0);
  for (let good = 0, next = head.length, bad = head.length + 1; bad - good > 1; next = (good + bad) >> 1) {
    try {
      best = gunzipSync(head.subarray(0, next), options);
      good = next;
    } catch {
      bad = next;
    }
  }
  return best;
}
