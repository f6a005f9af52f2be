#!/usr/bin/env node
/** Arguments in, exit code out: the only file that ends the process. */
import { runCommandLine } from './cli/run.ts';
import { abandonOpenFiles } from './output/atomic-file.ts';

const EXIT_INTERRUPTED = 130;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    abandonOpenFiles();
    process.exit(EXIT_INTERRUPTED);
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2));
