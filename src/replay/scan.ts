/**
 * Traces read one after the other on the main thread, decoded and judged by nobody: what `convert` walks over. Memory holds one
 * piece of one trace, whatever the traces' size.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { instantiateKernels } from '../dataplane/kernels.ts';
import { createArena, createMemory } from '../dataplane/memory.ts';
import type { NameIndex } from '../flow/flow-name.ts';
import { batchBytes, createBatch, type PacketBatch } from '../packet/batch.ts';
import { BATCH_TUNNELS_CLOSED } from '../packet/batch-layout.ts';
import { FOUND_MAX } from '../packet/pcapng-layout.ts';
import { SCANNER_BYTES } from '../packet/scan-layout.ts';
import { textTableAt, textTableBytes } from '../packet/text-table.ts';
import { SKIP_OUTSIDE } from '../tables/verdict-layout.ts';
import { scannerMemoryAt } from '../trace/flow-log/log-scanner.ts';
import { NAME_TEXTS } from '../trace/flow-log/name-reader.ts';
import { DECIDER_TEXTS } from '../trace/flow-log/observed-decider.ts';
import { type Frame, type FrameWalk, frameWalk } from '../trace/frames.ts';
import type { TraceSource } from '../trace/open.ts';
import { LARGEST_RECORD } from '../trace/pcap.ts';
import { createReader, namesPods, readerBytes, scannersOf, type TraceReader } from '../trace/reader.ts';
import { openStream } from '../trace/stream.ts';
import type { TraceTime } from '../trace/time.ts';
import { isRelative, type RangeBounds } from '../trace/time-range.ts';
import { type MarkOutside, markOutside, timeOf } from './scan-range.ts';
import { nameShower } from './shown-texts.ts';

/** Rows of whole records of one trace, in its order. */
export interface ScannedRows {
  /** Place of the trace among the sources. */
  readonly trace: number;
  /** What decode fills, in rows from 0 on. Overwritten after the call. */
  readonly batch: PacketBatch;
  readonly count: number;
  /** Shows the frames of the rows, in order; of captures only. `memory` holds the bytes. */
  readonly frames?: (onFrame: (frame: Frame, memory: Uint8Array) => void) => void;
  /** Bytes of the trace up to here, behind decompression. */
  readonly bytes: number;
}

/** What a trace came to. */
export interface ScannedTrace {
  readonly records: number;
  /** Of the reader, and of the decompression. */
  readonly warnings: readonly string[];
}

export interface ScanOptions {
  /** Called before rows that hold names not seen before, with their texts: packet/name-words.ts. */
  readonly onNames?: (texts: readonly string[]) => void;
  /** Called before any row, with what gives the texts of deciders by the number in OBSERVED_BY: trace/flow-log/observed-decider.ts. */
  readonly onDeciders?: (textOf: (number: number) => string) => void;
  /** Called with rows in the order of traces and records. False ends the scan. */
  readonly onRows: (rows: ScannedRows) => boolean | Promise<boolean>;
  /** `closed`: packets in tunnels are the tunnel's; `open` when absent. */
  readonly tunnels?: 'open' | 'closed';
  /** Bytes that are read at a time; the rows do not depend on it. */
  readonly chunkBytes?: number;
  /**
   * Rows of other times have SKIP_OUTSIDE, and their frames are not shown. A range that counts from the first record of several traces
   * needs them to be files.
   */
  readonly range?: RangeBounds;
}

/** Names are written down, not looked up. */
const NOTHING_KNOWN: NameIndex = {
  names: [],
  numbers: new Map(),
  addresses: new Set(),
  areSeveral: false,
};

const ROWS = FOUND_MAX;
/** A piece holds at least one record, and what is read at a time. */
const SLOT_BYTES = LARGEST_RECORD + 64;
const CHUNK_BYTES = 1 << 20;

