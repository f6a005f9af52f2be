// What a copy says of the connection of the packet that it repeats: that its destination is translated, and to which backend. The
// connection is then judged at that backend, and later packets from behind the translation belong to it.

import {
  BYTES,
  DST,
  FLAG_CONNECTION,
  FLAG_PORTS,
  FLAG_TRANSLATED,
  FLAG_TRANSLATED_SOURCE,
  FLAGS,
  INTERFACE_OWNER,
  PACKETS,
  SHARD,
  SRC,
  TRANSLATED_DPORT,
  TRANSLATED_DST,
} from '../../packet/batch-layout';
import { REASON_SPOOFED, REASON_UNKNOWN_INTERFACE } from '../../tables/verdict-layout';
import {
  BIT_COUNTED,
  BIT_UNTRACKED,
  BIT_WAITS,
  COLD_EGRESS,
  COLD_EPOCH,
  COLD_JUDGED_DPORT,
  CONNECTION_BITS,
} from '../connections-layout';
import {
  DESK_CONNECTION,
  DESK_EPOCH,
  DESK_FIRSTS,
  DESK_KEY,
  DESK_OTHER_KEY,
  DESK_PENDING_FIRSTS,
  DESK_SHARDS,
  DESK_TABLES,
  KEY_BORROWED,
  KEY_DPORT,
  KEY_DST,
  KEY_FAMILY,
  KEY_FLAGS,
  KEY_KIND,
  KEY_NOW,
  KEY_PROTOCOL,
  KEY_SPORT,
  KEY_SRC,
  KEY_SWAPPED,
  KEY_TCP_FLAGS,
  KEY_TRACKED,
  LINK_LATER,
  LINK_RELATED,
  TOTAL_FLOWS,
} from '../desk-layout';
import { SHARD_BYTES, SHARD_TRANSLATIONS } from '../shard-layout';
import { pendingOf, readJudgedDestination } from './cold';
import { find } from './connection-lookup';
import { bytesOf, coldOf, packetsOf, readConnection, reasonOf, verdictOf } from './connection-row';
import { isWaiting } from './connections';
import { add } from './credit';
import { isExpired } from './deadline';
import { gather } from './gather';
import { columnAt } from './identify';
import { readKey } from './key';
import { hasPorts } from './protocol';
import { leadsTo } from './service';
import { pendingTotalOf, totalOf } from './totals';
import { learn, replaceSide, translateKey } from './translations';
import { copyAddress, copyRow, isSameAddress } from './words';

/** Bytes of a key up to the flags, a multiple of 8. */
const KEY_BYTES: u32 = 48;

function sideOf(isSource: bool): usize {
  return isSource ? KEY_SRC : KEY_DST;
}

function portOf(key: usize, isSource: bool): u32 {
  return load<u16>(key + (isSource ? KEY_SPORT : KEY_DPORT));
}

function sameSide(key: usize, other: usize, isSource: bool): bool {
  const side = sideOf(isSource);
  return isSameAddress(key + side, other + side) && portOf(key, isSource) == portOf(other, isSource);
}

/** Whether the connection goes to a virtual address, and was not judged at the backend that the copy shows. */
function isMisjudged(desk: usize, shard: usize, connection: usize, backend: usize, port: u32): bool {
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  if (bits & (BIT_UNTRACKED | BIT_COUNTED)) return false;
  if ((bits & BIT_WAITS) == 0) {
    // Refused for the interface, wherever it went.
    const reason = reasonOf(connection);
    if (reason == REASON_SPOOFED || reason == REASON_UNKNOWN_INTERFACE) return false;
    const cold = coldOf(shard, connection);
    const judged = desk + DESK_CONNECTION;
    readJudgedDestination(shard, connection, cold, judged);
    if (load<u16>(cold, COLD_JUDGED_DPORT) == port && isSameAddress(judged, backend)) return false;
  }
  const key = desk + DESK_CONNECTION;
  readConnection(shard, connection, key);
  const family = <u32>load<u8>(key, KEY_FAMILY);
  const protocol = <u32>load<u8>(key, KEY_PROTOCOL);
  const dport = <u32>load<u16>(key, KEY_DPORT);
  const tables: usize = load<u32>(desk, DESK_TABLES);
  return leadsTo(tables, family, protocol, true, key + KEY_DST, dport, backend, port);
}

