/** The fewest blocks that hold exactly the addresses of others. */
import { compareAddresses } from '../../net/address.ts';
import { type Cidr, cidrOf, cidrWithin } from '../../net/cidr.ts';

/** Blocks in order of their first addresses, larger ones before those in them. */
export function compareCidrs(a: Cidr, b: Cidr): number {
  return compareAddresses(a.network, b.network) || a.prefixBits - b.prefixBits;
}

/** The block twice as large around a block. */
function around({ network, prefixBits }: Cidr): Cidr {
  return cidrOf(network, prefixBits - 1);
}

const isSame = (a: Cidr, b: Cidr): boolean =>
  a.prefixBits === b.prefixBits && compareAddresses(a.network, b.network) === 0;

/** Ascending, none within another, no two that make a larger one. */
export function fewestCidrs(blocks: readonly Cidr[]): Cidr[] {
  const merged: Cidr[] = [];
  for (const block of [...blocks].sort(compareCidrs)) {
    const last = merged.at(-1);
    if (last !== undefined && cidrWithin(block, last)) continue;
    let next = block;
    for (let before = merged.at(-1); before !== undefined; before = merged.at(-1)) {
      const areHalves =
        before.prefixBits === next.prefixBits && next.prefixBits > 0 && isSame(around(before), around(next));
      if (!areHalves) break;
      merged.pop();
      next = around(next);
    }
    merged.push(next);
  }
  return merged;
}
