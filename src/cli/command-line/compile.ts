/** How `dryplane compile` is called. What it does stands in ../compile.ts. */
import type { Command } from 'commander';
import type { Ending } from './ending.ts';
import { type ManifestOptions, manifestFlags, type OutputOptions, outputFlags } from './flags.ts';
import { FORMATS } from './formats.ts';

export interface CompileOptions extends ManifestOptions, OutputOptions {
  readonly dump?: boolean;
  readonly costs?: boolean;
}

export function declareCompile(program: Command, ending: Ending): void {
  const command = program
    .command('compile')
    .summary('build the tables and describe them')
    .description('Compiles the policies into lookup tables and says how large they are and what they hold.');
  manifestFlags(command);
  outputFlags(command, FORMATS.compile, 'save the tables to a file');
  command
    .option('--dump', 'all of it: endpoints, identities, port classes and every rule')
    .option('--costs', 'what the set costs on every CNI, side by side')
    .action(async (options: CompileOptions) => {
      const { compileCommand } = await import('../compile.ts');
      ending.exitCode = await compileCommand(options);
    });
}
