/**
 * How fast is each format read into rows, beside a bare scan of the same bytes: the walk over a capture's headers, lines as texts, JSON.parse of each
 * line, the decompressor alone? And a whole replay of the formats that hold the most records, with one worker and with two?
 */
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { compileTables } from '#src/compile/compile.js';
import { instantiateKernels } from '#src/dataplane/kernels.js';
import { createArena, createMemory } from '#src/dataplane/memory.js';
import { batchBytes, createBatch } from '#src/packet/batch.js';
import { SCANNER_BYTES } from '#src/packet/scan-layout.js';
import type { Cluster } from '#src/policy/cluster.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { replay } from '#src/replay/replay.js';
import { scannerMemoryAt } from '#src/trace/flow-log/log-scanner.js';
import { openTrace, type TraceSource } from '#src/trace/open.js';
import { createReader, readerBytes } from '#src/trace/reader.js';
import { openStream } from '#src/trace/stream.js';
import { writeCapture } from './parts/capture.ts';
import { median, ratio } from './parts/clock.ts';
import { pcapngOf, zstdOf } from './parts/containers.ts';
import { LOGS, writeLog } from './parts/flow-logs.ts';
import { parseDocument, parseLines, splitFields, splitLines, walkPcap, walkPcapng } from './parts/scans.ts';
import { synthesizeCluster } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const BYTES = 8e6;
/** Of a whole replay, in which starting threads should count for little. */
const REPLAYED_BYTES = 96e6;
const ROUNDS = 5;
const CHUNK_BYTES = 256 << 10;
const ROWS = 16_384;
const TIMED_MILLISECONDS = 80;

interface Input {
  readonly name: string;
  readonly path: string;
  /** Of the trace behind decompression. */
  readonly bytes: number;
  readonly records: number;
  readonly scanName: string;
  readonly scan: () => unknown;
  /** Of lines with fields: both split, as a program would that reads them the short way. */
  readonly splitFields?: () => unknown;
}

const SCANS = {
  lines: { scanName: 'lines as text', of: splitLines },
  json: { scanName: 'JSON.parse a line', of: parseLines },
  document: { scanName: 'JSON.parse', of: parseDocument },
} as const;

function captureInputs(folder: string, cluster: Cluster): Input[] {
  const path = join(folder, 'trace.pcap');
  const records = writeCapture(path, cluster, BYTES, 20_000);
  const plain = readFileSync(path);
  const next = pcapngOf(plain);
  const zipped = gzipSync(plain);
  const packed = zstdOf(plain);
  const write = (name: string, content: Buffer): string => {
    const written = join(folder, name);
    writeFileSync(written, content);
    return written;
  };
  const { byteLength: bytes } = plain;
  return [
    { name: 'pcap', path, bytes, records, scanName: 'header walk', scan: () => walkPcap(plain) },
    {
      name: 'pcapng',
      path: write('trace.pcapng', next),
      bytes: next.byteLength,
      records,
      scanName: 'header walk',
      scan: () => walkPcapng(next),
    },
    {
      name: 'pcap in gzip',
      path: write('trace.pcap.gz', zipped),
      bytes,
      records,
      scanName: 'zlib alone',
      scan: () => gunzipSync(zipped),
    },
    {
      name: 'pcap in zstd (stored blocks)',
      path: write('trace.pcap.zst', packed),
      bytes,
      records,
      scanName: 'fzstd alone',
      scan: () => decompress(packed),
    },
  ];
}

function logInputs(folder: string, cluster: Cluster): Input[] {
  return LOGS.map((writer) => {
    const { content, records } = writeLog(writer, cluster, BYTES);
    const name = writer.dialect === undefined ? writer.format : `${writer.format}, ${writer.dialect}`;
    const path = join(folder, name.replace(', ', '-'));
    writeFileSync(path, content);
    const { scanName, of } = SCANS[writer.scan];
    const { separator } = writer;
    return {
      name,
      path,
      bytes: content.byteLength,
      records,
      scanName,
      scan: () => of(content),
      ...(separator === undefined ? {} : { splitFields: () => splitFields(content, separator) }),
    };
  });
}

function opened(path: string): TraceSource {
  const { value, diagnostics } = openTrace(path);
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join());
  return value;
}

