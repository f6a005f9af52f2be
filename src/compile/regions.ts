/**
 * The atomic regions of a family's address space: every block that a predicate or a network set names and every single
 * address that is known. Prefixes nest, so a region has all atoms of the prefixes around it.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Prefixes } from '../tables/address-trie.ts';
import type { AtomSets } from './atom-sets.ts';
import { holds, inAddressOrder, type Prefix } from './prefix.ts';

/** A prefix; the addresses in it that are in no longer prefix are one region. */
export interface Region extends Prefix {
  /** The set of atoms that hold in this very prefix because of what names it. */
  set: number;
  /** The known address that this is, as `addressKey`. */
  address: string | undefined;
  /** Position of the region around it, -1 for the outside. */
  parent: number;
}

/** Blocks of addresses, and the set of atoms that holds in all of them. */
export interface Blocks {
  readonly cidrs: readonly Cidr[];
  readonly set: number;
}

/** All regions of a family in address order, shorter prefixes first. */
export function regionsOf(
  family: 4 | 6,
  { blocks, addresses }: { blocks: readonly Blocks[]; addresses: readonly Address[] },
  atoms: AtomSets,
): Region[] {
  const full = family === 4 ? 32 : 128;
  const named: Region[] = [];
  for (const { cidrs, set } of blocks)
    for (const { network, prefixBits: bits } of cidrs)
      if (network.family === family)
        named.push({ words: network.words, bits, set, address: undefined, parent: -1 });
  for (const address of addresses)
    if (address.family === family)
      named.push({ words: address.words, bits: full, set: 0, address: addressKey(address), parent: -1 });
  const regions: Region[] = [];
  for (const region of named.sort(inAddressOrder)) {
    const before = regions.at(-1);
    if (before === undefined || inAddressOrder(before, region) !== 0) regions.push(region);
    else {
      before.set = atoms.union(before.set, region.set);
      before.address ??= region.address;
    }
  }
  nest(regions);
  return regions;
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
  const lengths = new Uint8Array(regions.length);
  for (let index = 0; index < regions.length; index++) {
    words.set(regions[index]!.words, index * 4);
    lengths[index] = regions[index]!.bits;
  }
  return { count: regions.length, words, bits: lengths, entries: Uint32Array.from(entries) };
}
