// The connections of a shard: making room, forgetting. A connection's row holds the initiator first; packets of both
// directions find it (connection-lookup.ts). What becomes of it is conntrack.ts. Layout: ../connections-layout.ts.

import { SCTP, TCP } from '../../net/protocol-layout';
import { FLAG_TCP_FLAGS } from '../../packet/batch-layout';
import { VERDICT_DENY } from '../../tables/verdict-layout';
import {
  BIT_ASSURED,
  BIT_WAITS,
  CONNECTION_BITS,
  CONNECTION_PROTOCOL,
  CONNECTION_ROW_BYTES,
  CONNECTION_STATE,
  CONNECTIONS_HAND,
  CONNECTIONS_LIMIT,
  CONNECTIONS_NUMBER_MASK,
  CONNECTIONS_ROWS,
  CONNECTIONS_SWEEP_FROM,
  CONNECTIONS_TOP,
  CONNECTIONS_USED,
  SEGMENT_BYTES,
  SWEEP_LEAST,
} from '../connections-layout';
import {
  CONNTRACK_DROPS,
  SCTP_SHUTDOWN_ACK_SENT,
  SCTP_SHUTDOWN_SENT,
  TCP_CLOSE,
  TCP_FIN_WAIT,
  TCP_NONE,
} from '../conntrack-layout';
import {
  DESK_ALONE_WAITS,
  DESK_CONNTRACK,
  DESK_KEY,
  DESK_MOVING,
  DESK_TOTALS,
  KEY_FLAGS,
  KEY_HASH,
  KEY_NOW,
  KEY_TCP_FLAGS,
  TOTAL_EARLY_DROPPED,
} from '../desk-layout';
import { SHARD_CONNECTIONS } from '../shard-layout';
import { enter, hashOfConnection, leave, makeSlot, placeOf, segmentOf } from './connection-index';
import { freeRow, isFree, numberOf, takeRow, verdictOf } from './connection-row';
import { add, creditConnection } from './credit';
import { isExpired } from './deadline';

const SYN: u32 = 2;
const ACK: u32 = 16;

/** Said by place() when the first packets gathered so far must be judged before it can go on. */
export const SETTLE_FIRST: usize = 1;
/** Said by place() when the kernel would find no room, and drop the packet. */
export const NO_ROOM: usize = 2;
/** Connections among which one that makes room is looked for, from the new one's own slot on. */
const EARLY_DROP_RANGE: u32 = 16;
/** Rows that are looked at for being expired with each new connection; and where there is no room left. */
const SWEEP_ROWS: u32 = 8;
const SWEEP_ROWS_FULL: u32 = 64;

/** True for a packet that opens a connection: SYN without ACK, SCTP INIT. */
export function isOpening(key: usize): bool {
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) return false;
  return (load<u16>(key, KEY_TCP_FLAGS) & (SYN | ACK)) == SYN;
}

/** True for the answer to an opening packet. */
export function isOpeningReply(key: usize): bool {
  if ((load<u16>(key, KEY_FLAGS) & FLAG_TCP_FLAGS) == 0) return false;
  return (load<u16>(key, KEY_TCP_FLAGS) & (SYN | ACK)) == (SYN | ACK);
}

/** True for protocols with a handshake: their direction can be told from flags. */
export function hasHandshake(protocol: u32): bool {
  return protocol == TCP || protocol == SCTP;
}

/** Whether the connection's first packet waits for its verdict. */
export function isWaiting(connection: usize): bool {
  return (load<u8>(connection, CONNECTION_BITS) & BIT_WAITS) != 0;
}

/** True when a reset that was the only answer ended the connection. */
export function isEnded(connection: usize): bool {
  if (load<u8>(connection, CONNECTION_PROTOCOL) != TCP) return false;
  return (load<u8>(connection, CONNECTION_STATE) & 15) == TCP_NONE;
}

/** Credits a connection and forgets it. */
function end(desk: usize, shard: usize, connection: usize): void {
  const table = shard + SHARD_CONNECTIONS;
  creditConnection(desk, shard, connection);
  leave(table, hashOfConnection(connection), numberOf(table, connection));
  freeRow(table, connection);
}

/**
 * Looks at the next `count` rows and ends the connections that are expired; false, and nothing is done, when one of them, or what is
 * to be credited before it, is still to be judged.
 */
