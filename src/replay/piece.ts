/**
 * Pieces of one trace, taken in the reader's turn: bytes of a file at the shared position, or of the ring that the main
 * thread fills from a stream. A record that is cut at a piece's end is read again with the next piece.
 */
import { readSync } from 'node:fs';
import type { TraceReader } from '../trace/reader.ts';
import * as C from './control.ts';
import { type Plan, TRACE_ENDED, TRACE_POSITION, TRACE_RECORDS, traceNumbers } from './plan.ts';

/** Whole records of one trace, side by side in memory, still undecoded. */
export interface Run {
  readonly trace: number;
  readonly reader: TraceReader;
  /** Byte offset in memory. */
  readonly at: number;
  readonly bytes: number;
  readonly records: number;
  /** Records of the trace before these. */
  readonly recordsBefore: number;
}

/** At least one record. */
export interface Piece {
  readonly records: number;
  /** In the order of their rows. */
  readonly runs: readonly Run[];
}

/** A trace as the supply needs it. */
export interface SuppliedTrace {
  readonly path: string;
  /** True when its bytes come through the ring: compressed files, standard input. */
  readonly streamed: boolean;
  readonly reader: TraceReader;
}

/** A trace that is being read, with the piece of it that lies in this worker's slot. */
export interface OpenTrace extends SuppliedTrace {
  readonly trace: number;
  /** Where its piece lies. */
  readonly slot: number;
  /** Records taken and position, shared by all workers. */
  readonly numbers: Float64Array;
  /** Where in the trace the byte lies that the slot holds at `at`. */
  position(at: number): number;
  /** Copies bytes from the shared position on to the slot; fewer than `want` at the end only. */
  read(want: number): number;
  /** Moves the shared position, and counts the records. */
  advance(bytes: number, records: number): void;
}

/**
 * The next records of a trace: those in `pieceBytes` of it, or in as many bytes as one record takes. No records: nothing is
 * left, which all workers then know.
 */
export function frameSome(
  open: OpenTrace,
  plan: Plan,
  pieceBytes: number,
  maxRecords: number,
): { records: number; bytes: number } {
  let want = Math.min(pieceBytes, plan.slotBytes);
  while (open.numbers[TRACE_ENDED] === 0) {
    const count = open.read(want);
    const atEnd = count < want;
    const { records, bytes, isEnd } = open.reader.frame(
      open.slot,
      count,
      atEnd,
      maxRecords,
      open.position(open.slot),
    );
    if (records > 0) return { records, bytes };
    if (isEnd || (atEnd && bytes === 0)) open.numbers[TRACE_ENDED] = 1;
    // Bytes without a record are blank lines.
    else if (bytes > 0) open.advance(bytes, 0);
    else if (want === plan.slotBytes)
      throw new Error(`${open.path}: a record is longer than ${plan.slotBytes} bytes`);
    else want = Math.min(want * 4, plan.slotBytes);
  }
  return { records: 0, bytes: 0 };
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

/** Waits until the ring holds `want` bytes of the trace or its end, and copies them to `to`. Throws Stopped. */
function readRing(
  bytes: Uint8Array,
  to: number,
  want: number,
  control: C.Control,
  plan: Plan,
  trace: number,
): number {
  const { words } = control;
  const { ringBytes } = plan.input;
  let available = 0;
  for (;;) {
    const changes = Atomics.load(words, C.RING_CHANGES);
    if (Atomics.load(words, C.RING_TRACE) === trace) {
      const ended = Atomics.load(words, C.RING_ENDED) === 1;
      available = (Atomics.load(words, C.RING_WRITTEN) - words[C.RING_READ]!) | 0;
      if (available >= want || ended) break;
    }
    C.waitWhile(control, C.RING_CHANGES, changes);
  }
  const count = Math.min(want, available);
  const from = words[C.RING_READ]! & (ringBytes - 1);
  const before = Math.min(count, ringBytes - from);
  bytes.copyWithin(to, plan.ring + from, plan.ring + from + before);
  bytes.copyWithin(to + before, plan.ring, plan.ring + count - before);
  return count;
}

/** Opens a trace for one worker; its pieces will lie at `slot`. `file` is -1 for a stream. */
export function openSupplied(
  supplied: SuppliedTrace,
  trace: number,
  slot: number,
  file: number,
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
): OpenTrace {
  const bytes = new Uint8Array(memory);
  const numbers = traceNumbers(plan, memory, trace);
  return {
    ...supplied,
    trace,
    slot,
    numbers,
    position: (at) => numbers[TRACE_POSITION]! + at - slot,
    read: (want) =>
      supplied.streamed
        ? readRing(bytes, slot, want, control, plan, trace)
        : readFile(bytes, slot, want, file, numbers[TRACE_POSITION]!),
    advance(count, records) {
      if (supplied.streamed) Atomics.add(control.words, C.RING_READ, count);
      numbers[TRACE_POSITION]! += count;
      numbers[TRACE_RECORDS]! += records;
      control.numbers[C.BYTES_READ]! += count;
    },
  };
}
