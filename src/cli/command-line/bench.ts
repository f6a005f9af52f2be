/** How `dryplane bench` is called. What it does stands in ../bench.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  gather,
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  positiveInteger,
  REPORT_OUTPUT,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface BenchOptions extends ManifestOptions, OutputOptions, TraceOptions {
  readonly against?: readonly string[];
  readonly multiply?: string;
  readonly seconds: number;
  readonly save?: string;
  readonly baseline?: string;
  readonly failOn?: readonly string[];
}

/** What is measured, for how long, and what it is held against. */
function benchFlags(command: Command): void {
  command
    .option('--against <path>', 'manifests of a second set, measured side by side; repeatable', gather)
    .option(
      '--multiply <list>',
      'how many times the set is taken, with labels, namespaces and addresses of its own each time (default: 1,10,100 as far as it is quick)',
    )
    .addOption(
      new Option('--seconds <n>', 'about how long is measured').argParser(positiveInteger).default(10),
    )
    .option('--save <file>', 'write the figures to a file, for --baseline')
    .option('--baseline <file>', 'compare with the figures of an earlier run')
    .option(
      '--fail-on <list>',
      'exit 1 on regression=10%: slower or larger than the second set or the baseline by more than that, beyond doubt; repeatable',
      gather,
    );
}

export function declareBench(program: Command, ending: Ending): void {
  const command = program
    .command('bench')
    .summary('what a policy set costs, and how that grows')
    .description(
      'Says how expensive a policy set is: time to compile, size of the tables, nanoseconds a lookup, as it is and many times over.\nOf traces the first packets of their connections are looked up too.',
    )
    .argument('[trace...]', TRACE_HELP);
  manifestFlags(command);
  outputFlags(command, FORMATS.bench, REPORT_OUTPUT);
  traceFlags(command);
  benchFlags(command);
  command.action(async (traces: string[], options: BenchOptions) => {
    const { benchCommand } = await import('../bench.ts');
    ending.exitCode = await benchCommand(traces, options);
  });
}
