// IPv4, IPv6 and what lies on them → columns of one row. Every function gets [at, end), the captured bytes that belong to its
// layer, and never reads outside. Nothing is guessed: what is cut or malformed says so.
//
// Source: RFC 791, 8200, 4302, 9293, 768, 9260, 792, 4443.

import { ICMP, ICMPV6, SCTP, TCP } from '../../net/protocol-layout';
import {
  DPORT,
  DST,
  FAMILY,
  FLAG_FRAGMENT_FIRST,
  FLAG_FRAGMENT_LATER,
  FLAG_PORTS,
  FLAG_QUOTE,
  FLAG_TCP_FLAGS,
  FLAG_TRUNCATED,
  FLAGS,
  FRAGMENT_ID,
  FRAGMENT_OFFSET,
  PROTOCOL,
  QUOTED_DPORT,
  QUOTED_DST,
  QUOTED_PROTOCOL,
  QUOTED_SPORT,
  QUOTED_SRC,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import { SKIP_MALFORMED, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { isTunnel, openTunnel } from './decode-tunnel';
import { fingerprintOf, fingerprintOfFragment, looksForCopies, storeFingerprint } from './fingerprint';
import { columnAt } from './identify';
import { hasPorts, isIcmp } from './protocol';
import { chunkFlags } from './sctp-chunk';

const DCCP: u32 = 33;
const AH: u32 = 51;
const HOP_BY_HOP: u32 = 0;
const ROUTING: u32 = 43;
const FRAGMENT: u32 = 44;
const DESTINATION: u32 = 60;

/** Two bytes in network order. */
export function be16(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

function be32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

/** Columns that a record without a packet leaves as they are must not keep what an earlier round wrote. */
export function clearRow(batch: usize, row: u32): void {
  if (looksForCopies(batch)) storeFingerprint(batch, row, 0);
  store<u8>(columnAt(batch, FAMILY) + row, 0);
  store<u8>(columnAt(batch, PROTOCOL) + row, 0);
  store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), 0);
  store<u16>(columnAt(batch, SPORT) + (row << 1), 0);
  store<u16>(columnAt(batch, DPORT) + (row << 1), 0);
  store<u16>(columnAt(batch, FLAGS) + (row << 1), 0);
  store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), 0);
  store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), 0);
  const src = columnAt(batch, SRC) + (row << 4);
  const dst = columnAt(batch, DST) + (row << 4);
  store<u64>(src, 0);
  store<u64>(src + 8, 0);
  store<u64>(dst, 0);
  store<u64>(dst + 8, 0);
}

function addFlags(batch: usize, row: u32, flags: u32): void {
  const at = columnAt(batch, FLAGS) + (row << 1);
  store<u16>(at, <u16>(<u32>load<u16>(at) | flags));
}

/** By the version nibble, as link types without a header of their own say it. */
export function decodeIp(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at >= end) return SKIP_TRUNCATED;
  const version = load<u8>(at) >> 4;
  if (version === 4) return decodeIpv4(at, end, batch, row);
  return version === 6 ? decodeIpv6(at, end, batch, row) : SKIP_MALFORMED;
}

/** IPv4 and what it carries; returns a SKIP_ code, 0 when the row holds a packet. */
export function decodeIpv4(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at >= end) return SKIP_TRUNCATED;
  const first = <u32>load<u8>(at);
  const header: usize = (first & 15) << 2;
  if (first >> 4 !== 4 || header < 20) return SKIP_MALFORMED;
  if (at + header > end) return SKIP_TRUNCATED;
  const total: usize = be16(at + 2);
  // 0: segmentation was left to the network card, and the captured length is all there is.
  if (total !== 0) {
    if (total < header) return SKIP_MALFORMED;
    if (at + total < end) end = at + total;
    else if (at + total > end) addFlags(batch, row, FLAG_TRUNCATED);
  }
  store<u8>(columnAt(batch, FAMILY) + row, 4);
  store<u32>(columnAt(batch, SRC) + (row << 4), be32(at + 12));
  store<u32>(columnAt(batch, DST) + (row << 4), be32(at + 16));
  const fragment = be16(at + 6);
  const offset = (fragment & 0x1fff) << 3;
  const more = (fragment & 0x2000) !== 0;
  const id = be16(at + 4);
  if (more || offset !== 0) storeFragment(batch, row, id, offset);
  const start = at;
  let protocol = <u32>load<u8>(at + 9);
  at += header;
  while (protocol === AH && offset === 0 && at + 2 <= end) {
    protocol = <u32>load<u8>(at);
    at += (<usize>load<u8>(at + 1) + 2) << 2;
  }
  store<u8>(columnAt(batch, PROTOCOL) + row, <u8>protocol);
  if (looksForCopies(batch)) {
    const length: u32 = total === 0 ? 0 : <u32>(start + total - at);
    const its =
      offset === 0 ? fingerprintOf(protocol, id, length, at, end) : fingerprintOfFragment(id, offset, length);
    storeFingerprint(batch, row, its);
  }
  return offset === 0 ? decodeTransport(protocol, at, end, batch, row) : 0;
}

