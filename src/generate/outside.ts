/** Addresses outside of a synthetic cluster: blocks that policies name, and clients that nothing names. */

const FIRST = 0x40000000;
const BLOCK = 256;

/** How many blocks there can be: /24 blocks of 64.0.0.0/4. */
export const NETWORKS_MAX = 1_048_576;

/** The blocks that policies name, by place. */
export const NETWORKS = {
  prefixBits: 24,
  address: (place: number): number => FIRST + place * BLOCK,
  /** Place of the block around an address, -1 outside of all. */
  placeOf: (address: number): number =>
    address >= FIRST && address < FIRST + NETWORKS_MAX * BLOCK ? Math.floor((address - FIRST) / BLOCK) : -1,
};

/** A client that no policy names: TEST-NET-3 and TEST-NET-2. */
export function strangerAddress(draw: number): number {
  return draw % 512 < 256 ? 0xcb007100 + (draw & 255) : 0xc6336400 + (draw & 255);
}
