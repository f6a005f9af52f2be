// The life of a TCP connection, segment by segment, as Linux follows it. Sequence numbers and windows are not looked at:
// captures lose packets. So a reset counts as exact, and a SYN and ACK behind an ignored SYN as its answer.
//
// Source: Linux net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet.

import { FLAG_TCP_FLAGS } from '../../packet/batch-layout';
import {
  BIT_ASSURED,
  BIT_CHALLENGED,
  BIT_CLOSING,
  BIT_REPLIED,
  BIT_SIMULTANEOUS,
  CONNECTION_BITS,
  CONNECTION_STATE,
} from '../connections-layout';
import {
  CONNTRACK_LOOSE,
  INVALID_STATE,
  SEGMENT_ACK,
  SEGMENT_FIN,
  SEGMENT_NONE,
  SEGMENT_RST,
  SEGMENT_SYN,
  SEGMENT_SYN_ACK,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT,
  TCP_IGNORE,
  TCP_LAST_ACK,
  TCP_NONE,
  TCP_STATES,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
  TCP_SYN_SENT2,
  TCP_TIME_WAIT,
  TIMEOUT_TCP,
  TIMEOUT_TCP_UNACKNOWLEDGED,
} from '../conntrack-layout';
import {
  DESK_CONNTRACK,
  DESK_KEY,
  DESK_PICKUP,
  HEARD_FOLLOWS,
  HEARD_FRESH,
  HEARD_INVALID,
  KEY_FLAGS,
  KEY_NOW,
  KEY_TCP_FLAGS,
  PICKUP_KERNEL,
} from '../desk-layout';
import { keepTcpUntil } from './deadline';

const FIN: u32 = 1;
const SYN: u32 = 2;
const RST: u32 = 4;
const ACK: u32 = 16;
const URG: u32 = 32;
const COUNTED_FLAGS: u32 = FIN | SYN | RST | ACK | URG;
/**
 * Bit n is set for each value n of the flags above that a segment may have: SYN, with URG or with ACK; RST, with ACK; ACK, with
 * FIN, with URG, with both. Source: Linux nf_conntrack_proto_tcp.c, tcp_valid_flags.
 */
const VALID_FLAGS: u64 =
  (1 << 2) | (1 << 34) | (1 << 18) | (1 << 4) | (1 << 20) | (1 << 16) | (1 << 17) | (1 << 48) | (1 << 49);

/** True for a combination of flags that no segment has: Linux calls it invalid whatever its connection. */
export function hasBrokenFlags(flags: u32): bool {
  return ((VALID_FLAGS >> (flags & COUNTED_FLAGS)) & 1) == 0;
}

/** SEGMENT_ code of a segment's flags. */
function segmentOf(flags: u32): u32 {
  if (flags & RST) return SEGMENT_RST;
  if (flags & SYN) return flags & ACK ? SEGMENT_SYN_ACK : SEGMENT_SYN;
  if (flags & FIN) return SEGMENT_FIN;
  return flags & ACK ? SEGMENT_ACK : SEGMENT_NONE;
}

function stateAfter(conntrack: usize, segment: u32, reply: bool, state: u32): u32 {
  return load<u8>(conntrack + (((((<u32>reply) << 3) | segment) << 4) | state), TCP_STATES);
}

/** The segment that was heard last, as the upper half of CONNECTION_STATE holds it. */
function mark(segment: u32, reply: bool): u32 {
  return segment | ((<u32>reply) << 3);
}

function timeoutOf(conntrack: usize, state: u32): u64 {
  return load<u32>(conntrack + (state << 2), TIMEOUT_TCP);
}

/** State of a connection that Linux begins with this segment, INVALID_STATE when it does not. */
function kernelBeginning(conntrack: usize, segment: u32): u32 {
  const state = stateAfter(conntrack, segment, false, TCP_NONE);
  return state == TCP_ESTABLISHED && load<u32>(conntrack, CONNTRACK_LOOSE) == 0 ? INVALID_STATE : state;
}

