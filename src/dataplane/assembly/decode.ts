// Classic pcap records → columns. The walk over record headers; link layers are in decode-link.ts. Never reads outside the
// chunk, always moves on, and leaves one row a record whatever the bytes are.
//
// Source: draft-ietf-opsawg-pcap.

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
  FRAMED_BAD_LENGTH,
  FRAMED_BYTES,
  FRAMED_IS_LIMITED,
  FRAMED_NEXT,
  LENGTHS_CAPTURED_FIRST,
  LENGTHS_ORIGINAL_FIRST,
  LINK_ETHERNET,
  PCAP_BEFORE,
  PCAP_FCS_BYTES,
  PCAP_IS_LIMITED,
  PCAP_LENGTHS,
  PCAP_LINK_TYPE,
  PCAP_MAX_CAPTURED,
  PCAP_NANOS,
  PCAP_RECORD_HEADER_BYTES,
  PCAP_SWAPPED,
} from '../../packet/pcap-layout';
import { SKIP_INNER_TRUNCATED, SKIP_MALFORMED, SKIP_TRUNCATED } from '../../tables/verdict-layout';
import { be16, clearRow } from './decode-ip';
import { decodeLink, ETHERNET_BYTES } from './decode-link';
import { isTunnelPort } from './decode-tunnel';
import { fingerprintOf, looksForCopies } from './fingerprint';
import { columnAt } from './identify';
import { carriedBy } from './time';

const BILLION: u64 = 1_000_000_000;
/** There is no smaller one, and the difference to any other has its highest bit set. */
const NO_FRACTION: u32 = 0xffffffff;

function parameter(pcap: usize, index: u32): u32 {
  return load<u32>(pcap + (index << 2));
}

/** A word in the capture's byte order. */
function word(at: usize, swapped: bool): u32 {
  const value = load<u32>(at);
  return swapped ? bswap<u32>(value) : value;
}

/** Bytes of the frame that the record at `at` holds. */
function capturedBytes(at: usize, swapped: bool, lengths: u32): u32 {
  const first = word(at + 8, swapped);
  if (lengths === LENGTHS_CAPTURED_FIRST) return first;
  const second = word(at + 12, swapped);
  return lengths === LENGTHS_ORIGINAL_FIRST || second < first ? second : first;
}

/** Time of the record at `at`, `seconds << 32 | nanoseconds`; it stops where 32 bits of seconds end. */
function timeAt(at: usize, swapped: bool, nanosPerUnit: u64): u64 {
  const nanos = <u64>word(at + 4, swapped) * nanosPerUnit;
  const second = min<u64>(<u64>word(at, swapped) + nanos / BILLION, 0xffffffff);
  return (second << 32) | (nanos % BILLION);
}

/**
 * Walks up to `most` whole records of `bytes` bytes at `chunk`; returns their number and leaves FRAMED_ words behind. A length that
 * no capture has ends the walk: classic pcap cannot be taken up again behind it.
 */
export function framePcap(pcap: usize, chunk: usize, bytes: u32, most: u32): u32 {
  const swapped = parameter(pcap, PCAP_SWAPPED) !== 0;
  const header = parameter(pcap, PCAP_RECORD_HEADER_BYTES);
  const lengths = parameter(pcap, PCAP_LENGTHS);
  const largest = parameter(pcap, PCAP_MAX_CAPTURED);
  const isLimited = parameter(pcap, PCAP_IS_LIMITED) !== 0;
  const before = load<u64>(pcap + (PCAP_BEFORE << 2));
  const nanosPerUnit: u64 = parameter(pcap, PCAP_NANOS) !== 0 ? 1 : 1000;
  let at: u32 = 0;
  let records: u32 = 0;
  let bad: u32 = 0;
  let left: u32 = 0;
  while (records < most && bytes - at >= header) {
    const captured = capturedBytes(chunk + at, swapped, lengths);
    if (captured > largest) {
      bad = 1;
      break;
    }
    if (captured > bytes - at - header) break;
    if (isLimited) {
      const time = timeAt(chunk + at, swapped, nanosPerUnit);
      if (time >= before) {
        store<u64>(pcap + (FRAMED_NEXT << 2), time);
        left = 1;
        break;
      }
    }
    at += header + captured;
    records++;
  }
  tellFramed(pcap, at, bad, left);
  return records;
}

/** Leaves behind what framing found. */
function tellFramed(pcap: usize, bytes: u32, bad: u32, limited: u32): void {
  store<u32>(pcap + (FRAMED_BYTES << 2), bytes);
  store<u32>(pcap + (FRAMED_BAD_LENGTH << 2), bad);
  store<u32>(pcap + (FRAMED_IS_LIMITED << 2), limited);
}

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

