// Destinations that copies have shown to be one: packets between a client and a backend belong to the connection of the client
// and the virtual address, or the other way round where that was met later. Small sets of rows; a full set loses the one that was
// not asked for longest. Layout: TRANSLATION_ offsets of ../shard-layout.ts.

import { TICK_BITS } from '../conntrack-layout';
import { DESK_KEY, KEY_NOW } from '../desk-layout';
import {
  BIT_REPLIED,
  CONNECTION_BITS,
  CONNECTION_DPORT,
  CONNECTION_PROTOCOL,
  CONNECTION_SPORT,
  ROW_DST,
  ROW_HASH,
  ROW_SRC,
  SHARD_TRANSLATED,
  SHARD_TRANSLATIONS,
  TRANSLATION_ADDRESS,
  TRANSLATION_PORT,
  TRANSLATION_ROW_BYTES,
  TRANSLATION_SECONDS,
  TRANSLATION_SETS,
  TRANSLATION_WAYS,
} from '../shard-layout';
import { find, isOpening } from './connections';
import { isExpired } from './deadline';
import { connectionHash } from './hash';
import { clearRow, copyAddress, isSameAddress } from './words';

function setOf(shard: usize, hash: u32): usize {
  const set = (hash >> 8) & (TRANSLATION_SETS - 1);
  return <usize>load<u32>(shard, SHARD_TRANSLATIONS) + set * (TRANSLATION_WAYS * TRANSLATION_ROW_BYTES);
}

/** The row of the key's packets; lowest bit set when they come from the translated side; 0 when there is none. */
function translationOf(shard: usize, key: usize): usize {
  const hash = load<u32>(key, ROW_HASH);
  const ports = load<u32>(key, CONNECTION_SPORT);
  const kind = load<u16>(key, CONNECTION_PROTOCOL);
  let row = setOf(shard, hash);
  for (let way = 0; way < TRANSLATION_WAYS; way++, row += TRANSLATION_ROW_BYTES) {
    if (load<u32>(row, ROW_HASH) != hash || load<u16>(row, CONNECTION_PROTOCOL) != kind) continue;
    const its = load<u32>(row, CONNECTION_SPORT);
    if (
      its == ports &&
      isSameAddress(row + ROW_SRC, key + ROW_SRC) &&
      isSameAddress(row + ROW_DST, key + ROW_DST)
    )
      return row;
    if (
      its == rotl<u32>(ports, 16) &&
      isSameAddress(row + ROW_SRC, key + ROW_DST) &&
      isSameAddress(row + ROW_DST, key + ROW_SRC)
    )
      return row | 1;
  }
  return 0;
}

function rehash(key: usize): void {
  const sport = load<u16>(key, CONNECTION_SPORT);
  const dport = load<u16>(key, CONNECTION_DPORT);
  const protocol = load<u8>(key, CONNECTION_PROTOCOL);
  store<u32>(key, connectionHash(key + ROW_SRC, key + ROW_DST, sport, dport, protocol), ROW_HASH);
}

/** Gives one side of the key another address and port. */
export function replaceSide(key: usize, isSource: bool, address: usize, port: u32): void {
  copyAddress(key + (isSource ? ROW_SRC : ROW_DST), address);
  store<u16>(key + (isSource ? CONNECTION_SPORT : CONNECTION_DPORT), port);
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
  replaceSide(key, isSource, row + ROW_DST, load<u16>(row, CONNECTION_DPORT));
  clearRow(row, TRANSLATION_ROW_BYTES);
}

/** Learns that packets of the key at `alias` belong to the connection in which its source, or its destination, is another. */
export function learn(shard: usize, alias: usize, isSource: bool, address: usize, port: u32, now: u64): void {
  const hash = load<u32>(alias, ROW_HASH);
  let row = translationOf(shard, alias) & ~1;
  if (row == 0) {
    row = setOf(shard, hash);
    let oldest = row;
    for (let way = 0; way < TRANSLATION_WAYS; way++, row += TRANSLATION_ROW_BYTES) {
      if (load<u32>(row, ROW_HASH) == 0) {
        oldest = row;
        break;
      }
      if (load<u32>(row, TRANSLATION_SECONDS) < load<u32>(oldest, TRANSLATION_SECONDS)) oldest = row;
    }
    row = oldest;
  }
  // The side that stays is the row's source.
  copyAddress(row + ROW_SRC, alias + (isSource ? ROW_DST : ROW_SRC));
  copyAddress(row + ROW_DST, alias + (isSource ? ROW_SRC : ROW_DST));
  const ports = load<u32>(alias, CONNECTION_SPORT);
  store<u32>(row, isSource ? rotl<u32>(ports, 16) : ports, CONNECTION_SPORT);
  store<u32>(row, hash, ROW_HASH);
  store<u16>(row, load<u16>(alias, CONNECTION_PROTOCOL), CONNECTION_PROTOCOL);
  store<u16>(row, port, TRANSLATION_PORT);
  store<u32>(row, <u32>(now >> TICK_BITS), TRANSLATION_SECONDS);
  copyAddress(row + TRANSLATION_ADDRESS, address);
  store<u32>(shard, 1, SHARD_TRANSLATED);
}
