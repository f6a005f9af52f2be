/** How `dryplane snapshot` is called. What it does stands in ../snapshot.ts. */
import type { Command } from 'commander';
import type { Ending } from './ending.ts';
import { gather, type OutputOptions, outputFlags, REPORT_OUTPUT } from './flags.ts';
import { FORMATS } from './formats.ts';

export interface SnapshotOptions extends OutputOptions {
  readonly kubectl: string;
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly without?: readonly string[];
  readonly dryRun?: boolean;
}

/** Which cluster a snapshot is of, and what is not asked. */
function snapshotFlags(command: Command): void {
  command
    .option('--context <name>', "the cluster, by a context of kubectl's (default: the current one)")
    .option('--kubeconfig <file>', "kubectl's configuration")
    .option('--kubectl <program>', 'the program that is asked', 'kubectl')
    .option('--without <resource>', 'leave a resource out, such as nodes; repeatable', gather)
    .option('--dry-run', 'print the commands that would be run, run none');
}

export function declareSnapshot(program: Command, ending: Ending): void {
  const command = program
    .command('snapshot')
    .summary('collect manifests from a live cluster with kubectl')
    .description(
      'Writes the state and the policies of a cluster into a folder that every command reads with -f. Runs nothing but kubectl get and kubectl api-resources; Secrets and ConfigMaps are not asked for, and of pods neither environment nor commands nor volumes are kept.',
    )
    .argument('[folder]', 'a folder that is empty or not there yet');
  outputFlags(command, FORMATS.snapshot, REPORT_OUTPUT);
  snapshotFlags(command);
  command.action(async (folder: string | undefined, options: SnapshotOptions) => {
    const { snapshotCommand } = await import('../snapshot.ts');
    ending.exitCode = await snapshotCommand(folder, options);
  });
}
