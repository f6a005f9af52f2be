/** `dryplane completion SHELL`: the script by which a shell completes the program's commands, options and words. */
import type { Command } from 'commander';
import { print } from '../output/standard-output.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { completedProgram } from './completion-model.ts';
import { zshCompletion } from './completion-zsh.ts';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export type Shell = keyof typeof SCRIPTS;

/** Prints the script. */
export function completionCommand(shell: Shell, program: Command): void {
  print(SCRIPTS[shell](completedProgram(program)));
}
