// Finding the connection of a packet, in either direction. Those of IPv4 are narrow: all of their key stands in the row. Layout:
// ../connections-layout.ts.

import {
  CONNECTION_DST,
  CONNECTION_PROTOCOL,
  CONNECTION_ROW_BYTES,
  CONNECTION_SPORT,
  CONNECTION_SRC,
  CONNECTIONS_NUMBER_MASK,
  CONNECTIONS_ROWS,
  JUDGED_WIDE,
  WIDE_DST,
  WIDE_FAMILY,
  WIDE_SRC,
} from '../connections-layout';
import { KEY_DST, KEY_FAMILY, KEY_HASH, KEY_LIKELY, KEY_PROTOCOL, KEY_SPORT, KEY_SRC } from '../desk-layout';
import { SHARD_CONNECTIONS } from '../shard-layout';
import { nextPlace, placeOf, segmentOf, tagOf } from './connection-index';
import { isFree, isNarrow, wideOf } from './connection-row';
import { isSameAddress } from './words';

/** Protocol, and whether it is wide, of a row. */
const KIND_MASK: u32 = 255 | (JUDGED_WIDE << 8);

/** The narrow connection `row` if it is of these sides, ports and protocol, its lowest bit set when they are the other way; else 0. */
function matchNarrow(row: usize, sides: u64, ports: u32, protocol: u32): usize {
  if ((load<u16>(row, CONNECTION_PROTOCOL) & KIND_MASK) != protocol) return 0;
  const its = load<u32>(row, CONNECTION_SPORT);
  const itsSides = load<u64>(row, CONNECTION_SRC);
  if (its == ports && itsSides == sides) return row;
  if (its == rotl<u32>(ports, 16) && itsSides == rotl<u64>(sides, 32)) return row | 1;
  return 0;
}

/** The narrow connection of the key, as find() says. */
function findNarrow(table: usize, key: usize): usize {
  const sides = ((<u64>load<u32>(key, KEY_DST)) << 32) | load<u32>(key, KEY_SRC);
  const ports = load<u32>(key, KEY_SPORT);
  const protocol = <u32>load<u8>(key, KEY_PROTOCOL);
  const likely: usize = load<u32>(key, KEY_LIKELY);
  if (likely != 0 && !isFree(likely)) {
    const found = matchNarrow(likely, sides, ports, protocol);
    if (found != 0) return found;
  }
  const hash = load<u32>(key, KEY_HASH);
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const slots = segmentOf(table, hash);
  const tag = tagOf(hash, mask);
  let place = placeOf(hash);
  while (true) {
    const entry = load<u32>(slots + place);
    if (entry == 0) return 0;
    place = nextPlace(place);
    if ((entry & ~mask) != tag || entry == mask) continue;
    const found = matchNarrow(rows + <usize>(entry & mask) * CONNECTION_ROW_BYTES, sides, ports, protocol);
    if (found != 0) return found;
  }
}

/** 0 when the addresses are others, 1 for the key's own direction, 2 for the other one. */
function wideDirection(wide: usize, key: usize, isSame: bool, isTurned: bool): u32 {
  if (load<u32>(wide, WIDE_FAMILY) != load<u8>(key, KEY_FAMILY)) return 0;
  if (
    isSame &&
    isSameAddress(wide + WIDE_SRC, key + KEY_SRC) &&
    isSameAddress(wide + WIDE_DST, key + KEY_DST)
  )
    return 1;
  if (
    isTurned &&
    isSameAddress(wide + WIDE_SRC, key + KEY_DST) &&
    isSameAddress(wide + WIDE_DST, key + KEY_SRC)
  )
    return 2;
  return 0;
}

/** The connection of the key that is not narrow, as find() says. */
function findWide(table: usize, key: usize): usize {
  const hash = load<u32>(key, KEY_HASH);
  const mask = load<u32>(table, CONNECTIONS_NUMBER_MASK);
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const slots = segmentOf(table, hash);
  const tag = tagOf(hash, mask);
  const ports = load<u32>(key, KEY_SPORT);
  const kind = <u32>load<u8>(key, KEY_PROTOCOL) | (JUDGED_WIDE << 8);
  let place = placeOf(hash);
  while (true) {
    const entry = load<u32>(slots + place);
    if (entry == 0) return 0;
    place = nextPlace(place);
    if ((entry & ~mask) != tag || entry == mask) continue;
    const row = rows + <usize>(entry & mask) * CONNECTION_ROW_BYTES;
    if ((load<u16>(row, CONNECTION_PROTOCOL) & KIND_MASK) != kind || load<u32>(row, CONNECTION_DST) != hash)
      continue;
    const its = load<u32>(row, CONNECTION_SPORT);
    const direction = wideDirection(wideOf(table, row), key, its == ports, its == rotl<u32>(ports, 16));
    if (direction != 0) return row | (direction - 1);
  }
}

/** The connection of the key; lowest bit set when the key runs against it; 0 when there is none. */
export function find(shard: usize, key: usize): usize {
  const table = shard + SHARD_CONNECTIONS;
  return isNarrow(key) ? findNarrow(table, key) : findWide(table, key);
}
