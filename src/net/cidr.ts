/** CIDR blocks: text ⇄ prefix. The home of `ip-num`, as a cross-check and for the error path. */
import type { Address } from './address.ts';

/** `network` has no bits set behind `prefixBits` (0..32 or 0..128). */
export interface Cidr {
  readonly network: Address;
  readonly prefixBits: number;
}
