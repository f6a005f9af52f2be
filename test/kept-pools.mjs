/**
 * Stands in for Piscina in tests of many short replays: pools of the real one, kept from replay to replay, since threads
 * take longer to start than such a replay does. `vitest.config.ts` says in which tests; `cli/kept-program.mjs` has its own.
 * A pool serves one replay at a time, as those of the real one do.
 */
import { createRequire } from 'node:module';

// Not by import, which would find this file again.
/** @type {{ Piscina: typeof import('piscina').Piscina }} */
const { Piscina: Real } = createRequire(import.meta.url)('piscina');

/**
 * Pools that no replay has, by their options.
 * @type {Map<string, import('piscina').Piscina[]>}
 */
const free = new Map();

/** @type {Set<import('piscina').Piscina>} */
const all = new Set();

/** A pool that outlives its replay. */
export class Piscina {
  #key;
  #pool;
  #running = 0;

  /** @param {NonNullable<ConstructorParameters<typeof Real>[0]>} options */
  constructor(options) {
    this.#key = JSON.stringify(options);
    this.#pool = free.get(this.#key)?.pop() ?? new Real({ ...options, idleTimeout: 3_600_000 });
    all.add(this.#pool);
  }

  /**
   * @param {Parameters<import('piscina').Piscina['run']>} task
   * @returns {Promise<unknown>}
   */
  async run(...task) {
    this.#running++;
    try {
      return await this.#pool.run(...task);
    } finally {
      this.#running--;
    }
  }

  /** Leaves the threads to the next; busy ones end, since nobody knows when they would. */
  async destroy() {
    if (!all.has(this.#pool)) return;
    if (this.#running === 0) {
      free.set(this.#key, [...(free.get(this.#key) ?? []), this.#pool]);
      return;
    }
    all.delete(this.#pool);
    await this.#pool.destroy();
  }
}

/** Ends the threads of all pools, hung ones too. */
export async function destroyPools() {
  const pools = [...all];
  all.clear();
  free.clear();
  await Promise.all(pools.map((pool) => pool.destroy()));
}
