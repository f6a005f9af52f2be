// What most packets are: an ACK of an established TCP connection, or a packet of UDP, over IPv4, whose connection was judged, and
// whose row was found beforehand. It is followed without a key and without a call, with what track.ts and settle.ts do for it in the end.

import { TCP, UDP } from '../../net/protocol-layout';
import { BYTES, NANOS, PACKETS, SECONDS } from '../../packet/batch-layout';
import {
  BIT_ASSURED,
  BIT_REPLIED,
  BIT_UNTRACKED,
  BIT_WAITS,
  BYTES_MOST,
  CONNECTION_BYTES,
  CONNECTION_BYTES_HIGH,
  CONNECTION_DEADLINE,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  DEADLINE_TICKS,
  JUDGED_REASON,
  JUDGED_REASON_SHIFT,
  JUDGED_VERDICT,
  JUDGED_WIDE,
  PACKETS_MOST,
} from '../connections-layout';
import {
  NANOS_PER_TICK,
  SEGMENT_ACK,
  TCP_ESTABLISHED,
  TICK_BITS,
  TIMEOUT_TCP,
  TIMEOUT_TCP_UNACKNOWLEDGED,
} from '../conntrack-layout';
import {
  DESK_ANSWERS,
  DESK_CONNTRACK,
  DESK_TIMELINE,
  LINK_DONE,
  LINK_LATER,
  LINK_SETTLED,
  TOTAL_BYTES,
  TOTAL_PACKETS,
  TOUCHED_BYTES,
  TOUCHED_KIND,
  TOUCHED_PORTS,
  TOUCHED_ROW,
  TOUCHED_SHARD,
  TOUCHED_SIDES,
} from '../desk-layout';
import { SHARD_TRANSLATED } from '../shard-layout';
import {
  INTERVAL_BYTES,
  INTERVAL_PACKETS,
  TIMELINE_FIRST_SECOND,
  TIMELINE_LATEST,
  TIMELINE_MORE_SECONDS,
} from '../timeline-layout';
import { answerAsConnection } from './answer';
import { wholeOf } from './connection-row';
import { hearUdp } from './conntrack';
import { add } from './credit';
import { laterReason } from './follow';
import { columnAt } from './identify';
import { carriedSecond } from './time';
import { intervalAt } from './timeline';
import { totalOf } from './totals';

// Protocol, form, state and bits of the connection that a usual packet follows, as one word of its row; UDP has no state.
const KIND_MASK: u32 = 0xff | (JUDGED_WIDE << 8) | (15 << 16) | ((BIT_WAITS | BIT_UNTRACKED) << 24);
export const USUAL_TCP: u32 = TCP | (TCP_ESTABLISHED << 16);
export const USUAL_UDP: u32 = UDP;
/** Of a packet that is none: no row has it. */
export const UNUSUAL: u32 = 0xffffffff;
/** State and bits of a TCP connection in that word: both are written anew. */
const KEPT: u32 = 0xffff;

/** What a usual segment makes of a connection's protocol, form, state and bits: as conntrack-tcp.ts has it for ACK in an established one. */
function acknowledged(word: u32, against: u32): u32 {
  const bits = word >> 24;
  const assured = ((bits & BIT_REPLIED) / BIT_REPLIED) * BIT_ASSURED;
  const state: u32 = TCP_ESTABLISHED | (SEGMENT_ACK << 4) | (against << 7);
  return (word & KEPT) | (state << 16) | ((bits | assured | (against * BIT_REPLIED)) << 24);
}

/**
 * Follows connections with the rows whose numbers stand at `rows`, until one is not usual: returns how many were. `links` and
 * `touched`: as track.ts has them.
 */
