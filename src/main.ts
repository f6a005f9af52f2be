#!/usr/bin/env node
/** Arguments in, exit code out: the only file that ends the process. */
import { reportFailure, runCommandLine } from './cli/run.ts';
import { abandonOpenFiles } from './output/atomic-file.ts';

const EXIT_INTERRUPTED = 130;

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
