/** Options of `dryplane lint`. */
import { type Command, Option } from 'commander';
import {
  gather,
  type ManifestOptions,
  type OutputOptions,
  type RangeOptions,
  type TraceOptions,
  workersFlag,
} from './flags.ts';

export interface LintOptions extends ManifestOptions, OutputOptions, TraceOptions, RangeOptions {
  readonly workers?: number;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly severity: 'error' | 'warning' | 'note';
  readonly failOn: 'error' | 'warning' | 'note' | 'never';
  readonly baseline?: string;
  readonly writeBaseline?: boolean;
}

/** `lint` only. */
export function lintFlags(command: Command): Command {
  const severities = ['error', 'warning', 'note'];
  return command
    .option('--only <codes>', 'run these checks alone: lint/NAME, comma-separated; repeatable', gather)
    .option('--skip <codes>', 'run all checks but these', gather)
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
