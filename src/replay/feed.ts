/**
 * Streams (compressed files, standard input) into the rings that the workers read, each when it is wanted, with
 * back-pressure: nothing is read from a stream while its ring is full. Runs on the main thread.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceSource } from '../trace/open.ts';
import { openStream } from '../trace/stream.ts';
import * as C from './control.ts';
import type { Plan } from './plan.ts';
import { RING_ENDED, RING_LEFT, RING_READ, RING_TRACE, RING_WRITTEN, ringStart, ringWords } from './ring.ts';
import { TRACE_IS_WANTED, traceNumbers } from './trace-numbers.ts';

/** A streamed trace, by its place among the operands. */
export interface FedTrace {
  readonly trace: number;
  readonly source: TraceSource;
}

/** What feeding needs of the replay. */
export interface FeedPlace {
  readonly plan: Plan;
  readonly memory: SharedArrayBuffer;
  readonly control: C.Control;
  /** Ends the input of live pipes: what was read so far is all there is. */
  readonly endInput?: AbortSignal | undefined;
}

const POLL_MILLISECONDS = 1;
/** How often a stream that gives nothing is asked whether it is still wanted. */
const WATCH_MILLISECONDS = 20;

/** What was wrong with a trace's compressed bytes: what came before the fault counts, this says what is missing. */
export interface FeedEnd {
  readonly trace: number;
  readonly warnings: readonly string[];
}

async function until(control: C.Control, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    if (C.isStopped(control)) throw new C.Stopped();
    await sleep(POLL_MILLISECONDS);
  }
}

/** Pieces of a stream until `isOver`, which is asked while nothing comes, too. */
async function* watched(
  pieces: AsyncIterable<Uint8Array>,
  isOver: () => boolean,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  let wake = (): void => {};
  const watcher = setInterval(() => {
    if (isOver()) wake();
  }, WATCH_MILLISECONDS);
  try {
    for (;;) {
      const over = new Promise<undefined>((resolve) => {
        wake = () => resolve(undefined);
      });
      const next = iterator.next();
      // Nobody waits for it when it is over.
      next.catch(() => {});
      const given = await Promise.race([next, over]);
      if (given === undefined || given.done === true) return;
      yield given.value;
    }
  } finally {
    clearInterval(watcher);
  }
}

/** Sends one stream through a ring. */
async function pour(place: FeedPlace, index: number, { trace, source }: FedTrace): Promise<FeedEnd> {
  const { plan, memory, control, endInput } = place;
  const words = ringWords(plan, memory, index);
  const { ringBytes } = plan.input;
  const ring = new Uint8Array(memory, ringStart(plan, index), ringBytes);
  const free = (): number =>
    ringBytes - ((Atomics.load(words, RING_WRITTEN) - Atomics.load(words, RING_READ)) | 0);
  // The workers leave a damaged trace before its end: what else comes is for nobody.
  const isLeft = (): boolean => Atomics.load(words, RING_LEFT) === 1;
  const isEnded = (): boolean => source.pipe !== undefined && endInput?.aborted === true;
  const isOver = (): boolean => isLeft() || isEnded() || C.isStopped(control);
  const { pieces, warnings, close } = openStream(source);
  try {
    for await (const bytes of watched(pieces, isOver)) {
      for (let at = 0; at < bytes.byteLength; ) {
        if (free() === 0) await until(control, () => free() > 0 || isLeft());
        if (isLeft()) break;
        const to = Atomics.load(words, RING_WRITTEN) & (ringBytes - 1);
        const count = Math.min(free(), ringBytes - to, bytes.byteLength - at);
        ring.set(bytes.subarray(at, at + count), to);
        at += count;
        Atomics.add(words, RING_WRITTEN, count);
        C.ringChanged(control);
      }
      if (isLeft()) break;
      if (C.isStopped(control)) throw new C.Stopped();
    }
  } finally {
    close();
  }
  Atomics.store(words, RING_ENDED, 1);
  C.ringChanged(control);
  await until(control, isLeft);
  Atomics.store(words, RING_TRACE, 0);
  return { trace, warnings };
}

/** The number of a ring that holds no trace; -1 without. */
function freeRing({ plan, memory }: FeedPlace): number {
  for (let index = 0; index < plan.input.ringCount; index++)
    if (Atomics.load(ringWords(plan, memory, index), RING_TRACE) === 0) return index;
  return -1;
}

/** Gives a ring to a trace. */
function begin({ plan, memory, control }: FeedPlace, index: number, trace: number): void {
  const words = ringWords(plan, memory, index);
  for (const word of [RING_READ, RING_WRITTEN, RING_ENDED, RING_LEFT]) Atomics.store(words, word, 0);
  Atomics.store(words, RING_TRACE, trace + 1);
  C.ringChanged(control);
}

/**
 * Feeds all streamed traces, each when the workers want it. Rejects with Stopped when the replay was stopped, or with what the file
 * system says.
 */
export async function feedStreams(
  place: FeedPlace,
  traces: readonly FedTrace[],
): Promise<readonly FeedEnd[]> {
  const { plan, memory, control } = place;
  const waiting = new Set(traces);
  const pours: Promise<FeedEnd>[] = [];
  let failure: { readonly error: unknown } | undefined;
  while (waiting.size > 0) {
    if (failure !== undefined) throw failure.error;
    if (C.isStopped(control)) throw new C.Stopped();
    for (const fed of waiting) {
      if (traceNumbers(plan, memory, fed.trace)[TRACE_IS_WANTED] === 0) continue;
      const index = freeRing(place);
      if (index < 0) break;
      waiting.delete(fed);
      begin(place, index, fed.trace);
      const poured = pour(place, index, fed);
      poured.catch((error: unknown) => {
        failure ??= { error };
      });
      pours.push(poured);
    }
    if (waiting.size > 0) await sleep(POLL_MILLISECONDS);
  }
  return await Promise.all(pours);
}
