/** `dryplane help [COMMAND|CODE]`: what a command does, or what a code that the program prints is about, offline. */
import type { Command } from 'commander';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import { CHECKS } from '../lint/checks.ts';
import { print } from '../output/standard-output.ts';
import { lintPage } from './lint-pages.ts';
import { knownWordsHint, problem } from './problem.ts';

/** The page of a code; undefined where there is none. */
function pageOf(topic: string): string | undefined {
  const check = CHECKS.find(({ code }) => code === topic);
  return check === undefined ? undefined : lintPage(check.code);
}

/** Prints the help; throws InvalidInput when nothing is called so. */
export function helpCommand(program: Command, topic: string | undefined): void {
  if (topic === undefined) {
    program.outputHelp();
    return;
  }
  const command = program.commands.find((one) => one.name() === topic);
  if (command !== undefined) {
    command.outputHelp();
    return;
  }
  const page = pageOf(topic);
  if (page !== undefined) {
    print(page);
    return;
  }
  const commands = program.commands.map((one) => one.name());
  const known = topic.includes('/') ? CHECKS.map(({ code }) => code) : commands;
  const what = topic.includes('/') ? 'code' : 'command';
  throw new InvalidInput([
    problem('cli/unknown-topic', `there is no ${what} ${topic}`, knownWordsHint(topic, known)),
  ]);
}