function storeFragment(batch: usize, row: u32, id: u32, offset: u32): void {
  store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), id);
  store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), <u16>offset);
  addFlags(batch, row, offset === 0 ? FLAG_FRAGMENT_FIRST : FLAG_FRAGMENT_LATER);
}

function storeAddress(at: usize, to: usize): void {
  store<u32>(to, be32(at));
  store<u32>(to + 4, be32(at + 4));
  store<u32>(to + 8, be32(at + 8));
  store<u32>(to + 12, be32(at + 12));
}

/** True for the IPv6 headers that stand between the fixed one and the transport. */
function isExtension(header: u32): bool {
  return (
    header === HOP_BY_HOP ||
    header === ROUTING ||
    header === DESTINATION ||
    header === FRAGMENT ||
    header === AH
  );
}

/** IPv6 and what it carries, behind its extension headers; returns as decodeIpv4 does. */
export function decodeIpv6(at: usize, end: usize, batch: usize, row: u32): u32 {
  if (at >= end) return SKIP_TRUNCATED;
  if (load<u8>(at) >> 4 !== 6) return SKIP_MALFORMED;
  if (at + 40 > end) return SKIP_TRUNCATED;
  const payload: usize = be16(at + 4);
  // What headers that run out of bytes are: cut by the capture, or by the packet's own length.
  let short: u32 = SKIP_TRUNCATED;
  // 0: a jumbogram or segmentation left to the network card.
  if (payload !== 0) {
    if (at + 40 + payload > end) addFlags(batch, row, FLAG_TRUNCATED);
    else {
      end = at + 40 + payload;
      short = SKIP_MALFORMED;
    }
  }
  let next = <u32>load<u8>(at + 6);
  const src = at + 8;
  at += 40;
  const start = at;
  let isLater = false;
  let id: u32 = 0;
  let offset: u32 = 0;
  while (isExtension(next)) {
    if (at + 8 > end) return short;
    const header = next;
    next = <u32>load<u8>(at);
    if (header === FRAGMENT) {
      offset = be16(at + 2) & 0xfff8;
      id = be32(at + 4);
      const more = (be16(at + 2) & 1) !== 0;
      // Offset 0 and nothing more: an atomic fragment, a whole packet (RFC 6946).
      if (offset !== 0 || more) storeFragment(batch, row, id, offset);
      at += 8;
      isLater = offset !== 0;
      if (isLater) break;
    } else {
      const units = <usize>load<u8>(at + 1);
      at += header === AH ? (units + 2) << 2 : (units + 1) << 3;
      if (at > end) return short;
    }
  }
  store<u8>(columnAt(batch, FAMILY) + row, 6);
  storeAddress(src, columnAt(batch, SRC) + (row << 4));
  storeAddress(src + 16, columnAt(batch, DST) + (row << 4));
  store<u8>(columnAt(batch, PROTOCOL) + row, <u8>next);
  if (looksForCopies(batch)) {
    const length: u32 = payload === 0 ? 0 : <u32>(start + payload - at);
    const its = isLater ? fingerprintOfFragment(id, offset, length) : fingerprintOf(next, 0, length, at, end);
    storeFingerprint(batch, row, its);
  }
  return isLater ? 0 : decodeTransport(next, at, end, batch, row);
}

/** DCCP has its ports there too, though nothing tracks it by them. */
function beginsWithPorts(protocol: u32): bool {
  return protocol === DCCP || hasPorts(protocol);
}