/** True when Linux makes no connection of the segment at the key. */
export function isInvalidBeginning(desk: usize): bool {
  const key = desk + DESK_KEY;
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) return false;
  const segment = segmentOf(load<u16>(key, KEY_TCP_FLAGS));
  return kernelBeginning(load<u32>(desk, DESK_CONNTRACK), segment) == INVALID_STATE;
}

/** What a segment that Linux would not begin with says of a connection that was met midway. */
function midwayState(segment: u32): u32 {
  if (segment == SEGMENT_SYN_ACK) return TCP_SYN_RECV;
  if (segment == SEGMENT_FIN) return TCP_FIN_WAIT;
  return segment == SEGMENT_RST ? TCP_CLOSE : TCP_ESTABLISHED;
}

/** Begins a connection with the segment at the key; `reply`: the responder sent it. */
export function beginTcp(desk: usize, connection: usize, reply: bool): void {
  const key = desk + DESK_KEY;
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  const known = (load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) != 0;
  const segment = known ? segmentOf(load<u16>(key, KEY_TCP_FLAGS)) : SEGMENT_ACK;
  let state = kernelBeginning(conntrack, segment);
  if (state == INVALID_STATE) state = midwayState(segment);
  let timeout = timeoutOf(conntrack, state);
  if (state == TCP_ESTABLISHED) timeout = min<u64>(timeout, load<u32>(conntrack, TIMEOUT_TCP_UNACKNOWLEDGED));
  store<u8>(connection, state | (mark(segment, reply) << 4), CONNECTION_STATE);
  const bits = load<u8>(connection, CONNECTION_BITS);
  store<u8>(connection, bits | (state == TCP_FIN_WAIT ? BIT_CLOSING : 0), CONNECTION_BITS);
  keepTcpUntil(connection, load<u64>(key, KEY_NOW) + timeout);
}

/**
 * State after a segment that Linux calls invalid in `state`, when the capture may have lost what came before it: as in an
 * established connection. INVALID_STATE when it would not fit there either: an opening of the wrong side.
 */
function forgivenState(conntrack: usize, segment: u32, reply: bool, state: u32): u32 {
  if (state != TCP_SYN_SENT && state != TCP_SYN_SENT2) return INVALID_STATE;
  return stateAfter(conntrack, segment, reply, TCP_ESTABLISHED);
}

/** What is kept of a segment that changes nothing: it waits for its answer. */
function ignore(connection: usize, segment: u32, reply: bool, state: u32, bits: u32): void {
  if (segment == SEGMENT_SYN && !reply) {
    bits &= ~(BIT_SIMULTANEOUS | BIT_CHALLENGED);
    if (state == TCP_LAST_ACK) bits |= BIT_CHALLENGED;
  }
  if (reply) bits |= BIT_REPLIED;
  store<u8>(connection, state | (mark(segment, reply) << 4), CONNECTION_STATE);
  store<u8>(connection, bits, CONNECTION_BITS);
}

/** Goes from `before` to `state` and keeps the connection as long as that state's are kept. */
function enter(
  desk: usize,
  connection: usize,
  segment: u32,
  reply: bool,
  before: u32,
  state: u32,
  bits: u32,
): void {
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  const now = load<u64>(desk + DESK_KEY, KEY_NOW);
  if (state == TCP_FIN_WAIT && before != TCP_FIN_WAIT) bits |= BIT_CLOSING;
  let timeout = timeoutOf(conntrack, segment == SEGMENT_RST ? TCP_CLOSE : state);
  let renewed = true;
  if ((bits & BIT_REPLIED) == 0) {
    if (segment == SEGMENT_RST) state = TCP_NONE;
    // A repeated SYN does not keep the connection alive.
    else if (segment == SEGMENT_SYN && before == TCP_SYN_SENT) renewed = false;
    else if (state == TCP_ESTABLISHED)
      timeout = min<u64>(timeout, load<u32>(conntrack, TIMEOUT_TCP_UNACKNOWLEDGED));
  } else if (state == TCP_ESTABLISHED && (before == TCP_SYN_RECV || before == TCP_ESTABLISHED))
    bits |= BIT_ASSURED;
  if (reply) bits |= BIT_REPLIED;
  store<u8>(connection, state | (mark(segment, reply) << 4), CONNECTION_STATE);
  store<u8>(connection, bits, CONNECTION_BITS);
  if (renewed) keepTcpUntil(connection, now + timeout);
}

