/** How `dryplane help` is called. What it does stands in ../help.ts. */
import type { Command } from 'commander';

export function declareHelp(program: Command): void {
  program
    .command('help')
    .summary('help of a command, or what a code such as manifest/unknown-field is about')
    .description('Prints help of a command, or what a code that the program prints is about and what to do.')
    .argument('[topic]', 'a command, or a code that a message has in brackets')
    .action(async (topic: string | undefined) => {
      const { helpCommand } = await import('../help.ts');
      helpCommand(program, topic);
    });
}
