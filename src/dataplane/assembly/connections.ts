// The connections of a shard: finding, making room, forgetting. A connection's row holds the initiator first; packets of both
// directions find it. What becomes of it is conntrack.ts. Layout: ../shard-layout.ts.

import { SCTP, TCP } from '../../net/protocol-layout';
import { FLAG_TCP_FLAGS } from '../../packet/batch-layout';
import { VERDICT_DENY } from '../../tables/verdict-layout';
import {
  CONNTRACK_DROPS,
  SCTP_SHUTDOWN_ACK_SENT,
  SCTP_SHUTDOWN_SENT,
  TCP_CLOSE,
  TCP_FIN_WAIT,
  TCP_NONE,
  TICK_BITS,
} from '../conntrack-layout';
import {
  DESK_ALONE_WAITS,
  DESK_CONNTRACK,
  DESK_KEY,
  DESK_MOVING,
  DESK_TOTALS,
  KEY_FLAGS,
  KEY_NOW,
  KEY_TCP_FLAGS,
  TOTAL_EARLY_DROPPED,
} from '../desk-layout';
import {
  BIT_ASSURED,
  BIT_WAITS,
  COLD_ROW_BYTES,
  CONNECTION_BITS,
  CONNECTION_PROTOCOL,
  CONNECTION_ROW_BYTES,
  CONNECTION_SPORT,
  CONNECTION_STATE,
  CONNECTION_VERDICT,
  ROW_DST,
  ROW_HASH,
  ROW_SRC,
  SHARD_CONNECTIONS,
  TABLE_OMITTED,
  TABLE_ROWS,
  TABLE_SLOTS,
  TABLE_SWEPT,
  TABLE_USED,
} from '../shard-layout';
import { add, creditConnection } from './credit';
import { isExpired } from './deadline';
import { allowedRows, canGrow, enlarge, freeRow, removeRow } from './hash-table';
import { isSameAddress } from './words';

const SYN: u32 = 2;
const ACK: u32 = 16;

/** Said by place() when the first packets gathered so far must be judged before it can go on. */
export const SETTLE_FIRST: usize = 1;
/** Said by place() when the kernel would find no room, and drop the packet. */
export const NO_ROOM: usize = 2;
/** Slots that are searched for a connection that makes room, from the new one's own on. */
const EARLY_DROP_RANGE: u32 = 16;
/** A full table is searched for expired connections once in so many connections that it refused. */
const SWEEP_EVERY: u32 = 256;

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

/** The connection of the key; lowest bit set when the key runs against it; 0 when there is none. */
export function find(shard: usize, key: usize): usize {
  const table = shard + SHARD_CONNECTIONS;
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  const hash = load<u32>(key, ROW_HASH);
  const ports = load<u32>(key, CONNECTION_SPORT);
  const kind = load<u16>(key, CONNECTION_PROTOCOL);
  let slot = hash & mask;
  while (true) {
    const row = rows + slot * CONNECTION_ROW_BYTES;
    const found = load<u32>(row, ROW_HASH);
    if (found == 0) return 0;
    if (found == hash && load<u16>(row, CONNECTION_PROTOCOL) == kind) {
      const its = load<u32>(row, CONNECTION_SPORT);
      if (
        its == ports &&
        isSameAddress(row + ROW_SRC, key + ROW_SRC) &&
        isSameAddress(row + ROW_DST, key + ROW_DST)
      )
        return row;
      if (
        its == rotl<u32>(ports, 16) &&
        isSameAddress(row + ROW_SRC, key + ROW_DST) &&
        isSameAddress(row + ROW_DST, key + ROW_SRC)
      )
        return row | 1;
    }
    slot = (slot + 1) & mask;
  }
}

