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

export interface ShapeGraph {
  /** Adds a shape; false when it adds nothing, or has no room. */
  add(shape: Shape): boolean;
}

/** Bits of keys. */
const KEYS_MOST = 64;
/** Alternatives behind a place, which are tried one by one. */
const ALTERNATIVES_MOST = 64;

const wordOf = (step: number, part: number): number => (S.SCAN_STEPS + step * S.STEP_BYTES + part) / 4;

/** An empty graph over a scanner's memory, which holds no steps yet. */
export function createShapeGraph(words: Uint32Array, bytes: Uint8Array): ShapeGraph {
  const places = new Map<string, Place>();
  const bits = new Map<string, number>();
  const sayings = new Map<string, number>();
  let count = 0;
  const placeOf = (name: string): Place => {
    let place = places.get(name);
    if (place === undefined) {
      place = { first: 0, links: [], nexts: new Map() };
      places.set(name, place);
    }
    return place;
  };
  placeOf('').links.push(wordOf(0, S.STEP_NEXT));

  /** Bits of the keys, low and high word; undefined when there are too many. */
  const bitsOf = (keys: readonly string[]): readonly [number, number] | undefined => {
    const halves: [number, number] = [0, 0];
    for (const key of keys) {
      const bit = bits.get(key) ?? bits.size;
      if (bit >= KEYS_MOST) return undefined;
      bits.set(key, bit);
      halves[bit >> 5]! |= 1 << (bit & 31);
    }
    return [halves[0] >>> 0, halves[1] >>> 0];
  };
  const kindWord = ({ kind, role, text }: ShapeStep): number =>
    (kind | (role << 8) | (text.length << 16)) >>> 0;
  const textOf = (step: number): string => {
    const at = S.SCAN_STEPS + step * S.STEP_BYTES + S.STEP_TEXT;
    return String.fromCharCode(...bytes.subarray(at, at + (words[wordOf(step, S.STEP_KIND)]! >>> 16)));
  };
  const sayingOf = (says: string): number => {
    const number = sayings.get(says) ?? sayings.size;
    sayings.set(says, number);
    return number;
  };
  /** What a step says, and which of its first bytes are text. */
  const sayingWord = ({ says, text }: ShapeStep): number =>
    (sayingOf(says) | (((1 << Math.min(text.length, 16)) - 1) << 16)) >>> 0;
  const write = (step: number, wanted: ShapeStep, [low, high]: readonly [number, number]): void => {
    words[wordOf(step, S.STEP_KIND)] = kindWord(wanted);
    words[wordOf(step, S.STEP_KEYS)] = low;
    words[wordOf(step, S.STEP_KEYS) + 1] = high;
    words[wordOf(step, S.STEP_SAYS)] = sayingWord(wanted);
    const at = S.SCAN_STEPS + step * S.STEP_BYTES + S.STEP_TEXT;
    for (let index = 0; index < wanted.text.length; index++)
      bytes[at + index] = wanted.text.charCodeAt(index);
  };
  /** Whether a step is the wanted one: undefined when they differ in what follows, else in what they are. */
  const isSame = (place: Place, step: number, wanted: ShapeStep, keys: readonly [number, number]): boolean =>
    words[wordOf(step, S.STEP_KIND)] === kindWord(wanted) &&
    words[wordOf(step, S.STEP_KEYS)] === keys[0] &&
    words[wordOf(step, S.STEP_KEYS) + 1] === keys[1] &&
    words[wordOf(step, S.STEP_SAYS)] === sayingWord(wanted) &&
    place.nexts.get(step) === wanted.after;
  const isLike = (step: number, { kind, text }: ShapeStep): boolean =>
    (words[wordOf(step, S.STEP_KIND)]! & 255) === kind && textOf(step) === text;

  /** Adds a step behind a place, when it is not there. False when it cannot be there, for want of room or because another one is like it. */
  const reach = (name: string, wanted: ShapeStep): boolean => {
    const place = placeOf(name);
    const keys = bitsOf(wanted.keys);
    if (keys === undefined) return false;
    let last = 0;
    let alternatives = 0;
    for (let step = place.first; step !== 0; step = words[wordOf(step, S.STEP_OTHER)]!) {
      if (isLike(step, wanted)) return isSame(place, step, wanted, keys);
      last = step;
      alternatives++;
    }
    if (count + 1 >= S.SCAN_STEPS_MOST || alternatives >= ALTERNATIVES_MOST) return false;
    const step = ++count;
    write(step, wanted, keys);
    place.nexts.set(step, wanted.after);
    if (last !== 0) words[wordOf(last, S.STEP_OTHER)] = step;
    else {
      place.first = step;
      for (const link of place.links) words[link] = step;
    }
    const next = placeOf(wanted.after);
    if (wanted.kind !== S.STEP_END) {
      next.links.push(wordOf(step, S.STEP_NEXT));
      words[wordOf(step, S.STEP_NEXT)] = next.first;
    }
    return true;
  };
  return {
    add({ steps }) {
      const before = count;
      let place = '';
      for (const step of steps) {
        if (!reach(place, step)) return false;
        place = step.after;
      }
      return count > before;
    },
  };
}
