#!/usr/bin/env node
/** Arguments in, exit code out: the only file that ends the process. */
import { setFlagsFromString } from 'node:v8';
import { reportFailure } from './cli/failure.ts';
import { runCommandLine } from './cli/run.ts';
import { abandonOpenFiles } from './output/atomic-file.ts';

const EXIT_INTERRUPTED = 130;

/** Bytes of code that a function runs before the engine thinks of compiling it anew; by itself the engine takes a third of that, or less. */
const PATIENCE_BYTES = 400_000;
/** Engines behind these may not know the flag, and say so on standard error. */
const NODE_MOST = 24;

// Most of what runs here runs once. Compiled eagerly it takes a seventh of a short replay's processor time, beside the workers.
if (Number.parseInt(process.versions.node, 10) <= NODE_MOST)
  setFlagsFromString(`--interrupt-budget=${PATIENCE_BYTES}`);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    abandonOpenFiles();
    process.exit(EXIT_INTERRUPTED);
  });
}

// What fails outside of the run itself: standard output on a full disk, a stream of a worker.
process.once('uncaughtException', (error) => {
  abandonOpenFiles();
  // Standard output may be what failed, so this is told on the other one.
  process.exit(reportFailure(error, []));
});

process.exitCode = await runCommandLine(process.argv.slice(2));
