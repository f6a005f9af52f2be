// Packets that framing found, wherever they lie and whatever their link type → columns. One row a packet, whatever the bytes are.

import {
  BYTES,
  FLAG_TRUNCATED,
  FLAGS,
  INTERFACE_OWNER,
  NANOS,
  PACKETS,
  POINT,
  SECONDS,
  SKIP,
} from '../../packet/batch-layout';
import * as P from '../../packet/pcapng-layout';
import { SKIP_INNER_TRUNCATED, SKIP_MALFORMED, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { clearRow } from './decode-ip';
import { decodeLink } from './decode-link';
import { columnAt } from './identify';
import { writeVerdict } from './pcapng-verdict';

/** Decodes `packets` packets described at `found` into rows from `firstRow` on. */
export function decodeFound(found: usize, packets: u32, batch: usize, firstRow: u32): void {
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const counts = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  const skip = columnAt(batch, SKIP);
  const flags = columnAt(batch, FLAGS);
  const owners = columnAt(batch, INTERFACE_OWNER);
  const points = columnAt(batch, POINT);
  for (let index: u32 = 0; index < packets; index++) {
    const packet = found + index * P.FOUND_BYTES;
    const row = firstRow + index;
    const frame = <usize>load<u32>(packet, P.FOUND_FRAME);
    const captured = load<u32>(packet, P.FOUND_CAPTURED);
    const original = load<u32>(packet, P.FOUND_ORIGINAL);
    const linkType = load<u32>(packet, P.FOUND_LINK_TYPE);
    store<u32>(seconds + (row << 2), load<u32>(packet, P.FOUND_SECONDS));
    store<u32>(nanos + (row << 2), load<u32>(packet, P.FOUND_NANOS));
    const from = <usize>load<u32>(packet, P.FOUND_INTERFACE);
    const owner: u32 = from === 0 ? 0 : load<u32>(from, P.INTERFACE_OWNER);
    store<u32>(owners + (row << 2), owner);
    // Rows of interfaces lie side by side in memory that all readers of the trace share.
    store<u32>(points + (row << 2), <u32>from);
    store<f64>(counts + (row << 3), 1);
    store<f64>(bytes + (row << 3), <f64>original);
    const cut: u32 = captured < original ? FLAG_TRUNCATED : 0;
    clearRow(batch, row);
    store<u16>(flags + (row << 1), <u16>cut);
    const swapped = load<u32>(packet, P.FOUND_SWAPPED) !== 0;
    let reason =
      linkType === <u32>P.LINK_BAD
        ? <u32>SKIP_MALFORMED
        : decodeLink(linkType, frame, frame + captured, batch, row, swapped);
    // A frame that was captured whole, and ends inside a header, was never whole.
    if (reason === SKIP_TRUNCATED && cut === 0) reason = SKIP_MALFORMED;
    store<u8>(skip + row, <u8>reason);
    // What a tunnel carries may be cut off: the tunnel itself is known.
    if (reason !== 0 && reason !== SKIP_INNER_TRUNCATED) {
      clearRow(batch, row);
      store<u16>(flags + (row << 1), <u16>cut);
    } else if (reason === 0 && load<u32>(packet, P.FOUND_VERDICT) !== 0)
      writeVerdict(packet, owner, batch, row);
  }
}
