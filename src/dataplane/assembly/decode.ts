// Records of a classic pcap file to rows: link header, IPv4 or IPv6, transport. Reads inside the captured bytes only; what
// cannot be read becomes a counted skip. Sources: RFC 791, 8200, 9293, 768, 9260, 792, 4443; draft-ietf-opsawg-pcap.

import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from '../../net/protocol-layout';
import {
  BATCH_COUNT,
  BYTES,
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
  NANOS,
  PACKETS,
  PROTOCOL,
  QUOTED_DPORT,
  QUOTED_DST,
  QUOTED_PROTOCOL,
  QUOTED_SPORT,
  QUOTED_SRC,
  SECONDS,
  SKIP,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import { SKIP_MALFORMED, SKIP_NON_IP, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { fileWord } from './frame-pcap';
import { columnAt } from './identify';

const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_RAW = 101;
const LINK_LOOP = 108;
const LINK_COOKED = 113;
const LINK_IPV4 = 228;
const LINK_IPV6 = 229;
const LINK_COOKED2 = 276;

function word16(at: usize): u32 {
  return <u32>bswap<u16>(load<u16>(at));
}

function word32(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

function copyAddress4(to: usize, from: usize): void {
  store<u32>(to, word32(from));
  store<u32>(to, 0, 4);
  store<u64>(to, 0, 8);
}

function copyAddress6(to: usize, from: usize): void {
  for (let word: usize = 0; word < 16; word += 4) store<u32>(to + word, word32(from + word));
}

/** Where the IP header begins, 0 when there is none: tags are passed, other payloads are not IP. */
function behindTags(at: usize, end: usize, type: u32): usize {
  for (let depth = 0; depth < 8; depth++) {
    if (type == 0x0800 || type == 0x86dd) return at;
    if (type != 0x8100 && type != 0x88a8 && type != 0x9100 && type != 0x9200) return 0;
    if (at + 4 > end) return 0;
    type = word16(at + 2);
    at += 4;
  }
  return 0;
}

/** Where the IP header begins, 0 when the frame holds none. */
function ipHeader(at: usize, end: usize, link: u32): usize {
  if (link == LINK_ETHERNET) return at + 14 > end ? 0 : behindTags(at + 14, end, word16(at + 12));
  if (link == LINK_COOKED) return at + 16 > end ? 0 : behindTags(at + 16, end, word16(at + 14));
  if (link == LINK_COOKED2) return at + 20 > end ? 0 : behindTags(at + 20, end, word16(at));
  if (link == LINK_RAW || link == LINK_IPV4 || link == LINK_IPV6 || link == 12 || link == 14) return at;
  if (link != LINK_NULL && link != LINK_LOOP) return 0;
  if (at + 4 > end) return 0;
  let family = load<u32>(at);
  if (family > 0xffff) family = bswap<u32>(family);
  const known = family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
  return known ? at + 4 : 0;
}

function skip(batch: usize, row: u32, reason: u32): void {
  store<u8>(columnAt(batch, SKIP) + row, reason);
  store<u8>(columnAt(batch, FAMILY) + row, 0);
}

/** Ports, or identifier and type * 256 + code, into two u16 places. Returns FLAG_ bits. */
function readPorts(at: usize, end: usize, protocol: u32, sport: usize, dport: usize): u32 {
  if (protocol == TCP || protocol == UDP || protocol == SCTP || protocol == UDPLITE) {
    if (at + 4 > end) return FLAG_TRUNCATED;
    store<u16>(sport, word16(at));
    store<u16>(dport, word16(at + 2));
    return FLAG_PORTS;
  }
  if (protocol != ICMP && protocol != ICMPV6) return 0;
  if (at + 2 > end) return FLAG_TRUNCATED;
  const type = load<u8>(at);
  const echo = protocol == ICMP ? type == 0 || type == 8 : type == 128 || type == 129;
  if (echo && at + 6 <= end) store<u16>(sport, word16(at + 4));
  store<u16>(dport, word16(at));
  return FLAG_PORTS;
}

/** Walks IPv6 extension headers. Returns the transport's offset; the protocol goes to `protocolAt`. */
function behindExtensions(ip: usize, end: usize, batch: usize, row: u32, protocolAt: usize): usize {
  let next = <u32>load<u8>(ip + 6);
  let at = ip + 40;
  while (at + 2 <= end) {
    if (next == 0 || next == 43 || next == 60) {
      next = load<u8>(at);
      at += (<usize>load<u8>(at + 1) + 1) << 3;
    } else if (next == 51) {
      next = load<u8>(at);
      at += (<usize>load<u8>(at + 1) + 2) << 2;
    } else if (next == 44) {
      if (at + 8 > end) return 0;
      next = load<u8>(at);
      const place = word16(at + 2);
      if ((place & 0xfff9) != 0) {
        store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), word32(at + 4));
        store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), place & 0xfff8);
        const flag = (place & 0xfff8) != 0 ? FLAG_FRAGMENT_LATER : FLAG_FRAGMENT_FIRST;
        store<u16>(
          columnAt(batch, FLAGS) + (row << 1),
          load<u16>(columnAt(batch, FLAGS) + (row << 1)) | flag,
        );
      }
      at += 8;
      if ((place & 0xfff8) != 0) break;
    } else break;
  }
  store<u8>(protocolAt, next);
  return at > end ? 0 : at;
}