/** One pass over a trace as a worker makes it, on this thread: pieces, frames, rows. Returns the records. */
function readerPass(path: string): () => Promise<number> {
  const source = opened(path);
  const memory = createMemory(4 * CHUNK_BYTES + (4 << 20) + batchBytes(ROWS) + SCANNER_BYTES);
  const arena = createArena(memory);
  const { own, shared } = readerBytes(source);
  const chunk = arena.allocate(2 * CHUNK_BYTES + (1 << 20));
  const batch = createBatch(memory.buffer, arena.allocate(batchBytes(ROWS)), ROWS);
  const room = {
    own: arena.allocate(own),
    shared: arena.allocate(shared),
    scanner: scannerMemoryAt(memory.buffer, arena.allocate(SCANNER_BYTES)),
  };
  const kernels = instantiateKernels(memory);
  const bytes = new Uint8Array(memory.buffer);
  const pass = async (): Promise<number> => {
    bytes.fill(0, room.shared, room.shared + shared);
    const reader = createReader(source, memory.buffer, kernels, room);
    let position = source.start;
    let records = 0;
    /** Takes what stands at the chunk; returns the bytes that are left over, moved to its front. */
    const take = (count: number, atEnd: boolean): number => {
      let at = 0;
      for (;;) {
        const framed = reader.frame(chunk + at, count - at, atEnd, ROWS, position, 0);
        if (framed.records > 0)
          records += reader.decode(chunk + at, framed.bytes, framed.records, batch, 0, 0);
        at += framed.bytes;
        position += framed.bytes;
        if (framed.bytes === 0 || at === count) break;
      }
      bytes.copyWithin(chunk, chunk + at, chunk + count);
      return count - at;
    };
    let left = 0;
    if (source.streamed) {
      for await (const piece of openStream(source).pieces)
        for (let at = 0; at < piece.length; at += CHUNK_BYTES) {
          const part = piece.subarray(at, at + CHUNK_BYTES);
          bytes.set(part, chunk + left);
          left = take(left + part.length, false);
        }
      take(left, true);
      return records;
    }
    const file = openSync(path, 'r');
    for (;;) {
      const count = readSync(file, bytes, chunk + left, CHUNK_BYTES, position + left);
      left = take(left + count, count < CHUNK_BYTES);
      if (count < CHUNK_BYTES) break;
    }
    closeSync(file);
    return records;
  };
  return pass;
}

/** Seconds of CPU that one of `calls` calls takes, of all threads: zlib works on others. */
async function cpuSeconds(run: () => unknown, calls = 1): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / calls;
}

/** How many calls make what is timed long beside the steps of the clock; one call warms up. */
async function callsOf(run: () => unknown): Promise<number> {
  await run();
  const begin = performance.now();
  await run();
  return Math.max(1, Math.ceil(TIMED_MILLISECONDS / (performance.now() - begin)));
}

async function rates(inputs: readonly Input[]): Promise<void> {
  const rows: string[][] = [];
  for (const { name, path, bytes, records, scanName, scan, splitFields: split } of inputs) {
    const pass = readerPass(path);
    const seen = await pass();
    if (seen !== records) throw new Error(`${name}: ${seen} records for ${records}`);
    const passes = await callsOf(pass);
    const scans = await callsOf(scan);
    const reading: number[] = [];
    const scanning: number[] = [];
    const splitting: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      reading.push(await cpuSeconds(pass, passes));
      scanning.push(await cpuSeconds(scan, scans));
      if (split !== undefined) splitting.push(await cpuSeconds(split));
    }
    const seconds = median(reading);
    rows.push([
      name,
      (bytes / 1e6 / seconds).toFixed(0),
      (records / 1e6 / seconds).toFixed(2),
      scanName,
      (bytes / 1e6 / median(scanning)).toFixed(0),
      ratio(scanning, reading),
      split === undefined ? '-' : ratio(splitting, reading),
    ]);
  }
  printTable(
    `Reading into rows: ${BYTES / 1e6} MB of each, CPU time of the process, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['format', 'MB/s', 'million records/s', 'bare scan', 'scan MB/s', 'scan / this', 'fields split / this'],
    rows,
  );
}

async function wholeReplays(inputs: readonly Input[], cluster: Cluster): Promise<void> {
  const { tables } = compileTables(createWorld(cluster, cniProfile('calico')!));
  const rows: string[][] = [];
  for (const { name, path, bytes, records, scan, scanName } of inputs) {
    const source = opened(path);
    const walls: Record<number, number[]> = { 1: [], 2: [] };
    const cpus: Record<number, number[]> = { 1: [], 2: [] };
    const scans: number[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      for (const workers of [1, 2]) {
        const begin = performance.now();
        const cpu = await cpuSeconds(() => replay([source], tables, { workers }));
        if (round === 0) continue;
        walls[workers]!.push((performance.now() - begin) / 1000);
        cpus[workers]!.push(cpu);
      }
      const scanned = await cpuSeconds(scan);
      if (round > 0) scans.push(scanned);
    }
    for (const workers of [1, 2])
      rows.push([
        `${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
        median(walls[workers]!).toFixed(2),
        median(cpus[workers]!).toFixed(2),
        (bytes / 1e6 / median(walls[workers]!)).toFixed(0),
        (records / 1e6 / median(walls[workers]!)).toFixed(2),
        ratio(scans, walls[workers]!),
        ratio(walls[1]!, walls[workers]!),
      ]);
    rows.push([
      scanName,
      '-',
      median(scans).toFixed(2),
      (bytes / 1e6 / median(scans)).toFixed(0),
      '-',
      '1',
      '-',
    ]);
  }
  printTable(
    `Whole replays, tables compiled before, thread starts included: ${REPLAYED_BYTES / 1e6} MB of each, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['replay', 'wall s', 'CPU s', 'MB/s', 'million records/s', 'scan CPU / wall', 'one worker / this, wall'],
    rows,
  );
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const cluster = synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 });
    await rates([...captureInputs(folder, cluster), ...logInputs(folder, cluster)]);
    const large = LOGS.slice(0, 2).map((writer) => {
      const { content, records } = writeLog(writer, cluster, REPLAYED_BYTES);
      const path = join(folder, `large-${writer.format}`);
      writeFileSync(path, content);
      const { scanName, of } = SCANS[writer.scan];
      return {
        name: writer.format,
        path,
        bytes: content.byteLength,
        records,
        scanName,
        scan: () => of(content),
      };
    });
    await wholeReplays(large, cluster);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
