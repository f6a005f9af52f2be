// What most packets are: an ACK of an established TCP connection, or a packet of UDP, over IPv4, whose connection was judged, and
// whose row was found beforehand. It is followed without a key, with what track.ts does for it in the end.

import { TCP, UDP } from '../../net/protocol-layout';
import { BYTES, NANOS, PACKETS, SECONDS } from '../../packet/batch-layout';
import {
  BIT_UNTRACKED,
  BIT_WAITS,
  BYTES_MOST,
  CONNECTION_PROTOCOL,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  JUDGED_WIDE,
  PACKETS_MOST,
} from '../connections-layout';
import { NANOS_PER_TICK, TCP_ESTABLISHED, TICK_BITS } from '../conntrack-layout';
import {
  LINK_LATER,
  TOUCHED_KIND,
  TOUCHED_PORTS,
  TOUCHED_ROW,
  TOUCHED_SHARD,
  TOUCHED_SIDES,
} from '../desk-layout';
import { SHARD_TRANSLATED } from '../shard-layout';
import { answerAsConnection } from './answer';
import { bytesOf, packetsOf, reasonOf, storeCounts, verdictOf, wholeOf } from './connection-row';
import { hearUdp } from './conntrack';
import { hearAcknowledged } from './conntrack-tcp';
import { isExpired } from './deadline';
import { laterReason } from './follow';
import { columnAt } from './identify';

// Protocol, form, state and bits of the connection that a usual packet follows, as one word of its row; UDP has no state.
const KIND_MASK: u32 = 0xff | (JUDGED_WIDE << 8) | (15 << 16) | ((BIT_WAITS | BIT_UNTRACKED) << 24);
export const USUAL_TCP: u32 = TCP | (TCP_ESTABLISHED << 16);
export const USUAL_UDP: u32 = UDP;
/** Of a packet that is none: no row has it. */
export const UNUSUAL: u32 = 0xffffffff;

/**
 * Follows the connection that was found for the row, at `touched`; false, and nothing is done, when it takes more than that.
 */
export function trackUsual(desk: usize, batch: usize, row: u32, touched: usize): bool {
  const likely: usize = load<u32>(touched, TOUCHED_ROW);
  const kind = load<u32>(touched, TOUCHED_KIND);
  if ((load<u32>(likely, CONNECTION_PROTOCOL) & KIND_MASK) != kind) return false;
  const shard: usize = load<u32>(touched, TOUCHED_SHARD);
  const sides = load<u64>(likely, CONNECTION_SRC);
  const ports = load<u32>(likely, CONNECTION_SPORT);
  const itsSides = load<u64>(touched, TOUCHED_SIDES);
  const itsPorts = load<u32>(touched, TOUCHED_PORTS);
  // Either direction is as likely: both are compared, and no branch is between them.
  const isSame = <u32>(sides == itsSides) & <u32>(ports == itsPorts);
  const isTurned = <u32>(sides == rotl<u64>(itsSides, 32)) & <u32>(ports == rotl<u32>(itsPorts, 16));
  if ((isSame | isTurned) == 0 || load<u32>(shard, SHARD_TRANSLATED) != 0) return false;
  const nanos = load<u32>(columnAt(batch, NANOS) + (row << 2));
  const second = <u64>load<u32>(columnAt(batch, SECONDS) + (row << 2));
  const now = (second << TICK_BITS) + nanos / NANOS_PER_TICK;
  const packets = packetsOf(likely) + wholeOf(load<f64>(columnAt(batch, PACKETS) + (row << 3)));
  const bytes = bytesOf(likely) + wholeOf(load<f64>(columnAt(batch, BYTES) + (row << 3)));
  // A free row counts more.
  if (packets > <u64>PACKETS_MOST || bytes > <u64>BYTES_MOST || isExpired(likely, now)) return false;
  if (kind == USUAL_TCP) hearAcknowledged(desk, likely, isSame == 0, now);
  else hearUdp(desk, likely, isSame == 0, now);
  storeCounts(likely, <u32>packets, bytes);
  const reason = laterReason(LINK_LATER, verdictOf(likely), reasonOf(likely));
  answerAsConnection(desk, shard, batch, row, likely, reason);
  return true;
}
