/** The prefixes that tries are edited by: what stands in an address space at the moment. */
import type { Prefixes } from './address-trie.ts';

/** The prefixes of a family as they are now, in the order of `Prefixes`. */
export interface PrefixSource extends Prefixes {
  /** What the longest prefix around these first `bits` of an address leads to, that prefix itself included. */
  entryAround(words: ArrayLike<number>, bits: number): number;
  /** Positions of the prefixes in a prefix, itself included. */
  within(words: ArrayLike<number>, bits: number): { readonly first: number; readonly end: number };
}
