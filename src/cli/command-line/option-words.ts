/** Words that may stand behind an option which takes others too, so that it has no choices: a shell completes them. */
import type { Option } from 'commander';

const words = new WeakMap<Option, readonly string[]>();

/** The option, with the words that completion offers. */
export function withWords(option: Option, known: readonly string[]): Option {
  words.set(option, known);
  return option;
}

/** What completion offers behind the option; none for a number or a path. */
export function wordsOf(option: Option): readonly string[] {
  return option.argChoices ?? words.get(option) ?? [];
}