export function trackUsual(
  desk: usize,
  batch: usize,
  rows: usize,
  links: usize,
  touched: usize,
  count: u32,
): u32 {
  const nanos = columnAt(batch, NANOS);
  const seconds = columnAt(batch, SECONDS);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  const answers = load<u32>(desk, DESK_ANSWERS);
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  const timeout = load<u32>(conntrack + (TCP_ESTABLISHED << 2), TIMEOUT_TCP);
  const unanswered = min<u32>(timeout, load<u32>(conntrack, TIMEOUT_TCP_UNACKNOWLEDGED));
  const timeline: usize = load<u32>(desk, DESK_TIMELINE);
  let interval: usize = load<u32>(timeline, TIMELINE_LATEST);
  let firstSecond = load<u32>(timeline, TIMELINE_FIRST_SECOND);
  let moreSeconds = load<u32>(timeline, TIMELINE_MORE_SECONDS);
  for (let index: u32 = 0; index < count; index++, touched += TOUCHED_BYTES) {
    const likely: usize = load<u32>(touched, TOUCHED_ROW);
    const kind = load<u32>(touched, TOUCHED_KIND);
    const head = load<u64>(likely, CONNECTION_SPORT);
    const word = <u32>(head >> 32);
    if (likely == 0 || (word & KIND_MASK) != kind) return index;
    const shard: usize = load<u32>(touched, TOUCHED_SHARD);
    const sides = load<u64>(likely, CONNECTION_SRC);
    const itsSides = load<u64>(touched, TOUCHED_SIDES);
    const itsPorts = load<u32>(touched, TOUCHED_PORTS);
    // Either direction is as likely: both are compared, and no branch is between them.
    const isSame = <u32>(sides == itsSides) & <u32>(<u32>head == itsPorts);
    const against =
      (isSame ^ 1) & <u32>(sides == rotl<u64>(itsSides, 32)) & <u32>(<u32>head == rotl<u32>(itsPorts, 16));
    if ((isSame | against) == 0 || load<u32>(shard, SHARD_TRANSLATED) != 0) return index;
    const row = load<u32>(rows + (index << 2));
    const nano = load<u32>(nanos + (row << 2));
    const second = load<u32>(seconds + (row << 2));
    const now = ((<u64>second) << TICK_BITS) + nano / NANOS_PER_TICK;
    const rowPackets = load<f64>(packets + (row << 3));
    const rowBytes = load<f64>(bytes + (row << 3));
    const life = load<u64>(likely, CONNECTION_DEADLINE);
    const counts = load<u64>(likely, CONNECTION_BYTES);
    const allPackets = (counts >> 32) + wholeOf(rowPackets);
    const allBytes = (((life >> 48) << 32) | (counts & 0xffffffff)) + wholeOf(rowBytes);
    const deadline = ((life & 0xffffffff) << TICK_BITS) | ((life >> 32) & DEADLINE_TICKS);
    // A free row counts more than any other.
    const isOver =
      <u32>(allPackets > <u64>PACKETS_MOST) | <u32>(allBytes > <u64>BYTES_MOST) | <u32>(now >= deadline);
    if (isOver != 0) return index;
    if (kind == USUAL_TCP) {
      const next = now + select<u32>(timeout, unanswered, (word & (BIT_REPLIED << 24)) != 0);
      store<u64>(likely, (head & 0xffffffff) | ((<u64>acknowledged(word, against)) << 32), CONNECTION_SPORT);
      const ticks = (next & DEADLINE_TICKS) << 32;
      store<u64>(likely, (next >> TICK_BITS) | ticks | ((allBytes >> 32) << 48), CONNECTION_DEADLINE);
    } else {
      hearUdp(desk, likely, against != 0, now);
      store<u16>(likely, <u16>(allBytes >> 32), CONNECTION_BYTES_HIGH);
    }
    store<u64>(likely, (allBytes & 0xffffffff) | (allPackets << 32), CONNECTION_BYTES);
    const verdict = (word >> 8) & JUDGED_VERDICT;
    const judged = (word >> (8 + JUDGED_REASON_SHIFT)) & JUDGED_REASON;
    const reason = laterReason(LINK_LATER, verdict, judged);
    if (answers != 0) {
      answerAsConnection(desk, shard, batch, row, likely, reason);
      store<u32>(links + (index << 2), LINK_DONE);
      continue;
    }
    store<u32>(links + (index << 2), LINK_SETTLED);
    const total = totalOf(desk, verdict, reason);
    add(total + (TOTAL_PACKETS << 3), rowPackets);
    add(total + (TOTAL_BYTES << 3), rowBytes);
    const carried = carriedSecond(second, nano);
    if (interval == 0 || carried - firstSecond > moreSeconds) {
      interval = intervalAt(timeline, carried);
      firstSecond = load<u32>(timeline, TIMELINE_FIRST_SECOND);
      moreSeconds = load<u32>(timeline, TIMELINE_MORE_SECONDS);
    }
    add(interval + INTERVAL_PACKETS + (verdict << 3), rowPackets);
    add(interval + INTERVAL_BYTES + (verdict << 3), rowBytes);
  }
  return count;
}
