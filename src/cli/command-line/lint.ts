/** How `dryplane lint` is called. What it does stands in ../lint.ts. */
import { type Command, Option } from 'commander';
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
  TRACE_HELP,
  type TraceOptions,
  traceFlags,
  workersFlag,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface LintOptions extends ManifestOptions, OutputOptions, TraceOptions, RangeOptions {
  readonly workers?: number;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly severity: 'error' | 'warning' | 'note';
  readonly failOn: 'error' | 'warning' | 'note' | 'never';
  readonly baseline?: string;
  readonly writeBaseline?: boolean;
}

/** Which checks run, and which findings are told and fail. */
function lintFlags(command: Command): void {
  const severities = ['error', 'warning', 'note'];
  command
    .option('--only <codes>', 'run these checks alone: lint/NAME, comma-separated; repeatable', gather)
    .option('--skip <codes>', 'run all checks but these: likewise; repeatable', gather)
    .addOption(
      new Option('--severity <least>', 'list findings from this severity on')
        .choices(severities)
        .default('warning'),
    )
    .addOption(
      new Option('--fail-on <least>', 'exit 1 on findings from this severity on')
        .choices([...severities, 'never'])
        .default('error'),
    )
    .option('--baseline <file>', 'findings that are known: they are not listed and fail nothing')
    .option('--write-baseline', 'write what is found into the file of --baseline, as known from now on')
    .addOption(workersFlag());
}

export function declareLint(program: Command, ending: Ending): void {
  const command = program
    .command('lint')
    .summary('mistakes in policies')
    .description(
      'Looks for mistakes in policies: selectors that match nothing, ports that nobody has, rules that mean something else than they seem to, that do nothing, or that are wider than traces needed.\nA YAML comment accepts a finding: # dryplane-ignore: lint/NAME why. dryplane help lint/NAME says what a check is about.',
    )
    .argument('[trace...]', `${TRACE_HELP}: rules are held against what it needed`);
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.lint, REPORT_OUTPUT);
  traceFlags(command);
  rangeFlags(command);
  lintFlags(command);
  command.action(async (traces: string[], options: LintOptions) => {
    const { lintCommand } = await import('../lint.ts');
    ending.exitCode = await lintCommand(traces, options);
  });
}
