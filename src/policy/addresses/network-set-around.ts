/** The network set that an address is reported under: of those around it the one with the most specific block. */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import type { LabelledSet } from '../endpoints.ts';

const blockKey = ({ network, prefixBits }: Cidr): string => `${addressKey(network)}/${prefixBits}`;

/** Blocks of sets by `blockKey`, and the lengths that occur, longest first. */
interface Blocks {
  readonly sets: ReadonlyMap<string, LabelledSet>;
  readonly lengths: Readonly<Record<4 | 6, readonly number[]>>;
}

function blocksOf(networkSets: readonly LabelledSet[]): Blocks {
  const sets = new Map<string, LabelledSet>();
  const lengths = { 4: new Set<number>(), 6: new Set<number>() };
  const add = (set: LabelledSet, net: Cidr): void => {
    const key = blockKey(net);
    // Of sets with the same block the first by namespace and name.
    if (!sets.has(key)) sets.set(key, set);
    lengths[net.network.family].add(net.prefixBits);
  };
  for (const set of networkSets) for (const net of set.nets) add(set, net);
  const descending = (values: Iterable<number>): number[] => [...values].sort((a, b) => b - a);
  return { sets, lengths: { 4: descending(lengths[4]), 6: descending(lengths[6]) } };
}

/** The set around an address, undefined when there is none. Blocks are read when the first address is asked about. */
export function networkSetFinder(
  networkSets: readonly LabelledSet[],
): (address: Address) => LabelledSet | undefined {
  let blocks: Blocks | undefined;
  return (address) => {
    if (networkSets.length === 0) return undefined;
    blocks ??= blocksOf(networkSets);
    for (const bits of blocks.lengths[address.family]) {
      const set = blocks.sets.get(blockKey(cidrOf(address, bits)));
      if (set !== undefined) return set;
    }
    return undefined;
  };
}
