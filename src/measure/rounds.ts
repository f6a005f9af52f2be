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
const COLD_CALLS = 5;

/** Runs a round: nanoseconds per unit of every variant, in their order. */
export function createRounds(variants: readonly Variant[]): () => number[] {
  const warm = new Bench({ time: MILLISECONDS, iterations: 3, warmup: false, throws: true });
  const cold = new Bench({ time: 0, iterations: COLD_CALLS, warmup: false, throws: true });
  const tasks = variants.map(({ name, prepare, run, isCold }) => {
    const bench = isCold ? cold : warm;
    bench.add(name, run, { beforeEach: prepare });
    return bench.getTask(name)!;
  });
  return () => {
    for (const bench of [warm, cold]) {
      bench.reset();
      bench.runSync();
    }
    return tasks.map(({ result }, place) => {
      if (result.state !== 'completed') throw new Error(`${variants[place]!.name} ended ${result.state}`);
      return (result.latency.p50 * 1e6) / variants[place]!.units;
    });
  };
}
