// A row's connection key, in the orientation that the row suggests: ICMP replies are turned round, ICMP errors take the
// packet that they quote, later fragments borrow the ports of their first. Layout: KEY_ offsets of ../desk-layout.ts.

import { ICMP, ICMPV6 } from '../../net/protocol-layout';
import {
  DPORT,
  DST,
  FAMILY,
  FLAG_CONNECTION,
  FLAG_FRAGMENT_FIRST,
  FLAG_FRAGMENT_LATER,
  FLAG_PORTS,
  FLAG_QUOTE,
  FLAG_TRUNCATED,
  FLAGS,
  NANOS,
  PROTOCOL,
  QUOTED_DPORT,
  QUOTED_DST,
  QUOTED_PROTOCOL,
  QUOTED_SPORT,
  QUOTED_SRC,
  SECONDS,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import { NANOS_PER_TICK, TICK_BITS } from '../conntrack-layout';
import {
  DESK_KEY,
  KEY_ALONE,
  KEY_BORROWED,
  KEY_DPORT,
  KEY_DST,
  KEY_FAMILY,
  KEY_FLAGS,
  KEY_HASH,
  KEY_INVALID,
  KEY_KIND,
  KEY_LIKELY,
  KEY_MISSING,
  KEY_NOW,
  KEY_PROTOCOL,
  KEY_SPORT,
  KEY_SRC,
  KEY_SWAPPED,
  KEY_TCP_FLAGS,
  KEY_TRACKED,
  KEY_UNKNOWN_FRAGMENT,
  LINK_LATER,
  LINK_RELATED,
  TOUCHED_HASH,
  TOUCHED_ROW,
} from '../desk-layout';
import { FRAGMENT_DPORT, FRAGMENT_FLAGS, FRAGMENT_SPORT, FRAGMENT_TCP_FLAGS } from '../shard-layout';
import { firstFragment, keepFragment } from './fragments';
import { connectionHash } from './hash';
import { columnAt } from './identify';
import { hasPorts, isDiscovery, isIcmp } from './protocol';
import { copyAddress, isSameAddress } from './words';

/** Source: Linux net/netfilter/nf_conntrack_proto_icmp.c and nf_conntrack_proto_icmpv6.c. */
function isError(protocol: u32, type: u32): bool {
  if (protocol == ICMPV6) return type >= 1 && type <= 4;
  return protocol == ICMP && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

/** In the place of a type that there is none of. */
export const NO_REQUEST: u32 = 256;

/** Type of the request that a reply of this type answers; NO_REQUEST when it is no reply. */
export function requestOf(protocol: u32, type: u32): u32 {
  if (protocol == ICMPV6) return type == 129 ? 128 : type == 140 ? 139 : NO_REQUEST;
  if (type == 0) return 8;
  return type == 14 || type == 16 || type == 18 ? type - 1 : NO_REQUEST;
}

/** Completes the key at `key` from addresses, ports and protocol. `known`: the ports, or type and code, were captured. */
function writeKey(
  key: usize,
  src: usize,
  dst: usize,
  protocol: u32,
  sport: u32,
  dport: u32,
  known: bool,
): void {
  if (!known) {
    sport = 0;
    dport = 0;
  }
  let swapped: u32 = 0;
  if (known && isIcmp(protocol)) {
    const request = requestOf(protocol, dport >> 8);
    if (request != NO_REQUEST) {
      dport = (request << 8) | (dport & 255);
      swapped = 1;
      const turned = src;
      src = dst;
      dst = turned;
    }
  }
  store<u64>(key, load<u64>(src), KEY_SRC);
  store<u64>(key, load<u64>(src, 8), KEY_SRC + 8);
  store<u64>(key, load<u64>(dst), KEY_DST);
  store<u64>(key, load<u64>(dst, 8), KEY_DST + 8);
  store<u16>(key, sport, KEY_SPORT);
  store<u16>(key, dport, KEY_DPORT);
  store<u8>(key, protocol, KEY_PROTOCOL);
  store<u8>(key, swapped, KEY_SWAPPED);
}

/** Source: Linux net/netfilter/nf_conntrack_proto_icmp.c, nf_conntrack_inet_error. */
function readQuote(key: usize, batch: usize, row: u32): u32 {
  const protocol = <u32>load<u8>(columnAt(batch, QUOTED_PROTOCOL) + row);
  const sport = <u32>load<u16>(columnAt(batch, QUOTED_SPORT) + (row << 1));
  const dport = <u32>load<u16>(columnAt(batch, QUOTED_DPORT) + (row << 1));
  // No error answers an error, and what is not tracked has no errors about it.
  if (isError(protocol, dport >> 8) || isDiscovery(protocol, dport >> 8)) return KEY_INVALID;
  const src = columnAt(batch, QUOTED_SRC) + (row << 4);
  const dst = columnAt(batch, QUOTED_DST) + (row << 4);
  // It goes to whom the quoted packet came from, or to nobody who asked.
  if (!isSameAddress(src, columnAt(batch, DST) + (row << 4))) return KEY_INVALID;
  writeKey(key, src, dst, protocol, sport, dport, true);
  store<u16>(key, hasPorts(protocol) || isIcmp(protocol) ? FLAG_PORTS : 0, KEY_FLAGS);
  store<u16>(key, 0, KEY_TCP_FLAGS);
  store<u8>(key, LINK_RELATED, KEY_KIND);
  return KEY_TRACKED;
}

/** Turns a reply's key back: the row's own direction and type. */
function straighten(key: usize, src: usize, dst: usize, dport: u32): void {
  copyAddress(key + KEY_SRC, src);
  copyAddress(key + KEY_DST, dst);
  store<u16>(key, dport, KEY_DPORT);
  store<u8>(key, 0, KEY_SWAPPED);
}

/** Reads the key of a row that is to be judged, without its hash. `own`: of the row itself, whatever it answers or quotes. */
function readParts(key: usize, batch: usize, row: u32, shard: usize, own: bool): u32 {
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  let flags = <u32>load<u16>(columnAt(batch, FLAGS) + (row << 1));
  let sport = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  let dport = <u32>load<u16>(columnAt(batch, DPORT) + (row << 1));
  let tcpFlags = <u32>load<u16>(columnAt(batch, TCP_FLAGS) + (row << 1));
  store<u8>(key, LINK_LATER, KEY_KIND);
  store<u8>(key, 0, KEY_BORROWED);
  if (flags & FLAG_FRAGMENT_LATER) {
    const fragment = firstFragment(shard, batch, row);
    if (fragment == 0) return KEY_UNKNOWN_FRAGMENT;
    flags = load<u16>(fragment, FRAGMENT_FLAGS);
    sport = load<u16>(fragment, FRAGMENT_SPORT);
    dport = load<u16>(fragment, FRAGMENT_DPORT);
    tcpFlags = load<u16>(fragment, FRAGMENT_TCP_FLAGS);
    store<u8>(key, 1, KEY_BORROWED);
  } else if (flags & FLAG_FRAGMENT_FIRST && !own) {
    keepFragment(shard, batch, row, sport, dport, tcpFlags);
  }
  const known = (flags & FLAG_PORTS) != 0;
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  const alone = (flags & FLAG_CONNECTION) != 0;
  if (known && isError(protocol, dport >> 8) && !alone && !own) {
    // What an error quotes stands in its first fragment alone, which goes to the shard of the quoted connection.
    if (load<u8>(key, KEY_BORROWED) != 0) return KEY_UNKNOWN_FRAGMENT;
    if (flags & FLAG_QUOTE) return readQuote(key, batch, row);
    return flags & FLAG_TRUNCATED ? KEY_MISSING : KEY_INVALID;
  }
  writeKey(key, src, dst, protocol, sport, dport, known);
  if (own && load<u8>(key, KEY_SWAPPED) != 0) straighten(key, src, dst, dport);
  store<u16>(key, flags, KEY_FLAGS);
  store<u16>(key, tcpFlags, KEY_TCP_FLAGS);
  return alone || (known && isDiscovery(protocol, dport >> 8)) ? KEY_ALONE : KEY_TRACKED;
}

/** Reads the key of a row that has ports, is no fragment, quotes nothing and is not ICMP: the same as readParts() does. */
function readPlain(key: usize, batch: usize, row: u32): u32 {
  const flags = load<u16>(columnAt(batch, FLAGS) + (row << 1));
  copyAddress(key + KEY_SRC, columnAt(batch, SRC) + (row << 4));
  copyAddress(key + KEY_DST, columnAt(batch, DST) + (row << 4));
  // Both at once: they are read at once soon, which would wait for two stores.
  const sport = <u32>load<u16>(columnAt(batch, SPORT) + (row << 1));
  store<u32>(key, sport | ((<u32>load<u16>(columnAt(batch, DPORT) + (row << 1))) << 16), KEY_SPORT);
  store<u8>(key, load<u8>(columnAt(batch, PROTOCOL) + row), KEY_PROTOCOL);
  store<u16>(key, load<u16>(columnAt(batch, TCP_FLAGS) + (row << 1)), KEY_TCP_FLAGS);
  store<u16>(key, flags, KEY_FLAGS);
  store<u8>(key, 0, KEY_SWAPPED);
  store<u8>(key, LINK_LATER, KEY_KIND);
  store<u8>(key, 0, KEY_BORROWED);
  return flags & FLAG_CONNECTION ? KEY_ALONE : KEY_TRACKED;
}

/** Reads the row's key to DESK_KEY and says what it found. `touched`: what was looked up for the row (TOUCHED_ offsets), 0 without. */
export function readKey(desk: usize, batch: usize, row: u32, shard: usize, touched: usize): u32 {
  const key = desk + DESK_KEY;
  store<u8>(key, load<u8>(columnAt(batch, FAMILY) + row), KEY_FAMILY);
  const nanos = load<u32>(columnAt(batch, NANOS) + (row << 2));
  const second = <u64>load<u32>(columnAt(batch, SECONDS) + (row << 2));
  store<u64>(key, (second << TICK_BITS) + nanos / NANOS_PER_TICK, KEY_NOW);
  const hash: u32 = touched != 0 ? load<u32>(touched, TOUCHED_HASH) : 0;
  if (hash != 0) {
    store<u32>(key, hash, KEY_HASH);
    store<u32>(key, load<u32>(touched, TOUCHED_ROW), KEY_LIKELY);
    return readPlain(key, batch, row);
  }
  const found = readParts(key, batch, row, shard, false);
  if (found != KEY_TRACKED) return found;
  store<u32>(key, 0, KEY_LIKELY);
  const protocol = load<u8>(key, KEY_PROTOCOL);
  const sport = load<u16>(key, KEY_SPORT);
  const dport = load<u16>(key, KEY_DPORT);
  store<u32>(key, connectionHash(key + KEY_SRC, key + KEY_DST, sport, dport, protocol), KEY_HASH);
  return KEY_TRACKED;
}

/** Writes the row itself over its key at DESK_KEY: its own direction and fields, whatever it answers or quotes. */
export function readOwnKey(desk: usize, batch: usize, row: u32, shard: usize): void {
  readParts(desk + DESK_KEY, batch, row, shard, true);
}
