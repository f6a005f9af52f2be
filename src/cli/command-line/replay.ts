/** How `dryplane replay` is called. What it does stands in ../replay.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  type CoverageOptions,
  coverageFlags,
  gather,
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  positiveInteger,
  type RangeOptions,
  REPORT_OUTPUT,
  rangeFlags,
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
  workersFlag,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface ReplayOptions
  extends ManifestOptions,
    OutputOptions,
    TraceOptions,
    RangeOptions,
    CoverageOptions {
  readonly workers?: number;
  readonly failOn?: readonly string[];
  readonly pickup: 'judge' | 'kernel';
  readonly duplicates: 'auto' | 'skip' | 'judge';
  readonly connections?: number;
  readonly conntrack?: readonly string[];
  readonly verdicts?: string;
}

/** How the replay runs and what it is asked. */
function replayFlags(command: Command): void {
  command
    .addOption(workersFlag())
    .addOption(
      new Option('--pickup <how>', 'connections whose beginning the trace does not hold')
        .choices(['judge', 'kernel'])
        .default('judge'),
    )
    .addOption(
      new Option(
        '--duplicates <what>',
        'packets seen before: auto skips them where captures are of several interfaces',
      )
        .choices(['auto', 'skip', 'judge'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--connections <n>',
        'connections tracked at a time; more are judged packet by packet',
      ).argParser(positiveInteger),
    )
    .option(
      '--conntrack <name=value>',
      'a setting of connection tracking, as Linux calls it: tcp_timeout_established=1h, udp_timeout=30, tcp_loose=0, max=262144; repeatable',
      gather,
    )
    .option('--verdicts <file>', 'a row for each record of the trace: .csv, .ndjson or .parquet')
    .option(
      '--fail-on <list>',
      'exit 1 on any of: deny, skip, unresolved, unresolved=1%, disagree (observed otherwise), newly-denied, newly-allowed (by staged policies); repeatable',
      gather,
    );
}

export function declareReplay(program: Command, ending: Ending): void {
  const command = program
    .command('replay')
    .summary('replay captured traffic, report verdicts')
    .description(
      'Replays captures against the policies in the manifests: what would be allowed and denied, by which rule.\nWithout -f it says what is in the trace.',
    )
    .argument('<trace...>', TRACE_HELP);
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.replay, REPORT_OUTPUT);
  traceFlags(command);
  rangeFlags(command);
  replayFlags(command);
  coverageFlags(command);
  command.action(async (traces: string[], options: ReplayOptions) => {
    const { replayCommand } = await import('../replay.ts');
    ending.exitCode = await replayCommand(traces, options);
  });
}
