/** Texts that readers put into shared memory, for who names rows while others are still read. Main thread. */
import { textTableAt } from '../packet/text-table.ts';
import { NAME_TEXTS } from '../trace/flow-log/name-reader.ts';
import { DECIDER_TEXTS, deciderOfText, deciderWords } from '../trace/flow-log/observed-decider.ts';
import type { Plan } from './plan.ts';

/** Takes what tells who decided by the trace's word, in words, by the number in OBSERVED_BY. */
export type ShowDeciders = (wordsOf: (number: number) => string) => void;

/** Hands on what tells who decided: rows may be named while others are still read. */
export function showDeciders(
  plan: Plan,
  memory: SharedArrayBuffer,
  onDeciders: ShowDeciders | undefined,
): void {
  if (plan.deciders === 0 || onDeciders === undefined) return;
  const table = textTableAt(memory, plan.deciders, DECIDER_TEXTS);
  const known = new Map<number, string>();
  onDeciders((number) => {
    let words = known.get(number);
    if (words === undefined) {
      words = deciderWords(deciderOfText(table.text(number)));
      known.set(number, words);
    }
    return words;
  });
}

/** Hands on the texts of names that were not handed on before; they lie at `at`, 0 where no names are read. */
export function nameShower(
  memory: SharedArrayBuffer,
  at: number,
  onNames: ((texts: readonly string[]) => void) | undefined,
): () => void {
  if (at === 0 || onNames === undefined) return () => {};
  const table = textTableAt(memory, at, NAME_TEXTS);
  let shown = 0;
  return () => {
    const texts: string[] = [];
    for (let text = table.text(shown + 1); text !== ''; text = table.text(shown + 1)) {
      texts.push(text);
      shown++;
    }
    if (texts.length > 0) onNames(texts);
  };
}
