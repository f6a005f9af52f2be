/**
 * Several traces as one, by time: always the record that is the earliest of those that come next in any of them, at equal
 * times that of the first operand. What lies side by side in one trace stays together as a run. Traces that do not overlap
 * are read one after the other, each in large pieces.
 */
import { FOUND_MAX } from '../packet/pcapng-layout.ts';
import type { TraceTime } from '../trace/time.ts';
import { compareTimes } from '../trace/time-range.ts';
import type { OpenTrace, Piece, Run } from './piece.ts';
import type { Plan } from './plan.ts';
import { IDLE } from './ring.ts';
import {
  TRACE_ENDED,
  TRACE_IS_LATE,
  TRACE_NEXT_NANOS,
  TRACE_NEXT_SECONDS,
  TRACE_POSITION,
  TRACE_RECORDS,
} from './trace-numbers.ts';

/** Where a worker's pieces lie in memory. */
export interface Room {
  readonly slot: number;
  readonly bytes: number;
}

/** A trace's part of the piece. */
interface Cursor {
  readonly open: OpenTrace;
  readonly room: Room;
  /** Bytes that lie in the room, and where the next record begins; byte offset in memory. */
  filled: number;
  at: number;
  atEnd: boolean;
  /** A live pipe had no more to give. */
  isShort: boolean;
  taken: number;
}

/** Why no record was framed. */
type Hindrance = typeof IDLE | 'full';

const ALL_TIMES: TraceTime = { seconds: Number.POSITIVE_INFINITY, nanos: 0 };
const NO_TIME: TraceTime = { seconds: 0, nanos: 0 };
/** Of a trace that may soon be left for another one. */
const FIRST_BYTES = 1 << 16;
const PEEKED_BYTES = 1 << 12;

const isEnded = ({ numbers }: OpenTrace): boolean => numbers[TRACE_ENDED] === 1;

/** Time of the next record of a trace, undefined when it is not known. */
export function headOf({ numbers }: OpenTrace): TraceTime | undefined {
  const seconds = numbers[TRACE_NEXT_SECONDS]!;
  return seconds < 0 ? undefined : { seconds, nanos: numbers[TRACE_NEXT_NANOS]! };
}

/** Notes the time of the next record. */
export function setHead({ numbers }: OpenTrace, head: TraceTime | undefined): void {
  numbers[TRACE_NEXT_SECONDS] = head?.seconds ?? -1;
  numbers[TRACE_NEXT_NANOS] = head?.nanos ?? 0;
}

const cursorOf = (open: OpenTrace, room: Room): Cursor => ({
  open,
  room,
  filled: 0,
  at: room.slot,
  atEnd: false,
  isShort: false,
  taken: 0,
});

/** Lets the others know how far a trace was read. */
function leave({ open, at, room, taken }: Cursor): void {
  open.advance(at - room.slot, taken);
}

/** Reads on, about as many bytes as there are. */
function readOn(cursor: Cursor, first: number, mayIdle: boolean): Hindrance | undefined {
  const { open, room, filled } = cursor;
  const space = Math.min(room.bytes, open.reach) - filled;
  if (space === 0) return 'full';
  const want = Math.min(space, Math.max(first, filled));
  const read = open.read(room.slot + filled, filled, 1, want, mayIdle);
  if (read === IDLE) return IDLE;
  cursor.filled += read.count;
  cursor.atEnd = read.atEnd;
  cursor.isShort = open.isLive && read.count < want;
  return undefined;
}

interface Step {
  readonly before: TraceTime;
  readonly most: number;
  readonly place: number;
  /** Bytes to begin with. */
  readonly first: number;
  readonly mayIdle: boolean;
}

/**
 * Takes at most `most` records of a trace, up to a time. Records: how many, with the time of the one behind them where it is known;
 * none when the next one lies at or behind that time, or nothing is left.
 */
function step(cursor: Cursor, { before, most, place, first, mayIdle }: Step): Run | Hindrance | undefined {
  const { open, room } = cursor;
  const { reader, trace, numbers } = open;
  for (;;) {
    const { at, taken } = cursor;
    const recordsBefore = numbers[TRACE_RECORDS]! + taken;
    const position = numbers[TRACE_POSITION]! + at - room.slot;
    const left = room.slot + cursor.filled - at;
    const merging = { before, recordsBefore };
    const { records, bytes, isEnd, next } = reader.frame(
      at,
      left,
      cursor.atEnd,
      most,
      position,
      place,
      merging,
    );
    cursor.at += bytes;
    cursor.taken += records;
    if (records > 0 || next !== undefined) setHead(open, next);
    if (records > 0) return { trace, reader, at, bytes, records, recordsBefore, place, isDecoded: false };
    if (next !== undefined) return undefined;
    if (isEnd || (cursor.atEnd && bytes === 0)) {
      open.end();
      return undefined;
    }
    if (bytes > 0) continue;
    const hindrance = readOn(cursor, first, mayIdle);
    if (hindrance === 'full' && taken === 0 && cursor.at > room.slot) {
      // Lines that are no records lie before it: without them it has the whole room.
      leave(cursor);
      Object.assign(cursor, { at: room.slot, filled: 0 });
    } else if (hindrance !== undefined) return hindrance;
  }
}

/** Finds the time of the next record of a trace that is not being read; IDLE when a live pipe does not tell yet. */
export function peek(open: OpenTrace, room: Room, mayIdle: boolean): typeof IDLE | undefined {
  if (isEnded(open) || headOf(open) !== undefined) return undefined;
  const cursor = cursorOf(open, room);
  const found = step(cursor, { before: NO_TIME, most: 1, place: 0, first: PEEKED_BYTES, mayIdle });
  if (found === 'full') throw new Error(`${open.source.path}: a record is longer than ${room.bytes} bytes`);
  leave(cursor);
  return found === IDLE ? IDLE : undefined;
}

