/**
 * Several traces as one, by time: always the earliest record that comes next in any of them, at equal times that of the
 * first operand. What lies side by side in one trace stays together as a run.
 */

import { frameSome, type OpenTrace, type Piece, type Run } from './piece.ts';
import { type Plan, TRACE_RECORDS } from './plan.ts';

/** How far a trace's piece is merged. */
interface Cursor {
  readonly open: OpenTrace;
  /** Where the next record begins, and where the whole records end; byte offsets in memory. */
  at: number;
  readonly end: number;
  /** True when nothing is left of the trace. */
  readonly isEnded: boolean;
  taken: number;
}

function cursorOf(open: OpenTrace, plan: Plan, pieceBytes: number, maxRecords: number): Cursor {
  const { records, bytes } = frameSome(open, plan, pieceBytes, maxRecords);
  return { open, at: open.slot, end: open.slot + bytes, isEnded: records === 0, taken: 0 };
}

/** True when the next record of `a` is earlier than that of `b`. */
function isEarlier(a: Cursor, b: Cursor): boolean {
  const seconds = a.open.reader.secondsAt!(a.at) - b.open.reader.secondsAt!(b.at);
  return seconds < 0 || (seconds === 0 && a.open.reader.nanosAt!(a.at) < b.open.reader.nanosAt!(b.at));
}

/** The cursor whose next record is the earliest; undefined when one must be read further first, or none is left. */
function earliest(cursors: readonly Cursor[]): Cursor | undefined {
  let best: Cursor | undefined;
  for (const cursor of cursors) {
    if (cursor.at === cursor.end) {
      if (cursor.isEnded) continue;
      return undefined;
    }
    if (best === undefined || isEarlier(cursor, best)) best = cursor;
  }
  return best;
}

/** The next records of all members, at most `maxRecords`; none when every member is read. */
export function mergeByTime(members: readonly OpenTrace[], plan: Plan, maxRecords: number): Piece {
  const pieceBytes = Math.max(1, Math.floor(plan.input.chunkBytes / members.length));
  const cursors = members.map((open) => cursorOf(open, plan, pieceBytes, maxRecords));
  const runs: Run[] = [];
  let records = 0;
  while (records < maxRecords) {
    const cursor = earliest(cursors);
    if (cursor === undefined) break;
    const { open, at } = cursor;
    const { bytes } = open.reader.frame(at, cursor.end - at, false, 1, open.position(at));
    const last = runs.at(-1);
    const recordsBefore = open.numbers[TRACE_RECORDS]! + cursor.taken;
    if (last !== undefined && last.trace === open.trace)
      runs[runs.length - 1] = { ...last, bytes: last.bytes + bytes, records: last.records + 1 };
    else runs.push({ trace: open.trace, reader: open.reader, at, bytes, records: 1, recordsBefore });
    cursor.at += bytes;
    cursor.taken++;
    records++;
  }
  for (const { open, at, taken } of cursors) open.advance(at - open.slot, taken);
  return { records, runs };
}
