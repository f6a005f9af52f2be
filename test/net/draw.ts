/** Random addresses for property tests; the seed is printed in the test's title and taken from DRYPLANE_SEED. */
import type { Address } from '../../src/net/address.ts';

export const seed = Number(process.env.DRYPLANE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32: numbers in 0..1, the same for the same seed. */
export function random(start: number): () => number {
  let state = start | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Either family; IPv6 groups are often zero, so that `::` has something to do. */
export function drawAddress(draw: () => number): Address {
  const word = (): number => Math.floor(draw() * 2 ** 32);
  if (draw() < 0.4) return { family: 4, words: [word(), 0, 0, 0] };
  const group = (): number => (draw() < 0.5 ? 0 : Math.floor(draw() * 0x10000));
  const pair = (): number => group() * 0x10000 + group();
  return { family: 6, words: [pair(), pair(), pair(), pair()] };
}