/** Returns a SKIP_ code of what a tunnel carries, else 0. */
function decodeTransport(protocol: u32, at: usize, end: usize, batch: usize, row: u32): u32 {
  if (beginsWithPorts(protocol)) {
    if (at + 4 > end) return 0;
    store<u16>(columnAt(batch, SPORT) + (row << 1), <u16>be16(at));
    store<u16>(columnAt(batch, DPORT) + (row << 1), <u16>be16(at + 2));
    let flags: u32 = FLAG_PORTS;
    if (protocol === TCP && at + 14 <= end) {
      store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), <u16>(be16(at + 12) & 0xfff));
      flags |= FLAG_TCP_FLAGS;
    } else if (protocol === SCTP && at + 13 <= end) {
      store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), <u16>chunkFlags(load<u8>(at + 12)));
      flags |= FLAG_TCP_FLAGS;
    }
    addFlags(batch, row, flags);
  } else if (protocol === ICMP || protocol === ICMPV6) decodeIcmp(protocol, at, end, batch, row);
  return isTunnel(protocol, at, end) ? openTunnel(protocol, at, end, batch, row) : 0;
}

/** Echo requests and replies, whose identifier tells one exchange from another. */
function isEcho(protocol: u32, type: u32): bool {
  return protocol === ICMP ? type === 0 || type === 8 : type === 128 || type === 129;
}

function isError(protocol: u32, type: u32): bool {
  if (protocol === ICMPV6) return type >= 1 && type <= 4;
  return type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
}

function decodeIcmp(protocol: u32, at: usize, end: usize, batch: usize, row: u32): void {
  if (at + 2 > end) return;
  store<u16>(columnAt(batch, DPORT) + (row << 1), <u16>be16(at));
  addFlags(batch, row, FLAG_PORTS);
  const type = <u32>load<u8>(at);
  if (isEcho(protocol, type) && at + 6 <= end) {
    store<u16>(columnAt(batch, SPORT) + (row << 1), <u16>be16(at + 4));
  } else if (isError(protocol, type) && at + 8 < end) {
    const version = load<u8>(at + 8) >> 4;
    if (version !== load<u8>(columnAt(batch, FAMILY) + row)) return;
    if (version === 4) decodeQuotedIpv4(at + 8, end, batch, row);
    else decodeQuotedIpv6(at + 8, end, batch, row);
  }
}

function decodeQuotedIpv4(at: usize, end: usize, batch: usize, row: u32): void {
  const header: usize = (<usize>load<u8>(at) & 15) << 2;
  if (header < 20 || at + header > end || (be16(at + 6) & 0x1fff) !== 0) return;
  const src = columnAt(batch, QUOTED_SRC) + (row << 4);
  const dst = columnAt(batch, QUOTED_DST) + (row << 4);
  store<u64>(src, <u64>be32(at + 12));
  store<u64>(src + 8, 0);
  store<u64>(dst, <u64>be32(at + 16));
  store<u64>(dst + 8, 0);
  decodeQuotedTransport(<u32>load<u8>(at + 9), at + header, end, batch, row);
}

function decodeQuotedIpv6(at: usize, end: usize, batch: usize, row: u32): void {
  if (at + 40 > end) return;
  const src = at + 8;
  let next = <u32>load<u8>(at + 6);
  at += 40;
  while (isExtension(next)) {
    if (at + 8 > end) return;
    const header = next;
    if (header === FRAGMENT && (be16(at + 2) & 0xfff8) !== 0) return;
    next = <u32>load<u8>(at);
    const units = <usize>load<u8>(at + 1);
    at += header === FRAGMENT ? 8 : header === AH ? (units + 2) << 2 : (units + 1) << 3;
  }
  storeAddress(src, columnAt(batch, QUOTED_SRC) + (row << 4));
  storeAddress(src + 16, columnAt(batch, QUOTED_DST) + (row << 4));
  decodeQuotedTransport(next, at, end, batch, row);
}

function decodeQuotedTransport(protocol: u32, at: usize, end: usize, batch: usize, row: u32): void {
  if (isIcmp(protocol) ? at + 6 > end : beginsWithPorts(protocol) && at + 4 > end) return;
  let sport: u32 = 0;
  let dport: u32 = 0;
  if (isIcmp(protocol)) {
    dport = be16(at);
    if (isEcho(protocol, <u32>load<u8>(at))) sport = be16(at + 4);
  } else if (beginsWithPorts(protocol)) {
    sport = be16(at);
    dport = be16(at + 2);
  }
  store<u16>(columnAt(batch, QUOTED_SPORT) + (row << 1), <u16>sport);
  store<u16>(columnAt(batch, QUOTED_DPORT) + (row << 1), <u16>dport);
  store<u8>(columnAt(batch, QUOTED_PROTOCOL) + row, <u8>protocol);
  addFlags(batch, row, FLAG_QUOTE);
}
