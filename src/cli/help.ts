/** `dryplane help [COMMAND|CODE]`: what a command does, or what a code that the program prints is about, offline. */
import type { Command } from 'commander';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import { print } from '../output/standard-output.ts';
import { codePage, knownCodes } from './code-pages.ts';
import { knownWordsHint, problem } from './problem.ts';

/** Near codes that are named. */
const NEAR = 3;

/** `manifest/unknown-field`, also out of the brackets in which messages have it. */
const bare = (topic: string): string => /\[([a-z]+\/[a-z-]+)\]/.exec(topic)?.[1] ?? topic;

function unknownCode(code: string): InvalidInput {
  const known = knownCodes();
  const area = known.filter((one) => one.startsWith(`${code.slice(0, code.indexOf('/'))}/`));
  const areas = new Set(known.map((one) => one.slice(0, one.indexOf('/') + 1)));
  const others = area.length > 0 ? `known: ${area.join(', ')}` : `codes begin with ${[...areas].join(', ')}`;
  const hint = didYouMean(code, known, NEAR) ?? others;
  return new InvalidInput([problem('cli/unknown-topic', `there is no code ${code}`, hint)]);
}

/** Prints the help; throws InvalidInput when nothing is called so. */
export function helpCommand(program: Command, topic: string | undefined): void {
  const command = topic === undefined ? program : program.commands.find((one) => one.name() === topic);
  if (command !== undefined) {
    command.outputHelp();
    return;
  }
  const code = bare(topic!);
  if (!code.includes('/')) {
    const commands = program.commands.map((one) => one.name());
    throw new InvalidInput([
      problem('cli/unknown-topic', `there is no command ${code}`, knownWordsHint(code, commands)),
    ]);
  }
  const page = codePage(code);
  if (page === undefined) throw unknownCode(code);
  print(page);
}
