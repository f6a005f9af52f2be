/** Completion for fish: one line a command, an option or an operand. */
import type { Completed, CompletedCommand, CompletedOption } from './completion-model.ts';

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** What a place takes: `-F` for files, `-a` for words. */
function taken({ words, files }: Completed): string {
  return [...(files ? ['-F'] : []), ...(words.length === 0 ? [] : ['-a', quoted(words.join(' '))])].join(' ');
}

function optionLine(condition: string, option: CompletedOption): string {
  const { short, long, description, takes, value } = option;
  const parts = [
    'complete -c dryplane',
    condition,
    ...(short === '' ? [] : [`-s ${short.slice(1)}`]),
    ...(long === '' ? [] : [`-l ${long.slice(2)}`]),
    ...(takes === '' ? [] : [value.files ? '-r' : '-x', taken(value)]),
    `-d ${quoted(description)}`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function commandLines({ name, description, options, operands }: CompletedCommand): string[] {
  const condition = `-n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const operand = taken(operands);
  return [
    `complete -c dryplane -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...(operand === '' ? [] : [`complete -c dryplane ${condition} ${operand}`]),
    ...options.map((option) => optionLine(condition, option)),
  ];
}

/** The whole script. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const [program, ...own] = commands;
  return `${[
    '# fish completion for dryplane: dryplane completion fish > ~/.config/fish/completions/dryplane.fish',
    'complete -c dryplane -f',
    ...program!.options.map((option) => optionLine('-n __fish_use_subcommand', option)),
    ...own.flatMap(commandLines),
  ].join('\n')}\n`;
}
