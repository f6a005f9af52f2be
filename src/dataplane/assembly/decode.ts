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
 * The largest fraction of a second whose record the loop of decodePcap reads itself; NO_FRACTION in captures whose records are laid
 * out as few are: in another byte order, with frame check sequences or lengths in another order, or not of Ethernet.
 */
function largestFraction(pcap: usize): u32 {
  const isUsual =
    parameter(pcap, PCAP_SWAPPED) === 0 &&
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
  if (looksForCopies(batch)) memory.fill(columnAt(batch, POINT) + (first << 2), 0, records << 2);
}

/**
 * Decodes up to `most` whole records of `bytes` bytes at `chunk` into rows from `firstRow` on; returns their number and leaves FRAMED_ words
 * behind, as framePcap does, whether that has counted them before or not; of times it asks nothing. The common frame (Ethernet, IPv4 without
 * options, TCP or UDP, no fragment, no tunnel) is read here, with no call and no column looked up again; any other by decodeRecord.
 * Conditions are gathered in words, and asked for at once: as branches they would cost more than the reading.
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
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const packets = columnAt(batch, PACKETS);
  const originals = columnAt(batch, BYTES);
  const flags = columnAt(batch, FLAGS);
  const protocols = columnAt(batch, PROTOCOL);
  const tcpFlags = columnAt(batch, TCP_FLAGS);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const sport = columnAt(batch, SPORT);
  const dport = columnAt(batch, DPORT);
  const copies = looksForCopies(batch);
  const fingerprints = columnAt(batch, FINGERPRINT);
  const past = chunk + bytes;
  const end = firstRow + most;
  let at = chunk;
  let bad: u32 = 0;
  let filled = firstRow;
  let row = firstRow;
  for (; row < end && past - at >= header; row++) {
    const captured = largest === NO_FRACTION ? capturedBytes(at, swapped, lengths) : load<u32>(at, 8);
    if (captured > min<u32>(largestCaptured, <u32>(past - at) - header)) {
      bad = <u32>(captured > largestCaptured);
      break;
    }
    if (row === filled) {
      const count = min<u32>(FILLED_ROWS, end - row);
      fillCommon(batch, row, count);
      filled += count;
    }
    const fraction = load<u32>(at, 4);
    const original = load<u32>(at, 12);
    const ip = at + header + ETHERNET_BYTES;
    const available = captured - ETHERNET_BYTES;
    const next = ip + available;
    // What is too short or too large has its highest bit set.
    const outside = (available - PORTS_END) | (original - captured) | fraction | (largest - fraction);
    if (<i32>outside >= 0) {
      const protocol = <u32>load<u8>(ip, 9);
      const port = be16(ip + 22);
      const isTcp: bool = protocol === TCP;
      const uncommon =
        ((load<u32>(ip - 2) & ETHERTYPE_AND_VERSION) ^ IPV4_WITHOUT_OPTIONS_SWAPPED) |
        (load<u16>(ip, 6) & FRAGMENT_FIELD_SWAPPED) |
        ((protocol ^ TCP) * (protocol ^ UDP)) |
        <u32>isTunnelPort(port);
      const total = be16(ip + 2);
      const needed = select<u32>(TCP_FLAGS_END, PORTS_END, isTcp);
      const short = (total - needed) | (available - needed);
      if (uncommon === 0 && <i32>short >= 0) {
        const cut = (((captured - original) | (available - total)) >>> 31) * FLAG_TRUNCATED;
        // Of UDP bytes that are not used: they lie in the record for sure.
        const word = be16(ip + select<u32>(32, 20, isTcp)) & 0xfff;
        store<u32>(seconds + (row << 2), load<u32>(at));
        store<u32>(nanos + (row << 2), fraction * nanosPerUnit);
        store<f64>(packets + (row << 3), 1);
        store<f64>(originals + (row << 3), <f64>original);
        store<u8>(protocols + row, <u8>protocol);
        store<u16>(tcpFlags + (row << 1), <u16>(word * <u32>isTcp));
        store<u64>(src + (row << 4), <u64>bswap<u32>(load<u32>(ip, 12)));
        store<u64>(src + (row << 4), 0, 8);
        store<u64>(dst + (row << 4), <u64>bswap<u32>(load<u32>(ip, 16)));
        store<u64>(dst + (row << 4), 0, 8);
        store<u16>(sport + (row << 1), <u16>be16(ip + 20));
        store<u16>(dport + (row << 1), <u16>port);
        store<u16>(flags + (row << 1), <u16>(cut | FLAG_PORTS | (<u32>isTcp * FLAG_TCP_FLAGS)));
        if (copies) {
          const last = ip + (total < available ? total : available);
          const its = fingerprintOf(protocol, be16(ip + 4), total - IPV4_BYTES, ip + IPV4_BYTES, last);
          store<u32>(fingerprints + (row << 2), its);
        }
        at = next;
        continue;
      }
    }
    at = decodeRecord(pcap, at, batch, row);
  }
  tellFramed(pcap, <u32>(at - chunk), bad, 0);
  return row - firstRow;
}
