/** Options of `reduce`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DiffOptions, gather, workersFlag } from './flags.ts';

export interface ReduceOptions extends Omit<DiffOptions, 'failOn'> {
  readonly flow?: string;
  readonly expect?: 'allow' | 'deny';
  readonly suite?: string;
  readonly name?: readonly string[];
  readonly record?: number;
  readonly loose?: boolean;
}

function recordNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('Records are counted from 1.');
  return Number(text);
}

/** What is reduced: a difference between two sets, or how one judges a flow. */
export function reduceFlags(command: Command): Command {
  return command
    .option(
      '--flow <flow>',
      'the flow whose verdict must stay (default: with two sets the first that differs): "tcp shop/web to shop/db:5432"',
    )
    .addOption(
      new Option('--expect <verdict>', 'what was expected of it; it is judged otherwise').choices([
        'allow',
        'deny',
      ]),
    )
    .option('--suite <file>', 'a suite: the first expectation that fails, or that of --name')
    .option(
      '--name <pattern>',
      'only expectations of the suite whose line in the report holds this text, or matches /a pattern/; repeatable',
      gather,
    )
    .addOption(
      new Option(
        '--record <n>',
        'a record of the trace, counted from 1: its verdict must stay, with the fewest records that show it',
      ).argParser(recordNumber),
    )
    .option(
      '--against <path>',
      'manifests of the set before: a file or folder, or git:REV for the paths of -f at that revision; repeatable',
      gather,
    )
    .option('--against-cni <name>', 'the CNI before (default: that of --cni)')
    .option('--staged', 'staged policies count as enforced after')
    .option('--loose', 'only verdicts must stay, not the reason and who decides')
    .addOption(workersFlag());
}
