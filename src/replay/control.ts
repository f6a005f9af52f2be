/**
 * What the threads of one replay tell each other: words in shared memory, changed through Atomics or under the reader's
 * turn. Every wait ends within STOP_CHECK_MILLISECONDS once the stop word is set, so that no thread outlives a failure.
 */

/** 1 when everybody is to end. */
const STOP = 0;
const TURN = 1;
const ARRIVED = 2;
const GENERATION = 3;
/** Rows of the round that are taken. */
export const ROUND_ROWS = 4;
export const ROUND_CHUNKS = 5;
/** 1 when no more rows come into the round. */
export const ROUND_CLOSED = 6;
/** 1 when the last trace is read. */
export const ENDED = 7;
/** Rounds that are judged. */
export const ROUND = 9;
/** Rounds whose rows the main thread has done with. */
export const RELEASED = 10;
/** Streams that were begun and are not read to their end. */
export const STREAMS = 11;
/** Counts every change of a ring. */
export const RING_CHANGES = 12;
/** 1 when the ends of the wanted range of time are known. */
export const RANGE_IS_KNOWN = 13;
export const CONTROL_WORDS = 32;
export const CONTROL_BYTES = 192;

/** f64s behind the words: progress. */
export const BYTES_READ = 0;
export const PACKETS_JUDGED = 1;
/** When the round at hand got its first rows, as Date.now() says it. */
export const ROUND_BEGAN = 2;
const CONTROL_NUMBERS = 8;

const STOP_CHECK_MILLISECONDS = 50;

/** Thrown in a worker when another thread stopped the replay; whoever stopped it knows the cause. */
export class Stopped extends Error {
  constructor() {
    super('the replay was stopped');
    this.name = 'Stopped';
  }
}

export interface Control {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
}

/** Views on the control words at a byte offset, CONTROL_BYTES long. */
export function controlAt(memory: SharedArrayBuffer, offset: number): Control {
  return {
    words: new Int32Array(memory, offset, CONTROL_WORDS),
    numbers: new Float64Array(memory, offset + CONTROL_WORDS * 4, CONTROL_NUMBERS),
  };
}

/** Makes every thread of the replay end. Why, the main thread knows. */
export function stop({ words }: Control): void {
  Atomics.store(words, STOP, 1);
  for (const word of [TURN, GENERATION, RELEASED, RING_CHANGES]) Atomics.notify(words, word);
}

/** True once anybody stopped the replay. */
export function isStopped({ words }: Control): boolean {
  return Atomics.load(words, STOP) !== 0;
}

/** Waits until the word differs from `value`. Throws Stopped. */
export function waitWhile({ words }: Control, word: number, value: number): void {
  while (Atomics.load(words, word) === value) {
    if (Atomics.load(words, STOP) !== 0) throw new Stopped();
    Atomics.wait(words, word, value, STOP_CHECK_MILLISECONDS);
  }
}

/** Waits until the word may differ from `value`, a stop, or `milliseconds`, whichever comes first. */
export function waitFor(
  { words }: Control,
  word: number,
  value: number,
  milliseconds = STOP_CHECK_MILLISECONDS,
): void {
  Atomics.wait(words, word, value, Math.min(milliseconds, STOP_CHECK_MILLISECONDS));
}

/** Runs `read` while no other worker does: the reader's turn. Throws Stopped. */
export function inTurn<T>(control: Control, read: () => T): T {
  const { words } = control;
  while (Atomics.compareExchange(words, TURN, 0, 1) !== 0) waitWhile(control, TURN, 1);
  try {
    if (Atomics.load(words, STOP) !== 0) throw new Stopped();
    return read();
  } finally {
    Atomics.store(words, TURN, 0);
    Atomics.notify(words, TURN, 1);
  }
}

/** Says that the ring has changed. */
export function ringChanged({ words }: Control): void {
  Atomics.add(words, RING_CHANGES, 1);
  Atomics.notify(words, RING_CHANGES);
}

/** Waits until all workers are here; the last one runs `lead` before any goes on. Throws Stopped. */
export function meet(control: Control, workers: number, lead: () => void): void {
  const { words } = control;
  const generation = Atomics.load(words, GENERATION);
  if (Atomics.add(words, ARRIVED, 1) + 1 < workers) {
    waitWhile(control, GENERATION, generation);
    return;
  }
  lead();
  Atomics.store(words, ARRIVED, 0);
  Atomics.add(words, GENERATION, 1);
  Atomics.notify(words, GENERATION);
}
