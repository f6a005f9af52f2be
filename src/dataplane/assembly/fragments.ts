// Later fragments have no ports: they follow their first fragment, whose ports are kept here for a while. Small sets
// of rows; a full set loses its oldest row. Source: RFC 791, RFC 8200 4.5; Linux net/ipv4/ip_fragment.c for the time.

import {
  DST,
  FAMILY,
  FLAG_TRANSLATED,
  FLAG_TRANSLATED_SOURCE,
  FLAGS,
  FRAGMENT_ID as FRAGMENT_ID_COLUMN,
  PROTOCOL,
  SECONDS,
  SRC,
} from '../../packet/batch-layout';
import {
  FRAGMENT_DPORT,
  FRAGMENT_FAMILY,
  FRAGMENT_FLAGS,
  FRAGMENT_ID,
  FRAGMENT_PROTOCOL,
  FRAGMENT_ROW_BYTES,
  FRAGMENT_SECONDS,
  FRAGMENT_SECONDS_KEPT,
  FRAGMENT_SETS,
  FRAGMENT_SPORT,
  FRAGMENT_TCP_FLAGS,
  FRAGMENT_WAYS,
  ROW_DST,
  ROW_SRC,
  SHARD_FRAGMENTS,
} from '../shard-layout';
import { orderedHash } from './hash';
import { columnAt } from './identify';
import { copyAddress } from './words';

function setOf(shard: usize, batch: usize, row: u32): usize {
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const hash = orderedHash(src, dst, load<u32>(columnAt(batch, FRAGMENT_ID_COLUMN) + (row << 2)));
  const set = (hash >> 8) & (FRAGMENT_SETS - 1);
  return <usize>load<u32>(shard, SHARD_FRAGMENTS) + set * (FRAGMENT_WAYS * FRAGMENT_ROW_BYTES);
}

function isOf(fragment: usize, batch: usize, row: u32): bool {
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  return (
    load<u32>(fragment, FRAGMENT_ID) == load<u32>(columnAt(batch, FRAGMENT_ID_COLUMN) + (row << 2)) &&
    load<u64>(fragment, ROW_SRC) == load<u64>(src) &&
    load<u64>(fragment, ROW_SRC + 8) == load<u64>(src, 8) &&
    load<u64>(fragment, ROW_DST) == load<u64>(dst) &&
    load<u64>(fragment, ROW_DST + 8) == load<u64>(dst, 8) &&
    load<u8>(fragment, FRAGMENT_PROTOCOL) == load<u8>(columnAt(batch, PROTOCOL) + row) &&
    load<u8>(fragment, FRAGMENT_FAMILY) == load<u8>(columnAt(batch, FAMILY) + row)
  );
}

/** True when the fragment was seen too long before `now`. */
function isOver(fragment: usize, now: u32): bool {
  const seen = load<u32>(fragment, FRAGMENT_SECONDS);
  return now > seen && now - seen > <u32>FRAGMENT_SECONDS_KEPT;
}

/** The first fragment of the datagram that the row belongs to, 0 when it was not seen. */
export function firstFragment(shard: usize, batch: usize, row: u32): usize {
  const now = load<u32>(columnAt(batch, SECONDS) + (row << 2));
  let fragment = setOf(shard, batch, row);
  for (let way = 0; way < FRAGMENT_WAYS; way++, fragment += FRAGMENT_ROW_BYTES) {
    if (load<u8>(fragment, FRAGMENT_FAMILY) == 0) return 0;
    if (isOf(fragment, batch, row)) return isOver(fragment, now) ? 0 : fragment;
  }
  return 0;
}

/** Where the destination behind a translation stands, as a copy tells it, is the row of that copy alone. */
const OWN_FLAGS: u32 = FLAG_TRANSLATED | FLAG_TRANSLATED_SOURCE;

/** Keeps the ports of a first fragment. */
export function keepFragment(
  shard: usize,
  batch: usize,
  row: u32,
  sport: u32,
  dport: u32,
  tcpFlags: u32,
): void {
  const now = load<u32>(columnAt(batch, SECONDS) + (row << 2));
  let fragment = setOf(shard, batch, row);
  let place = fragment;
  for (let way = 0; way < FRAGMENT_WAYS; way++, fragment += FRAGMENT_ROW_BYTES) {
    if (load<u8>(fragment, FRAGMENT_FAMILY) == 0 || isOf(fragment, batch, row)) {
      place = fragment;
      break;
    }
    if (load<u32>(fragment, FRAGMENT_SECONDS) < load<u32>(place, FRAGMENT_SECONDS)) place = fragment;
  }
  copyAddress(place + ROW_SRC, columnAt(batch, SRC) + (row << 4));
  copyAddress(place + ROW_DST, columnAt(batch, DST) + (row << 4));
  store<u32>(place, load<u32>(columnAt(batch, FRAGMENT_ID_COLUMN) + (row << 2)), FRAGMENT_ID);
  store<u8>(place, load<u8>(columnAt(batch, PROTOCOL) + row), FRAGMENT_PROTOCOL);
  store<u8>(place, load<u8>(columnAt(batch, FAMILY) + row), FRAGMENT_FAMILY);
  store<u16>(place, <u32>load<u16>(columnAt(batch, FLAGS) + (row << 1)) & ~OWN_FLAGS, FRAGMENT_FLAGS);
  store<u16>(place, sport, FRAGMENT_SPORT);
  store<u16>(place, dport, FRAGMENT_DPORT);
  store<u16>(place, tcpFlags, FRAGMENT_TCP_FLAGS);
  store<u32>(place, now, FRAGMENT_SECONDS);
}