function readQuote(batch: usize, row: u32, ip: usize, end: usize): u32 {
  const protocolAt = columnAt(batch, QUOTED_PROTOCOL) + row;
  const src = columnAt(batch, QUOTED_SRC) + (row << 4);
  const dst = columnAt(batch, QUOTED_DST) + (row << 4);
  let at = ip;
  if (ip + 20 <= end && load<u8>(ip) >> 4 == 4) {
    copyAddress4(src, ip + 12);
    copyAddress4(dst, ip + 16);
    store<u8>(protocolAt, load<u8>(ip + 9));
    at = ip + ((load<u8>(ip) & 15) << 2);
  } else if (ip + 40 <= end && load<u8>(ip) >> 4 == 6) {
    copyAddress6(src, ip + 8);
    copyAddress6(dst, ip + 24);
    store<u8>(protocolAt, load<u8>(ip + 6));
    at = ip + 40;
  } else return 0;
  const sport = columnAt(batch, QUOTED_SPORT) + (row << 1);
  const dport = columnAt(batch, QUOTED_DPORT) + (row << 1);
  store<u16>(sport, 0);
  store<u16>(dport, 0);
  return readPorts(at, end, load<u8>(protocolAt), sport, dport) & FLAG_TRUNCATED ? 0 : FLAG_QUOTE;
}

function readTransport(batch: usize, row: u32, at: usize, end: usize): void {
  const protocol = <u32>load<u8>(columnAt(batch, PROTOCOL) + row);
  const flagsAt = columnAt(batch, FLAGS) + (row << 1);
  let flags = <u32>load<u16>(flagsAt);
  if (flags & FLAG_FRAGMENT_LATER) return;
  flags |= readPorts(
    at,
    end,
    protocol,
    columnAt(batch, SPORT) + (row << 1),
    columnAt(batch, DPORT) + (row << 1),
  );
  if (protocol == TCP && at + 14 <= end) {
    store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), word16(at + 12) & 0x0fff);
    flags |= FLAG_TCP_FLAGS;
  } else if (protocol == SCTP && at + 13 <= end) {
    const chunk = load<u8>(at + 12);
    store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), chunk == 1 ? 2 : chunk == 2 ? 18 : 16);
    flags |= FLAG_TCP_FLAGS;
  } else if (flags & FLAG_PORTS && (protocol == ICMP || protocol == ICMPV6)) {
    const type = <u32>load<u8>(at);
    const error =
      protocol == ICMP
        ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
        : type >= 1 && type <= 4;
    if (error) flags |= readQuote(batch, row, at + 8, end);
  }
  store<u16>(flagsAt, flags);
}

