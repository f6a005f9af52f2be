// Rows of a round, in trace order, to connections. A row of a connection that was judged before gets its verdict here; the
// first packets of new connections are gathered in initiator orientation, to be identified and classified by others and
// handed back by settle. Rows that follow a connection that is still being judged are linked to its first packet.

import { BATCH_COUNT, BYTES, PACKETS, SHARD, SKIP } from '../../packet/batch-layout';
import {
  REASON_MISSING_FIELD,
  REASON_TABLE_FULL,
  SKIP_UNKNOWN_FRAGMENT,
  VERDICT_DENY,
  VERDICT_SKIP,
  VERDICT_UNDETERMINED,
} from '../../tables/verdict-layout';
import {
  DESK_ALONE_WAITS,
  DESK_EPOCH,
  DESK_EPOCHS,
  DESK_FIRSTS,
  DESK_HASHES,
  DESK_KEY,
  DESK_LINKS,
  DESK_PICKUP,
  DESK_SHARDS,
  DESK_TOTALS,
  DESK_UNTRACKED,
  ENTRY_ALONE,
  ENTRY_INVALID,
  ENTRY_UNTRACKED,
  HEARD_FOLLOWS,
  HEARD_FRESH,
  KEY_ALONE,
  KEY_BORROWED,
  KEY_INVALID,
  KEY_KIND,
  KEY_MISSING,
  KEY_NOW,
  KEY_SWAPPED,
  KEY_TRACKED,
  LINK_DONE,
  LINK_FIRST,
  LINK_RELATED,
  PICKUP_KERNEL,
  TOTAL_PICKED_UP,
  TOTAL_UNTRACKED,
} from '../desk-layout';
import {
  BIT_COUNTED,
  BIT_UNTRACKED,
  BIT_WAITS,
  COLD_EPOCH,
  COLD_MET_EPOCH,
  CONNECTION_BITS,
  CONNECTION_BYTES,
  CONNECTION_PACKETS,
  CONNECTION_PROTOCOL,
  CONNECTION_REASON,
  CONNECTION_VERDICT,
  SHARD_BYTES,
} from '../shard-layout';
import { answerAlone, answerAsConnection } from './answer';
import { coldOf } from './cold';
import {
  find,
  hasHandshake,
  isEnded,
  isOpening,
  isWaiting,
  NO_ROOM,
  place,
  SETTLE_FIRST,
} from './connections';
import { beginLife, hear, isInvalidAlone } from './conntrack';
import { hearUsual } from './conntrack-tcp';
import { add, creditConnection } from './credit';
import { isExpired } from './deadline';
import { endsWithEpoch } from './epochs';
import { laterReason } from './follow';
import { gather, gathered, gatherOwn, rowsAtMost } from './gather';
import { columnAt } from './identify';
import { readKey, readOwnKey } from './key';
import { link, STOP } from './link';
import { isMidway, orient } from './orient';
import { touch } from './touch';
import { isCopy, trackCopy } from './track-copy';
import { translateKey } from './translations';
import { copyRow } from './words';

/** A connection is credited early before its packets overflow a word. */
const PACKETS_MAX: u32 = 0x7fffffff;

/** Adds the row's packets and bytes to its connection. */
function count(desk: usize, shard: usize, batch: usize, row: u32, connection: usize): void {
  const packets = load<f64>(columnAt(batch, PACKETS) + (row << 3));
  const before = <f64>load<u32>(connection, CONNECTION_PACKETS);
  if (before + packets > <f64>PACKETS_MAX && !isWaiting(connection)) {
    creditConnection(desk, shard, connection);
    store<u8>(connection, load<u8>(connection, CONNECTION_BITS) | BIT_COUNTED, CONNECTION_BITS);
    store<u32>(connection, 0, CONNECTION_PACKETS);
    store<f64>(connection, 0, CONNECTION_BYTES);
  }
  store<u32>(connection, load<u32>(connection, CONNECTION_PACKETS) + <u32>packets, CONNECTION_PACKETS);
  add(connection + CONNECTION_BYTES, load<f64>(columnAt(batch, BYTES) + (row << 3)));
}

