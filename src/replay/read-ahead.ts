/**
 * Reading before one's turn: where one plain file is read by several workers, each claims a piece of it by its number, reads that
 * while others have the turn, and waits until all pieces before it are framed. In the turn itself nothing is read but what a
 * record takes beyond its piece, so that what workers do one after the other is little.
 */
import * as C from './control.ts';
import { type OpenTrace, type Piece, takeOne } from './piece.ts';
import type { Plan } from './plan.ts';
import type { IDLE } from './ring.ts';
import { TRACE_ENDED, TRACE_POSITION, TRACE_RECORDS } from './trace-numbers.ts';

/** Read behind a piece, so that its last record is mostly whole. */
const TAIL_BYTES = 4096;

const tailBytes = (chunkBytes: number): number => Math.min(TAIL_BYTES, chunkBytes);

/** Bytes that a claimed piece takes. */
export function readAheadBytes(chunkBytes: number): number {
  return chunkBytes + tailBytes(chunkBytes);
}

/** One worker's pieces of a file. */
export interface ReadAhead {
  /** As Supply has them. */
  inTurn<T>(round: number, read: () => T, isBrief: boolean): T | undefined;
  readonly holdsPiece: boolean;
  /** The next records; in the turn. Nobody else writes into the slot but who looks for the first time of all, where the first piece lies. */
  take(maxRecords: number, mayIdle: boolean): Piece | typeof IDLE;
}

/** Pieces of `open`, a plain file, in the slot at `slot`. */
export function createReadAhead(open: OpenTrace, slot: number, plan: Plan, control: C.Control): ReadAhead {
  const { trace, reader, source, numbers } = open;
  const { chunkBytes } = plan.input;
  /** Number of the piece that is claimed, -1 without. */
  let piece = -1;
  let begin = 0;
  /** Bytes from `begin` on that lie in the slot. */
  let count = 0;

  const claim = (): void => {
    piece = Atomics.add(control.words, C.PIECES_CLAIMED, 1);
    begin = source.start + piece * chunkBytes;
    count = open.readAt(slot, begin, readAheadBytes(chunkBytes));
  };
  const isDone = (): boolean => numbers[TRACE_POSITION]! >= begin + chunkBytes;
  const passOn = (): void => {
    C.passPiece(control, piece);
    piece = -1;
  };

  /** Records among the bytes that were read; none when the one at hand is not whole there, or nothing is left. */
  const takeRead = (maxRecords: number): Piece | undefined => {
    while (numbers[TRACE_ENDED] === 0 && !isDone()) {
      const position = numbers[TRACE_POSITION]!;
      const at = position - begin;
      if (at >= count) return undefined;
      const { records, bytes, isEnd } = reader.frame(slot + at, count - at, false, maxRecords, position, 0);
      const recordsBefore = numbers[TRACE_RECORDS]!;
      open.advance(bytes, records);
      if (records > 0) {
        const run = {
          trace,
          reader,
          at: slot + at,
          bytes,
          records,
          recordsBefore,
          place: 0,
          isDecoded: false,
        };
        return { records, runs: [run], isLive: false };
      }
      if (isEnd) open.end();
      else if (bytes === 0) {
        const more = open.readAt(slot + count, begin + count, Math.min(chunkBytes, plan.slotBytes - count));
        if (more === 0) return undefined;
        count += more;
      }
    }
    return undefined;
  };

  return {
    get holdsPiece() {
      return piece >= 0;
    },
    inTurn(round, read, isBrief) {
      for (;;) {
        if (piece < 0) {
          if (C.isClosed(control, round)) return undefined;
          claim();
        }
        if (!C.waitForPiece(control, piece, round, isBrief)) return undefined;
        // A long record may have taken all of it.
        if (numbers[TRACE_ENDED] === 0 && isDone()) passOn();
        else {
          const taken = read();
          if (isDone()) passOn();
          return taken;
        }
      }
    },
    take(maxRecords, mayIdle) {
      const taken = takeRead(maxRecords);
      if (taken !== undefined) return taken;
      count = 0;
      return takeOne(open, slot, plan, maxRecords, mayIdle, undefined);
    },
  };
}
