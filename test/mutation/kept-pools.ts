/**
 * Stands in for Piscina in tests of many short replays: pools of the real one, kept from replay to replay, since threads
 * take longer to start than such a replay does. `vitest.config.ts` says in which tests.
 */
import { createRequire } from 'node:module';
import type { Piscina as RealPiscina } from 'piscina';

// Not by import, which would find this file again.
const { Piscina: Real } = createRequire(import.meta.url)('piscina') as { Piscina: typeof RealPiscina };

type Options = ConstructorParameters<typeof RealPiscina>[0];

const pools = new Map<string, RealPiscina>();

/** A pool that outlives its replay. */
export class Piscina {
  readonly #pool: RealPiscina;

  constructor(options: Options) {
    const key = JSON.stringify(options);
    this.#pool = pools.get(key) ?? new Real({ ...options, idleTimeout: 3_600_000 });
    pools.set(key, this.#pool);
  }

  run(...task: Parameters<RealPiscina['run']>): Promise<unknown> {
    return this.#pool.run(...task);
  }

  async destroy(): Promise<void> {}
}

/** Ends the threads of all pools, hung ones too. */
export async function destroyPools(): Promise<void> {
  const all = [...pools.values()];
  pools.clear();
  await Promise.all(all.map((pool) => pool.destroy()));
}
