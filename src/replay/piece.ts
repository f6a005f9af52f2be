/**
 * Pieces of one trace, taken in the reader's turn: bytes of a file at the shared position, or of the ring that the main
 * thread fills from a stream. A record that is cut at a piece's end is read again with the next piece.
 */
import { readSync } from 'node:fs';
import type { TraceSource } from '../trace/open.ts';
import type { Rows, TraceReader } from '../trace/reader.ts';
import * as C from './control.ts';
import type { Plan } from './plan.ts';
import { createRingReader, IDLE, type Read } from './ring.ts';
import {
  TRACE_ENDED,
  TRACE_IS_WANTED,
  TRACE_NEXT_SECONDS,
  TRACE_POSITION,
  TRACE_RECORDS,
  traceNumbers,
} from './trace-numbers.ts';

/** Whole records of one trace, side by side in memory. */
export interface Run {
  readonly trace: number;
  readonly reader: TraceReader;
  /** Byte offset in memory. */
  readonly at: number;
  readonly bytes: number;
  readonly records: number;
  /** Records of the trace before these. */
  readonly recordsBefore: number;
  /** Records of the piece before these. */
  readonly place: number;
  /** They are rows already. */
  readonly isDecoded: boolean;
}

export interface Piece {
  readonly records: number;
  /** In the order of their rows. */
  readonly runs: readonly Run[];
  /** A live pipe had no more to give. */
  readonly isLive: boolean;
}

/** A trace as the supply needs it. */
export interface SuppliedTrace {
  readonly source: TraceSource;
  readonly reader: TraceReader;
}

/** A trace that is being read by one worker. */
export interface OpenTrace extends SuppliedTrace {
  readonly trace: number;
  readonly isLive: boolean;
  /** How many bytes behind the shared position can be read. */
  readonly reach: number;
  /** Of all workers together: TRACE_ indices. */
  readonly numbers: Float64Array;
  /**
   * Copies `want` bytes that lie `skip` behind the shared position to `to`; fewer at the trace's end only, and of a live pipe that has
   * at least `least`.
   */
  read(to: number, skip: number, least: number, want: number, mayIdle: boolean): Read | typeof IDLE;
  /** Copies `want` bytes at `position` of a plain file to `to`; fewer at the file's end only. */
  readAt(to: number, position: number, want: number): number;
  /** Moves the shared position, and counts the records. */
  advance(bytes: number, records: number): void;
  /** Nothing more is read of the trace, by anybody. */
  end(): void;
}

function readFile(bytes: Uint8Array, at: number, want: number, file: number, position: number): number {
  let filled = 0;
  while (filled < want) {
    const count = readSync(file, bytes, at + filled, want - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** What a worker reads plain files through. */
export interface Files {
  /** Descriptor of the file. */
  of(path: string): number;
  close(path: string): void;
}

/** Opens a trace for one worker; no byte is read yet. */
export function openSupplied(
  supplied: SuppliedTrace,
  trace: number,
  files: Files,
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
): OpenTrace {
  const bytes = new Uint8Array(memory);
  const numbers = traceNumbers(plan, memory, trace);
  const { path, streamed, pipe } = supplied.source;
  const ring = streamed ? createRingReader(plan, memory, control, trace) : undefined;
  const isLive = pipe !== undefined;
  const readAt = (to: number, position: number, want: number): number =>
    readFile(bytes, to, want, files.of(path), position);
  return {
    ...supplied,
    trace,
    isLive,
    reach: streamed ? plan.input.ringBytes : Number.POSITIVE_INFINITY,
    numbers,
    readAt,
    read(to, skip, least, want, mayIdle) {
      if (ring !== undefined) return ring.read(to, { skip, least, want, isLive, mayIdle });
      const count = readAt(to, numbers[TRACE_POSITION]! + skip, want);
      return { count, atEnd: count < want };
    },
    advance(count, records) {
      // The ring of a trace that has ended may be another's already.
      if (numbers[TRACE_ENDED] === 0) ring?.advance(count);
      numbers[TRACE_POSITION]! += count;
      numbers[TRACE_RECORDS]! += records;
      control.numbers[C.BYTES_READ]! += count;
    },
    end() {
      if (numbers[TRACE_ENDED] === 1) return;
      numbers[TRACE_ENDED] = 1;
      ring?.leave();
      if (streamed) control.words[C.STREAMS]!--;
      else files.close(path);
    },
  };
}

/** Has the bytes of a stream sent. */
export function want({ source, numbers }: OpenTrace, control: C.Control): void {
  if (!source.streamed || numbers[TRACE_IS_WANTED] === 1) return;
  numbers[TRACE_IS_WANTED] = 1;
  control.words[C.STREAMS]!++;
}

/**
 * The next records of a trace, at `slot`: those in `plan.input.chunkBytes` of it, or in as many bytes as one record takes. No
 * records: nothing is left, which all workers then know. `rows`: as Supply has it.
 */
export function takeOne(
  open: OpenTrace,
  slot: number,
  plan: Plan,
  maxRecords: number,
  mayIdle: boolean,
  rows: Rows | undefined,
): Piece | typeof IDLE {
  const { trace, reader, numbers, source, isLive } = open;
  const mostBytes = Math.min(plan.slotBytes, open.reach);
  let want = Math.min(plan.input.chunkBytes, mostBytes);
  let least = 1;
  while (numbers[TRACE_ENDED] === 0) {
    const read = open.read(slot, 0, least, want, mayIdle);
    if (read === IDLE) return IDLE;
    const { count, atEnd } = read;
    const framed = reader.frame(slot, count, atEnd, maxRecords, numbers[TRACE_POSITION]!, 0, undefined, rows);
    const { records, bytes, isEnd, isDecoded = false } = framed;
    if (records > 0) {
      const recordsBefore = numbers[TRACE_RECORDS]!;
      open.advance(bytes, records);
      numbers[TRACE_NEXT_SECONDS] = -1;
      const run = { trace, reader, at: slot, bytes, records, recordsBefore, place: 0, isDecoded };
      return { records, runs: [run], isLive: isLive && count < want };
    }
    least = 1;
    if (isEnd || (atEnd && bytes === 0)) open.end();
    // Bytes without a record are blank lines.
    else if (bytes > 0) open.advance(bytes, 0);
    else if (count === mostBytes)
      throw new Error(`${source.path}: a record is longer than ${mostBytes} bytes`);
    else {
      least = count + 1;
      if (count === want) want = Math.min(want * 4, mostBytes);
    }
  }
  return { records: 0, runs: [], isLive: false };
}
