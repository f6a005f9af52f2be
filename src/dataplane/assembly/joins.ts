// The shard of a row where services are joined. A side that belongs to a service counts as the service when the other side belongs
// to none. When both do, TCP and SCTP go by ports (the side that serves counts as its service), so that the connections of two
// services spread over shards; everything else, whose later fragments show no ports, counts as both services.

import { SCTP, TCP } from '../../net/protocol-layout';
import { JOIN_ADDRESS, JOIN_BYTES, JOIN_KEY, JOIN_SERVICE, JOINS_MASK, JOINS_SLOTS } from '../joins-layout';
import { pairHash, pairHashOf, shardSide } from './hash';

const FACTOR: u64 = 0x9e3779b97f4a7c15;

/** As joinHash of replay/joins.ts. */
function joinHash(address: usize, key: u32): u32 {
  let hash: u32 = load<u32>(address) ^ key;
  hash = (hash ^ (hash >>> 15)) * 0x85ebca6b;
  hash = (hash ^ load<u32>(address, 4)) * 0x9e3779b1;
  hash = (hash ^ load<u32>(address, 8)) * 0x9e3779b1;
  hash = (hash ^ load<u32>(address, 12)) * 0x9e3779b1;
  return hash ^ (hash >>> 13);
}

/** Number of the service that an address belongs to, or that is served at it by `key`; 0 when there is none. */
function serviceAt(joins: usize, address: usize, key: u32): u32 {
  const mask = load<u32>(joins, JOINS_MASK);
  let slot = joinHash(address, key);
  while (true) {
    const row = joins + JOINS_SLOTS + <usize>(slot & mask) * JOIN_BYTES;
    const service = load<u32>(row, JOIN_SERVICE);
    if (service === 0) return 0;
    if (
      load<u32>(row, JOIN_KEY) === key &&
      load<u64>(row, JOIN_ADDRESS) === load<u64>(address) &&
      load<u64>(row, JOIN_ADDRESS + 8) === load<u64>(address, 8)
    )
      return service;
    slot++;
  }
}

function side(address: usize, service: u32): u64 {
  return service === 0 ? shardSide(address) : <u64>service * FACTOR;
}

/** As pairHash, of the pair's services where they count. Ports are 0 when they are not known. */
export function joinedHash(joins: usize, src: usize, dst: usize, protocol: u32, sport: u32, dport: u32): u32 {
  let source = serviceAt(joins, src, 0);
  let destination = serviceAt(joins, dst, 0);
  if (source === 0 && destination === 0) return pairHash(src, dst);
  if (source !== 0 && destination !== 0 && (protocol === TCP || protocol === SCTP)) {
    source = serviceAt(joins, src, (protocol << 16) | sport);
    destination = serviceAt(joins, dst, (protocol << 16) | dport);
  }
  return pairHashOf(side(src, source), side(dst, destination));
}
