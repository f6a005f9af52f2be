/**
 * The rings that streams go through: the main thread writes, whoever has the reader's turn reads. A stream has a ring of
 * its own while it is read; there are a bounded number of them.
 */
import type { TraceSource } from '../trace/open.ts';
import * as C from './control.ts';
import type { Plan, PlanInput } from './plan.ts';

// Words of a ring, through Atomics.
/** Bytes, modulo 2^32: written by the main thread, and read by the workers. */
export const RING_WRITTEN = 0;
export const RING_READ = 1;
/** 1 when the stream has ended. */
export const RING_ENDED = 2;
/** Number of the trace whose bytes the ring holds, plus 1; 0 of none. */
export const RING_TRACE = 3;
/** 1 when nobody wants more of the trace. */
export const RING_LEFT = 4;
const RING_WORDS = 8;
export const RING_WORDS_BYTES = RING_WORDS * 4;

/** Of one ring, fewer when there are many; each holds the largest record. */
const RING_BYTES_MOST = 1 << 23;
const RING_BYTES_LEAST = 1 << 21;
const RINGS_BYTES = 1 << 26;
const RINGS_MOST = 64;

/** How long bytes that a live pipe has given wait for more, and how long a round with rows waits for any. */
const GATHER_MILLISECONDS = 40;
const IDLE_MILLISECONDS = 100;

/** Said in place of bytes when a live pipe has none for a while. */
export const IDLE = 'idle';

export interface Read {
  readonly count: number;
  /** Nothing follows these bytes. */
  readonly atEnd: boolean;
}

/** How many rings the sources need, and how large they are: bounded together. */
export function ringsFor(sources: readonly TraceSource[]): Pick<PlanInput, 'ringBytes' | 'ringCount'> {
  const streams = sources.filter(({ streamed }) => streamed).length;
  if (streams === 0) return { ringBytes: 0, ringCount: 0 };
  const share = 2 ** Math.floor(Math.log2(RINGS_BYTES / streams));
  const ringBytes = Math.max(RING_BYTES_LEAST, Math.min(RING_BYTES_MOST, share));
  return { ringBytes, ringCount: Math.min(streams, RINGS_MOST) };
}

/** The words of ring `index`. */
export function ringWords(plan: Plan, memory: SharedArrayBuffer, index: number): Int32Array {
  return new Int32Array(memory, plan.ringWords + index * RING_WORDS_BYTES, RING_WORDS);
}

/** Byte offset of the ring's own bytes. */
export function ringStart(plan: Plan, index: number): number {
  return plan.rings + index * plan.input.ringBytes;
}

/** The ring of a trace; -1 when it has none. */
function ringOf(plan: Plan, memory: SharedArrayBuffer, trace: number): number {
  for (let index = 0; index < plan.input.ringCount; index++)
    if (Atomics.load(ringWords(plan, memory, index), RING_TRACE) === trace + 1) return index;
  return -1;
}

/** What is asked of a ring. */
export interface Wish {
  /** Bytes behind the ring's reading position that are passed over. */
  readonly skip: number;
  /** A live pipe is waited for until there are so many bytes; others until there are `want`. */
  readonly least: number;
  readonly want: number;
  readonly isLive: boolean;
  /** Whether IDLE may be the answer. */
  readonly mayIdle: boolean;
}

/** One worker's view of the ring of a trace. */
export interface RingReader {
  /** Waits for bytes and copies them to `to`; they stay in the ring. Throws Stopped. */
  read(to: number, wish: Wish): Read | typeof IDLE;
  /** Moves the reading position. */
  advance(count: number): void;
  /** Says that nothing more is wanted. */
  leave(): void;
}

export function createRingReader(
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
  trace: number,
): RingReader {
  const bytes = new Uint8Array(memory);
  const { ringBytes } = plan.input;
  let index = -1;
  let words = control.words;
  const find = (): boolean => {
    if (index >= 0) return true;
    index = ringOf(plan, memory, trace);
    if (index >= 0) words = ringWords(plan, memory, index);
    return index >= 0;
  };
  const wait = ({ skip, least, want, isLive, mayIdle }: Wish): Read | typeof IDLE => {
    const begin = isLive ? Date.now() : 0;
    for (;;) {
      const changes = Atomics.load(control.words, C.RING_CHANGES);
      const waited = isLive ? Math.abs(Date.now() - begin) : 0;
      if (find()) {
        const ended = Atomics.load(words, RING_ENDED) === 1;
        const available = ((Atomics.load(words, RING_WRITTEN) - Atomics.load(words, RING_READ)) | 0) - skip;
        if (available >= want || ended)
          return { count: Math.min(want, available), atEnd: ended && available <= want };
        if (isLive && available >= least && waited >= GATHER_MILLISECONDS)
          return { count: available, atEnd: false };
      }
      if (isLive && mayIdle && waited >= IDLE_MILLISECONDS) return IDLE;
      const patience = isLive ? GATHER_MILLISECONDS / 2 : undefined;
      if (C.isStopped(control)) throw new C.Stopped();
      C.waitFor(control, C.RING_CHANGES, changes, patience);
    }
  };
  return {
    read(to, wish) {
      const read = wait(wish);
      if (read === IDLE) return IDLE;
      const start = ringStart(plan, index);
      const from = (Atomics.load(words, RING_READ) + wish.skip) & (ringBytes - 1);
      const before = Math.min(read.count, ringBytes - from);
      bytes.copyWithin(to, start + from, start + from + before);
      bytes.copyWithin(to + before, start, start + read.count - before);
      return read;
    },
    advance(count) {
      if (count === 0) return;
      Atomics.add(words, RING_READ, count);
    },
    leave() {
      if (find()) Atomics.store(words, RING_LEFT, 1);
    },
  };
}
