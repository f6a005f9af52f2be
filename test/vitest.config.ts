import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './slow-first.ts';

/** Many short replays: their threads are kept from one to the next. Not where threads are what is tested. */
const KEPT_THREADS = ['mutation/*.test.ts', 'replay/!(threads).test.ts'];

export default defineConfig({
  test: {
    root: import.meta.dirname,
    globalSetup: ['./run-seed.ts', './build.ts'],
    // Enough for the longest on a machine that has much else to do.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One process for each core, not for each file: what the files import is loaded and warm from the second file on.
    isolate: false,
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        extends: true,
        resolve: { alias: { piscina: resolve(import.meta.dirname, 'mutation/kept-pools.ts') } },
        test: { name: 'kept threads', include: KEPT_THREADS },
      },
      { extends: true, test: { name: 'own threads', include: ['**/*.test.ts'], exclude: KEPT_THREADS } },
    ],
    // CI counts from this file; see .ci/run.
    reporters: process.env.TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]]
      : ['default'],
  },
});
