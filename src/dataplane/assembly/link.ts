// What a row of a call is to a first packet: LINK_ words of ../desk-layout.ts.

import { LINK_KIND_SHIFT } from '../desk-layout';

/** Said instead of a link when the first packets gathered so far must be judged before the row. */
export const STOP: u32 = 0xffffffff;

/** The link of a row to a first packet. */
export function link(kind: u32, first: u32): u32 {
  return (kind << LINK_KIND_SHIFT) | first;
}
