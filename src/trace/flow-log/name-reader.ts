/**
 * Names of records → what a row holds of them: the number under which the tables have what they stand for, and words that hang
 * on their text. The texts go to a table that all readers share, so that reports can write them.
 */
import { type FlowName, findName, type NameIndex, textOfName } from '../../flow/flow-name.ts';
import { type Address, addressKey } from '../../net/address.ts';
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
  /**
   * For a record that has an address too, which goes before the name where something has it: the name in its place where nothing does,
   * and the name's number beside the address where that is not so for all states of the cluster.
   */
  besideAddress(name: FlowName, address: Address): NamedSide | number;
}

/** Names remembered; beyond it the memory starts anew. */
const REMEMBERED = 100_000;

/** A reader of names that `index` knows; texts go to `texts`. */
export function createNameReader(index: NameIndex, texts: Pick<TextTable, 'intern'>): NameReader {
  const sides = new Map<string, NamedSide>();
  const numbers = new Map<string, number>();
  const keyOf = ({ kind, namespace, name }: FlowName): string => `${kind} ${namespace} ${name}`;
  const sideOf = (name: FlowName): NamedSide => {
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
  };
  const numberOf = (name: FlowName): number => {
    const key = keyOf(name);
    let number = numbers.get(key);
    if (number !== undefined) return number;
    number = findName(index, name)?.number ?? 0;
    if (numbers.size >= REMEMBERED) numbers.clear();
    numbers.set(key, number);
    return number;
  };
  return {
    sideOf,
    besideAddress(name, address) {
      const isKnown = index.addresses.has(addressKey(address));
      if (isKnown && !index.areSeveral) return 0;
      const number = numberOf(name);
      return isKnown || number === 0 ? number : sideOf(name);
    },
  };
}
