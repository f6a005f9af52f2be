/** The program as shells complete it: commands, their options, and what may stand behind these. Read off the command line itself. */
import type { Command, Option } from 'commander';
import { CNI_NAMES } from '../policy/cni/profiles.ts';
import { gather } from './command-line/flags.ts';
import { wordsOf } from './command-line/option-words.ts';

/** What may stand in a place: words, and whether files may too. */
export interface Completed {
  readonly words: readonly string[];
  readonly files: boolean;
}

export interface CompletedOption {
  /** `-f` or ''. */
  readonly short: string;
  /** `--manifests`. */
  readonly long: string;
  readonly description: string;
  readonly repeatable: boolean;
  /** What it takes, `path`; '' for a switch. */
  readonly takes: string;
  readonly value: Completed;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly operands: Completed;
}

/** A line of a shell's menu. */
const DESCRIPTION_MOST = 70;
const FILES = /\b(?:path|file|folder|suite|trace)\b/;

function brief(text: string): string {
  const [first = ''] = text.split(/[\n;:(]/);
  const flat = first.trim();
  return flat.length <= DESCRIPTION_MOST ? flat : `${flat.slice(0, DESCRIPTION_MOST - 1).trimEnd()}…`;
}

/** `<name[=path]>` → `name[=path]`. */
function placeholderOf({ flags }: Option): string {
  return /[<[](.*)[>\]]/.exec(flags)?.[1] ?? '';
}

function completedValue(option: Option): Completed {
  const name = option.attributeName();
  const takes = placeholderOf(option);
  if (name === 'cni' || name === 'againstCni')
    return { words: [...CNI_NAMES, ...(option.description.includes('or all') ? ['all'] : [])], files: true };
  const words = wordsOf(option);
  return { words, files: words.length === 0 && FILES.test(takes) };
}

function completedOption(option: Option): CompletedOption {
  return {
    short: option.short ?? '',
    long: option.long ?? '',
    description: brief(option.description),
    repeatable: option.parseArg === gather,
    takes: placeholderOf(option),
    value: completedValue(option),
  };
}

function completedCommand(command: Command, names: readonly string[]): CompletedCommand {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  const choices = argument?.argChoices ?? [];
  const isHelp = command.name() === 'help';
  return {
    name: command.name(),
    description: brief(command.summary() || command.description()),
    options: help.visibleOptions(command).map(completedOption),
    operands: {
      words: isHelp ? names : choices,
      files: argument !== undefined && choices.length === 0 && FILES.test(argument.name()),
    },
  };
}

/** Every command with its options, and those of the program itself under the name ''. */
export function completedProgram(program: Command): readonly CompletedCommand[] {
  const commands = program.createHelp().visibleCommands(program);
  const names = commands.map((command) => command.name());
  return [
    { ...completedCommand(program, []), name: '', operands: { words: names, files: false } },
    ...commands.map((command) => completedCommand(command, names)),
  ];
}
