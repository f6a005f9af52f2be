/**
 * Seeded randomness for everything that is drawn, synthetic inputs and packets alike: the same seed gives the same bytes on every machine. Numbers are drawn
 * in one order only, so whoever draws passes its own generator on.
 */

/** Draws a number in [0, 1). */
export type Random = () => number;

/** Mulberry32. Different `stream` numbers give independent sequences of the same seed. Source: Tommy Ettinger, public domain. */
export function randomFrom(seed: number, stream = 0): Random {
  let state = (seed ^ Math.imul(stream, 0x9e3779b1)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A whole number in [0, below). */
export function drawBelow(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** One of a list, each as likely as the others. */
export function drawFrom<T>(random: Random, list: readonly T[]): T {
  return list[drawBelow(random, list.length)]!;
}

/** A waiting time, exponentially distributed. */
export function drawWait(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

/**
 * Places 0 to `count` - 1, the earlier ones more often: place k with a weight of 1 / (k + 1)^exponent. An exponent of 0 makes
 * all alike.
 */
export function zipf(count: number, exponent: number): (random: Random) => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let place = 0; place < count; place++) {
    sum += (place + 1) ** -exponent;
    sums[place] = sum;
  }
  return (random) => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
