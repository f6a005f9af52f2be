// The common frame of a classic capture (Ethernet, IPv4 without options, TCP or UDP, no fragment, no tunnel) → a row, in as few
// instructions as may be: most of what is captured is such, and a record costs hardly more than its bytes take to be read.

import { TCP, UDP } from '../../net/protocol-layout';
import {
  BYTES,
  DPORT,
  DST,
  FAMILY,
  FINGERPRINT,
  FLAG_PORTS,
  FLAG_TCP_FLAGS,
  FLAG_TRUNCATED,
  FLAGS,
  FRAGMENT_ID,
  FRAGMENT_OFFSET,
  NANOS,
  PACKETS,
  POINT,
  PROTOCOL,
  SECONDS,
  SKIP,
  SPORT,
  SRC,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import {
  LENGTHS_CAPTURED_FIRST,
  LINK_ETHERNET,
  PCAP_FCS_BYTES,
  PCAP_LENGTHS,
  PCAP_LINK_TYPE,
  PCAP_NANOS,
  PCAP_RECORD_HEADER_BYTES,
  PCAP_SWAPPED,
} from '../../packet/pcap-layout';
import { be16 } from './decode-ip';
import { ETHERNET_BYTES } from './decode-link';
import { isTunnelPort } from './decode-tunnel';
import { fingerprintOf, looksForCopies } from './fingerprint';
import { columnAt } from './identify';

/** There is no smaller one, and the difference to any other has its highest bit set. */
export const NO_FRACTION: u32 = 0xffffffff;
/** Of a record in any but the modified format. */
const HEADER_BYTES: u32 = 16;
const SIGN: u32 = 0x80000000;
/** Of a header without options. */
const IPV4_BYTES: u32 = 20;
/** From the IP header to behind the ports, and to behind the TCP flags, without options. */
const PORTS_END: u32 = 24;
const TCP_FLAGS_END: u32 = 34;
/** Ethertype, version 4 and five words of header, as a little-endian load finds them, and the mask of where they stand. */
const IPV4_WITHOUT_OPTIONS_SWAPPED: u32 = 0x450008;
const ETHERTYPE_AND_VERSION: u32 = 0xffffff;
/** "More fragments" and the offset, as a little-endian load finds them; "don't fragment" and the reserved bit do not count. */
const FRAGMENT_FIELD_SWAPPED: u32 = 0xff3f;

function parameter(pcap: usize, index: u32): u32 {
  return load<u32>(pcap + (index << 2));
}

/**
 * The largest fraction of a second whose record decodeCommon reads; NO_FRACTION in captures whose records are laid out as few are: in
 * another byte order, with frame check sequences, another header or lengths in another order, or not of Ethernet.
 */
export function largestFraction(pcap: usize): u32 {
  const isUsual =
    parameter(pcap, PCAP_SWAPPED) === 0 &&
    parameter(pcap, PCAP_RECORD_HEADER_BYTES) === HEADER_BYTES &&
    parameter(pcap, PCAP_FCS_BYTES) === 0 &&
    parameter(pcap, PCAP_LENGTHS) === LENGTHS_CAPTURED_FIRST &&
    parameter(pcap, PCAP_LINK_TYPE) === LINK_ETHERNET;
  if (!isUsual) return NO_FRACTION;
  return parameter(pcap, PCAP_NANOS) !== 0 ? 0x7fffffff : 0xffffffff / 1000;
}

/** What the common frame has in these columns. */
export function fillCommon(batch: usize, first: u32, records: u32): void {
  memory.fill(columnAt(batch, SKIP) + first, 0, records);
  memory.fill(columnAt(batch, FAMILY) + first, 4, records);
  memory.fill(columnAt(batch, FRAGMENT_ID) + (first << 2), 0, records << 2);
  memory.fill(columnAt(batch, FRAGMENT_OFFSET) + (first << 1), 0, records << 1);
  const packets = columnAt(batch, PACKETS);
  for (let row = first; row < first + records; row++) store<f64>(packets + (row << 3), 1);
  if (looksForCopies(batch)) memory.fill(columnAt(batch, POINT) + (first << 2), 0, records << 2);
}

/**
 * Decodes records from `at` on into rows from `row` up to `end`, as long as they are common frames (Ethernet, IPv4 without options, TCP or
 * UDP, no fragment, no tunnel) and whole before `past`. Returns the row behind the last above the place of the record behind it. Nothing is
 * called, so that place and row stay in registers: where a record begins hangs on the one before. Conditions are gathered in words, and
 * asked for at once: as branches they would cost more than the reading.
 */
export function decodeCommon(
  at: usize,
  past: usize,
  batch: usize,
  row: u32,
  end: u32,
  largest: u32,
  largestCaptured: u32,
  nanosPerUnit: u32,
): u64 {
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const bytes = columnAt(batch, BYTES);
  const flags = columnAt(batch, FLAGS);
  const protocols = columnAt(batch, PROTOCOL);
  const tcpFlags = columnAt(batch, TCP_FLAGS);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const sport = columnAt(batch, SPORT);
  const dport = columnAt(batch, DPORT);
  const last = end - 1;
  // What is too short or too large has its highest bit set, here and below. Only of what lies before `past` is anything read.
  for (let left = <u32>(past - at) - HEADER_BYTES; <i32>((last - row) | left) >= 0; row++) {
    const fraction = load<u32>(at, 4);
    const captured = load<u32>(at, 8);
    const original = load<u32>(at, 12);
    const ip = at + HEADER_BYTES + ETHERNET_BYTES;
    const available = captured - ETHERNET_BYTES;
    const outside =
      (available - PORTS_END) |
      (original - captured) |
      (left - captured) |
      (largestCaptured - captured) |
      fraction |
      (largest - fraction);
    if (<i32>outside < 0) break;
    const middle = load<u32>(ip, 6);
    const protocol = middle >> 24;
    const ports = bswap<u32>(load<u32>(ip, 20));
    const isTcp: bool = protocol === TCP;
    const total = be16(ip + 2);
    const needed = select<u32>(TCP_FLAGS_END, PORTS_END, isTcp);
    const short = (total - needed) | (available - needed);
    const uncommon =
      ((load<u32>(ip - 2) & ETHERTYPE_AND_VERSION) ^ IPV4_WITHOUT_OPTIONS_SWAPPED) |
      (middle & FRAGMENT_FIELD_SWAPPED) |
      ((protocol ^ TCP) * (protocol ^ UDP)) |
      <u32>isTunnelPort(ports & 0xffff) |
      (short & SIGN);
    if (uncommon !== 0) break;
    const cut = (((captured - original) | (available - total)) >>> 31) * FLAG_TRUNCATED;
    // Of UDP bytes that are not used: they lie in the record for sure.
    const word = be16(ip + select<u32>(32, 20, isTcp)) & 0xfff;
    // Addresses and what stands around them; lanes of a negative number become 0.
    const around = v128.load(ip, 8);
    store<u32>(seconds + (row << 2), load<u32>(at));
    store<u32>(nanos + (row << 2), fraction * nanosPerUnit);
    store<f64>(bytes + (row << 3), <f64>original);
    store<u8>(protocols + row, <u8>protocol);
    store<u16>(tcpFlags + (row << 1), <u16>(word * <u32>isTcp));
    v128.store(
      src + (row << 4),
      v128.swizzle(around, i8x16(7, 6, 5, 4, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
    );
    v128.store(
      dst + (row << 4),
      v128.swizzle(around, i8x16(11, 10, 9, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1)),
    );
    store<u16>(sport + (row << 1), <u16>(ports >> 16));
    store<u16>(dport + (row << 1), <u16>ports);
    store<u16>(flags + (row << 1), <u16>(cut | FLAG_PORTS | (<u32>isTcp * FLAG_TCP_FLAGS)));
    at = ip + available;
    left = <u32>(past - at) - HEADER_BYTES;
  }
  return ((<u64>row) << 32) | <u64>at;
}

/** Fills FINGERPRINT of common frames, whose records begin at `at`. */
export function fingerprintCommon(at: usize, batch: usize, row: u32, end: u32): void {
  const fingerprints = columnAt(batch, FINGERPRINT);
  for (; row < end; row++) {
    const available = load<u32>(at, 8) - ETHERNET_BYTES;
    const ip = at + HEADER_BYTES + ETHERNET_BYTES;
    const total = be16(ip + 2);
    const last = ip + (total < available ? total : available);
    const its = fingerprintOf(load<u8>(ip, 9), be16(ip + 4), total - IPV4_BYTES, ip + IPV4_BYTES, last);
    store<u32>(fingerprints + (row << 2), its);
    at = ip + available;
  }
}