/** Everything but the common frame: the record at `at` → a row, whatever its bytes are. Returns where the next record begins. */
function decodeRecord(pcap: usize, at: usize, batch: usize, row: u32): usize {
  const swapped = parameter(pcap, PCAP_SWAPPED) !== 0;
  const fcs = parameter(pcap, PCAP_FCS_BYTES);
  const lengths = parameter(pcap, PCAP_LENGTHS);
  let second = word(at, swapped);
  let captured = word(at + 8, swapped);
  let original = word(at + 12, swapped);
  if (lengths !== LENGTHS_CAPTURED_FIRST && (lengths === LENGTHS_ORIGINAL_FIRST || captured > original)) {
    const first = captured;
    captured = original;
    original = first;
  }
  const frame = at + parameter(pcap, PCAP_RECORD_HEADER_BYTES);
  const next = frame + captured;
  if (original < captured) original = captured;
  if (fcs !== 0 && original >= fcs) {
    original -= fcs;
    if (captured > original) captured = original;
  }
  // A fraction may say more than a second, and stays so; only what 32 bits cannot hold is carried.
  let nano = <u64>word(at + 4, swapped) * (parameter(pcap, PCAP_NANOS) !== 0 ? 1 : 1000);
  if (nano > 0xffffffff) {
    second = carriedBy(second, <u32>(nano / BILLION));
    nano %= BILLION;
  }
  store<u32>(columnAt(batch, SECONDS) + (row << 2), second);
  store<u32>(columnAt(batch, NANOS) + (row << 2), <u32>nano);
  store<f64>(columnAt(batch, PACKETS) + (row << 3), 1);
  store<f64>(columnAt(batch, BYTES) + (row << 3), <f64>original);
  const flags = columnAt(batch, FLAGS) + (row << 1);
  const cut: u32 = captured < original ? FLAG_TRUNCATED : 0;
  clearRow(batch, row);
  store<u16>(flags, <u16>cut);
  let reason = decodeLink(parameter(pcap, PCAP_LINK_TYPE), frame, frame + captured, batch, row, swapped);
  // A frame that was captured whole, and ends inside a header, was never whole.
  if (reason === SKIP_TRUNCATED && cut === 0) reason = SKIP_MALFORMED;
  store<u8>(columnAt(batch, SKIP) + row, <u8>reason);
  // What a tunnel carries may be cut off: the tunnel itself is known.
  if (reason !== 0 && reason !== SKIP_INNER_TRUNCATED) {
    clearRow(batch, row);
    store<u16>(flags, <u16>cut);
  }
  return next;
}

/**
 * The largest fraction of a second whose record decodeCommon reads; NO_FRACTION in captures whose records are laid out as few are: in
 * another byte order, with frame check sequences, another header or lengths in another order, or not of Ethernet.
 */
function largestFraction(pcap: usize): u32 {
  const isUsual =
    parameter(pcap, PCAP_SWAPPED) === 0 &&
    parameter(pcap, PCAP_RECORD_HEADER_BYTES) === HEADER_BYTES &&
    parameter(pcap, PCAP_FCS_BYTES) === 0 &&
    parameter(pcap, PCAP_LENGTHS) === LENGTHS_CAPTURED_FIRST &&
    parameter(pcap, PCAP_LINK_TYPE) === LINK_ETHERNET;
  if (!isUsual) return NO_FRACTION;
  return parameter(pcap, PCAP_NANOS) !== 0 ? 0x7fffffff : 0xffffffff / 1000;
}

/** Rows that are filled beforehand with what common frames share. */
const FILLED_ROWS: u32 = 256;

/** What the common frame has in these columns. */
function fillCommon(batch: usize, first: u32, records: u32): void {
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
function decodeCommon(
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
function fingerprintCommon(at: usize, batch: usize, row: u32, end: u32): void {
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

/**
 * Decodes up to `most` whole records of `bytes` bytes at `chunk` into rows from `firstRow` on; returns their number and leaves FRAMED_ words
 * behind, as framePcap does, whether that has counted them before or not; of times it asks nothing. Runs of common frames are read by
 * decodeCommon, all others by decodeRecord.
 */
export function decodePcap(
  pcap: usize,
  chunk: usize,
  bytes: u32,
  most: u32,
  batch: usize,
  firstRow: u32,
): u32 {
  const swapped = parameter(pcap, PCAP_SWAPPED) !== 0;
  const lengths = parameter(pcap, PCAP_LENGTHS);
  const header = parameter(pcap, PCAP_RECORD_HEADER_BYTES);
  const largestCaptured = parameter(pcap, PCAP_MAX_CAPTURED);
  const nanosPerUnit: u32 = parameter(pcap, PCAP_NANOS) !== 0 ? 1 : 1000;
  const largest = largestFraction(pcap);
  const copies = looksForCopies(batch);
  const past = chunk + bytes;
  const end = firstRow + most;
  let at = chunk;
  let row = firstRow;
  let filled = firstRow;
  let bad: u32 = 0;
  while (row < end && past - at >= header) {
    if (row === filled) {
      filled += min<u32>(FILLED_ROWS, end - row);
      fillCommon(batch, row, filled - row);
    }
    if (largest !== NO_FRACTION) {
      const found = decodeCommon(at, past, batch, row, filled, largest, largestCaptured, nanosPerUnit);
      const next = <u32>(found >> 32);
      if (copies) fingerprintCommon(at, batch, row, next);
      at = <usize>(found & 0xffffffff);
      row = next;
      if (row === filled || past - at < header) continue;
    }
    const captured = capturedBytes(at, swapped, lengths);
    if (captured > largestCaptured) bad = 1;
    if (captured > min<u32>(largestCaptured, <u32>(past - at) - header)) break;
    at = decodeRecord(pcap, at, batch, row);
    row++;
  }
  tellFramed(pcap, <u32>(at - chunk), bad, 0);
  return row - firstRow;
}
