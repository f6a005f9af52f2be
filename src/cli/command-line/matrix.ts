/** How `dryplane matrix` is called. What it does stands in ../matrix.ts. */
import { type Command, Option } from 'commander';
import type { MatrixBy } from '../../analysis/matrix/matrix-parties.ts';
import type { Ending } from './ending.ts';
import {
  gather,
  type ManifestOptions,
  manifestFlags,
  type OutputOptions,
  outputFlags,
  overlayFlags,
  REPORT_OUTPUT,
} from './flags.ts';
import { FORMATS } from './formats.ts';

export interface MatrixOptions extends ManifestOptions, OutputOptions {
  readonly by: MatrixBy;
  readonly exposure?: boolean;
  readonly port?: string;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
}

const WHO =
  'a namespace, namespace/pod, namespace/Kind/name, labels such as app=web, a block of addresses, outside, nodes or node:NAME';

/** Whom the matrix is about, and what of them. */
function matrixFlags(command: Command): void {
  command
    .addOption(
      new Option('--by <what>', 'what one row and one column stands for')
        .choices(['pod', 'workload', 'namespace'])
        .default('workload'),
    )
    .option('--port <protocol/port>', 'one port alone: tcp/5432')
    .option('--exposure', 'also which blocks of addresses, and which pods that do not exist yet')
    .option('--from <who>', `who sends: ${WHO}; repeatable (default: all pods, and outside)`, gather)
    .option(
      '--to <who>',
      'who is reached: the same, and services or service:namespace/name; repeatable',
      gather,
    );
}

export function declareMatrix(program: Command, ending: Ending): void {
  const command = program
    .command('matrix')
    .summary('who can talk to whom, on which ports')
    .description(
      'Says who can talk to whom, complete over all new packets: by workload, pod or namespace, for all ports or one.\nWhat is not said of a pair is denied.',
    );
  manifestFlags(command);
  overlayFlags(command);
  outputFlags(command, FORMATS.matrix, REPORT_OUTPUT);
  matrixFlags(command);
  command.action(async (options: MatrixOptions) => {
    const { matrixCommand } = await import('../matrix.ts');
    ending.exitCode = await matrixCommand(options);
  });
}
