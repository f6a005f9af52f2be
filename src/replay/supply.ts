/**
 * Pieces of the traces for one worker, called in the reader's turn: bytes of a file at the shared position, or of the ring
 * that the main thread fills from a stream, into this worker's slot. A record that is cut at the piece's end is read again
 * with the next piece.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { PacketBatch } from '../packet/batch.ts';
import type { TraceReader } from '../trace/reader.ts';
import * as C from './control.ts';
import type { Plan } from './plan.ts';

/** Whole records of one trace, still undecoded. */
export interface Piece {
  readonly trace: number;
  /** At least one. */
  readonly records: number;
  /** Decodes them into the batch from `firstRow` on, and returns how many rows were filled. Needs no turn. */
  readonly decode: (batch: PacketBatch, firstRow: number) => number;
}

export interface Supply {
  /** The next at most `maxRecords` records, undefined when all traces are read. Throws Stopped, or what the file system says. */
  take(maxRecords: number): Piece | undefined;
  close(): void;
}

/** A trace as the supply needs it. */
export interface SuppliedTrace {
  readonly path: string;
  /** True when its bytes come through the ring: compressed files, standard input. */
  readonly streamed: boolean;
  /** Where its records begin in the file; streams begin there as well. */
  readonly start: number;
  readonly reader: TraceReader;
}

/** Bytes of the trace from the shared position on, as many as are there and fit; fewer than `want` at the end only. */
interface Origin {
  read(offset: number, want: number): number;
  advance(bytes: number): void;
}

function fileOrigin(bytes: Uint8Array, control: C.Control, file: number): Origin {
  const { numbers } = control;
  return {
    read(offset, want) {
      let filled = 0;
      while (filled < want) {
        const count = readSync(file, bytes, offset + filled, want - filled, numbers[C.POSITION]! + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    },
    advance(count) {
      numbers[C.POSITION]! += count;
      numbers[C.BYTES_READ]! += count;
    },
  };
}

function ringOrigin(bytes: Uint8Array, control: C.Control, plan: Plan, trace: number): Origin {
  const { words, numbers } = control;
  const { ringBytes } = plan.input;
  return {
    read(offset, want) {
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
      bytes.copyWithin(offset, plan.ring + from, plan.ring + from + before);
      bytes.copyWithin(offset + before, plan.ring, plan.ring + count - before);
      return count;
    },
    advance(count) {
      Atomics.add(words, C.RING_READ, count);
      numbers[C.BYTES_READ]! += count;
    },
  };
}

/** The supply of one worker, whose slot is at `slot`. */
export function createSupply(
  traces: readonly SuppliedTrace[],
  plan: Plan,
  slot: number,
  memory: SharedArrayBuffer,
  control: C.Control,
): Supply {
  const bytes = new Uint8Array(memory);
  const { words, numbers } = control;
  const origins: (Origin | undefined)[] = [];
  const files: number[] = [];
  const originOf = (trace: number): Origin => {
    const known = origins[trace];
    if (known !== undefined) return known;
    const { path, streamed } = traces[trace]!;
    let origin: Origin;
    if (streamed) origin = ringOrigin(bytes, control, plan, trace);
    else {
      const file = openSync(path, 'r');
      files.push(file);
      origin = fileOrigin(bytes, control, file);
    }
    origins[trace] = origin;
    return origin;
  };
  const next = (trace: number): void => {
    numbers[C.POSITION] = traces[trace + 1]?.start ?? 0;
    Atomics.store(words, C.TRACE, trace + 1);
  };
  return {
    take(maxRecords) {
      for (;;) {
        const trace = words[C.TRACE]!;
        if (trace >= traces.length) return undefined;
        const { reader, path } = traces[trace]!;
        const origin = originOf(trace);
        for (let want = plan.input.chunkBytes; ; want = plan.slotBytes) {
          const count = origin.read(slot, want);
          const framed = reader.frame(slot, count, count < want, maxRecords);
          origin.advance(framed.bytes);
          if (framed.records > 0) {
            const decode = (batch: PacketBatch, firstRow: number): number =>
              reader.decode(slot, framed.bytes, batch, firstRow);
            return { trace, records: framed.records, decode };
          }
          if (framed.isEnd || (count < want && framed.bytes === 0)) break;
          // Blank lines only: on to what follows them.
          if (framed.bytes > 0) continue;
          if (want >= plan.slotBytes)
            throw new Error(`${path}: a record longer than ${plan.slotBytes} bytes`);
        }
        next(trace);
      }
    },
    close() {
      for (const file of files) closeSync(file);
    },
  };
}
