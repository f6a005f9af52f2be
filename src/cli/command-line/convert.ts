/** How `dryplane convert` is called. What it does stands in ../convert.ts. */
import type { Command } from 'commander';
import type { Ending } from './ending.ts';
import {
  type OutputOptions,
  outputFlags,
  type RangeOptions,
  rangeFlags,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export type ConvertOptions = OutputOptions & TraceOptions & RangeOptions;

export function declareConvert(program: Command, ending: Ending): void {
  const command = program
    .command('convert')
    .summary('any trace as NDJSON or CSV, captures as pcap')
    .description(
      'Writes the records of traces in a common form, whatever format they have; nothing is judged. What it writes, replay reads.\nSeveral traces follow each other.',
    )
    .argument('<trace...>', TRACE_HELP);
  traceFlags(command);
  rangeFlags(command);
  outputFlags(command, FORMATS.convert, 'write to a file; its ending names the format');
  command.action(async (traces: string[], options: ConvertOptions) => {
    const { convertCommand } = await import('../convert.ts');
    ending.exitCode = await convertCommand(traces, options);
  });
}
