/**
 * Names that stand in rows in the place of addresses, by the words that they have there. Readers give the texts while they
 * read, and rows are named after that.
 */
import { nameKey, nameWords } from '../packet/name-words.ts';

/** The texts of names that were met. */
export class WrittenNames {
  readonly #texts = new Map<string, string>();

  /** Texts as reports write them. */
  add(texts: readonly string[]): void {
    for (const text of texts) this.#texts.set(nameKey(nameWords(text), 0), text);
  }

  /** The text of the name whose words stand at `offset`; undefined when it was never met, or did not fit. */
  textAt(words: ArrayLike<number>, offset: number): string | undefined {
    return this.#texts.get(nameKey(words, offset));
  }
}
