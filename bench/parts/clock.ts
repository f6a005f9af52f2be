/** CPU time of the calling thread: on a shared machine wall time measures the neighbours. */
import { readFileSync } from 'node:fs';

const path = '/proc/thread-self/schedstat';
let available = true;

/** Nanoseconds that this thread has run; wall time where the system does not say. */
export function threadNanos(): number {
  if (available) {
    try {
      return Number(readFileSync(path, 'latin1').split(' ', 1)[0]);
    } catch {
      available = false;
    }
  }
  return Number(process.hrtime.bigint());
}

/** What `threadNanos` measures here, for the head of a table. */
export function clockName(): string {
  threadNanos();
  return available ? 'CPU time of the thread' : 'wall time';
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What is timed. `units`: how many units (packets, bytes) one call does. */
export interface Variant {
  readonly units: number;
  /** A program outside of this thread returns the nanoseconds that it measured itself. */
  run(): unknown;
}

/** The system counts a thread's time in steps of some milliseconds: what is timed must be much longer. */
const TIMED_MILLISECONDS = 80;

/** How often a variant is called in a round; the calls warm it up. */
function callsOf({ run }: Variant): number {
  run();
  const begin = performance.now();
  run();
  return Math.max(1, Math.ceil(TIMED_MILLISECONDS / (performance.now() - begin)));
}

/**
 * Runs the variants round-robin, so that a slow moment hits all of them, and returns nanoseconds per unit by name: one
 * value a round, in order.
 */
export function interleave(
  variants: Readonly<Record<string, Variant>>,
  rounds: number,
): Record<string, number[]> {
  const entries = Object.entries(variants).map(([name, variant]) => {
    return { name, variant, calls: callsOf(variant), nanos: [] as number[] };
  });
  for (let round = 0; round < rounds; round++) {
    for (const { variant, calls, nanos } of entries) {
      const begin = threadNanos();
      let told = 0;
      for (let call = 0; call < calls; call++) {
        const own = variant.run();
        if (typeof own === 'number') told += own;
      }
      nanos.push((told > 0 ? told : threadNanos() - begin) / (variant.units * calls));
    }
  }
  return Object.fromEntries(entries.map(({ name, nanos }) => [name, nanos]));
}

/** Median of the ratios of each round, with the smallest and the largest. */
export function ratio(numerator: readonly number[], denominator: readonly number[]): string {
  const ratios = numerator.map((value, round) => value / denominator[round]!);
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  return `${median(ratios).toPrecision(3)} (${low.toPrecision(3)} to ${high.toPrecision(3)})`;
}
