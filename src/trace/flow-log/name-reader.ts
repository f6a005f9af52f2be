/**
 * Names of records → what a row holds of them: the number under which the tables have what they stand for, and words that hang
 * on their text. The texts go to a table that all readers share, so that reports can write them.
 */
import { type FlowName, findName, type NameIndex, textOfName } from '../../flow/flow-name.ts';
import type { Address } from '../../net/address.ts';
import { nameWords } from '../../packet/name-words.ts';
import type { TextTable, TextTableSize } from '../../packet/text-table.ts';

/** Texts of names that are kept for reports. */
export const NAME_TEXTS: TextTableSize = { texts: 1 << 16, bytes: 1 << 22 };

/** What a row holds of a name. */
interface NamedSide {
  /** 0 when no cluster knows the name. */
  readonly name: number;
  readonly words: Address['words'];
}

/** What the readers of one worker make of names. */
export interface NameReader {
  /** The name in the place of an address. */
  sideOf(name: FlowName): NamedSide;
  /** The name's number alone, 0 when no cluster knows it: for a record that has an address too. */
  numberOf(name: FlowName): number;
}

/** Names remembered; beyond it the memory starts anew. */
const REMEMBERED = 100_000;

/** A reader of names that `index` knows; texts go to `texts`. */
export function createNameReader(index: NameIndex, texts: Pick<TextTable, 'intern'>): NameReader {
  const sides = new Map<string, NamedSide>();
  const numbers = new Map<string, number>();
  const keyOf = ({ kind, namespace, name }: FlowName): string => `${kind} ${namespace} ${name}`;
  return {
    sideOf(name) {
      const key = keyOf(name);
      const known = sides.get(key);
      if (known !== undefined) return known;
      const found = findName(index, name);
      const text = textOfName(name, found?.key);
      texts.intern(text);
      const side = { name: found?.number ?? 0, words: nameWords(text) };
      if (sides.size >= REMEMBERED) sides.clear();
      sides.set(key, side);
      return side;
    },
    numberOf(name) {
      const key = keyOf(name);
      let number = numbers.get(key);
      if (number !== undefined) return number;
      number = findName(index, name)?.number ?? 0;
      if (numbers.size >= REMEMBERED) numbers.clear();
      numbers.set(key, number);
      return number;
    },
  };
}
