/**
 * The addresses of copies. A copy's address is the original's with some leading bits flipped, and so are its CIDRs: every block
 * holds in the copy exactly what it holds in the original. The masks are chosen so that no two copies share an address of their
 * own, and no address of one lies in an IP pool of another.
 */
import type { Address } from '../net/address.ts';
import { type Cidr, cidrOf } from '../net/cidr.ts';
import type { Cluster } from '../policy/cluster.ts';

/** Bits that are flipped: of IPv4 the first sixteen, of IPv6 the second sixteen. */
const MASKS = 0x10000;
/** An odd number: its multiples walk through all masks, the leading bits first. */
const STEP = 40_503;

/** Flips the bits of a mask. */
export function flipAddress(mask: number, address: Address): Address {
  if (mask === 0) return address;
  const { family, words } = address;
  const [first, ...rest] = words;
  const flipped = (family === 4 ? first ^ (mask << 16) : first ^ mask) >>> 0;
  return { family, words: [flipped, ...rest] as Address['words'] };
}

/** Flips them in a block's network. */
export function flipCidr(mask: number, { network, prefixBits }: Cidr): Cidr {
  return cidrOf(flipAddress(mask, network), prefixBits);
}

/** Addresses that only objects of this cluster may have. */
function ownAddresses(cluster: Cluster): Address[] {
  const { pods, nodes, services, endpointSlices, hostEndpoints, resolutions } = cluster;
  return [
    ...pods.flatMap(({ addresses }) => addresses),
    ...nodes.flatMap(({ addresses }) => addresses),
    ...services.flatMap((one) => [...one.clusterIPs, ...one.externalIPs, ...one.loadBalancerIPs]),
    ...endpointSlices.flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses)),
    ...hostEndpoints.flatMap(({ expectedIPs }) => expectedIPs),
    ...resolutions.map(({ address }) => address),
  ];
}

/** What the flipped bits can tell apart: the first half of an IPv4 address, the first word of an IPv6 one. */
const blockOf = ({ family, words }: Address): number => (family === 4 ? words[0] >>> 16 : words[0]);

interface Family {
  readonly blocks: readonly number[];
  /** Blocks that copies have. */
  readonly taken: Set<number>;
  readonly touchesPool: (block: number) => boolean;
  readonly isUsable: (block: number) => boolean;
}

function familyOf(cluster: Cluster, own: readonly Address[], family: 4 | 6): Family {
  const blocks = [...new Set(own.filter((address) => address.family === family).map(blockOf))];
  const blockBits = family === 4 ? 16 : 32;
  const pools = cluster.ipPools
    .filter(({ cidr }) => cidr.network.family === family)
    .map(({ cidr }) => {
      const spare = blockBits - Math.min(cidr.prefixBits, blockBits);
      return { spare, first: spare === 32 ? 0 : blockOf(cidr.network) >>> spare };
    });
  return {
    blocks,
    taken: new Set(blocks),
    touchesPool: (block) => pools.some(({ spare, first }) => (spare === 32 ? 0 : block >>> spare) === first),
    // No loopback, no multicast, no network 0.
    isUsable: (block) => family === 6 || (![0, 127].includes(block >>> 8) && block >>> 8 < 224),
  };
}

/** A mask for each copy, 0 for the original; undefined where there is no room for that many. */
export function copyMasks(cluster: Cluster, copies: number): number[] | undefined {
  const own = ownAddresses(cluster);
  const families = [familyOf(cluster, own, 4), familyOf(cluster, own, 6)];
  const masks = [0];
  const fits = (mask: number): boolean =>
    families.every(({ blocks, taken, touchesPool, isUsable }) =>
      blocks.every((block) => {
        const flipped = (block ^ mask) >>> 0;
        if (!isUsable(flipped) || taken.has(flipped)) return false;
        return masks.every((other) => !touchesPool((flipped ^ other) >>> 0));
      }),
    );
  for (let step = 1; step < MASKS && masks.length < copies; step++) {
    const mask = (step * STEP) % MASKS;
    if (!fits(mask)) continue;
    masks.push(mask);
    for (const { blocks, taken } of families) for (const block of blocks) taken.add((block ^ mask) >>> 0);
  }
  return masks.length < copies ? undefined : masks;
}