/** Ends every expired connection of the shard. */
function sweep(desk: usize, shard: usize, now: u64): void {
  const table = shard + SHARD_CONNECTIONS;
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const slots = load<u32>(table, TABLE_SLOTS);
  for (let slot: u32 = 0; slot < slots; ) {
    const row = rows + slot * CONNECTION_ROW_BYTES;
    if (load<u32>(row, ROW_HASH) == 0 || !isExpired(row, now)) {
      slot++;
      continue;
    }
    creditConnection(desk, shard, row);
    removeRow(table, slot, CONNECTION_ROW_BYTES, COLD_ROW_BYTES);
  }
}

/** Makes room for one more connection, by forgetting, then by growing. False when the table stays full. */
function makeRoom(desk: usize, shard: usize, now: u64): bool {
  const table = shard + SHARD_CONNECTIONS;
  if (canGrow(table)) {
    sweep(desk, shard, now);
    if (load<u32>(table, TABLE_USED) > allowedRows(table) >> 1)
      enlarge(table, CONNECTION_ROW_BYTES, COLD_ROW_BYTES, load<u32>(desk, DESK_MOVING));
    return true;
  }
  const refused = load<u32>(table, TABLE_OMITTED);
  const second = <u32>(now >> TICK_BITS);
  if (refused % SWEEP_EVERY == 0 && second != load<u32>(table, TABLE_SWEPT)) {
    store<u32>(table, second, TABLE_SWEPT);
    sweep(desk, shard, now);
    if (load<u32>(table, TABLE_USED) < allowedRows(table)) return true;
  }
  store<u32>(table, refused + 1, TABLE_OMITTED);
  return false;
}

/** True for a connection that a full table forgets: not assured, closing, or one that was denied, of which no kernel knows. */
function mayGo(connection: usize, now: u64): bool {
  if (isExpired(connection, now) || load<u8>(connection, CONNECTION_VERDICT) == VERDICT_DENY) return true;
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
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  for (let distance: u32 = 0; distance < EARLY_DROP_RANGE; distance++) {
    const slot = (hash + distance) & mask;
    const row = rows + slot * CONNECTION_ROW_BYTES;
    if (load<u32>(row, ROW_HASH) == 0 || !mayGo(row, now)) continue;
    if (!isExpired(row, now)) add(<usize>load<u32>(desk, DESK_TOTALS) + (TOTAL_EARLY_DROPPED << 3), 1);
    creditConnection(desk, shard, row);
    removeRow(table, slot, CONNECTION_ROW_BYTES, COLD_ROW_BYTES);
    return true;
  }
  return false;
}

/**
 * A free row for the key's connection, which is not in the table. 0 when the table is full; NO_ROOM when the kernel would
 * then drop the packet; SETTLE_FIRST when it depends on connections whose first packets (`waiting` of them) are still to be
 * judged.
 */
export function place(desk: usize, shard: usize, waiting: u32): usize {
  const key = desk + DESK_KEY;
  const table = shard + SHARD_CONNECTIONS;
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  const now = load<u64>(key, KEY_NOW);
  const hash = load<u32>(key, ROW_HASH);
  let slot = hash & mask;
  while (true) {
    const row = rows + slot * CONNECTION_ROW_BYTES;
    if (load<u32>(row, ROW_HASH) == 0) break;
    if (isExpired(row, now)) {
      if (isWaiting(row) || load<u32>(desk, DESK_ALONE_WAITS) != 0) return SETTLE_FIRST;
      creditConnection(desk, shard, row);
      return row;
    }
    slot = (slot + 1) & mask;
  }
  if (load<u32>(table, TABLE_USED) >= allowedRows(table)) {
    if (waiting > 0) return SETTLE_FIRST;
    if (!makeRoom(desk, shard, now)) {
      if (load<u32>(<usize>load<u32>(desk, DESK_CONNTRACK), CONNTRACK_DROPS) == 0) return 0;
      if (!dropEarly(desk, shard, hash, now)) return NO_ROOM;
    }
  }
  store<u32>(table, load<u32>(table, TABLE_USED) + 1, TABLE_USED);
  return freeRow(table, hash, CONNECTION_ROW_BYTES);
}
