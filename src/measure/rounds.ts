/**
 * Interleaved rounds, timed by tinybench: in every round each variant runs for a moment, so that a slow moment of the machine hits all of
 * them. A round's figure is the median of its calls, which one call that was held up does not move.
 */
import { Bench } from 'tinybench';

export interface Variant {
  readonly name: string;
  /** Packets of one call. */
  readonly units: number;
  /** Called before each call of `run`, not timed. */
  readonly prepare: () => void;
  readonly run: () => void;
  /** Its preparation is long: it gets few calls instead of a time. */
  readonly isCold: boolean;
}

/** How long a variant runs in a round, and how often one does that is cold. */
const MILLISECONDS = 12;
const COLD_CALLS = 7;

/** Runs the variants once in the order given: nanoseconds per unit by name. */
function runOnce(variants: readonly Variant[]): ReadonlyMap<string, number> {
  const benches = {
    warm: new Bench({ time: MILLISECONDS, iterations: 3, warmup: false, throws: true }),
    cold: new Bench({ time: 0, iterations: COLD_CALLS, warmup: false, throws: true }),
  };
  for (const { name, prepare, run, isCold } of variants)
    benches[isCold ? 'cold' : 'warm'].add(name, run, { beforeEach: prepare });
  const tasks = [...benches.warm.runSync(), ...benches.cold.runSync()];
  const nanos = tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name} ended ${result.state}`);
    return [name, result.latency.p50 * 1e6] as const;
  });
  return new Map(nanos);
}

/**
 * Runs a round: nanoseconds per unit of every variant, in their order. Each round begins with another variant, so that none always runs
 * behind the same one.
 */
export function createRounds(variants: readonly Variant[]): () => number[] {
  let first = 0;
  return () => {
    const nanos = runOnce([...variants.slice(first), ...variants.slice(0, first)]);
    first = (first + 1) % variants.length;
    return variants.map(({ name, units }) => nanos.get(name)! / units);
  };
}
