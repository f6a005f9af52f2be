/**
 * The atomic regions of a family's address space: every block that a predicate or a network set names and every single
 * address that is known. Prefixes nest, so a region has all atoms of the prefixes around it.
 */
import { type Address, addressKey } from '../net/address.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Prefixes } from '../tables/address-trie.ts';
import type { AtomSets } from './atom-sets.ts';
import { holds, inAddressOrder, type Prefix, prefixKey } from './prefix.ts';

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
  const byPrefix = new Map<string | number, Region>();
  const at = (words: Region['words'], bits: number): Region => {
    const key = prefixKey(family, { words, bits });
    let region = byPrefix.get(key);
    if (region === undefined) {
      region = { words, bits, set: 0, address: undefined, parent: -1 };
      byPrefix.set(key, region);
    }
    return region;
  };
  for (const { cidrs, set } of blocks)
    for (const { network, prefixBits } of cidrs) {
      if (network.family !== family) continue;
      const region = at(network.words, prefixBits);
      region.set = atoms.union(region.set, set);
    }
  for (const address of addresses)
    if (address.family === family) at(address.words, full).address = addressKey(address);
  const regions = [...byPrefix.values()].sort(inAddressOrder);
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
