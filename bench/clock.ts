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

/**
 * Runs the variants round-robin, so that a slow moment hits all of them, and returns nanoseconds per unit by name: one
 * value a round, in order. `units` is how many units (packets, bytes) one call of a variant does.
 */
export function interleave(
  variants: Readonly<Record<string, { readonly units: number; run(): void }>>,
  rounds: number,
): Record<string, number[]> {
  const nanos: Record<string, number[]> = {};
  for (const [name, variant] of Object.entries(variants)) {
    variant.run();
    nanos[name] = [];
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      const begin = threadNanos();
      variant.run();
      nanos[name]!.push((threadNanos() - begin) / variant.units);
    }
  }
  return nanos;
}

/** Median of the ratios of each round, with the smallest and the largest. */
export function ratio(numerator: readonly number[], denominator: readonly number[]): string {
  const ratios = numerator.map((value, round) => value / denominator[round]!);
  const low = Math.min(...ratios);
  const high = Math.max(...ratios);
  return `${median(ratios).toPrecision(3)} (${low.toPrecision(3)} to ${high.toPrecision(3)})`;
}
