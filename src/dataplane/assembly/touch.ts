// The loads of a call's rows before the work on them: so many wait for memory at the same time.

import { TCP, UDP } from '../../net/protocol-layout';
import {
  DPORT,
  DST,
  FAMILY,
  FLAG_CONNECTION,
  FLAG_FRAGMENT_FIRST,
  FLAG_FRAGMENT_LATER,
  FLAG_NAMED,
  FLAG_PORTS,
  FLAG_QUOTE,
  FLAG_TCP_FLAGS,
  FLAGS,
  PROTOCOL,
  SHARD,
  SKIP,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import {
  DESK_EPOCHS,
  DESK_SHARDS,
  DESK_TOUCHED,
  TOUCHED_BYTES,
  TOUCHED_HASH,
  TOUCHED_KIND,
  TOUCHED_PORTS,
  TOUCHED_ROW,
  TOUCHED_SHARD,
  TOUCHED_SIDES,
} from '../desk-layout';
import { SHARD_BYTES, SHARD_CONNECTIONS } from '../shard-layout';
import { likelyRow, placeOf, segmentOf } from './connection-index';
import { USUAL_SEGMENT, USUAL_SEGMENT_MASK } from './conntrack-tcp';
import { connectionHash, narrowHash } from './hash';
import { columnAt } from './identify';
import { isIcmp } from './protocol';
import { UNUSUAL, USUAL_TCP, USUAL_UDP } from './track-usual';

const SPECIAL: u32 = FLAG_FRAGMENT_FIRST | FLAG_FRAGMENT_LATER | FLAG_QUOTE;

/** Hashes the rows whose key is plainly theirs. */
function hashRows(desk: usize, batch: usize, rows: usize, count: u32): void {
  const shards: usize = load<u32>(desk, DESK_SHARDS);
  const oneEpoch = load<u32>(desk, DESK_EPOCHS) == 0;
  let touched: usize = load<u32>(desk, DESK_TOUCHED);
  const flagsColumn = columnAt(batch, FLAGS);
  const families = columnAt(batch, FAMILY);
  const skips = columnAt(batch, SKIP);
  const protocols = columnAt(batch, PROTOCOL);
  const tcpFlags = columnAt(batch, TCP_FLAGS);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const sport = columnAt(batch, SPORT);
  const dport = columnAt(batch, DPORT);
  const shardColumn = columnAt(batch, SHARD);
  for (let index: u32 = 0; index < count; index++, touched += TOUCHED_BYTES) {
    const row = load<u32>(rows + (index << 2));
    const flags = <u32>load<u16>(flagsColumn + (row << 1));
    const protocol = <u32>load<u8>(protocols + row);
    if ((flags & (SPECIAL | FLAG_PORTS)) != FLAG_PORTS || isIcmp(protocol) || load<u8>(skips + row) != 0) {
      store<u64>(touched, 0);
      continue;
    }
    const from = <u32>load<u16>(sport + (row << 1));
    const to = <u32>load<u16>(dport + (row << 1));
    let hash: u32;
    let kind: u32 = UNUSUAL;
    if (load<u8>(families + row) == 4 && (flags & FLAG_NAMED) == 0) {
      const source = load<u32>(src + (row << 4));
      const destination = load<u32>(dst + (row << 4));
      hash = narrowHash(source, destination, from, to, protocol);
      store<u64>(touched, ((<u64>destination) << 32) | source, TOUCHED_SIDES);
      store<u32>(touched, (to << 16) | from, TOUCHED_PORTS);
      // Conditions are gathered, and asked for at once: a branch on what protocol it is would often be mistaken.
      const others = (flags & FLAG_CONNECTION) | <u32>!oneEpoch;
      const segment = (<u32>load<u16>(tcpFlags + (row << 1)) & USUAL_SEGMENT_MASK) ^ USUAL_SEGMENT;
      const noTcp = others | (protocol ^ TCP) | segment | (~flags & FLAG_TCP_FLAGS);
      kind = select<u32>(USUAL_UDP, kind, (others | (protocol ^ UDP)) == 0);
      kind = select<u32>(USUAL_TCP, kind, noTcp == 0);
    } else hash = connectionHash(src + (row << 4), dst + (row << 4), from, to, protocol);
    const shard = shards + <usize>load<u16>(shardColumn + (row << 1)) * SHARD_BYTES;
    store<u32>(touched, hash, TOUCHED_HASH);
    store<u32>(touched, kind, TOUCHED_KIND);
    store<u32>(touched, shard, TOUCHED_SHARD);
  }
}

/** Loads what TOUCHED_ROW leads to: nothing else, so that many loads wait for memory at the same time. */
function loadTouched(touched: usize, end: usize): u32 {
  let sum: u32 = 0;
  for (; touched < end; touched += TOUCHED_BYTES) sum += load<u32>(load<u32>(touched, TOUCHED_ROW));
  return sum;
}

/** Where the slots of hashes lie. */
function findSlots(touched: usize, end: usize): void {
  for (; touched < end; touched += TOUCHED_BYTES) {
    const hash = load<u32>(touched, TOUCHED_HASH);
    if (hash == 0) continue;
    const table: usize = load<u32>(touched, TOUCHED_SHARD) + SHARD_CONNECTIONS;
    store<u32>(touched, segmentOf(table, hash) + placeOf(hash), TOUCHED_ROW);
  }
}

/** Slots become the rows that they lead to. */
function findRows(touched: usize, end: usize): void {
  for (; touched < end; touched += TOUCHED_BYTES) {
    const hash = load<u32>(touched, TOUCHED_HASH);
    if (hash == 0) continue;
    const table: usize = load<u32>(touched, TOUCHED_SHARD) + SHARD_CONNECTIONS;
    store<u32>(touched, likelyRow(table, hash, load<u32>(touched, TOUCHED_ROW)), TOUCHED_ROW);
  }
}

/**
 * Looks up the rows whose key is plainly theirs before the dependent work on each: directories, slots and rows of all, each in a pass of its
 * own: what a pass loads hangs on nothing else in it, and the processor overlaps so many more loads as each is less work. Returns a sum
 * that keeps the loads alive.
 */
export function touch(desk: usize, batch: usize, rows: usize, count: u32): u32 {
  const touched: usize = load<u32>(desk, DESK_TOUCHED);
  const end = touched + count * TOUCHED_BYTES;
  hashRows(desk, batch, rows, count);
  findSlots(touched, end);
  const sum = loadTouched(touched, end);
  findRows(touched, end);
  return sum + loadTouched(touched, end);
}