function sweep(desk: usize, shard: usize, now: u64, count: u32): bool {
  const table = shard + SHARD_CONNECTIONS;
  const first = max<u32>(1, load<u32>(table, CONNECTIONS_HAND));
  const past = min<u32>(first + count, load<u32>(table, CONNECTIONS_TOP) + 1);
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const aloneWaits = load<u32>(desk, DESK_ALONE_WAITS) != 0;
  let expired: u32 = 0;
  for (let number = first; number < past; number++) {
    const row = rows + number * CONNECTION_ROW_BYTES;
    if (isFree(row) || !isExpired(row, now)) continue;
    if (aloneWaits || isWaiting(row)) return false;
    expired++;
  }
  for (let number = first; expired > 0; number++) {
    const row = rows + number * CONNECTION_ROW_BYTES;
    if (isFree(row) || !isExpired(row, now)) continue;
    end(desk, shard, row);
    expired--;
  }
  const isRound = past > load<u32>(table, CONNECTIONS_TOP);
  store<u32>(table, isRound ? 0 : past, CONNECTIONS_HAND);
  if (isRound) rest(table);
  return true;
}

/** Says when rows are looked at again, all having been: when there are twice as many, and before there is no room. */
function rest(table: usize): void {
  const limit = load<u32>(table, CONNECTIONS_LIMIT);
  const from = max<u32>(SWEEP_LEAST, load<u32>(table, CONNECTIONS_USED) << 1);
  store<u32>(table, min<u32>(from, limit - (limit >> 3)), CONNECTIONS_SWEEP_FROM);
}

/** True for a connection that a full table forgets: not assured, closing, or one that was denied, of which no kernel knows. */
function mayGo(connection: usize, now: u64): bool {
  if (isExpired(connection, now) || verdictOf(connection) == VERDICT_DENY) return true;
  if ((load<u8>(connection, CONNECTION_BITS) & BIT_ASSURED) == 0) return true;
  const protocol = load<u8>(connection, CONNECTION_PROTOCOL);
  const state = <i32>load<u8>(connection, CONNECTION_STATE) & 15;
  if (protocol == TCP) return state >= TCP_FIN_WAIT && state <= TCP_CLOSE;
  return protocol == SCTP && state >= SCTP_SHUTDOWN_SENT && state <= SCTP_SHUTDOWN_ACK_SENT;
}

/**
 * Forgets a connection near the slot of the hash to make room for another one. False when all of them stay.
 * Source: Linux net/netfilter/nf_conntrack_core.c, early_drop, gc_worker_can_early_drop.
 */
function dropEarly(desk: usize, shard: usize, hash: u32, now: u64): bool {
  const table = shard + SHARD_CONNECTIONS;
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  const slots = segmentOf(table, hash);
  let left = EARLY_DROP_RANGE;
  const first = placeOf(hash);
  for (let at: usize = 0; at < <usize>SEGMENT_BYTES && left > 0; at += 4) {
    const number = load<u32>(slots + ((first + at) & (SEGMENT_BYTES - 1))) & mask;
    if (number == 0 || number == mask) continue;
    left--;
    const row = rows + <usize>number * CONNECTION_ROW_BYTES;
    if (!mayGo(row, now)) continue;
    if (!isExpired(row, now)) add(<usize>load<u32>(desk, DESK_TOTALS) + (TOTAL_EARLY_DROPPED << 3), 1);
    end(desk, shard, row);
    return true;
  }
  return false;
}

function hasRoom(table: usize): bool {
  return load<u32>(table, CONNECTIONS_USED) < load<u32>(table, CONNECTIONS_LIMIT);
}

/**
 * A free row for the key's connection, which is not in the table. 0 when the table is full; NO_ROOM when the kernel would
 * then drop the packet; SETTLE_FIRST when it depends on connections whose first packets (`waiting` of them) are still to be
 * judged. Every call looks at few rows, so that none is long: expired connections go as others come.
 */
export function place(desk: usize, shard: usize, waiting: u32): usize {
  const key = desk + DESK_KEY;
  const table = shard + SHARD_CONNECTIONS;
  const now = load<u64>(key, KEY_NOW);
  const hash = load<u32>(key, KEY_HASH);
  const scratch: usize = load<u32>(desk, DESK_MOVING);
  let fits = hasRoom(table) && makeSlot(table, hash, scratch);
  if (waiting > 0 && !fits) return SETTLE_FIRST;
  const isSwept =
    load<u32>(table, CONNECTIONS_HAND) != 0 ||
    load<u32>(table, CONNECTIONS_USED) >= load<u32>(table, CONNECTIONS_SWEEP_FROM);
  if (isSwept && !sweep(desk, shard, now, hasRoom(table) ? SWEEP_ROWS : SWEEP_ROWS_FULL)) return SETTLE_FIRST;
  if (!fits) fits = hasRoom(table) && makeSlot(table, hash, scratch);
  if (!fits) {
    if (load<u32>(<usize>load<u32>(desk, DESK_CONNTRACK), CONNTRACK_DROPS) == 0) return 0;
    if (!dropEarly(desk, shard, hash, now) || !makeSlot(table, hash, scratch)) return NO_ROOM;
  }
  const row = takeRow(table, key);
  enter(table, hash, numberOf(table, row));
  return row;
}
