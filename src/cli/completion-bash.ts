/** Completion for bash, from 3.2 on: one function that reads the words before the cursor. */
import type { Completed, CompletedCommand, CompletedOption } from './completion-model.ts';

/** A word in single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function names({ short, long }: CompletedOption): string[] {
  return [short, long].filter((name) => name !== '');
}

/** Lines that offer what a place takes; where files are wanted nothing is offered, and bash completes files itself. */
function offer({ words, files }: Completed): string {
  if (words.length === 0) return files ? 'return' : 'compopt +o default 2>/dev/null; return';
  return `_dryplane_offer ${quoted(words.join(' '))}; return`;
}

function valueCases({ name, options }: CompletedCommand): string[] {
  return options
    .filter(({ takes }) => takes !== '')
    .map((option) => {
      const patterns = names(option).map((word) => quoted(`${name} ${word}`));
      return `    ${patterns.join('|')}) ${offer(option.value)} ;;`;
    });
}

function commandCase({ name, options, operands }: CompletedCommand): string[] {
  const flags = options.flatMap(names).join(' ');
  return [
    `    ${quoted(name)})`,
    `      if [[ "$current" == -* ]]; then _dryplane_offer ${quoted(flags)}; return; fi`,
    `      ${offer(operands)} ;;`,
  ];
}

/** The whole script. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const known = commands.map(({ name }) => name).filter((name) => name !== '');
  return `# bash completion for dryplane; put into your .bashrc: eval "$(dryplane completion bash)"
_dryplane_offer() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

_dryplane() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command='' word index
  COMPREPLY=()
  # bash takes the = of --format=json for a word of its own.
  if [[ "$current" == '=' ]]; then current=''
  elif [[ "$previous" == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  # Behind --format json= stands a file.
  if [[ "\${COMP_WORDS[COMP_CWORD]}" == '=' || "\${COMP_WORDS[COMP_CWORD-1]}" == '=' ]] && [[ "$previous" != -* ]]; then return; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    case "$word" in
      ${known.join('|')}) command="$word"; break ;;
      -*) ;;
      *) break ;;
    esac
  done
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.flatMap(commandCase).join('\n')}
  esac
}

complete -o bashdefault -o default -F _dryplane dryplane
`;
}
