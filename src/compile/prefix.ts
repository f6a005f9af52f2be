/** Prefixes of one family's address space: their order, and which lies in which. They nest, so in order each follows those around it. */
import type { Address } from '../net/address.ts';

/** The first `bits` of `words`; the other bits are 0. */
export interface Prefix {
  readonly words: Address['words'];
  readonly bits: number;
}

/** Equal for equal prefixes of a family. */
export function prefixKey(family: 4 | 6, { words, bits }: Prefix): string | number {
  return family === 4 ? words[0] * 64 + bits : `${words.join()}/${bits}`;
}

/** By address, shorter prefixes first. */
export function inAddressOrder(left: Prefix, right: Prefix): number {
  for (let word = 0; word < 4; word++) {
    const difference = left.words[word]! - right.words[word]!;
    if (difference !== 0) return difference;
  }
  return left.bits - right.bits;
}

/** Whether the first prefix, which is not longer, holds the second. */
export function holds(outer: Prefix, inner: Prefix): boolean {
  for (let word = 0, left = outer.bits; left > 0; word++, left -= 32) {
    const mask = left >= 32 ? -1 : -1 << (32 - left);
    if (((outer.words[word]! ^ inner.words[word]!) & mask) !== 0) return false;
  }
  return true;
}

/** The first `bits` of the words; the other bits are 0. */
export function prefixMasked(words: ArrayLike<number>, bits: number): Address['words'] {
  const kept = (word: number): number => {
    const own = Math.min(32, Math.max(0, bits - 32 * word));
    return own === 0 ? 0 : ((words[word] ?? 0) & (-1 << (32 - own))) >>> 0;
  };
  return [kept(0), kept(1), kept(2), kept(3)];
}
