/**
 * What the threads of one replay tell each other: words in shared memory, changed through Atomics or under the reader's
 * turn. Every wait ends within STOP_CHECK_MILLISECONDS once the stop word is set, so that no thread outlives a failure.
 */

/** 1 when everybody is to end. */
const STOP = 0;
const TURN = 1;
/** Rounds that were opened: round n may be filled when it is more than n. */
const OPENED = 2;
/** Rounds whose rows the main thread has done with. */
export const RELEASED = 3;
/** Streams that were begun and are not read to their end. */
export const STREAMS = 4;
/** Counts every change of a ring. */
export const RING_CHANGES = 5;
/** 1 when the ends of the wanted range of time are known. */
export const RANGE_IS_KNOWN = 6;
/** Pieces of a file that some worker has promised to read, and the one whose records come next: read-ahead.ts. */
export const PIECES_CLAIMED = 7;
const NEXT_PIECE = 8;

/** Words of each round that is under way, from here on. */
const ROUNDS = 16;
const ROUND_WORDS = 16;
/** The most rounds that are under way at the same time. */
export const ROUNDS_AT_ONCE = 3;

/** Rows of the round that are taken. */
export const ROUND_ROWS = 0;
export const ROUND_CHUNKS = 1;
/** 1 when no more rows come into the round. */
export const ROUND_CLOSED = 2;
/** 1 when the last trace is read: there is no round behind this one. */
export const ROUND_IS_LAST = 3;
/** Pieces that are rows. */
const ROUND_DECODED = 4;
/** Workers that have judged their rows. */
const ROUND_JUDGED = 5;

/** Count the reasons to look again for whoever waits for its piece's turn, a word for each 64th piece. */
const PIECE_CHANGES = ROUNDS + ROUNDS_AT_ONCE * ROUND_WORDS;
const PIECE_CHANGES_WORDS = 64;
const CONTROL_WORDS = PIECE_CHANGES + PIECE_CHANGES_WORDS;

/** f64s behind the words: progress. */
export const BYTES_READ = 0;
export const PACKETS_JUDGED = 1;
/** When each round at hand got its first rows, as Date.now() says it. */
export const ROUND_BEGAN = 2;
const CONTROL_NUMBERS = ROUND_BEGAN + ROUNDS_AT_ONCE;
export const CONTROL_BYTES = CONTROL_WORDS * 4 + CONTROL_NUMBERS * 8;

/** How often a word is read before its reader sleeps: what others do in their turn takes less time than to wake. */
const SPINS = 1000;
/** How often a word is read by who has something else to do. */
const BRIEF_SPINS = 10_000;
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

/** Opens the first rounds. Before any worker is started. */
export function openRounds({ words }: Control, rounds: number): void {
  Atomics.store(words, OPENED, rounds);
}

/** Index of the first word of a round's, which are the ROUND_ words. `place`: its number modulo the rounds that are under way. */
export function roundWords(place: number): number {
  return ROUNDS + place * ROUND_WORDS;
}

/** Makes every thread of the replay end. Why, the main thread knows. */
export function stop({ words }: Control): void {
  Atomics.store(words, STOP, 1);
  for (let word = 0; word < words.length; word++) Atomics.notify(words, word);
}

/** True once anybody stopped the replay. */
export function isStopped({ words }: Control): boolean {
  return Atomics.load(words, STOP) !== 0;
}

/** Waits until the word differs from `value`. Throws Stopped. */
export function waitWhile({ words }: Control, word: number, value: number): void {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, word) !== value) return;
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

/** Whether round `number` may be filled. */
export function isOpen({ words }: Control, number: number): boolean {
  return Atomics.load(words, OPENED) > number;
}

/** Waits until round `number` may be filled. Throws Stopped. */
export function waitForRound(control: Control, number: number): void {
  for (;;) {
    const opened = Atomics.load(control.words, OPENED);
    if (opened > number) return;
    waitWhile(control, OPENED, opened);
  }
}

/** No more rows come into the round. */
export function isClosed({ words }: Control, round: number): boolean {
  return Atomics.load(words, round + ROUND_CLOSED) === 1;
}

/** No more rows come into the round with the words at `round`. In the reader's turn. */
export function closeRound({ words }: Control, round: number, workers: number): void {
  Atomics.store(words, round + ROUND_CLOSED, 1);
  const next = Atomics.load(words, NEXT_PIECE);
  for (let piece = next; piece < next + workers; piece++) tellPiece(words, piece);
}

/** A piece of the round is rows now, as its chunk's record says. */
export function decoded({ words }: Control, round: number): void {
  Atomics.add(words, round + ROUND_DECODED, 1);
  Atomics.notify(words, round + ROUND_DECODED);
}

/** Waits until `isDone`, which another piece of the round becoming rows may change. Throws Stopped. */
export function waitForRows(control: Control, round: number, isDone: () => boolean): void {
  for (;;) {
    const decoded = Atomics.load(control.words, round + ROUND_DECODED);
    if (isDone()) return;
    waitWhile(control, round + ROUND_DECODED, decoded);
  }
}

/** Says that this worker has judged its rows; the last one runs `end`, then the round's words are the next one's. */
export function judged({ words }: Control, round: number, workers: number, end: () => void): void {
  if (Atomics.add(words, round + ROUND_JUDGED, 1) + 1 < workers) return;
  end();
  words.fill(0, round, round + ROUND_WORDS);
  Atomics.add(words, OPENED, 1);
  Atomics.notify(words, OPENED);
}

function tellPiece(words: Int32Array, piece: number): void {
  const word = PIECE_CHANGES + (piece % PIECE_CHANGES_WORDS);
  Atomics.add(words, word, 1);
  Atomics.notify(words, word);
}

/**
 * Waits until `piece` is the next one; false when the round was closed before, or, with `isBrief`, when it is not soon. Throws
 * Stopped.
 */
export function waitForPiece({ words }: Control, piece: number, round: number, isBrief: boolean): boolean {
  const word = PIECE_CHANGES + (piece % PIECE_CHANGES_WORDS);
  for (let spin = 0; ; spin++) {
    const changes = Atomics.load(words, word);
    if (Atomics.load(words, NEXT_PIECE) === piece) return true;
    if (Atomics.load(words, round + ROUND_CLOSED) === 1) return false;
    if (Atomics.load(words, STOP) !== 0) throw new Stopped();
    if (isBrief && spin >= BRIEF_SPINS) return false;
    if (!isBrief && spin >= SPINS) Atomics.wait(words, word, changes, STOP_CHECK_MILLISECONDS);
  }
}

/** Hands the turn on to whoever has promised to read the piece behind `piece`. */
export function passPiece({ words }: Control, piece: number): void {
  Atomics.store(words, NEXT_PIECE, piece + 1);
  tellPiece(words, piece + 1);
}