/** Takes the connection out of the totals of connections. */
function uncount(desk: usize, shard: usize, connection: usize): void {
  const verdict = verdictOf(connection);
  add(totalOf(desk, verdict, reasonOf(connection)) + (TOTAL_FLOWS << 3), -1);
  if (load<u32>(desk, DESK_PENDING_FIRSTS) == 0) return;
  const pending = pendingOf(coldOf(shard, connection));
  add(pendingTotalOf(desk, verdict, pending) + (TOTAL_FLOWS << 3), -1);
}

/** Gathers the connection's first packet once more, as the one that went to the backend. */
function judgeAgain(
  desk: usize,
  shard: usize,
  batch: usize,
  row: u32,
  connection: usize,
  backend: usize,
  port: u32,
): void {
  uncount(desk, shard, connection);
  const key = desk + DESK_KEY;
  readConnection(shard, connection, key);
  store<u16>(key, FLAG_PORTS | FLAG_TRANSLATED, KEY_FLAGS);
  store<u16>(key, 0, KEY_TCP_FLAGS);
  store<u8>(key, 0, KEY_SWAPPED);
  store<u8>(key, LINK_LATER, KEY_KIND);
  const first = gather(desk, batch, row, connection);
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  copyAddress(columnAt(firsts, TRANSLATED_DST) + (first << 4), backend);
  store<u16>(columnAt(firsts, TRANSLATED_DPORT) + (first << 1), port);
  // Of what was seen so far; the interface is the copy's, and says nothing of the first one.
  store<f64>(columnAt(firsts, PACKETS) + (first << 3), <f64>packetsOf(connection));
  store<f64>(columnAt(firsts, BYTES) + (first << 3), <f64>bytesOf(connection));
  store<u32>(columnAt(firsts, INTERFACE_OWNER) + (first << 2), 0);
  store<u8>(connection, load<u8>(connection, CONNECTION_BITS) | BIT_WAITS, CONNECTION_BITS);
  const cold = coldOf(shard, connection);
  store<u32>(cold, first, COLD_EGRESS);
  store<u8>(cold, load<u32>(desk, DESK_EPOCH), COLD_EPOCH);
}

/** Learns from a copy; false when first packets must be settled before it can be done. */
export function heedCopy(desk: usize, batch: usize, row: u32): bool {
  const flags = <u32>load<u16>(columnAt(batch, FLAGS) + (row << 1));
  const shard =
    <usize>load<u32>(desk, DESK_SHARDS) + <usize>load<u16>(columnAt(batch, SHARD) + (row << 1)) * SHARD_BYTES;
  if (flags & FLAG_CONNECTION || load<u32>(shard, SHARD_TRANSLATIONS) == 0) return true;
  const key = desk + DESK_KEY;
  // A first fragment is kept by this, whatever it is a copy of.
  if (readKey(desk, batch, row, shard, 0) != KEY_TRACKED) return true;
  const isPlain = load<u8>(key, KEY_KIND) != LINK_RELATED && load<u8>(key, KEY_BORROWED) == 0;
  if ((flags & FLAG_TRANSLATED) == 0 || !isPlain || !hasPorts(load<u8>(key, KEY_PROTOCOL))) return true;
  const isSource = (flags & FLAG_TRANSLATED_SOURCE) != 0;
  const alias = desk + DESK_OTHER_KEY;
  copyRow(alias, key, KEY_BYTES);
  const port = load<u16>(columnAt(batch, TRANSLATED_DPORT) + (row << 1));
  replaceSide(key, isSource, columnAt(batch, TRANSLATED_DST) + (row << 4), port);
  translateKey(desk, shard);
  const found = find(shard, key);
  const connection = found & ~1;
  const now = load<u64>(key, KEY_NOW);
  if (connection == 0 || isExpired(connection, now)) return true;
  if (!sameSide(key, alias, !isSource) || sameSide(key, alias, isSource)) return true;
  const own = columnAt(batch, isSource ? SRC : DST) + (row << 4);
  const ownPort = portOf(alias, isSource);
  const isResponder = ((found & 1) != 0) == isSource;
  const again = isResponder && isMisjudged(desk, shard, connection, own, ownPort);
  if (again && isWaiting(connection)) return false;
  learn(shard, alias, isSource, key + sideOf(isSource), portOf(key, isSource), now);
  if (again) judgeAgain(desk, shard, batch, row, connection, own, ownPort);
  return true;
}
