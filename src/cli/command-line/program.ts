/** The command line as a program of commander, with the commands that a run needs. */
import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { COMMAND_NAMES } from './command-names.ts';
import { COMMANDS, COMMANDS_OF_ALL } from './commands.ts';
import type { Ending } from './ending.ts';

/**
 * The program for words whose first is `asked`: of a command that is named nothing else is set up, which every run would pay for. It
 * throws CommanderError rather than leaving, and prints no errors itself.
 */
export async function createProgram(ending: Ending, asked = ''): Promise<Command> {
  const program = new Command('dryplane')
    .description('Dry-runs a Kubernetes data plane: replays captured traffic against network policies.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 the answer is no, 2 the input is wrong, 70 a bug in dryplane, 130 interrupted.',
    );
  const named = COMMAND_NAMES.find((name) => name === asked);
  const isAlone = named !== undefined && !COMMANDS_OF_ALL.includes(named);
  for (const name of isAlone ? [named] : COMMAND_NAMES) {
    const declare = await COMMANDS[name]();
    declare(program, ending);
  }
  return program;
}
