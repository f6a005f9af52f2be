// The life of an SCTP association by the first chunk of its packets, as Linux follows it. Verification tags are not looked at.
// Source: Linux net/netfilter/nf_conntrack_proto_sctp.c.

import { CHUNK_SHIFT, FLAG_TCP_FLAGS } from '../../packet/batch-layout';
import { BIT_ASSURED, BIT_REPLIED, CONNECTION_BITS, CONNECTION_STATE } from '../connections-layout';
import {
  CHUNK_HEARTBEAT,
  CHUNK_HEARTBEAT_ACK,
  CHUNK_INIT,
  CHUNK_SHUTDOWN_ACK,
  INVALID_STATE,
  SCTP_CLOSED,
  SCTP_ESTABLISHED,
  SCTP_NONE,
  SCTP_STATES,
  TIMEOUT_SCTP,
} from '../conntrack-layout';
import {
  DESK_CONNTRACK,
  DESK_KEY,
  DESK_PICKUP,
  HEARD_FOLLOWS,
  HEARD_INVALID,
  KEY_FLAGS,
  KEY_NOW,
  KEY_TCP_FLAGS,
  PICKUP_KERNEL,
} from '../desk-layout';
import { keepUntil } from './deadline';

/** Said of chunks that change no state, and of packets whose chunk was not captured. */
const NO_CHUNK: u32 = 0xffffffff;

/** CHUNK_ code of the packet at the key. */
function chunkOf(key: usize): u32 {
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) return NO_CHUNK;
  return (<u32>load<u16>(key, KEY_TCP_FLAGS) >> CHUNK_SHIFT) - 1;
}

function stateAfter(conntrack: usize, chunk: u32, reply: bool, state: u32): u32 {
  return load<u8>(conntrack + (((((<u32>reply) << 4) | chunk) << 4) | state), SCTP_STATES);
}

/**
 * State of an association that Linux begins with this chunk, INVALID_STATE when it does not: all chunks but these carry a tag
 * that nobody has announced.
 */
function kernelBeginning(conntrack: usize, chunk: u32): u32 {
  const begins =
    chunk == CHUNK_INIT ||
    chunk == CHUNK_SHUTDOWN_ACK ||
    chunk == CHUNK_HEARTBEAT ||
    chunk == CHUNK_HEARTBEAT_ACK;
  return begins ? stateAfter(conntrack, chunk, false, SCTP_NONE) : INVALID_STATE;
}

/** True when Linux makes no association of the packet at the key. */
export function isInvalidAssociation(desk: usize): bool {
  const key = desk + DESK_KEY;
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) return false;
  return kernelBeginning(load<u32>(desk, DESK_CONNTRACK), chunkOf(key)) == INVALID_STATE;
}

function keep(desk: usize, connection: usize, state: u32): void {
  const timeout: u64 = load<u32>(<usize>load<u32>(desk, DESK_CONNTRACK) + (state << 2), TIMEOUT_SCTP);
  store<u8>(connection, state, CONNECTION_STATE);
  keepUntil(connection, load<u64>(desk + DESK_KEY, KEY_NOW) + timeout);
}

/** Begins an association with the packet at the key. */
export function beginSctp(desk: usize, connection: usize): void {
  const state = kernelBeginning(load<u32>(desk, DESK_CONNTRACK), chunkOf(desk + DESK_KEY));
  keep(desk, connection, state == INVALID_STATE ? SCTP_ESTABLISHED : state);
}

/** Follows the association with the packet at the key; `reply`: the responder sent it. Returns a HEARD_ code. */
export function hearSctp(desk: usize, connection: usize, reply: bool): u32 {
  const before = <u32>load<u8>(connection, CONNECTION_STATE);
  const chunk = chunkOf(desk + DESK_KEY);
  let state = before;
  if (chunk != NO_CHUNK) state = stateAfter(load<u32>(desk, DESK_CONNTRACK), chunk, reply, before);
  if (state == INVALID_STATE) {
    if (load<u32>(desk, DESK_PICKUP) == PICKUP_KERNEL) return HEARD_INVALID;
    state = before;
  }
  let bits = <u32>load<u8>(connection, CONNECTION_BITS);
  if (reply) bits |= BIT_REPLIED;
  if (state == SCTP_ESTABLISHED && before != SCTP_ESTABLISHED) bits |= BIT_ASSURED;
  store<u8>(connection, bits, CONNECTION_BITS);
  // A repeated INIT does not keep the association alive.
  if (chunk != CHUNK_INIT || state != SCTP_CLOSED || before != SCTP_CLOSED) keep(desk, connection, state);
  return HEARD_FOLLOWS;
}
