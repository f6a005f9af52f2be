// The loads of a call's rows before the work on them: so many wait for memory at the same time.

import {
  DPORT,
  DST,
  FLAG_FRAGMENT_FIRST,
  FLAG_FRAGMENT_LATER,
  FLAG_PORTS,
  FLAG_QUOTE,
  FLAGS,
  PROTOCOL,
  SHARD,
  SPORT,
  SRC,
} from '../../packet/batch-layout';
import { DESK_SHARDS, DESK_TOUCHED, TOUCHED_BYTES, TOUCHED_HASH, TOUCHED_ROW } from '../desk-layout';
import { SHARD_BYTES, SHARD_CONNECTIONS } from '../shard-layout';
import { likelyRow, placeOf, segmentOf } from './connection-index';
import { connectionHash } from './hash';
import { columnAt } from './identify';
import { isIcmp } from './protocol';

/** Hashes the rows whose key is plainly theirs, and says where their slots lie. */
function hashRows(desk: usize, batch: usize, rows: usize, count: u32): void {
  const shards: usize = load<u32>(desk, DESK_SHARDS);
  let touched: usize = load<u32>(desk, DESK_TOUCHED);
  const special = FLAG_FRAGMENT_FIRST | FLAG_FRAGMENT_LATER | FLAG_QUOTE;
  const flagsColumn = columnAt(batch, FLAGS);
  const protocols = columnAt(batch, PROTOCOL);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const sport = columnAt(batch, SPORT);
  const dport = columnAt(batch, DPORT);
  const shardColumn = columnAt(batch, SHARD);
  for (let index: u32 = 0; index < count; index++, touched += TOUCHED_BYTES) {
    const row = load<u32>(rows + (index << 2));
    const flags = load<u16>(flagsColumn + (row << 1));
    const protocol = <u32>load<u8>(protocols + row);
    if ((flags & (special | FLAG_PORTS)) != FLAG_PORTS || isIcmp(protocol)) {
      store<u64>(touched, 0);
      continue;
    }
    const ports = row << 1;
    const hash = connectionHash(
      src + (row << 4),
      dst + (row << 4),
      load<u16>(sport + ports),
      load<u16>(dport + ports),
      protocol,
    );
    const table = shards + <usize>load<u16>(shardColumn + ports) * SHARD_BYTES + SHARD_CONNECTIONS;
    store<u32>(touched, hash, TOUCHED_HASH);
    store<u32>(touched, segmentOf(table, hash) + placeOf(hash), TOUCHED_ROW);
  }
}

/** Loads what TOUCHED_ROW leads to: nothing else, so that many loads wait for memory at the same time. */
function loadTouched(touched: usize, count: u32): u32 {
  let sum: u32 = 0;
  for (const end = touched + count * TOUCHED_BYTES; touched < end; touched += TOUCHED_BYTES)
    sum += load<u32>(load<u32>(touched, TOUCHED_ROW));
  return sum;
}

/** Slots become the rows that they lead to. */
function findRows(desk: usize, batch: usize, rows: usize, count: u32): void {
  const shards: usize = load<u32>(desk, DESK_SHARDS);
  const shardColumn = columnAt(batch, SHARD);
  let touched: usize = load<u32>(desk, DESK_TOUCHED);
  for (let index: u32 = 0; index < count; index++, touched += TOUCHED_BYTES) {
    const hash = load<u32>(touched, TOUCHED_HASH);
    if (hash == 0) continue;
    const row = load<u32>(rows + (index << 2));
    const shard = shards + <usize>load<u16>(shardColumn + (row << 1)) * SHARD_BYTES;
    store<u32>(
      touched,
      likelyRow(shard + SHARD_CONNECTIONS, hash, load<u32>(touched, TOUCHED_ROW)),
      TOUCHED_ROW,
    );
  }
}

/**
 * Looks up the rows whose key is plainly theirs before the dependent work on each: the slots of all, then the rows of all, as
 * independent loads, which the processor overlaps. Returns a sum that keeps the loads alive.
 */
export function touch(desk: usize, batch: usize, rows: usize, count: u32): u32 {
  const touched: usize = load<u32>(desk, DESK_TOUCHED);
  hashRows(desk, batch, rows, count);
  const sum = loadTouched(touched, count);
  findRows(desk, batch, rows, count);
  return sum + loadTouched(touched, count);
}
