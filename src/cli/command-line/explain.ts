/** How `dryplane explain` is called. What it does stands in ../explain.ts. */
import { type Command, Option } from 'commander';
import type { Ending } from './ending.ts';
import {
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  REPORT_OUTPUT,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface ExplainOptions extends ManifestOptions, OutputOptions {
  readonly expect?: 'allow' | 'deny';
  readonly at?: string;
}

export function declareExplain(program: Command, ending: Ending): void {
  const command = program
    .command('explain')
    .summary('the decision walk for one flow, tier by tier, rule by rule')
    .description(
      'Says what would happen to a flow and why: every tier, policy and rule that it meets on both sides.\nFlows are written like: tcp shop/web to shop/db:5432 · udp 10.0.1.7 to 8.8.8.8:53 · icmp shop/web to shop/db',
    )
    .argument('<flow...>', 'a flow; its words may be unquoted');
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.explain, REPORT_OUTPUT);
  command
    .option('--at <time>', 'the snapshot of that time, where -f names several')
    .addOption(
      new Option('--expect <verdict>', 'exit 1 unless every flow has this verdict').choices([
        'allow',
        'deny',
      ]),
    )
    .action(async (operands: string[], options: ExplainOptions) => {
      const { explainCommand } = await import('../explain.ts');
      ending.exitCode = await explainCommand(operands, options);
    });
}
