/** How `dryplane reduce` is called. What it does stands in ../reduce.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  type ManifestOptions,
  manifestFlags,
  nameFlag,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  positiveInteger,
  type SecondSetOptions,
  secondSetFlags,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
  workersFlag,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface ReduceOptions extends ManifestOptions, OutputOptions, TraceOptions, SecondSetOptions {
  readonly flow?: string;
  readonly expect?: 'allow' | 'deny';
  readonly suite?: string;
  readonly name?: readonly string[];
  readonly record?: number;
  readonly loose?: boolean;
  readonly workers?: number;
}

/** What is reduced: how one set judges a flow, or a difference between two. */
function reduceFlags(command: Command): void {
  command
    .option(
      '--flow <flow>',
      'the flow whose verdict must stay (default: with two sets the first that differs), of a trace its first record: "tcp shop/web to shop/db:5432"',
    )
    .addOption(
      new Option('--expect <verdict>', 'what was expected of it; it is judged otherwise').choices([
        'allow',
        'deny',
      ]),
    )
    .option('--suite <file>', 'a suite: the first expectation that fails, or that of --name')
    .addOption(nameFlag())
    .addOption(
      new Option(
        '--record <n>',
        'a record of the trace, counted from 1: its verdict must stay, with the fewest records that show it',
      ).argParser(positiveInteger),
    );
  secondSetFlags(command);
  command
    .option('--loose', 'only verdicts must stay, not the reason and who decides')
    .addOption(workersFlag());
}

export function declareReduce(program: Command, ending: Ending): void {
  const command = program
    .command('reduce')
    .summary('the smallest manifests that show a difference or a verdict')
    .description(
      'Takes away objects, rules, peers, ports, labels and fields until nothing more can go without the flow being judged otherwise: what is left fits into a bug report.\nWith a second set (as diff takes it) the verdicts in both must stay. -o names a folder for the files.',
    )
    .argument('[trace]', `with --record or --flow: ${TRACE_HELP}`);
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.reduce, 'write the manifests and a suite into a folder');
  traceFlags(command);
  reduceFlags(command);
  command.action(async (trace: string | undefined, options: ReduceOptions) => {
    const { reduceCommand } = await import('../reduce.ts');
    ending.exitCode = await reduceCommand(trace, options);
  });
}
