/**
 * The atomic regions of a family's address space: every CIDR that a predicate names and every single address that is
 * known. Prefixes nest, so a region has all predicates of the prefixes around it.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { Prefixes } from '../tables/address-trie.ts';
import type { Predicate } from './predicates.ts';

/** A prefix; the addresses in it that are in no longer prefix are one region. */
export interface Region {
  readonly words: readonly [number, number, number, number];
  readonly bits: number;
  /** Net predicates that name this very prefix. */
  readonly nets: number[];
  /** The known address that this is, as `addressKey`. */
  readonly address?: string;
  /** Position of the region around it, -1 for the outside. */
  parent: number;
}

/** All regions of a family in address order, shorter prefixes first. */
export function regionsOf(
  family: 4 | 6,
  predicates: readonly { readonly number: number; readonly predicate: Predicate }[],
  addresses: readonly Address[],
): Region[] {
  const full = family === 4 ? 32 : 128;
  const byPrefix = new Map<string | number, Region>();
  const at = (words: Region['words'], bits: number): Region => {
    const key = family === 4 ? words[0] * 64 + bits : `${words.join()}/${bits}`;
    let region = byPrefix.get(key);
    if (region === undefined) {
      region = { words, bits, nets: [], parent: -1 };
      byPrefix.set(key, region);
    }
    return region;
  };
  for (const { number, predicate } of predicates) {
    if (predicate.kind !== 'nets') continue;
    for (const { network, prefixBits } of predicate.cidrs)
      if (network.family === family) at(network.words, prefixBits).nets.push(number);
  }
  for (const address of addresses)
    if (address.family === family) Object.assign(at(address.words, full), { address: addressKey(address) });
  const regions = [...byPrefix.values()].sort(inAddressOrder);
  nest(regions);
  return regions;
}

function inAddressOrder(left: Region, right: Region): number {
  for (let word = 0; word < 4; word++) {
    const difference = left.words[word]! - right.words[word]!;
    if (difference !== 0) return difference;
  }
  return left.bits - right.bits;
}

/** Whether the first prefix, which is not longer, holds the second. */
function holds(outer: Region, inner: Region): boolean {
  for (let word = 0, left = outer.bits; left > 0; word++, left -= 32) {
    const mask = left >= 32 ? -1 : -1 << (32 - left);
    if (((outer.words[word]! ^ inner.words[word]!) & mask) !== 0) return false;
  }
  return true;
}

function nest(regions: readonly Region[]): void {
  const around: number[] = [];
  regions.forEach((region, index) => {
    while (around.length > 0 && !holds(regions[around.at(-1)!]!, region)) around.pop();
    region.parent = around.at(-1) ?? -1;
    around.push(index);
  });
}

/** The regions as the trie's builder takes them; `entries` by region. */
export function prefixesOf(regions: readonly Region[], entries: readonly number[]): Prefixes {
  const words = new Uint32Array(regions.length * 4);
  regions.forEach((region, index) => {
    words.set(region.words, index * 4);
  });
  return {
    count: regions.length,
    words,
    bits: Uint8Array.from(regions, ({ bits }) => bits),
    entries: Uint32Array.from(entries),
  };
}
