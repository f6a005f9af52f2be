// What most packets are: an ACK of an established IPv4 connection that was judged, and whose row was found beforehand. It is followed
// without a key, with what track.ts does for it in the end.

import { TCP } from '../../net/protocol-layout';
import {
  BYTES,
  DPORT,
  DST,
  FAMILY,
  FLAG_CONNECTION,
  FLAG_NAMED,
  FLAG_TCP_FLAGS,
  FLAGS,
  NANOS,
  PACKETS,
  PROTOCOL,
  SECONDS,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import {
  BYTES_MOST,
  CONNECTION_PROTOCOL,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  JUDGED_WIDE,
  PACKETS_MOST,
} from '../connections-layout';
import { NANOS_PER_TICK, TICK_BITS } from '../conntrack-layout';
import { LINK_LATER } from '../desk-layout';
import { SHARD_TRANSLATED } from '../shard-layout';
import { answerAsConnection } from './answer';
import { bytesOf, packetsOf, reasonOf, storeCounts, verdictOf } from './connection-row';
import { keepEstablished, SETTLED, SETTLED_MASK, USUAL_FLAGS, USUAL_FLAGS_MASK } from './conntrack-tcp';
import { isExpired } from './deadline';
import { laterReason } from './follow';
import { columnAt } from './identify';

const NARROW_MASK: u32 = SETTLED_MASK | (JUDGED_WIDE << 8);
const PLAIN_FLAGS: u32 = FLAG_TCP_FLAGS | FLAG_CONNECTION | FLAG_NAMED;

/**
 * Follows the connection in the row `likely` with a row of the batch; false, and nothing is done, when it takes more than that.
 * The batch's row has ports, is no fragment and quotes nothing.
 */
export function trackUsual(desk: usize, shard: usize, batch: usize, row: u32, likely: usize): bool {
  if ((load<u32>(likely, CONNECTION_PROTOCOL) & NARROW_MASK) != SETTLED) return false;
  if ((load<u16>(columnAt(batch, FLAGS) + (row << 1)) & PLAIN_FLAGS) != FLAG_TCP_FLAGS) return false;
  if ((load<u16>(columnAt(batch, TCP_FLAGS) + (row << 1)) & USUAL_FLAGS_MASK) != USUAL_FLAGS) return false;
  if (load<u8>(columnAt(batch, PROTOCOL) + row) != TCP || load<u8>(columnAt(batch, FAMILY) + row) != 4)
    return false;
  const src = load<u32>(columnAt(batch, SRC) + (row << 4));
  const dst = load<u32>(columnAt(batch, DST) + (row << 4));
  const sport = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  const dport = <u32>load<u16>(columnAt(batch, DPORT) + (row << 1));
  const sides = load<u64>(likely, CONNECTION_SRC);
  const ports = load<u32>(likely, CONNECTION_SPORT);
  // Either direction is as likely: both are compared, and no branch is between them.
  const isSame = <u32>(sides == (((<u64>dst) << 32) | src)) & <u32>(ports == ((dport << 16) | sport));
  const isTurned = <u32>(sides == (((<u64>src) << 32) | dst)) & <u32>(ports == ((sport << 16) | dport));
  if ((isSame | isTurned) == 0 || load<u32>(shard, SHARD_TRANSLATED) != 0) return false;
  const nanos = load<u32>(columnAt(batch, NANOS) + (row << 2));
  const second = <u64>load<u32>(columnAt(batch, SECONDS) + (row << 2));
  const now = (second << TICK_BITS) + nanos / NANOS_PER_TICK;
  const packets = <i64>packetsOf(likely) + <i64>load<f64>(columnAt(batch, PACKETS) + (row << 3));
  const bytes = <i64>bytesOf(likely) + <i64>load<f64>(columnAt(batch, BYTES) + (row << 3));
  // A free row counts more.
  if (packets > <i64>PACKETS_MOST || bytes > <i64>BYTES_MOST || isExpired(likely, now)) return false;
  keepEstablished(desk, likely, isSame == 0, now);
  storeCounts(likely, <u32>packets, bytes);
  answerAsConnection(
    desk,
    shard,
    batch,
    row,
    likely,
    laterReason(LINK_LATER, verdictOf(likely), reasonOf(likely)),
  );
  return true;
}
