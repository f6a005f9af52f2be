// Who began a connection whose beginning was not seen: the sender of SYN and ACK answered; else the side whose port the
// cluster serves, then the side whose port a rule names, then the side with the lower port, is the responder.

import { FLAG_CONNECTION, FLAG_INITIATOR_UNKNOWN, FLAG_PORTS } from '../../packet/batch-layout';
import {
  DESK_KEY,
  DESK_PICKUP,
  DESK_TABLES,
  KEY_DPORT,
  KEY_DST,
  KEY_FLAGS,
  KEY_KIND,
  KEY_PROTOCOL,
  KEY_SPORT,
  KEY_SRC,
  KEY_SWAPPED,
  LINK_RELATED,
  PICKUP_KERNEL,
} from '../desk-layout';
import { hasHandshake, isOpening, isOpeningReply } from './connections';
import { portRank } from './port-rank';
import { hasPorts } from './protocol';

function swap(key: usize): void {
  for (let at: usize = 0; at < 16; at += 8) {
    const word = load<u64>(key + at, KEY_SRC);
    store<u64>(key + at, load<u64>(key + at, KEY_DST), KEY_SRC);
    store<u64>(key + at, word, KEY_DST);
  }
  store<u32>(key, rotl<u32>(load<u32>(key, KEY_SPORT), 16), KEY_SPORT);
  store<u8>(key, load<u8>(key, KEY_SWAPPED) ^ 1, KEY_SWAPPED);
}

/** True when the source's port looks like the server's. */
function sourceServes(tables: usize, key: usize): bool {
  const protocol = load<u8>(key, KEY_PROTOCOL);
  const sport = <u32>load<u16>(key, KEY_SPORT);
  const dport = <u32>load<u16>(key, KEY_DPORT);
  const sourceRank = portRank(tables, protocol, sport);
  const destinationRank = portRank(tables, protocol, dport);
  return sourceRank != destinationRank ? sourceRank > destinationRank : sport < dport;
}

/** True when the packet at the key cannot be the first of its connection. */
export function isMidway(key: usize): bool {
  if (load<u8>(key, KEY_KIND) == LINK_RELATED || load<u8>(key, KEY_SWAPPED) != 0) return true;
  return hasHandshake(load<u8>(key, KEY_PROTOCOL)) && !isOpening(key);
}

/** Turns the key of a packet that begins nothing towards initiator → responder. */
export function orient(desk: usize): void {
  const key = desk + DESK_KEY;
  const flags = load<u16>(key, KEY_FLAGS);
  if (load<u32>(desk, DESK_PICKUP) == PICKUP_KERNEL && (flags & FLAG_CONNECTION) == 0) return;
  const protocol = load<u8>(key, KEY_PROTOCOL);
  if ((flags & FLAG_PORTS) == 0 || !hasPorts(protocol)) return;
  const isRecord = (flags & FLAG_CONNECTION) != 0;
  // A record's flags are those of all its packets: SYN and ACK together say nothing about who answered.
  if (!isRecord && isOpeningReply(key)) {
    swap(key);
    return;
  }
  const unknown = isRecord ? (flags & FLAG_INITIATOR_UNKNOWN) != 0 : hasHandshake(protocol);
  if (unknown && !isOpening(key) && sourceServes(load<u32>(desk, DESK_TABLES), key)) swap(key);
}