/** Gathers the packet at the key as the first of `entry`, a connection or ENTRY_ALONE, and links the row to it. */
function linkFirst(desk: usize, shard: usize, batch: usize, row: u32, entry: usize): u32 {
  const kind = load<u8>(desk + DESK_KEY, KEY_KIND) == LINK_RELATED ? LINK_RELATED : LINK_FIRST;
  const first = gather(desk, batch, row, entry);
  gatherOwn(desk, batch, row, shard);
  return link(kind, first);
}

/** Gathers a row that connection tracking calls invalid, as it is: policy is asked all the same, where it might decide. */
function linkInvalid(desk: usize, shard: usize, batch: usize, row: u32): u32 {
  readOwnKey(desk, batch, row, shard);
  return link(LINK_FIRST, gather(desk, batch, row, ENTRY_INVALID));
}

/** Begins the key's connection in its row, and gathers its first packet. */
function begin(desk: usize, shard: usize, batch: usize, row: u32, connection: usize): u32 {
  const key = desk + DESK_KEY;
  const reply = load<u8>(key, KEY_SWAPPED) != 0;
  copyRow(connection, key, KEY_SWAPPED);
  beginLife(desk, connection, reply);
  store<u16>(connection, gathered(desk), CONNECTION_VERDICT);
  store<u32>(connection, 0, CONNECTION_PACKETS);
  store<f64>(connection, 0, CONNECTION_BYTES);
  const cold = coldOf(shard, connection);
  const epoch = load<u32>(desk, DESK_EPOCH);
  store<u8>(cold, epoch, COLD_EPOCH);
  store<u8>(cold, epoch, COLD_MET_EPOCH);
  count(desk, shard, batch, row, connection);
  if (isMidway(key)) add(<usize>load<u32>(desk, DESK_TOTALS) + (TOTAL_PICKED_UP << 3), 1);
  return linkFirst(desk, shard, batch, row, connection);
}

/** A row of a connection that lives on, and that has heard of it. */
function follow(desk: usize, shard: usize, batch: usize, row: u32, connection: usize): u32 {
  const kind = load<u8>(desk + DESK_KEY, KEY_KIND);
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  if (bits & BIT_UNTRACKED) {
    readOwnKey(desk, batch, row, shard);
    return link(LINK_FIRST, gather(desk, batch, row, ENTRY_UNTRACKED));
  }
  count(desk, shard, batch, row, connection);
  if (bits & BIT_WAITS) return link(kind, load<u16>(connection, CONNECTION_VERDICT));
  const verdict = load<u8>(connection, CONNECTION_VERDICT);
  const reason = laterReason(kind, verdict, load<u8>(connection, CONNECTION_REASON));
  answerAsConnection(desk, batch, row, verdict, reason, coldOf(shard, connection));
  return LINK_DONE;
}

/** A row whose connection is new. */
function open(desk: usize, shard: usize, batch: usize, row: u32): u32 {
  const key = desk + DESK_KEY;
  if (isInvalidAlone(desk)) return linkInvalid(desk, shard, batch, row);
  const connection = place(desk, shard, gathered(desk));
  if (connection == SETTLE_FIRST) return STOP;
  if (connection == NO_ROOM) {
    answerAlone(desk, batch, row, VERDICT_DENY, REASON_TABLE_FULL);
    return LINK_DONE;
  }
  orient(desk);
  if (connection != 0) return begin(desk, shard, batch, row, connection);
  if (!hasHandshake(load<u8>(key, CONNECTION_PROTOCOL)) || isOpening(key))
    add(<usize>load<u32>(desk, DESK_TOTALS) + (TOTAL_UNTRACKED << 3), 1);
  return linkFirst(desk, shard, batch, row, ENTRY_ALONE);
}

/** A row that begins another connection in the place of one that is over. */
function renew(desk: usize, shard: usize, batch: usize, row: u32, connection: usize): u32 {
  if (isWaiting(connection)) return STOP;
  if (isInvalidAlone(desk)) return linkInvalid(desk, shard, batch, row);
  if (load<u32>(desk, DESK_ALONE_WAITS) != 0) return STOP;
  creditConnection(desk, shard, connection);
  orient(desk);
  return begin(desk, shard, batch, row, connection);
}

/** True when the connection was judged, and denied: the network would know nothing of it. */
function isDenied(connection: usize): bool {
  if (load<u8>(connection, CONNECTION_BITS) & (BIT_WAITS | BIT_UNTRACKED)) return false;
  return load<u8>(connection, CONNECTION_VERDICT) == VERDICT_DENY;
}