/** The trace whose record comes next, and the time up to which its records do. */
function choose(members: readonly OpenTrace[]): { open: OpenTrace; before: TraceTime } | undefined {
  let best: OpenTrace | undefined;
  let bestHead = ALL_TIMES;
  let before = ALL_TIMES;
  for (const open of members) {
    const head = headOf(open);
    if (head === undefined) continue;
    if (best === undefined || compareTimes(head, bestHead) < 0) {
      // The one that was best comes before this one at equal times.
      if (best !== undefined) before = bestHead;
      best = open;
      bestHead = head;
    } else {
      const behind = { seconds: head.seconds, nanos: head.nanos + 1 };
      if (compareTimes(behind, before) < 0) before = behind;
    }
  }
  return best === undefined ? undefined : { open: best, before };
}

/** Puts a run behind the others, as a part of the last one where it follows that in memory. */
function append(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  const follows = last !== undefined && last.trace === run.trace && last.at + last.bytes === run.at;
  if (follows)
    runs[runs.length - 1] = { ...last, bytes: last.bytes + run.bytes, records: last.records + run.records };
  else runs.push(run);
}

/** What a piece is made from. */
export interface MergeInput {
  /** Traces that are read, in the order of the operands. */
  readonly members: readonly OpenTrace[];
  readonly room: Room;
  readonly plan: Plan;
  readonly maxRecords: number;
  readonly mayIdle: boolean;
  /** Whether a trace can be read now; when it can, it will be. */
  readonly begin: (open: OpenTrace) => boolean;
}

/** What is read next: a trace whose time is not known yet, else the one with the earliest. Those that cannot be read now are late. */
function nextOf(
  members: readonly OpenTrace[],
  begin: (open: OpenTrace) => boolean,
): { open: OpenTrace; before: TraceTime } | undefined {
  const late = new Set<OpenTrace>();
  for (;;) {
    const rest = members.filter((open) => !isEnded(open) && !late.has(open));
    const unknown = rest.find((open) => headOf(open) === undefined);
    const next = unknown === undefined ? choose(rest) : { open: unknown, before: NO_TIME };
    if (next === undefined || begin(next.open)) return next;
    late.add(next.open);
    next.open.numbers[TRACE_IS_LATE] = 1;
  }
}

/** The cursors of one piece. */
interface Cursors {
  /** Takes records of a trace that lie before a time; 'full' when there is no room for the next one in this piece. */
  step(open: OpenTrace, limits: Step): Run | Hindrance | undefined;
  /** Whether a live pipe had no more of the trace to give. */
  isShort(open: OpenTrace): boolean;
  /** Lets the others know how far each trace was read. */
  leave(): void;
}

/** Each member has a share of the room. One whose record does not fit gets the whole, and nobody else then has any. */
function createCursors(members: readonly OpenTrace[], room: Room): Cursors {
  const shareBytes = Math.floor(room.bytes / members.length / 64) * 64;
  const cursors = new Map<OpenTrace, Cursor>();
  let isWhole = false;
  const leaveAll = (): void => {
    for (const cursor of cursors.values()) leave(cursor);
    cursors.clear();
  };
  const cursorFor = (open: OpenTrace, whole: boolean, isFirst: boolean): Cursor | undefined => {
    const known = cursors.get(open);
    if (known !== undefined && !whole) return known;
    if (cursors.size > 0 && (whole || isWhole)) {
      // What lies in the room is part of the piece.
      if (!isFirst) return undefined;
      leaveAll();
    }
    isWhole = whole;
    const slot = room.slot + (whole ? 0 : members.indexOf(open) * shareBytes);
    const cursor = cursorOf(open, { slot, bytes: whole ? room.bytes : shareBytes });
    cursors.set(open, cursor);
    return cursor;
  };
  return {
    step(open, limits) {
      for (const whole of [false, true]) {
        const cursor = cursorFor(open, whole, limits.place === 0);
        const taken = cursor === undefined ? 'full' : step(cursor, limits);
        if (taken !== 'full' || limits.place > 0) return taken;
      }
      throw new Error(`${open.source.path}: a record is longer than ${room.bytes} bytes`);
    },
    isShort: (open) => cursors.get(open)!.isShort,
    leave: leaveAll,
  };
}

/**
 * The next records of all members, at most `maxRecords`; none when every member is read. IDLE when a live pipe does not say what
 * comes next.
 */
export function mergeByTime(input: MergeInput): Piece | typeof IDLE {
  const { members, room, plan, begin } = input;
  const { chunkBytes } = plan.input;
  const mostRecords = Math.min(input.maxRecords, FOUND_MAX);
  const cursors = createCursors(members, room);
  const runs: Run[] = [];
  let records = 0;
  let bytes = 0;
  let isLive = false;
  while (records < mostRecords && bytes < chunkBytes && !isLive) {
    const next = nextOf(members, begin);
    if (next === undefined) break;
    const taken = cursors.step(next.open, {
      before: next.before,
      most: mostRecords - records,
      place: records,
      first: runs.length === 0 ? chunkBytes : FIRST_BYTES,
      mayIdle: input.mayIdle || records > 0,
    });
    if (taken === undefined) continue;
    if (taken === 'full') break;
    if (taken === IDLE) {
      cursors.leave();
      return records === 0 ? IDLE : { records, runs, isLive: true };
    }
    append(runs, taken);
    records += taken.records;
    bytes += taken.bytes;
    isLive = cursors.isShort(next.open);
  }
  cursors.leave();
  return { records, runs, isLive };
}
