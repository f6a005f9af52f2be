/** Addresses as four words, and their text. Parsed by hand: flow logs hold millions of them. */

/** IPv4 stands in `words[0]` (10.1.2.3 is 0x0a010203) with zeros behind it; IPv6 fills all four, big-endian. */
export interface Address {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
}
