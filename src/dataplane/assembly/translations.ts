// Destinations that copies have shown to be one: packets between a client and a backend belong to the connection of the client
// and the virtual address, or the other way round where that was met later. Small sets of rows; a full set loses the one that was
// not asked for longest. Layout: TRANSLATION_ offsets of ../shard-layout.ts.

import { BIT_REPLIED, CONNECTION_BITS } from '../connections-layout';
import { TICK_BITS } from '../conntrack-layout';
import {
  DESK_KEY,
  KEY_DPORT,
  KEY_DST,
  KEY_HASH,
  KEY_NOW,
  KEY_PROTOCOL,
  KEY_SPORT,
  KEY_SRC,
} from '../desk-layout';
import {
  SHARD_TRANSLATED,
  SHARD_TRANSLATIONS,
  TRANSLATION_ADDRESS,
  TRANSLATION_PORT,
  TRANSLATION_ROW_BYTES,
  TRANSLATION_SECONDS,
  TRANSLATION_SETS,
  TRANSLATION_WAYS,
} from '../shard-layout';
import { find } from './connection-lookup';
import { isOpening } from './connections';
import { isExpired } from './deadline';
import { connectionHash } from './hash';
import { clearRow, copyAddress, isSameAddress } from './words';

function setOf(shard: usize, hash: u32): usize {
  const set = (hash >> 8) & (TRANSLATION_SETS - 1);
  return <usize>load<u32>(shard, SHARD_TRANSLATIONS) + set * (TRANSLATION_WAYS * TRANSLATION_ROW_BYTES);
}

/** The row of the key's packets; lowest bit set when they come from the translated side; 0 when there is none. */
function translationOf(shard: usize, key: usize): usize {
  const hash = load<u32>(key, KEY_HASH);
  const ports = load<u32>(key, KEY_SPORT);
  const kind = load<u16>(key, KEY_PROTOCOL);
  let row = setOf(shard, hash);
  for (let way = 0; way < TRANSLATION_WAYS; way++, row += TRANSLATION_ROW_BYTES) {
    if (load<u32>(row, KEY_HASH) != hash || load<u16>(row, KEY_PROTOCOL) != kind) continue;
    const its = load<u32>(row, KEY_SPORT);
    if (
      its == ports &&
      isSameAddress(row + KEY_SRC, key + KEY_SRC) &&
      isSameAddress(row + KEY_DST, key + KEY_DST)
    )
      return row;
    if (
      its == rotl<u32>(ports, 16) &&
      isSameAddress(row + KEY_SRC, key + KEY_DST) &&
      isSameAddress(row + KEY_DST, key + KEY_SRC)
    )
      return row | 1;
  }
  return 0;
}

function rehash(key: usize): void {
  const sport = load<u16>(key, KEY_SPORT);
  const dport = load<u16>(key, KEY_DPORT);
  const protocol = load<u8>(key, KEY_PROTOCOL);
  store<u32>(key, connectionHash(key + KEY_SRC, key + KEY_DST, sport, dport, protocol), KEY_HASH);
}

/** Gives one side of the key another address and port. */
export function replaceSide(key: usize, isSource: bool, address: usize, port: u32): void {
  copyAddress(key + (isSource ? KEY_SRC : KEY_DST), address);
  store<u16>(key + (isSource ? KEY_SPORT : KEY_DPORT), port);
  rehash(key);
}

/**
 * Makes the key at DESK_KEY that of the connection that its packets belong to by what was learnt. What was learnt of a connection that
 * is over, or that was answered when the packet opens another, is forgotten.
 */
export function translateKey(desk: usize, shard: usize): void {
  if (load<u32>(shard, SHARD_TRANSLATED) == 0) return;
  const key = desk + DESK_KEY;
  const found = translationOf(shard, key);
  if (found == 0) return;
  const row = found & ~1;
  const isSource = (found & 1) != 0;
  replaceSide(key, isSource, row + TRANSLATION_ADDRESS, load<u16>(row, TRANSLATION_PORT));
  const connection = find(shard, key) & ~1;
  const now = load<u64>(key, KEY_NOW);
  const lives =
    connection != 0 &&
    !isExpired(connection, now) &&
    !(isOpening(key) && load<u8>(connection, CONNECTION_BITS) & BIT_REPLIED);
  if (lives) {
    store<u32>(row, <u32>(now >> TICK_BITS), TRANSLATION_SECONDS);
    return;
  }
  replaceSide(key, isSource, row + KEY_DST, load<u16>(row, KEY_DPORT));
  clearRow(row, TRANSLATION_ROW_BYTES);
}

/** Learns that packets of the key at `alias` belong to the connection in which its source, or its destination, is another. */
export function learn(shard: usize, alias: usize, isSource: bool, address: usize, port: u32, now: u64): void {
  const hash = load<u32>(alias, KEY_HASH);
  let row = translationOf(shard, alias) & ~1;
  if (row == 0) {
    row = setOf(shard, hash);
    let oldest = row;
    for (let way = 0; way < TRANSLATION_WAYS; way++, row += TRANSLATION_ROW_BYTES) {
      if (load<u32>(row, KEY_HASH) == 0) {
        oldest = row;
        break;
      }
      if (load<u32>(row, TRANSLATION_SECONDS) < load<u32>(oldest, TRANSLATION_SECONDS)) oldest = row;
    }
    row = oldest;
  }
  // The side that stays is the row's source.
  copyAddress(row + KEY_SRC, alias + (isSource ? KEY_DST : KEY_SRC));
  copyAddress(row + KEY_DST, alias + (isSource ? KEY_SRC : KEY_DST));
  const ports = load<u32>(alias, KEY_SPORT);
  store<u32>(row, isSource ? rotl<u32>(ports, 16) : ports, KEY_SPORT);
  store<u32>(row, hash, KEY_HASH);
  store<u16>(row, load<u16>(alias, KEY_PROTOCOL), KEY_PROTOCOL);
  store<u16>(row, port, TRANSLATION_PORT);
  store<u32>(row, <u32>(now >> TICK_BITS), TRANSLATION_SECONDS);
  copyAddress(row + TRANSLATION_ADDRESS, address);
  store<u32>(shard, 1, SHARD_TRANSLATED);
}
