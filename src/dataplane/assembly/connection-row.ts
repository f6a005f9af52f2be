// The row of a connection: whose it is, what was judged, what it has counted, and where rows come from. Layout:
// ../connections-layout.ts.

import {
  BYTES_MOST,
  COLD_ROW_BYTES,
  CONNECTION_BYTES,
  CONNECTION_BYTES_HIGH,
  CONNECTION_DST,
  CONNECTION_JUDGED,
  CONNECTION_PACKETS,
  CONNECTION_PROTOCOL,
  CONNECTION_ROW_BYTES,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  CONNECTIONS_COLD,
  CONNECTIONS_FREE,
  CONNECTIONS_ROWS,
  CONNECTIONS_TOP,
  CONNECTIONS_USED,
  CONNECTIONS_WIDE,
  CONNECTIONS_WIDE_FREE,
  CONNECTIONS_WIDE_TOP,
  JUDGED_REASON,
  JUDGED_REASON_SHIFT,
  JUDGED_VERDICT,
  JUDGED_WIDE,
  PACKETS_FREE,
  PACKETS_MOST,
  WIDE_DST,
  WIDE_FAMILY,
  WIDE_ROW_BYTES,
  WIDE_SRC,
} from '../connections-layout';
import { KEY_DST, KEY_FAMILY, KEY_HASH, KEY_PROTOCOL, KEY_SPORT, KEY_SRC } from '../desk-layout';
import { SHARD_CONNECTIONS } from '../shard-layout';
import { copyAddress } from './words';

/** Number of a row. */
export function numberOf(table: usize, connection: usize): u32 {
  return <u32>(connection - <usize>load<u32>(table, CONNECTIONS_ROWS)) / CONNECTION_ROW_BYTES;
}

/** True when nothing lives in the row. */
export function isFree(connection: usize): bool {
  return load<u32>(connection, CONNECTION_PACKETS) == PACKETS_FREE;
}

/** True when the key is of IPv4 addresses at both ends. */
export function isNarrow(key: usize): bool {
  if (load<u8>(key, KEY_FAMILY) != 4) return false;
  const source = load<u64>(key, KEY_SRC + 8) | load<u32>(key, KEY_SRC + 4);
  return (source | load<u64>(key, KEY_DST + 8) | load<u32>(key, KEY_DST + 4)) == 0;
}

/** Where the addresses lie of a connection that is not narrow; 0 of one that is. */
export function wideOf(table: usize, connection: usize): usize {
  if ((load<u8>(connection, CONNECTION_JUDGED) & JUDGED_WIDE) == 0) return 0;
  return <usize>load<u32>(table, CONNECTIONS_WIDE) + load<u32>(connection, CONNECTION_SRC) * WIDE_ROW_BYTES;
}

function takeWide(table: usize): u32 {
  const free = load<u32>(table, CONNECTIONS_WIDE_FREE);
  if (free != 0) {
    const row = <usize>load<u32>(table, CONNECTIONS_WIDE) + free * WIDE_ROW_BYTES;
    store<u32>(table, load<u32>(row, WIDE_FAMILY), CONNECTIONS_WIDE_FREE);
    return free;
  }
  const top = load<u32>(table, CONNECTIONS_WIDE_TOP) + 1;
  store<u32>(table, top, CONNECTIONS_WIDE_TOP);
  return top;
}

/** A row for a connection of the key, which is narrow or not; there is one while fewer are in use than may be. */
export function takeRow(table: usize, key: usize): usize {
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  let number = load<u32>(table, CONNECTIONS_FREE);
  if (number != 0)
    store<u32>(table, load<u32>(rows + number * CONNECTION_ROW_BYTES, CONNECTION_SRC), CONNECTIONS_FREE);
  else {
    number = load<u32>(table, CONNECTIONS_TOP) + 1;
    store<u32>(table, number, CONNECTIONS_TOP);
  }
  store<u32>(table, load<u32>(table, CONNECTIONS_USED) + 1, CONNECTIONS_USED);
  const row = rows + number * CONNECTION_ROW_BYTES;
  if (isNarrow(key)) {
    store<u8>(row, 0, CONNECTION_JUDGED);
    return row;
  }
  store<u8>(row, JUDGED_WIDE, CONNECTION_JUDGED);
  store<u32>(row, takeWide(table), CONNECTION_SRC);
  store<u32>(row, load<u32>(key, KEY_HASH), CONNECTION_DST);
  return row;
}

