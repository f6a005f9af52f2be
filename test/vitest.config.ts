import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './slow-first.ts';

/** The threads of a replay are what is tested. Elsewhere they are kept from one replay to the next. */
const OWN_THREADS = ['replay/threads.test.ts'];

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
        resolve: { alias: { piscina: resolve(import.meta.dirname, 'kept-pools.mjs') } },
        test: { name: 'kept threads', include: ['**/*.test.ts'], exclude: OWN_THREADS },
      },
      { extends: true, test: { name: 'own threads', include: OWN_THREADS } },
    ],
    // CI counts from this file; see .ci/run.
    reporters: process.env.TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.TEST_REPORT }]]
      : ['default'],
  },
});