/** A row that belongs to a connection, known or new. */
function trackConnection(desk: usize, shard: usize, batch: usize, row: u32): u32 {
  const key = desk + DESK_KEY;
  const found = find(shard, key);
  if (found == 0) return open(desk, shard, batch, row);
  const connection = found & ~1;
  const expired =
    isExpired(connection, load<u64>(key, KEY_NOW)) ||
    (load<u32>(desk, DESK_EPOCHS) != 0 && endsWithEpoch(desk, connection, coldOf(shard, connection)));
  if (expired) return renew(desk, shard, batch, row, connection);
  const reply = ((found & 1) ^ <usize>load<u8>(key, KEY_SWAPPED)) != 0;
  if (hearUsual(desk, connection, reply)) return follow(desk, shard, batch, row, connection);
  const bits = <u32>load<u8>(connection, CONNECTION_BITS);
  // Whether the row follows at all is known when the first packet is judged.
  if (bits & BIT_WAITS && load<u32>(desk, DESK_UNTRACKED) != 0) return STOP;
  const opening = load<u8>(key, KEY_BORROWED) == 0 && isOpening(key);
  if (opening && bits & BIT_WAITS) return STOP;
  if (isEnded(connection)) {
    if (bits & BIT_WAITS) return STOP;
    const over = opening || load<u32>(desk, DESK_PICKUP) == PICKUP_KERNEL;
    if (over && !isDenied(connection)) return renew(desk, shard, batch, row, connection);
  }
  if (load<u8>(key, KEY_KIND) == LINK_RELATED) return follow(desk, shard, batch, row, connection);
  if (opening && isDenied(connection)) return renew(desk, shard, batch, row, connection);
  const heard = hear(desk, connection, reply);
  if (heard == HEARD_FOLLOWS || bits & BIT_UNTRACKED) return follow(desk, shard, batch, row, connection);
  if (heard == HEARD_FRESH) return renew(desk, shard, batch, row, connection);
  if (bits & BIT_WAITS) return STOP;
  if (isDenied(connection)) return follow(desk, shard, batch, row, connection);
  return linkInvalid(desk, shard, batch, row);
}

function trackRow(desk: usize, batch: usize, row: u32, hash: u32): u32 {
  const skip = load<u8>(columnAt(batch, SKIP) + row);
  if (skip != 0) {
    if (isCopy(batch, row)) return trackCopy(desk, batch, row);
    answerAlone(desk, batch, row, VERDICT_SKIP, skip);
    return LINK_DONE;
  }
  const number = <usize>load<u16>(columnAt(batch, SHARD) + (row << 1));
  const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
  const found = readKey(desk, batch, row, shard, hash);
  if (found == KEY_TRACKED) {
    translateKey(desk, shard);
    return trackConnection(desk, shard, batch, row);
  }
  if (found == KEY_ALONE) {
    orient(desk);
    return link(LINK_FIRST, gather(desk, batch, row, ENTRY_ALONE));
  }
  if (found == KEY_INVALID) return linkInvalid(desk, shard, batch, row);
  if (found == KEY_MISSING) answerAlone(desk, batch, row, VERDICT_UNDETERMINED, REASON_MISSING_FIELD);
  else answerAlone(desk, batch, row, VERDICT_SKIP, SKIP_UNKNOWN_FRAGMENT);
  return LINK_DONE;
}

/**
 * Takes the round's rows whose numbers stand at `rows` and returns how many it took: fewer than `count` (at most
 * DESK_ROWS) when first packets must be settled before the next row; at least one.
 */
export function track(desk: usize, batch: usize, rows: usize, count: u32): u32 {
  count = min(count, rowsAtMost(desk));
  store<u32>(<usize>load<u32>(desk, DESK_FIRSTS) + (BATCH_COUNT << 2), 0);
  store<u32>(desk, 0, DESK_ALONE_WAITS);
  const links: usize = load<u32>(desk, DESK_LINKS);
  const hashes: usize = load<u32>(desk, DESK_HASHES);
  // The sum goes where nobody looks: it only keeps the loads.
  store<u32>(links, touch(desk, batch, rows, count));
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const answer = trackRow(desk, batch, row, load<u32>(hashes + (index << 2)));
    if (answer == STOP) return index;
    store<u32>(links + (index << 2), answer);
  }
  return count;
}