/** Gives a row back. */
export function freeRow(table: usize, connection: usize): void {
  const wide = wideOf(table, connection);
  if (wide != 0) {
    store<u32>(wide, load<u32>(table, CONNECTIONS_WIDE_FREE), WIDE_FAMILY);
    store<u32>(table, load<u32>(connection, CONNECTION_SRC), CONNECTIONS_WIDE_FREE);
  }
  store<u32>(connection, load<u32>(table, CONNECTIONS_FREE), CONNECTION_SRC);
  store<u32>(connection, PACKETS_FREE, CONNECTION_PACKETS);
  store<u32>(table, numberOf(table, connection), CONNECTIONS_FREE);
  store<u32>(table, load<u32>(table, CONNECTIONS_USED) - 1, CONNECTIONS_USED);
}

/** Writes the key into a row that was taken for it, or for the other direction of it. */
export function writeKey(table: usize, connection: usize, key: usize): void {
  const wide = wideOf(table, connection);
  if (wide == 0) {
    store<u32>(connection, load<u32>(key, KEY_SRC), CONNECTION_SRC);
    store<u32>(connection, load<u32>(key, KEY_DST), CONNECTION_DST);
  } else {
    copyAddress(wide + WIDE_SRC, key + KEY_SRC);
    copyAddress(wide + WIDE_DST, key + KEY_DST);
    store<u32>(wide, load<u8>(key, KEY_FAMILY), WIDE_FAMILY);
  }
  store<u32>(connection, load<u32>(key, KEY_SPORT), CONNECTION_SPORT);
  store<u8>(connection, load<u8>(key, KEY_PROTOCOL), CONNECTION_PROTOCOL);
}

/** Writes an IPv4 address as the 16 bytes that columns hold. */
export function writeNarrow(at: usize, address: u32): void {
  store<u64>(at, address);
  store<u64>(at, 0, 8);
}

/** Lays the connection's key out, without its hash, at `at`: KEY_ offsets. */
export function readConnection(shard: usize, connection: usize, at: usize): void {
  const wide = wideOf(shard + SHARD_CONNECTIONS, connection);
  if (wide == 0) {
    writeNarrow(at + KEY_SRC, load<u32>(connection, CONNECTION_SRC));
    writeNarrow(at + KEY_DST, load<u32>(connection, CONNECTION_DST));
    store<u8>(at, 4, KEY_FAMILY);
  } else {
    copyAddress(at + KEY_SRC, wide + WIDE_SRC);
    copyAddress(at + KEY_DST, wide + WIDE_DST);
    store<u8>(at, load<u32>(wide, WIDE_FAMILY), KEY_FAMILY);
  }
  store<u32>(at, load<u32>(connection, CONNECTION_SPORT), KEY_SPORT);
  store<u8>(at, load<u8>(connection, CONNECTION_PROTOCOL), KEY_PROTOCOL);
}

export function verdictOf(connection: usize): u32 {
  return load<u8>(connection, CONNECTION_JUDGED) & JUDGED_VERDICT;
}

export function reasonOf(connection: usize): u32 {
  return (load<u8>(connection, CONNECTION_JUDGED) >> JUDGED_REASON_SHIFT) & JUDGED_REASON;
}

export function storeJudged(connection: usize, verdict: u32, reason: u32): void {
  const wide = load<u8>(connection, CONNECTION_JUDGED) & JUDGED_WIDE;
  store<u8>(connection, wide | verdict | (reason << JUDGED_REASON_SHIFT), CONNECTION_JUDGED);
}

/** Where the cold row of a connection lies. */
export function coldOf(shard: usize, connection: usize): usize {
  const table = shard + SHARD_CONNECTIONS;
  return <usize>load<u32>(table, CONNECTIONS_COLD) + numberOf(table, connection) * COLD_ROW_BYTES;
}

export function packetsOf(connection: usize): u32 {
  return load<u32>(connection, CONNECTION_PACKETS);
}

export function bytesOf(connection: usize): u64 {
  return (
    ((<u64>load<u16>(connection, CONNECTION_BYTES_HIGH)) << 32) | load<u32>(connection, CONNECTION_BYTES)
  );
}

export function storeCounts(connection: usize, packets: u32, bytes: u64): void {
  store<u32>(connection, packets, CONNECTION_PACKETS);
  store<u32>(connection, <u32>bytes, CONNECTION_BYTES);
  store<u16>(connection, <u16>(bytes >> 32), CONNECTION_BYTES_HIGH);
}

/** 2^52: what is added to it stands in the lowest bits of the sum. Then that number's own bits. */
const WHOLE_SHIFT: f64 = 4503599627370496.0;
const WHOLE_BITS: u64 = 0x4330000000000000;

/** The whole number that a column holds; more than any row counts where it holds none, or one beyond 2^52. */
export function wholeOf(count: f64): u64 {
  return reinterpret<u64>(count + WHOLE_SHIFT) ^ WHOLE_BITS;
}

/** True when a row can count so much. */
export function canCount(packets: f64, bytes: f64): bool {
  return packets <= <f64>PACKETS_MOST && bytes <= <f64>BYTES_MOST;
}