/** The usual segment, an ACK that opens and ends nothing, among the flags of this mask. */
export const USUAL_SEGMENT: u32 = ACK;
export const USUAL_SEGMENT_MASK: u32 = COUNTED_FLAGS;

/** Follows the connection with the segment at the key; `reply`: the responder sent it. Returns a HEARD_ code. */
export function hearTcp(desk: usize, connection: usize, reply: bool): u32 {
  const key = desk + DESK_KEY;
  const conntrack: usize = load<u32>(desk, DESK_CONNTRACK);
  const row = <u32>load<u8>(connection, CONNECTION_STATE);
  let bits = <u32>load<u8>(connection, CONNECTION_BITS);
  // One that a reset ended, and that is still spoken of.
  let before: u32 = (row & 15) == TCP_NONE ? TCP_CLOSE : row & 15;
  const last = row >> 4;
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) {
    keepTcpUntil(connection, load<u64>(key, KEY_NOW) + timeoutOf(conntrack, before));
    return HEARD_FOLLOWS;
  }
  const flags = <u32>load<u16>(key, KEY_TCP_FLAGS);
  if (hasBrokenFlags(flags)) return HEARD_INVALID;
  const segment = segmentOf(flags);
  let state = stateAfter(conntrack, segment, reply, before);
  if (state == TCP_SYN_SENT && before >= <u32>TCP_TIME_WAIT) {
    if (bits & BIT_CLOSING || last == mark(SEGMENT_RST, reply)) return HEARD_FRESH;
    state = TCP_IGNORE;
  }
  if (state == INVALID_STATE) {
    if (load<u32>(desk, DESK_PICKUP) == PICKUP_KERNEL) return HEARD_INVALID;
    state = forgivenState(conntrack, segment, reply, before);
    if (state == INVALID_STATE) {
      if (segment == SEGMENT_SYN && before >= <u32>TCP_FIN_WAIT) return HEARD_FRESH;
      state = TCP_IGNORE;
    }
  }
  if (state == TCP_IGNORE) {
    if (segment != SEGMENT_SYN_ACK || last != mark(SEGMENT_SYN, !reply)) {
      ignore(connection, segment, reply, before, bits);
      return HEARD_FOLLOWS;
    }
    // The SYN was no stray: both sides are at a beginning that was not seen as one.
    before = TCP_SYN_SENT;
    state = TCP_SYN_RECV;
    bits &= ~(BIT_CLOSING | BIT_SIMULTANEOUS | BIT_CHALLENGED);
  } else if (state == TCP_TIME_WAIT && before == TCP_LAST_ACK && segment == SEGMENT_ACK) {
    if (bits & BIT_CHALLENGED && last == mark(SEGMENT_SYN, !reply)) {
      store<u8>(connection, (bits & ~BIT_CHALLENGED) | (reply ? BIT_REPLIED : 0), CONNECTION_BITS);
      return HEARD_FOLLOWS;
    }
  } else if (state == TCP_SYN_SENT2) bits |= BIT_SIMULTANEOUS;
  else if (state == TCP_SYN_RECV && reply && segment == SEGMENT_ACK && bits & BIT_SIMULTANEOUS)
    state = TCP_ESTABLISHED;
  enter(desk, connection, segment, reply, before, state, bits);
  return HEARD_FOLLOWS;
}
