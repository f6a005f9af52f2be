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
  BIT_UNTRACKED,
  BIT_WAITS,
  COLD_EGRESS,
  COLD_EPOCH,
  COLD_MET_EPOCH,
  CONNECTION_BITS,
} from '../connections-layout';
import {
  DESK_ALONE_WAITS,
  DESK_EPOCH,
  DESK_EPOCHS,
  DESK_FIRSTS,
  DESK_KEY,
  DESK_LINKS,
  DESK_PICKUP,
  DESK_SHARDS,
  DESK_TOTALS,
  DESK_TOUCHED,
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
  KEY_PROTOCOL,
  KEY_SWAPPED,
  KEY_TRACKED,
  LINK_DONE,
  LINK_FIRST,
  LINK_RELATED,
  PICKUP_KERNEL,
  TOTAL_PICKED_UP,
  TOTAL_UNTRACKED,
  TOUCHED_BYTES,
  TOUCHED_ROWS,
} from '../desk-layout';
import { SHARD_BYTES, SHARD_CONNECTIONS } from '../shard-layout';
import { answerAlone, answerAsConnection } from './answer';
import { find } from './connection-lookup';
import {
  bytesOf,
  canCount,
  coldOf,
  packetsOf,
  reasonOf,
  storeCounts,
  verdictOf,
  writeKey,
} from './connection-row';
import { hasHandshake, isEnded, isOpening, isWaiting, NO_ROOM, place, SETTLE_FIRST } from './connections';
import { beginLife, hear, isInvalidAlone } from './conntrack';
import { add, creditBeside, creditConnection } from './credit';
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
import { trackUsual } from './track-usual';
import { translateKey } from './translations';

/** Adds the row's packets and bytes to its connection; false, and nothing is done, when they do not fit before it is judged. */
function count(desk: usize, shard: usize, batch: usize, row: u32, connection: usize): bool {
  const packets = load<f64>(columnAt(batch, PACKETS) + (row << 3));
  const bytes = load<f64>(columnAt(batch, BYTES) + (row << 3));
  const allPackets = <f64>packetsOf(connection) + packets;
  const allBytes = <f64>(<i64>bytesOf(connection)) + bytes;
  if (canCount(allPackets, allBytes)) {
    storeCounts(connection, <u32>(<i64>allPackets), <i64>allBytes);
    return true;
  }
  if (isWaiting(connection)) return false;
  creditBeside(desk, shard, connection, allPackets, allBytes);
  storeCounts(connection, 0, 0);
  return true;
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
  writeKey(shard + SHARD_CONNECTIONS, connection, key);
  beginLife(desk, connection, reply);
  storeCounts(connection, 0, 0);
  const cold = coldOf(shard, connection);
  store<u32>(cold, gathered(desk), COLD_EGRESS);
  const epoch = load<u32>(desk, DESK_EPOCH);
  store<u8>(cold, epoch, COLD_EPOCH);
  store<u8>(cold, epoch, COLD_MET_EPOCH);
  // What does not fit is credited when it is settled.
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
  if (!count(desk, shard, batch, row, connection)) return STOP;
  if (bits & BIT_WAITS) return link(kind, load<u32>(coldOf(shard, connection), COLD_EGRESS));
  const verdict = verdictOf(connection);
  answerAsConnection(desk, shard, batch, row, connection, laterReason(kind, verdict, reasonOf(connection)));
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
  if (!hasHandshake(load<u8>(key, KEY_PROTOCOL)) || isOpening(key))
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
  return verdictOf(connection) == VERDICT_DENY;
}

/** A row that belongs to a connection, known or new. */
function trackConnection(desk: usize, shard: usize, batch: usize, row: u32): u32 {
  const key = desk + DESK_KEY;
  const found = find(shard, key);
  if (found == 0) return open(desk, shard, batch, row);
  const connection = found & ~1;
  const expired =
    isExpired(connection, load<u64>(key, KEY_NOW)) ||
    (load<u32>(desk, DESK_EPOCHS) != 0 && endsWithEpoch(desk, shard, connection));
  if (expired) return renew(desk, shard, batch, row, connection);
  const reply = ((found & 1) ^ <usize>load<u8>(key, KEY_SWAPPED)) != 0;
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

function trackRow(desk: usize, batch: usize, row: u32, touched: usize): u32 {
  const skip = load<u8>(columnAt(batch, SKIP) + row);
  if (skip != 0) {
    if (isCopy(batch, row)) return trackCopy(desk, batch, row);
    answerAlone(desk, batch, row, VERDICT_SKIP, skip);
    return LINK_DONE;
  }
  const number = <usize>load<u16>(columnAt(batch, SHARD) + (row << 1));
  const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
  const found = readKey(desk, batch, row, shard, touched);
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
  const touched: usize = load<u32>(desk, DESK_TOUCHED);
  for (let first: u32 = 0; first < count; first += TOUCHED_ROWS) {
    const past = min<u32>(first + TOUCHED_ROWS, count);
    // The sum goes where nobody looks: it only keeps the loads.
    store<u32>(links + (first << 2), touch(desk, batch, rows + (first << 2), past - first));
    for (let index = first; index < past; index++) {
      const its = touched + (index - first) * TOUCHED_BYTES;
      index += trackUsual(desk, batch, rows + (index << 2), links + (index << 2), its, past - index);
      if (index == past) break;
      const row = load<u32>(rows + (index << 2));
      const answer = trackRow(desk, batch, row, touched + (index - first) * TOUCHED_BYTES);
      if (answer == STOP) return index;
      store<u32>(links + (index << 2), answer);
    }
  }
  return count;
}
