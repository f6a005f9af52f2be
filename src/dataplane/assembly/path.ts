// Paths: the list of all outcomes that a connection met, for those that two columns cannot hold: hosts' hooks were on the
// way, or the pending verdict is another. Interned per shard in trace order, so a number means the same whoever works on
// the shard. Layout: PATH_ offsets of ../shard-layout.ts.

import {
  EGRESS,
  EXTRA,
  EXTRA_COUNT,
  EXTRA_COUNT_MASK,
  EXTRA_MOST,
  HOOK,
  INGRESS,
  REASON,
  VERDICT,
} from '../../packet/batch-layout';
import {
  HOOK_EGRESS,
  HOOK_HOST_EGRESS,
  HOOK_INGRESS,
  HOOK_NONE,
  HOOK_UNTRACKED_EGRESS,
  NO_OUTCOME,
} from '../../tables/verdict-layout';
import { DESK_HOSTS, DESK_PATH, DESK_PENDING_FIRSTS } from '../desk-layout';
import {
  PATH_BYTES,
  PATH_EGRESS,
  PATH_EXTRA,
  PATH_EXTRA_COUNT,
  PATH_FLOWS,
  PATH_HASH,
  PATH_INGRESS,
  PATH_KEY_END,
  PATH_PACKETS,
  PATH_PENDING,
  PATH_PENDING_HOOK,
  PATH_PENDING_REASON,
  PATH_ROW_BYTES,
  SHARD_PATHS,
  TABLE_INDEX,
  TABLE_LIMIT,
  TABLE_OMITTED,
  TABLE_ROWS,
  TABLE_SLOTS,
  TABLE_USED,
} from '../shard-layout';
import { wordsHash } from './hash';
import { columnAt } from './identify';
import { clearRow } from './words';

/** Said when a path is needed and there is no room for another. */
export const PATH_REFUSED: u32 = 0xffffffff;

/** How many outcomes of further programs a first packet has. */
export function extraCount(desk: usize, firsts: usize, first: u32): u32 {
  if (load<u32>(desk, DESK_HOSTS) == 0) return 0;
  return min<u32>(load<u8>(columnAt(firsts, EXTRA_COUNT) + first) & EXTRA_COUNT_MASK, EXTRA_MOST);
}

/** Outcome number of one of them. */
export function extraAt(firsts: usize, first: u32, index: u32): u32 {
  return load<u32>(columnAt(firsts, EXTRA) + ((first * EXTRA_MOST + index) << 2));
}

/** The outcome that decided a first packet. */
function decidingOutcome(firsts: usize, first: u32): u32 {
  const hook = <u32>load<u8>(columnAt(firsts, HOOK) + first);
  if (hook == HOOK_NONE) return NO_OUTCOME;
  const egress = hook == HOOK_EGRESS || hook == HOOK_HOST_EGRESS || hook == HOOK_UNTRACKED_EGRESS;
  return load<u32>(columnAt(firsts, egress ? EGRESS : INGRESS) + (first << 2));
}

/** Writes the path of a first packet to DESK_PATH; false when its two columns say all. */
function writePath(desk: usize, firsts: usize, first: u32): bool {
  const pending: usize = load<u32>(desk, DESK_PENDING_FIRSTS);
  const changed =
    pending != 0 &&
    load<u8>(columnAt(pending, VERDICT) + first) != load<u8>(columnAt(firsts, VERDICT) + first);
  const extras = extraCount(desk, firsts, first);
  if (!changed && extras == 0 && <u32>load<u8>(columnAt(firsts, HOOK) + first) <= <u32>HOOK_INGRESS)
    return false;
  const path = desk + DESK_PATH;
  clearRow(path, PATH_ROW_BYTES);
  store<u32>(path, load<u32>(columnAt(firsts, EGRESS) + (first << 2)), PATH_EGRESS);
  store<u32>(path, load<u32>(columnAt(firsts, INGRESS) + (first << 2)), PATH_INGRESS);
  store<u32>(path, changed ? decidingOutcome(pending, first) : NO_OUTCOME, PATH_PENDING);
  store<u8>(path, extras, PATH_EXTRA_COUNT);
  if (changed) {
    store<u8>(path, load<u8>(columnAt(pending, REASON) + first), PATH_PENDING_REASON);
    store<u8>(path, load<u8>(columnAt(pending, HOOK) + first), PATH_PENDING_HOOK);
  }
  for (let index: u32 = 0; index < extras; index++)
    store<u32>(path + (index << 2), extraAt(firsts, first, index), PATH_EXTRA);
  return true;
}

function samePath(row: usize, path: usize): bool {
  for (let at: usize = PATH_EGRESS; at < <usize>PATH_KEY_END; at += 8) {
    if (load<u64>(row + at) != load<u64>(path + at)) return false;
  }
  return true;
}

/** Where the row of path `number` lies. */
function pathAt(shard: usize, number: u32): usize {
  return <usize>load<u32>(shard + SHARD_PATHS, TABLE_ROWS) + (number - 1) * PATH_ROW_BYTES;
}

/** Number of a first packet's path: 0 when it needs none, PATH_REFUSED when there is no room. */
export function pathOf(desk: usize, shard: usize, firsts: usize, first: u32): u32 {
  if ((load<u32>(desk, DESK_HOSTS) | load<u32>(desk, DESK_PENDING_FIRSTS)) == 0) return 0;
  if (!writePath(desk, firsts, first)) return 0;
  const path = desk + DESK_PATH;
  const hash = wordsHash(path + PATH_EGRESS, path + PATH_KEY_END);
  const table = shard + SHARD_PATHS;
  const slots: usize = load<u32>(table, TABLE_INDEX);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let slot = hash & mask;
  while (true) {
    const number = load<u32>(slots + (slot << 2));
    if (number == 0) break;
    const row = pathAt(shard, number);
    if (load<u32>(row, PATH_HASH) == hash && samePath(row, path)) return number;
    slot = (slot + 1) & mask;
  }
  const used = load<u32>(table, TABLE_USED);
  if (used == load<u32>(table, TABLE_LIMIT)) {
    store<u32>(table, load<u32>(table, TABLE_OMITTED) + 1, TABLE_OMITTED);
    return PATH_REFUSED;
  }
  store<u32>(table, used + 1, TABLE_USED);
  store<u32>(slots + (slot << 2), used + 1);
  const row = pathAt(shard, used + 1);
  memory.copy(row, path, PATH_ROW_BYTES);
  store<u32>(row, hash, PATH_HASH);
  return used + 1;
}

/** Credits a path. */
export function creditPath(shard: usize, number: u32, packets: f64, bytes: f64, flows: f64): void {
  const row = pathAt(shard, number);
  store<f64>(row, load<f64>(row, PATH_PACKETS) + packets, PATH_PACKETS);
  store<f64>(row, load<f64>(row, PATH_BYTES) + bytes, PATH_BYTES);
  store<f64>(row, load<f64>(row, PATH_FLOWS) + flows, PATH_FLOWS);
}
