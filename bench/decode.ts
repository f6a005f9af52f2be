/** How fast do a capture's bytes become columns? Reads of 256 KB and the kernels, beside a C loop with the same reads. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantiateKernels } from '#src/dataplane/kernels.js';
import { createArena, createMemory } from '#src/dataplane/memory.js';
import { batchBytes, createBatch } from '#src/packet/batch.js';
import { openTrace } from '#src/trace/open.js';
import { createReader, readerBytes } from '#src/trace/reader.js';
import { writeCapture } from './parts/capture.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { compileLimit } from './parts/limit.ts';
import { synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 300e6;
const CHUNK_BYTES = 256 << 10;
const ROWS = 16_384;
const ROUNDS = 5;

/** One pass of the decoder over a classic capture; returns the records. */
export function decodePass(path: string): () => number {
  const memory = createMemory(2 * CHUNK_BYTES + (2 << 20) + batchBytes(ROWS) + (1 << 20));
  const arena = createArena(memory);
  const chunk = arena.allocate(2 * CHUNK_BYTES + (1 << 20));
  const batch = createBatch(memory.buffer, arena.allocate(batchBytes(ROWS)), ROWS);
  const source = openTrace(path).value!;
  const room = { own: arena.allocate(readerBytes(source).own), shared: 0 };
  const reader = createReader(source, memory.buffer, instantiateKernels(memory), room);
  const bytes = new Uint8Array(memory.buffer);
  const rows = { batch, first: 0 };
  return () => {
    const file = openSync(path, 'r');
    let position = source.start;
    let records = 0;
    for (;;) {
      const count = readSync(file, bytes, chunk, CHUNK_BYTES, position);
      const framed = reader.frame(chunk, count, count < CHUNK_BYTES, ROWS, position, 0, undefined, rows);
      if (framed.records === 0) break;
      records += framed.records;
      position += framed.bytes;
    }
    closeSync(file);
    return records;
  };
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const path = join(folder, 'capture.pcap');
    const cluster = synthesizeCluster({ pods: 10_000, namespaces: 10, policies: 10, cidrs: 10 });
    const packets = writeCapture(path, cluster, BYTES, 60_000);
    const limit = compileLimit('decode', folder);
    const pass = decodePass(path);
    if (pass() !== packets) throw new Error('not every packet became a row');
    const cNanos = (): number => Number(execFileSync(limit!, [path, '1']).toString().split(' ')[1]) * 1e9;
    const nanos = interleave(
      {
        kernels: { units: packets, run: () => void pass() },
        ...(limit === undefined ? {} : { limit: { units: packets, run: cNanos } }),
      },
      ROUNDS,
    );
    const rate = statSync(path).size / packets / median(nanos.kernels!);
    printTable(
      `Decode: ${packets} packets, ${Math.round(BYTES / 1e6)} MB, warm page cache, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
      ['reader', 'ns/packet', 'GB/s', 'C / this'],
      [
        [
          'kernels, 256 KB reads',
          median(nanos.kernels!).toFixed(1),
          rate.toFixed(2),
          limit === undefined ? 'no C compiler' : ratio(nanos.limit!, nanos.kernels!),
        ],
        ...(limit === undefined
          ? []
          : [
              [
                'C, 256 KB reads',
                median(nanos.limit!).toFixed(1),
                (statSync(path).size / packets / median(nanos.limit!)).toFixed(2),
                '1',
              ],
            ]),
      ],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
