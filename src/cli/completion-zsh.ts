/** Completion for zsh: what _arguments takes, a function a command. */
import type { Completed, CompletedCommand, CompletedOption } from './completion-model.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Within a specification brackets, colons and backslashes have a meaning. */
const plain = (text: string): string => text.replace(/[\\[\]:]/g, '\\$&');

/** The action of a place: files, words, or both. */
function action({ words, files }: Completed): string {
  const list = words.map((word) => word.replace(/[\\ :()]/g, '\\$&')).join(' ');
  if (words.length === 0) return files ? '_files' : ' ';
  return files ? `{compadd - ${list}; _files}` : `(${list})`;
}

function optionSpec(option: CompletedOption): string {
  const { short, long, description, repeatable, takes, value } = option;
  const names = [short, long].filter((name) => name !== '');
  const text = `[${plain(description)}]${takes === '' ? '' : `:${plain(takes)}:${action(value)}`}`;
  // Both spellings of one option: either rules out the other, unless it may stand several times.
  if (names.length === 1) return quoted(`${repeatable ? '*' : ''}${names[0]!}${text}`);
  const before = repeatable ? `'*'` : quoted(`(${names.join(' ')})`);
  return `${before}{${names.join(',')}}${quoted(text)}`;
}

function functionOf({ name, options, operands }: CompletedCommand): string {
  const operand = quoted(`*:operand:${action(operands)}`);
  return `_dryplane_${name}() {
  _arguments -S \\
    ${[...options.map(optionSpec), operand].join(' \\\n    ')}
}
`;
}

/** The whole script. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const [program, ...own] = commands;
  const described = own.map(({ name, description }) => quoted(`${name}:${plain(description)}`));
  return `#compdef dryplane
# zsh completion for dryplane; put into your .zshrc, behind compinit: eval "$(dryplane completion zsh)"
${own.map(functionOf).join('\n')}
_dryplane() {
  local curcontext="$curcontext" state line
  typeset -A opt_args
  _arguments -C -S \\
    ${program!.options.map(optionSpec).join(' \\\n    ')} \\
    '1:command:->command' '*::operand:->operand'
  case $state in
    command)
      local -a commands
      commands=(
        ${described.join('\n        ')}
      )
      _describe -t commands command commands ;;
    operand)
      case $line[1] in
        ${own.map(({ name }) => name).join('|')}) _dryplane_$line[1] ;;
      esac ;;
  esac
}

if [[ $funcstack[1] == _dryplane ]]; then _dryplane "$@"; else compdef _dryplane dryplane; fi
`;
}
