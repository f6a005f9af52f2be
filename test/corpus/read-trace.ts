/** One trace through the reader, chunk after chunk, on one thread: what tests compare with known truth. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { instantiateKernels, type Kernels } from '../../src/dataplane/kernels.ts';
import { createArena, createMemory } from '../../src/dataplane/memory.ts';
import { batchBytes, createBatch, type PacketBatch } from '../../src/packet/batch.ts';
import { BATCH_TUNNELS_CLOSED } from '../../src/packet/batch-layout.ts';
import { SCANNER_BYTES } from '../../src/packet/scan-layout.ts';
import { scannerMemoryAt } from '../../src/trace/flow-log/log-scanner.ts';
import type { TraceSource } from '../../src/trace/open.ts';
import { createReader, readerBytes } from '../../src/trace/reader.ts';

const ROWS = 8192;
const CHUNK_BYTES = 2 << 20;

const memory = createMemory(CHUNK_BYTES + batchBytes(ROWS) + SCANNER_BYTES + (1 << 20));
const arena = createArena(memory);
const largest = readerBytes({ format: 'pcapng' });
const room = {
  own: arena.allocate(largest.own),
  shared: arena.allocate(largest.shared),
  scanner: scannerMemoryAt(memory.buffer, arena.allocate(SCANNER_BYTES)),
};
const chunk = arena.allocate(CHUNK_BYTES);
const batch: PacketBatch = createBatch(memory.buffer, arena.allocate(batchBytes(ROWS)), ROWS);
let kernels: Kernels | undefined;

/** What zlib gives before the compressed bytes turn out damaged. */
function inflate(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: 512 << 20 });
  } catch {
    return gunzipSync(bytes, { finishFlush: 2, maxOutputLength: 512 << 20 });
  }
}

/** Shows every row of the trace, in order, reading at least `chunkBytes` at a time, as many more as a record takes; `atOnce`: decoded while they are framed, where the reader can. Returns the records and the reader's warnings. */
export function readTrace(
  source: TraceSource,
  onRow: (batch: PacketBatch, row: number, record: number) => void,
  { tunnelsClosed = false, chunkBytes = CHUNK_BYTES, atOnce = false } = {},
): { records: number; warnings: readonly string[] } {
  kernels ??= instantiateKernels(memory);
  new Uint8Array(memory.buffer, room.shared, largest.shared).fill(0);
  const reader = createReader(source, memory.buffer, kernels, room);
  batch.header[BATCH_TUNNELS_CLOSED] = tunnelsClosed ? 1 : 0;
  const file = readFileSync(source.path);
  const bytes =
    source.compression === 'none'
      ? file
      : source.compression === 'gzip'
        ? inflate(file)
        : Buffer.from(decompress(file));
  const slot = new Uint8Array(memory.buffer, chunk, CHUNK_BYTES);
  let at = source.start;
  let records = 0;
  let want = chunkBytes;
  for (;;) {
    const piece = bytes.subarray(at, at + want);
    slot.set(piece);
    const atEnd = at + piece.length >= bytes.length;
    const target = atOnce ? { batch, first: 0 } : undefined;
    const framed = reader.frame(chunk, piece.length, atEnd, ROWS, at, 0, undefined, target);
    if (framed.records > 0) {
      const rows = framed.isDecoded
        ? framed.records
        : reader.decode(chunk, framed.bytes, framed.records, batch, 0, 0);
      if (rows !== framed.records) throw new Error(`${framed.records} records became ${rows} rows`);
      for (let row = 0; row < rows; row++) onRow(batch, row, records + row + 1);
    }
    records += framed.records;
    at += framed.bytes;
    const isShort = framed.bytes === 0 && at + piece.length < bytes.length && want < CHUNK_BYTES;
    want = isShort ? Math.min(want * 4, CHUNK_BYTES) : chunkBytes;
    if (isShort) continue;
    if (framed.bytes === 0 || framed.isEnd) return { records, warnings: reader.warnings };
  }
}
