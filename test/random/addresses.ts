/** Random addresses of the whole space, for readers and writers of their text. */
import type { Address } from '../../src/net/address.ts';
import type { Random } from './mulberry.ts';

/** Either family; IPv6 groups are often zero, so that `::` has something to do. */
export function drawAddress(draw: Random): Address {
  if (draw.chance(0.4)) return { family: 4, words: [draw.below(2 ** 32), 0, 0, 0] };
  const group = (): number => (draw.chance(0.5) ? 0 : draw.below(0x10000));
  const pair = (): number => group() * 0x10000 + group();
  return { family: 6, words: [pair(), pair(), pair(), pair()] };
}
