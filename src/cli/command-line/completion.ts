/** How `dryplane completion` is called. What it does stands in ../completion.ts. */
import { Argument, type Command } from 'commander';
import type { Shell } from '../completion.ts';

export function declareCompletion(program: Command): void {
  program
    .command('completion')
    .summary('completion for bash, zsh and fish')
    .description(
      'Prints the script by which a shell completes commands, options and their words.\n  bash: eval "$(dryplane completion bash)" in .bashrc\n  zsh:  eval "$(dryplane completion zsh)" in .zshrc, behind compinit\n  fish: dryplane completion fish > ~/.config/fish/completions/dryplane.fish',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { completionCommand } = await import('../completion.ts');
      completionCommand(shell, program);
    });
}
