// First packets, gathered in the desk's batch until they are identified and classified. Layout: ../desk-layout.ts.

import {
  BATCH_COUNT,
  BYTES,
  DPORT,
  DST,
  DST_NAME,
  FAMILY,
  FLAG_NAMED,
  FLAG_TRANSLATED,
  FLAGS,
  INTERFACE_OWNER,
  PACKETS,
  PROTOCOL,
  SHARD,
  SPORT,
  SRC,
  SRC_NAME,
  TCP_FLAGS,
  TRANSLATED_DPORT,
  TRANSLATED_DST,
} from '../../packet/batch-layout';
import {
  DESK_ALONE_WAITS,
  DESK_ENTRIES,
  DESK_FIRSTS,
  DESK_KEY,
  DESK_ROWS,
  DESK_UNTRACKED,
  ENTRY_OWN,
  ENTRY_WORDS,
  KEY_DPORT,
  KEY_DST,
  KEY_FAMILY,
  KEY_FLAGS,
  KEY_KIND,
  KEY_PROTOCOL,
  KEY_SPORT,
  KEY_SRC,
  KEY_SWAPPED,
  KEY_TCP_FLAGS,
  LINK_RELATED,
} from '../desk-layout';
import { columnAt } from './identify';
import { readOwnKey } from './key';
import { copyAddress } from './words';

/** How many first packets are gathered. */
export function gathered(desk: usize): u32 {
  return load<u32>(<usize>load<u32>(desk, DESK_FIRSTS) + (BATCH_COUNT << 2));
}

/** Rows that one call of track takes at most: where connections may be untracked, a row may need two first packets. */
export function rowsAtMost(desk: usize): u32 {
  return load<u32>(desk, DESK_UNTRACKED) == 0 ? DESK_ROWS : DESK_ROWS >> 1;
}

/** Names turn with the addresses. */
function gatherNames(firsts: usize, first: u32, batch: usize, row: u32, isTurned: bool): void {
  const src = load<u32>(columnAt(batch, SRC_NAME) + (row << 2));
  const dst = load<u32>(columnAt(batch, DST_NAME) + (row << 2));
  store<u32>(columnAt(firsts, SRC_NAME) + (first << 2), isTurned ? dst : src);
  store<u32>(columnAt(firsts, DST_NAME) + (first << 2), isTurned ? src : dst);
}

/** The destination behind a translation is that of the record: one that is turned round says nothing of it. */
function gatherTranslation(firsts: usize, first: u32, batch: usize, row: u32, isTurned: bool): void {
  if (isTurned) {
    const flags = columnAt(firsts, FLAGS) + (first << 1);
    store<u16>(flags, load<u16>(flags) & ~FLAG_TRANSLATED);
    return;
  }
  copyAddress(columnAt(firsts, TRANSLATED_DST) + (first << 4), columnAt(batch, TRANSLATED_DST) + (row << 4));
  const port = load<u16>(columnAt(batch, TRANSLATED_DPORT) + (row << 1));
  store<u16>(columnAt(firsts, TRANSLATED_DPORT) + (first << 1), port);
}

/** Gathers the packet at the key as a first packet of `entry` (a connection or an ENTRY_ word) and returns its row. */
export function gather(desk: usize, batch: usize, row: u32, entry: usize): u32 {
  const key = desk + DESK_KEY;
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  const first = load<u32>(firsts + (BATCH_COUNT << 2));
  store<u32>(firsts + (BATCH_COUNT << 2), first + 1);
  store<u32>(<usize>load<u32>(desk, DESK_ENTRIES) + (first << 2), entry);
  // What turns out not to be tracked is credited like what never was.
  if (entry < <usize>ENTRY_WORDS || load<u32>(desk, DESK_UNTRACKED) != 0)
    store<u32>(desk, 1, DESK_ALONE_WAITS);
  store<u8>(columnAt(firsts, FAMILY) + first, load<u8>(key, KEY_FAMILY));
  store<u8>(columnAt(firsts, PROTOCOL) + first, load<u8>(key, KEY_PROTOCOL));
  copyAddress(columnAt(firsts, SRC) + (first << 4), key + KEY_SRC);
  copyAddress(columnAt(firsts, DST) + (first << 4), key + KEY_DST);
  store<u16>(columnAt(firsts, SPORT) + (first << 1), load<u16>(key, KEY_SPORT));
  store<u16>(columnAt(firsts, DPORT) + (first << 1), load<u16>(key, KEY_DPORT));
  store<u16>(columnAt(firsts, FLAGS) + (first << 1), load<u16>(key, KEY_FLAGS));
  store<u16>(columnAt(firsts, TCP_FLAGS) + (first << 1), load<u16>(key, KEY_TCP_FLAGS));
  store<u16>(columnAt(firsts, SHARD) + (first << 1), load<u16>(columnAt(batch, SHARD) + (row << 1)));
  if (load<u16>(key, KEY_FLAGS) & FLAG_TRANSLATED)
    gatherTranslation(firsts, first, batch, row, load<u8>(key, KEY_SWAPPED) != 0);
  if (load<u16>(key, KEY_FLAGS) & FLAG_NAMED)
    gatherNames(firsts, first, batch, row, load<u8>(key, KEY_SWAPPED) != 0);
  store<f64>(columnAt(firsts, PACKETS) + (first << 3), load<f64>(columnAt(batch, PACKETS) + (row << 3)));
  store<f64>(columnAt(firsts, BYTES) + (first << 3), load<f64>(columnAt(batch, BYTES) + (row << 3)));
  store<u32>(
    columnAt(firsts, INTERFACE_OWNER) + (first << 2),
    load<u32>(columnAt(batch, INTERFACE_OWNER) + (row << 2)),
  );
  return first;
}

/**
 * Gathers the row itself behind the first packet that was just gathered for it, when that one is not the row as it is: the
 * request of a reply, what an error quotes. Only where connections may turn out not to be tracked.
 */
export function gatherOwn(desk: usize, batch: usize, row: u32, shard: usize): void {
  const key = desk + DESK_KEY;
  if (load<u32>(desk, DESK_UNTRACKED) == 0) return;
  if (load<u8>(key, KEY_SWAPPED) == 0 && load<u8>(key, KEY_KIND) != LINK_RELATED) return;
  readOwnKey(desk, batch, row, shard);
  gather(desk, batch, row, ENTRY_OWN);
}

/** The first packet that answers for a row that is linked to `first`. */
export function answeringFirst(desk: usize, first: u32, isUntracked: bool): u32 {
  if (!isUntracked || first + 1 >= gathered(desk)) return first;
  const next = load<u32>(<usize>load<u32>(desk, DESK_ENTRIES) + ((first + 1) << 2));
  return next == ENTRY_OWN ? first + 1 : first;
}
