/**
 * How sure a ratio of two noisy figures is: the percentile bootstrap. Rounds are drawn again with replacement, the ratio of each draw is
 * taken, and the middle 95 % of these ratios is the interval. The draws are seeded: the same rounds give the same interval.
 *
 * Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
 */
import { drawBelow, randomFrom } from '../random/random.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;
const OUTSIDE = 0.025;
const SEED = 1;
/** With fewer rounds the draws say nothing. */
const ROUNDS_LEAST = 3;

/** The middle value; of an even number the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function middleOf(draw: (random: () => number) => number): Interval {
  const random = randomFrom(SEED);
  const drawn = Float64Array.from({ length: RESAMPLES }, () => draw(random)).sort();
  return {
    low: drawn[Math.floor(RESAMPLES * OUTSIDE)]!,
    high: drawn[Math.ceil(RESAMPLES * (1 - OUTSIDE)) - 1]!,
  };
}

const drawAgain = (random: () => number, values: readonly number[]): number[] =>
  values.map(() => values[drawBelow(random, values.length)]!);

/** Of the median of per-round ratios, where round i of both ran side by side. */
export function pairedRatio(
  values: readonly number[],
  others: readonly number[],
): { ratio: number; interval: Interval | null } {
  const ratios = values.slice(0, others.length).map((value, round) => value / others[round]!);
  return {
    ratio: medianOf(ratios),
    interval: ratios.length < ROUNDS_LEAST ? null : middleOf((random) => medianOf(drawAgain(random, ratios))),
  };
}

/** Of the ratio of medians, where the rounds of one have nothing to do with those of the other. */
export function unpairedRatio(
  values: readonly number[],
  others: readonly number[],
): { ratio: number; interval: Interval | null } {
  return {
    ratio: medianOf(values) / medianOf(others),
    interval:
      Math.min(values.length, others.length) < ROUNDS_LEAST
        ? null
        : middleOf((random) => medianOf(drawAgain(random, values)) / medianOf(drawAgain(random, others))),
  };
}
