/** Repeatable random numbers for generators: mulberry32, seeded by SEED= or afresh. */

export interface Random {
  readonly seed: number;
  /** 0 <= n < limit, whole. */
  below(limit: number): number;
  /** True with the probability `share`. */
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A random subset in the given order; each element with the probability `share`. */
  some<T>(values: readonly T[], share?: number): T[];
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    seed,
    below,
    chance: (share) => next() < share,
    pick: (values) => values[below(values.length)]!,
    some: (values, share = 0.5) => values.filter(() => next() < share),
  };
}

/** The seed of the whole run: SEED of the environment, which run-seed.ts draws where it is not given. */
export function chosenSeed(): number {
  return Number(process.env.SEED) >>> 0;
}