/** Bytes of a trace from its first record on. */
interface Bytes {
  /** Puts up to `most` bytes at `at`; none at the end only. */
  read(target: Uint8Array, at: number, most: number): Promise<number>;
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

function fileBytes({ path, start }: TraceSource): Bytes {
  const file = openSync(path, 'r');
  let position = start;
  return {
    warnings: [],
    async read(target, at, most) {
      const count = readSync(file, target, at, most, position);
      position += count;
      return count;
    },
    close: async () => closeSync(file),
  };
}

function streamBytes(source: TraceSource): Bytes {
  const { pieces, warnings, close } = openStream(source);
  const iterator = pieces[Symbol.asyncIterator]();
  let piece: Uint8Array = new Uint8Array(0);
  return {
    warnings,
    async read(target, at, most) {
      while (piece.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return 0;
        piece = next.value;
      }
      const count = Math.min(most, piece.length);
      target.set(piece.subarray(0, count), at);
      piece = piece.subarray(count);
      return count;
    },
    close: async () => {
      close();
      await iterator.return?.();
    },
  };
}

/** What all traces are read through. */
interface Bench {
  readonly bytes: Uint8Array;
  readonly slot: number;
  readonly slotBytes: number;
  readonly batch: PacketBatch;
  readonly mark: MarkOutside | undefined;
}

interface OpenedTrace {
  readonly trace: number;
  readonly source: TraceSource;
  readonly reader: TraceReader;
  readonly walk: FrameWalk | undefined;
}

/** Shows the frames of the rows that are wanted. */
function showFrames(
  walk: FrameWalk,
  from: number,
  count: number,
  batch: PacketBatch,
  onFrame: (frame: Frame) => void,
): void {
  let row = 0;
  walk(from, count, (frame) => {
    if (batch.skip[row++] !== SKIP_OUTSIDE) onFrame(frame);
  });
}

/** Times of the first records of several traces, where the range counts from the earliest. */
async function firstTimes(
  sources: readonly TraceSource[],
  range: RangeBounds | undefined,
): Promise<TraceTime[]> {
  const firsts: TraceTime[] = [];
  if (range === undefined || !isRelative(range) || sources.length === 1) return firsts;
  for (const source of sources)
    await scanTraces([source], {
      onRows: ({ batch }) => {
        firsts.push(timeOf(batch, 0));
        return false;
      },
    });
  return firsts;
}

/** Reads one trace to its end; false when `onRows` wants no more. */
async function scanOne(
  { bytes, slot, slotBytes, batch, mark }: Bench,
  { trace, source, reader, walk }: OpenedTrace,
  input: Bytes,
  { onRows }: ScanOptions,
): Promise<{ records: number; goesOn: boolean }> {
  let begin = slot;
  let end = slot;
  let position = source.start;
  let records = 0;
  let atEnd = false;
  /** Makes more bytes come before the next look; false when there is no room for them. */
  const more = async (): Promise<boolean> => {
    bytes.copyWithin(slot, begin, end);
    end -= begin - slot;
    begin = slot;
    if (end === slot + slotBytes) return false;
    const count = await input.read(bytes, end, slot + slotBytes - end);
    end += count;
    atEnd = count === 0;
    return true;
  };
  for (;;) {
    const framed = reader.frame(begin, end - begin, atEnd, ROWS, position, 0);
    if (framed.records > 0) {
      const count = reader.decode(begin, framed.bytes, framed.records, batch, 0, 0);
      if (!reader.fillsObserved) batch.observed.fill(0, 0, count);
      mark?.(batch, count);
      const from = begin;
      begin += framed.bytes;
      position += framed.bytes;
      records += count;
      const frames =
        walk === undefined
          ? {}
          : {
              frames: (onFrame: (frame: Frame, memory: Uint8Array) => void) =>
                showFrames(walk, from, count, batch, (frame) => onFrame(frame, bytes)),
            };
      if (!(await onRows({ trace, batch, count, bytes: position, ...frames })))
        return { records, goesOn: false };
      continue;
    }
    if (framed.isEnd || (atEnd && framed.bytes === 0)) return { records, goesOn: true };
    begin += framed.bytes;
    position += framed.bytes;
    if (framed.bytes === 0 && !(await more()))
      throw new Error(`${source.path}: a record is longer than ${slotBytes} bytes`);
  }
}

/** Decodes every record of the sources. Rejects with what the file system says, or with what `onRows` threw. */
export async function scanTraces(
  sources: readonly TraceSource[],
  options: ScanOptions,
): Promise<readonly ScannedTrace[]> {
  const rooms = sources.map(readerBytes);
  const largest = (part: 'own' | 'shared'): number => Math.max(64, ...rooms.map((room) => room[part]));
  const slotBytes = Math.max(SLOT_BYTES, options.chunkBytes ?? CHUNK_BYTES);
  const namesBytes = sources.some(namesPods) ? textTableBytes(NAME_TEXTS) : 0;
  const deciderBytes = options.onDeciders === undefined ? 0 : textTableBytes(DECIDER_TEXTS);
  const scannerBytes = scannersOf(sources).some((scanner) => scanner !== undefined) ? SCANNER_BYTES : 0;
  const readerRoom = largest('own') + largest('shared') + namesBytes + deciderBytes + scannerBytes;
  const total = slotBytes + batchBytes(ROWS) + readerRoom + (1 << 17);
  const arena = createArena(createMemory(total, total));
  const { memory } = arena;
  const room = {
    own: arena.allocate(largest('own')),
    shared: arena.allocate(largest('shared')),
    ...(deciderBytes === 0 ? {} : { deciders: arena.allocate(deciderBytes) }),
    ...(scannerBytes === 0 ? {} : { scanner: scannerMemoryAt(memory.buffer, arena.allocate(scannerBytes)) }),
  };
  if (room.deciders !== undefined)
    options.onDeciders!(textTableAt(memory.buffer, room.deciders, DECIDER_TEXTS).text);
  const texts = namesBytes === 0 ? 0 : arena.allocate(namesBytes);
  const showNames = nameShower(memory.buffer, texts, options.onNames);
  const batch = createBatch(memory.buffer, arena.allocate(batchBytes(ROWS)), ROWS);
  if (options.tunnels === 'closed') batch.header[BATCH_TUNNELS_CLOSED] = 1;
  const { range } = options;
  const firsts = await firstTimes(sources, range);
  const bench: Bench = {
    mark: range === undefined ? undefined : markOutside(range, firsts),
    bytes: new Uint8Array(memory.buffer),
    slot: arena.allocate(slotBytes),
    slotBytes,
    batch,
  };
  const kernels = instantiateKernels(memory);
  const ends: ScannedTrace[] = [];
  for (const [trace, source] of sources.entries()) {
    bench.bytes.fill(0, room.shared, room.shared + largest('shared'));
    const names = namesPods(source) ? { index: NOTHING_KNOWN, texts } : undefined;
    const reader = createReader(source, memory.buffer, kernels, room, undefined, names);
    const input = source.streamed ? streamBytes(source) : fileBytes(source);
    try {
      const opened = { trace, source, reader, walk: frameWalk(source, memory.buffer, room) };
      const onRows: ScanOptions['onRows'] = (rows) => {
        showNames();
        return options.onRows(rows);
      };
      const { records, goesOn } = await scanOne(bench, opened, input, { ...options, onRows });
      ends.push({ records, warnings: [...new Set([...reader.warnings, ...input.warnings])] });
      if (!goesOn) break;
    } finally {
      await input.close();
    }
  }
  return ends;
}