/** Reads the packet whose IP header is at `ip`. Returns why it cannot be judged, 0 when it can. */
function readIp(batch: usize, row: u32, ip: usize, captureEnd: usize): u32 {
  if (ip == 0) return SKIP_NON_IP;
  if (ip >= captureEnd) return SKIP_TRUNCATED;
  const version = load<u8>(ip) >> 4;
  const flagsAt = columnAt(batch, FLAGS) + (row << 1);
  const protocolAt = columnAt(batch, PROTOCOL) + row;
  let end = captureEnd;
  let at: usize = 0;
  if (version == 4) {
    if (ip + 20 > end) return SKIP_TRUNCATED;
    const headerBytes = (load<u8>(ip) & 15) << 2;
    const total = word16(ip + 2);
    if (headerBytes < 20 || (total != 0 && total < headerBytes)) return SKIP_MALFORMED;
    if (ip + headerBytes > end) return SKIP_TRUNCATED;
    if (total != 0 && ip + total < end) end = ip + total;
    store<u8>(protocolAt, load<u8>(ip + 9));
    copyAddress4(columnAt(batch, SRC) + (row << 4), ip + 12);
    copyAddress4(columnAt(batch, DST) + (row << 4), ip + 16);
    const place = word16(ip + 6);
    if ((place & 0x3fff) != 0) {
      store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), word16(ip + 4));
      store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), (place & 0x1fff) << 3);
      const flag = (place & 0x1fff) != 0 ? FLAG_FRAGMENT_LATER : FLAG_FRAGMENT_FIRST;
      store<u16>(flagsAt, load<u16>(flagsAt) | flag);
    }
    at = ip + headerBytes;
  } else if (version == 6) {
    if (ip + 40 > end) return SKIP_TRUNCATED;
    const payload = word16(ip + 4);
    if (payload != 0 && ip + 40 + payload < end) end = ip + 40 + payload;
    copyAddress6(columnAt(batch, SRC) + (row << 4), ip + 8);
    copyAddress6(columnAt(batch, DST) + (row << 4), ip + 24);
    at = behindExtensions(ip, end, batch, row, protocolAt);
    if (at == 0) return SKIP_TRUNCATED;
  } else return SKIP_MALFORMED;
  store<u8>(columnAt(batch, FAMILY) + row, version);
  readTransport(batch, row, at, end);
  return 0;
}

/** Decodes the whole records in [chunk, chunk + bytes) into the batch from row `first` on. Returns the number of rows. */
export function decodePcap(
  chunk: usize,
  bytes: u32,
  batch: usize,
  first: u32,
  swapped: u32,
  headerBytes: u32,
  nanosPerUnit: u32,
  link: u32,
  checksumBytes: u32,
): u32 {
  const chunkEnd = chunk + bytes;
  let row = first;
  for (let at = chunk; at < chunkEnd; row++) {
    const captured = fileWord(at + 8, swapped);
    const original = max(captured, fileWord(at + 12, swapped));
    store<u32>(columnAt(batch, SECONDS) + (row << 2), fileWord(at, swapped));
    store<u32>(columnAt(batch, NANOS) + (row << 2), fileWord(at + 4, swapped) * nanosPerUnit);
    store<u8>(columnAt(batch, SKIP) + row, 0);
    store<u8>(columnAt(batch, PROTOCOL) + row, 0);
    store<u16>(columnAt(batch, TCP_FLAGS) + (row << 1), 0);
    store<u16>(columnAt(batch, SPORT) + (row << 1), 0);
    store<u16>(columnAt(batch, DPORT) + (row << 1), 0);
    store<u16>(columnAt(batch, FLAGS) + (row << 1), captured < original ? FLAG_TRUNCATED : 0);
    store<u32>(columnAt(batch, FRAGMENT_ID) + (row << 2), 0);
    store<u16>(columnAt(batch, FRAGMENT_OFFSET) + (row << 1), 0);
    store<f64>(columnAt(batch, PACKETS) + (row << 3), 1);
    store<f64>(columnAt(batch, BYTES) + (row << 3), <f64>original);
    const frame = at + headerBytes;
    at = frame + captured;
    const end = captured == original && captured >= checksumBytes ? at - checksumBytes : at;
    const reason = readIp(batch, row, ipHeader(frame, end, link), end);
    if (reason != 0) skip(batch, row, reason);
  }
  store<u32>(batch + (BATCH_COUNT << 2), row);
  return row - first;
}
