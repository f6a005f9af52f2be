/**
 * Shapes of JSON records as kernels walk them, in a scanner's memory: steps, and behind each those that may follow. What may follow hangs on the
 * objects around a value and on its key alone, so that shapes share all that they have in common, however they are mixed. Keys that matter have a
 * bit each: a record that has one twice is of no shape.
 */
import * as S from '../../packet/scan-layout.ts';
import type { Shape, ShapeStep } from './shape-steps.ts';

/** A place between two steps. */
interface Place {
  /** The first step behind it, 0 without one. */
  first: number;
  /** Words that hold the number of that step. */
  readonly links: number[];
  /** The places behind its steps. */
  readonly nexts: Map<number, string>;
}

/** Bits of keys. */
const KEYS_MOST = 64;
/** Alternatives behind a place, which are tried one by one. */
const ALTERNATIVES_MOST = 64;

const wordOf = (step: number, part: number): number => (S.SCAN_STEPS + step * S.STEP_BYTES + part) / 4;

/** Two words of bits, low and high. */
type KeyBits = readonly [number, number];

const kindWord = ({ kind, role, text }: ShapeStep): number =>
  (kind | (role << 8) | (text.length << 16)) >>> 0;

export class ShapeGraph {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #places = new Map<string, Place>();
  readonly #bits = new Map<string, number>();
  readonly #sayings = new Map<string, number>();
  #count = 0;

  /** An empty graph over a scanner's memory, which holds no steps yet. */
  constructor(words: Uint32Array, bytes: Uint8Array) {
    this.#words = words;
    this.#bytes = bytes;
    this.#placeOf('').links.push(wordOf(0, S.STEP_NEXT));
  }

  /** Adds a shape; false when it adds nothing, or has no room. */
  add({ steps }: Shape): boolean {
    const before = this.#count;
    let place = '';
    for (const step of steps) {
      if (!this.#reach(place, step)) return false;
      place = step.after;
    }
    return this.#count > before;
  }

  /** Adds a step behind a place, when it is not there. False when it cannot be there, for want of room or because another one is like it. */
  #reach(name: string, wanted: ShapeStep): boolean {
    const words = this.#words;
    const place = this.#placeOf(name);
    const keys = this.#bitsOf(wanted.keys);
    if (keys === undefined) return false;
    let last = 0;
    let alternatives = 0;
    for (let step = place.first; step !== 0; step = words[wordOf(step, S.STEP_OTHER)]!) {
      if (this.#isLike(step, wanted)) return this.#isSame(place, step, wanted, keys);
      last = step;
      alternatives++;
    }
    if (this.#count + 1 >= S.SCAN_STEPS_MOST || alternatives >= ALTERNATIVES_MOST) return false;
    const step = ++this.#count;
    this.#write(step, wanted, keys);
    place.nexts.set(step, wanted.after);
    if (last !== 0) words[wordOf(last, S.STEP_OTHER)] = step;
    else {
      place.first = step;
      for (const link of place.links) words[link] = step;
    }
    const next = this.#placeOf(wanted.after);
    if (wanted.kind !== S.STEP_END) {
      next.links.push(wordOf(step, S.STEP_NEXT));
      words[wordOf(step, S.STEP_NEXT)] = next.first;
    }
    return true;
  }

  #placeOf(name: string): Place {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = { first: 0, links: [], nexts: new Map() };
      this.#places.set(name, place);
    }
    return place;
  }

  /** Bits of the keys; undefined when there are too many. */
  #bitsOf(keys: readonly string[]): KeyBits | undefined {
    const halves: [number, number] = [0, 0];
    for (const key of keys) {
      const bit = this.#bits.get(key) ?? this.#bits.size;
      if (bit >= KEYS_MOST) return undefined;
      this.#bits.set(key, bit);
      halves[bit >> 5]! |= 1 << (bit & 31);
    }
    return [halves[0] >>> 0, halves[1] >>> 0];
  }

  /** What a step says, and which of its first bytes are text. */
  #sayingWord({ says, text }: ShapeStep): number {
    const number = this.#sayings.get(says) ?? this.#sayings.size;
    this.#sayings.set(says, number);
    return (number | (((1 << Math.min(text.length, 16)) - 1) << 16)) >>> 0;
  }

  #textOf(step: number): string {
    const at = S.SCAN_STEPS + step * S.STEP_BYTES + S.STEP_TEXT;
    const length = this.#words[wordOf(step, S.STEP_KIND)]! >>> 16;
    return String.fromCharCode(...this.#bytes.subarray(at, at + length));
  }

  #write(step: number, wanted: ShapeStep, [low, high]: KeyBits): void {
    const words = this.#words;
    words[wordOf(step, S.STEP_KIND)] = kindWord(wanted);
    words[wordOf(step, S.STEP_KEYS)] = low;
    words[wordOf(step, S.STEP_KEYS) + 1] = high;
    words[wordOf(step, S.STEP_SAYS)] = this.#sayingWord(wanted);
    const at = S.SCAN_STEPS + step * S.STEP_BYTES + S.STEP_TEXT;
    for (let index = 0; index < wanted.text.length; index++)
      this.#bytes[at + index] = wanted.text.charCodeAt(index);
  }

  /** Whether a step that is like the wanted one means and leads to the same. */
  #isSame(place: Place, step: number, wanted: ShapeStep, [low, high]: KeyBits): boolean {
    const words = this.#words;
    return (
      words[wordOf(step, S.STEP_KIND)] === kindWord(wanted) &&
      words[wordOf(step, S.STEP_KEYS)] === low &&
      words[wordOf(step, S.STEP_KEYS) + 1] === high &&
      words[wordOf(step, S.STEP_SAYS)] === this.#sayingWord(wanted) &&
      place.nexts.get(step) === wanted.after
    );
  }

  /** Whether a step takes the same bytes: a record could go either way. */
  #isLike(step: number, { kind, text }: ShapeStep): boolean {
    return (this.#words[wordOf(step, S.STEP_KIND)]! & 255) === kind && this.#textOf(step) === text;
  }
}
