// Classic pcap records → columns. The walk over record headers; link layers are in decode-link.ts. Never reads outside the
// chunk, always moves on, and leaves one row a record whatever the bytes are.
//
// Source: draft-ietf-opsawg-pcap.

import { BYTES, FLAG_TRUNCATED, FLAGS, NANOS, PACKETS, SECONDS, SKIP } from '../../packet/batch-layout';
import {
  FRAMED_BAD_LENGTH,
  FRAMED_BYTES,
  FRAMED_IS_LIMITED,
  FRAMED_NEXT,
  LENGTHS_CAPTURED_FIRST,
  LENGTHS_ORIGINAL_FIRST,
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
import { decodeCommon, fillCommon, fingerprintCommon, largestFraction, NO_FRACTION } from './decode-common';
import { clearRow } from './decode-ip';
import { decodeLink } from './decode-link';
import { looksForCopies } from './fingerprint';
import { columnAt } from './identify';
import { carriedBy } from './time';

const BILLION: u64 = 1_000_000_000;

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

/** Rows that are filled beforehand with what common frames share. */
const FILLED_ROWS: u32 = 256;

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
