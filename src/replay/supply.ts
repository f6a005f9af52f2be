/**
 * What one worker reads when it has the reader's turn: pieces of all traces, merged by time.
 */
import { closeSync, openSync } from 'node:fs';
import { RANGE_BYTES, RANGE_FROM, RANGE_TO } from '../dataplane/desk-layout.ts';
import { plainStart } from '../trace/head.ts';
import type { Rows } from '../trace/reader.ts';
import type { TraceTime } from '../trace/time.ts';
import { compareTimes, isRelative, resolveRange } from '../trace/time-range.ts';
import * as C from './control.ts';
import { headOf, type MergeInput, mergeByTime, peek, type Room, setHead } from './merge-by-time.ts';
import {
  type Files,
  type OpenTrace,
  openSupplied,
  type Piece,
  type SuppliedTrace,
  takeOne,
  want,
} from './piece.ts';
import type { Plan } from './plan.ts';
import { createReadAhead } from './read-ahead.ts';
import { IDLE } from './ring.ts';
import { TRACE_ENDED, TRACE_IS_WANTED } from './trace-numbers.ts';

export interface Supply {
  /**
   * Runs `read` in the reader's turn: while no other worker does. Undefined, perhaps without having run it, when the round with
   * the control words at `round` is closed, or, with `isBrief`, when the turn does not come soon. Throws Stopped.
   */
  inTurn<T>(round: number, read: () => T, isBrief: boolean): T | undefined;
  /** What comes next in some trace was read by this worker, so that others wait for it to take its turn. */
  readonly holdsPiece: boolean;
  /**
   * The next at most `maxRecords` records, undefined when all traces are read; IDLE, with `mayIdle` only, when a live pipe has none
   * for a while. `rows`: where their rows lie, when nobody waits for the turn. Throws Stopped, or what the file system says.
   */
  take(maxRecords: number, mayIdle: boolean, rows?: Rows): Piece | typeof IDLE | undefined;
  close(): void;
}

const SECONDS_MOST = 0xffff_ffff;
/** Descriptors that a worker keeps open. */
const FILES_MAX = 64;

function createFiles(): Files & { closeAll(): void } {
  const open = new Map<string, number>();
  const close = (path: string): void => {
    const file = open.get(path);
    open.delete(path);
    if (file !== undefined) closeSync(file);
  };
  return {
    of(path) {
      const known = open.get(path);
      if (known !== undefined) return known;
      if (open.size >= FILES_MAX) close(open.keys().next().value!);
      const file = openSync(path, 'r');
      open.set(path, file);
      return file;
    },
    close,
    closeAll: () => {
      for (const path of [...open.keys()]) close(path);
    },
  };
}

/** Where a supply reads, and into what. */
export interface SupplyPlace {
  readonly plan: Plan;
  /** The worker's slot. */
  readonly slot: number;
  readonly memory: SharedArrayBuffer;
  readonly control: C.Control;
}

/** The supply of one worker. */
export function createSupply(traces: readonly SuppliedTrace[], place: SupplyPlace): Supply {
  const { plan, slot, memory, control } = place;
  const files = createFiles();
  const opens = traces.map((supplied, trace) => openSupplied(supplied, trace, files, plan, memory, control));
  const room: Room = { slot, bytes: plan.slotBytes * plan.input.tracesAtOnce };
  const [first, ...others] = opens;
  const isAhead =
    first !== undefined && others.length === 0 && !first.source.streamed && plan.input.workers > 1;
  const ahead = isAhead ? createReadAhead(first, slot, plan, control) : undefined;
  return {
    inTurn: (round, read, isBrief) =>
      ahead === undefined ? C.inTurn(control, read) : ahead.inTurn(round, read, isBrief),
    get holdsPiece() {
      return ahead?.holdsPiece ?? false;
    },
    take(maxRecords, mayIdle, rows) {
      if (plan.range !== 0 && control.words[C.RANGE_IS_KNOWN] === 0) findRange(opens, place, room);
      if (ahead !== undefined) {
        const piece = ahead.take(maxRecords, mayIdle);
        return piece === IDLE || piece.records > 0 ? piece : undefined;
      }
      const members = opens.filter(({ numbers }) => numbers[TRACE_ENDED] === 0);
      const piece = takeSome(members, place, { plan, room, maxRecords, mayIdle }, rows);
      return piece === IDLE || piece.records > 0 ? piece : undefined;
    },
    close: files.closeAll,
  };
}

