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
import { DESK_HASHES, DESK_SHARDS } from '../desk-layout';
import {
  CONNECTION_ROW_BYTES,
  SHARD_BYTES,
  SHARD_CONNECTIONS,
  TABLE_ROWS,
  TABLE_SLOTS,
} from '../shard-layout';
import { connectionHash } from './hash';
import { columnAt } from './identify';
import { isIcmp } from './protocol';

/**
 * Hashes the rows whose key is plainly theirs and loads their connections' slots: independent loads, which the processor
 * overlaps, before the dependent work on each row. Returns a sum that keeps the loads alive.
 */
export function touch(desk: usize, batch: usize, rows: usize, count: u32): u32 {
  const shards: usize = load<u32>(desk, DESK_SHARDS);
  const hashes: usize = load<u32>(desk, DESK_HASHES);
  const special = FLAG_FRAGMENT_FIRST | FLAG_FRAGMENT_LATER | FLAG_QUOTE;
  const flagsColumn = columnAt(batch, FLAGS);
  const protocols = columnAt(batch, PROTOCOL);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const sport = columnAt(batch, SPORT);
  const dport = columnAt(batch, DPORT);
  const shardColumn = columnAt(batch, SHARD);
  let sum: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const flags = load<u16>(flagsColumn + (row << 1));
    const protocol = <u32>load<u8>(protocols + row);
    let hash: u32 = 0;
    if ((flags & (special | FLAG_PORTS)) == FLAG_PORTS && !isIcmp(protocol)) {
      const ports = row << 1;
      hash = connectionHash(
        src + (row << 4),
        dst + (row << 4),
        load<u16>(sport + ports),
        load<u16>(dport + ports),
        protocol,
      );
      const table = shards + <usize>load<u16>(shardColumn + ports) * SHARD_BYTES + SHARD_CONNECTIONS;
      const slot = hash & (load<u32>(table, TABLE_SLOTS) - 1);
      sum += load<u32>(<usize>load<u32>(table, TABLE_ROWS) + slot * CONNECTION_ROW_BYTES);
    }
    store<u32>(hashes + (index << 2), hash);
  }
  return sum;
}
