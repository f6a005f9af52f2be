/** How `dryplane diff` is called. What it does stands in ../diff.ts. */
import type { Command } from 'commander';
import type { Ending } from './ending.ts';
import {
  gather,
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  type RangeOptions,
  REPORT_OUTPUT,
  rangeFlags,
  type SecondSetOptions,
  secondSetFlags,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
  workersFlag,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface DiffOptions
  extends ManifestOptions,
    OutputOptions,
    TraceOptions,
    RangeOptions,
    SecondSetOptions {
  readonly workers?: number;
  readonly failOn?: readonly string[];
}

export function declareDiff(program: Command, ending: Ending): void {
  const command = program
    .command('diff')
    .summary('what differs between two policy sets, or two CNIs')
    .description(
      'Says what two policy sets judge otherwise: flows of traces, or without any all new packets, as regions with an example and who decides in either set. -f is after, --against is before.\nWithout traces no difference is a proof. Exit code 1 when the sets differ.',
    )
    .argument('[trace...]', TRACE_HELP);
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.diff, REPORT_OUTPUT);
  traceFlags(command);
  rangeFlags(command);
  secondSetFlags(command);
  command
    .addOption(workersFlag())
    .option(
      '--fail-on <list>',
      'exit 1 on newly-denied, newly-allowed alone; repeatable (default: on any difference)',
      gather,
    )
    .action(async (traces: string[], options: DiffOptions) => {
      const { diffCommand } = await import('../diff.ts');
      ending.exitCode = await diffCommand(traces, options);
    });
}