type Limits = Omit<MergeInput, 'members' | 'begin'>;

function takeSome(
  members: readonly OpenTrace[],
  place: SupplyPlace,
  limits: Limits,
  rows: Rows | undefined,
): Piece | typeof IDLE {
  const { plan, control } = place;
  const { room } = limits;
  if (members.length > 1) for (const open of members) glimpse(open, place);
  const [only] = members;
  const begin = (open: OpenTrace): boolean => {
    const { source, numbers } = open;
    if (!source.streamed || numbers[TRACE_IS_WANTED] === 1) return true;
    if (control.words[C.STREAMS]! >= plan.input.ringCount) return false;
    want(open, control);
    return true;
  };
  if (only === undefined) return { records: 0, runs: [], isLive: false };
  if (members.length === 1 && begin(only))
    return takeOne(only, room.slot, plan, limits.maxRecords, limits.mayIdle, rows);
  return mergeByTime({ members, begin, ...limits });
}

/**
 * Finds the time of the first record of a compressed file from its first bytes, so that it need not be opened before it is its
 * turn. Leaves no trace in what its readers share.
 */
function glimpse(open: OpenTrace, { plan, slot, memory }: SupplyPlace): void {
  const { source, reader, numbers, trace } = open;
  const isPacked = source.compression === 'gzip' || source.compression === 'zstd';
  const isUntouched = isPacked && source.pipe === undefined && numbers[TRACE_IS_WANTED] === 0;
  if (!isUntouched || headOf(open) !== undefined) return;
  const start = plainStart(source).subarray(0, plan.slotBytes);
  new Uint8Array(memory, slot, start.length).set(start);
  const { shared } = plan.input.readers[trace]!;
  const state = new Uint8Array(memory, plan.readerStates[trace]!, shared);
  const before = state.slice();
  const merging = { before: { seconds: 0, nanos: 0 }, recordsBefore: 0 };
  const { next } = reader.frame(slot, start.length, false, 1, source.start, 0, merging);
  state.set(before);
  setHead(open, next);
}

/** Finds the wanted range of time where it counts from the earliest first record of all traces, and lets everybody know. */
function findRange(opens: readonly OpenTrace[], place: SupplyPlace, room: Room): void {
  const { plan, control, memory } = place;
  const bounds = plan.input.range!;
  let first: TraceTime | undefined;
  if (isRelative(bounds)) {
    for (const open of opens) {
      glimpse(open, place);
      if (headOf(open) === undefined) {
        want(open, control);
        peek(open, room, false);
      }
      const head = headOf(open);
      if (head !== undefined && (first === undefined || compareTimes(head, first) < 0)) first = head;
    }
  }
  const { from, to } = resolveRange(bounds, first ?? { seconds: 0, nanos: 0 });
  const words = new Uint32Array(memory, plan.range, RANGE_BYTES / 4);
  const write = (at: number, time: TraceTime): void => {
    words[at / 4] = time.seconds > SECONDS_MOST ? SECONDS_MOST : time.nanos;
    words[at / 4 + 1] = Math.min(time.seconds, SECONDS_MOST);
  };
  write(RANGE_FROM, from ?? { seconds: 0, nanos: 0 });
  write(RANGE_TO, to ?? { seconds: Number.POSITIVE_INFINITY, nanos: 0 });
  control.words[C.RANGE_IS_KNOWN] = 1;
}
