// A scanned record → its row. Addresses, ports, counts and the time are read as they stand; what all else of a record
// means for its row is what the reader of texts made of the same bytes before (`rememberRow`). So both ways give the same row, and a record
// of which something was not seen before is left to it.

import { ICMPV6 } from '../../net/protocol-layout';
import {
  BATCH_COPIES,
  BYTES,
  DPORT,
  DST,
  DST_NAME,
  FAMILY,
  FINGERPRINT,
  FLAG_NAMED,
  FLAGS,
  FRAGMENT_ID,
  FRAGMENT_OFFSET,
  NANOS,
  OBSERVED,
  OBSERVED_BY,
  PACKETS,
  POINT,
  PROTOCOL,
  SECONDS,
  SKIP,
  SPORT,
  SRC,
  SRC_NAME,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import {
  FIELD_BYTES,
  FIELD_DESTINATION_PORT,
  FIELD_OTHER_BYTES,
  FIELD_OTHER_REPLY_BYTES,
  FIELD_PACKETS,
  FIELD_REPLY_BYTES,
  FIELD_REPLY_PACKETS,
  FIELD_SOURCE_PORT,
  ROW_ASKS_PORTS,
  ROW_BYTES,
  ROW_DPORT,
  ROW_FLAGS,
  ROW_MODE,
  ROW_OBSERVED,
  ROW_OBSERVED_BY,
  ROW_PACKETS,
  ROW_POINT,
  ROW_PORTS,
  ROW_PROTOCOL,
  ROW_REPORTED,
  ROW_SKIP,
  ROW_SPORT,
  ROW_TCP_FLAGS,
  ROW_TURNED,
  ROW_UNKNOWN,
  ROWS_MOST,
  SCAN_ALIKE,
  SCAN_ALIKE_COUNT,
  SCAN_ASKS_PORTS,
  SCAN_EMPTY,
  SCAN_KEY,
  SCAN_KEY_END,
  SCAN_KEYS_SEEN,
  SCAN_LEAST_PACKETS,
  SCAN_PRESENT,
  SCAN_REPEATED,
  SCAN_ROWS,
  SCAN_SIDES,
  SCANNED_ALL,
  SCANNED_NEW_ROW,
  SCANNED_TEXT,
  SIDE_BYTES,
  SIDE_FAMILY,
  SIDE_NAME,
  SIDE_WORDS,
} from '../../packet/scan-layout';
import { columnAt } from './identify';
import { findKnown, sealKey } from './known';
import { countOf, endOf, has, startOf, timeOf, wholeOf } from './scan-fields';
import { appendValue } from './scan-record';
import { findSides } from './scan-sides';
import { copyAddress } from './words';

/** 256 TB: what one record may count. */
const COUNT_MOST: i64 = 1 << 48;
const PORT_MOST: i64 = 65_535;
/** Ports in a key. */
const PORTS_MOST: usize = 8;
const FNV_OFFSET: u32 = 0x811c9dc5;
const FNV_PRIME: u32 = 0x01000193;
const BETWEEN: u32 = 124;

/** Bits of the fields that count packets, and bytes. */
const PACKET_FIELDS: u32 = (1 << FIELD_PACKETS) | (1 << FIELD_REPLY_PACKETS);
const BYTE_FIELDS: u32 =
  (1 << FIELD_BYTES) | (1 << FIELD_OTHER_BYTES) | (1 << FIELD_REPLY_BYTES) | (1 << FIELD_OTHER_REPLY_BYTES);

/** The family of both sides; 1 when they differ, 0 when names stand for both. */
function familyOf(scanner: usize): u32 {
  const source = load<u32>(scanner, SCAN_SIDES + SIDE_FAMILY);
  const destination = load<u32>(scanner, SCAN_SIDES + SIDE_BYTES + SIDE_FAMILY);
  if (source === 0) return destination;
  return destination === 0 || destination === source ? source : 1;
}

function findRow(scanner: usize): usize {
  const key = scanner + SCAN_KEY;
  const end: usize = load<u32>(scanner, SCAN_KEY_END);
  return findKnown(scanner + SCAN_ROWS, ROWS_MOST, key, end, sealKey(key, end));
}

/** Appends the ports to the key; false when they are no ports. */
export function askPorts(scanner: usize): bool {
  let to: usize = load<u32>(scanner, SCAN_KEY_END);
  for (let field = FIELD_SOURCE_PORT; field <= FIELD_DESTINATION_PORT; field++) {
    if (!has(scanner, field)) continue;
    const at = startOf(scanner, field);
    const end = endOf(scanner, field);
    if (end - at > PORTS_MOST) return false;
    to = appendValue(to, at, end);
  }
  store<u32>(scanner, <u32>to, SCAN_KEY_END);
  return true;
}

/** What is known of the record at hand beside its numbers; below 16, a SCANNED_ code instead. */
function knownRow(scanner: usize, family: u32, zeroPorts: u32): usize {
  const key = scanner + SCAN_KEY;
  store<u64>(key, load<u64>(scanner, SCAN_KEYS_SEEN));
  store<u32>(key, load<u32>(scanner, SCAN_EMPTY), 8);
  store<u32>(key, zeroPorts, 12);
  store<u64>(key, <u64>family, 16);
  store<u32>(scanner, 0, SCAN_ASKS_PORTS);
  let found = findRow(scanner);
  if (found !== 0 && (load<u8>(found, ROW_MODE) & ROW_ASKS_PORTS) !== 0) {
    store<u32>(scanner, 1, SCAN_ASKS_PORTS);
    if (!askPorts(scanner)) return SCANNED_TEXT;
    found = findRow(scanner);
  }
  if (found === 0) return SCANNED_NEW_ROW;
  return (load<u8>(found, ROW_MODE) & ROW_UNKNOWN) !== 0 ? <usize>SCANNED_TEXT : found;
}

/** Hash of what both ends of a flow say alike, as trace/flow-log/reporter.ts has it. */
function alikeHash(scanner: usize): u32 {
  let hash = FNV_OFFSET;
  const count = load<u32>(scanner, SCAN_ALIKE_COUNT);
  for (let index: u32 = 0; index < count; index++) {
    if (index > 0) hash = (hash ^ BETWEEN) * FNV_PRIME;
    const field: u32 = load<u8>(scanner + index, SCAN_ALIKE);
    if (!has(scanner, field)) continue;
    const end = endOf(scanner, field);
    for (let at = startOf(scanner, field); at < end; at++) hash = (hash ^ load<u8>(at)) * FNV_PRIME;
  }
  return ((hash ^ (hash >> 15)) | 2) & ~1;
}

function put<T>(batch: usize, column: u32, row: u32, value: T): void {
  store<T>(columnAt(batch, column) + <usize>row * sizeof<T>(), value);
}

function writeSide(batch: usize, row: u32, column: u32, side: usize): void {
  copyAddress(columnAt(batch, column) + ((<usize>row) << 4), side + SIDE_WORDS);
}

/** Writes the names' numbers where a name stands, alone or beside an address; the flag that says so. */
function writeNames(batch: usize, row: u32, source: usize, destination: usize): u32 {
  const isNamed =
    load<u32>(source, SIDE_FAMILY) === 0 ||
    load<u32>(destination, SIDE_FAMILY) === 0 ||
    (load<u32>(source, SIDE_NAME) | load<u32>(destination, SIDE_NAME)) !== 0;
  if (!isNamed) return 0;
  put<u32>(batch, SRC_NAME, row, load<u32>(source, SIDE_NAME));
  put<u32>(batch, DST_NAME, row, load<u32>(destination, SIDE_NAME));
  return FLAG_NAMED;
}

function writeReporter(scanner: usize, known: usize, batch: usize, row: u32): void {
  const isSought = load<u32>(batch + ((<usize>BATCH_COPIES) << 2)) !== 0;
  if (!isSought) {
    put<u32>(batch, FINGERPRINT, row, 0);
    return;
  }
  const isReported = (load<u8>(known, ROW_MODE) & ROW_REPORTED) !== 0;
  put<u32>(batch, FINGERPRINT, row, isReported ? alikeHash(scanner) : 0);
  put<u32>(batch, POINT, row, load<u32>(known, ROW_POINT));
}

function writePorts(known: usize, batch: usize, row: u32, source: u32, destination: u32): void {
  const mode = load<u8>(known, ROW_MODE);
  if ((mode & ROW_PORTS) === 0) {
    put<u16>(batch, SPORT, row, load<u16>(known, ROW_SPORT));
    put<u16>(batch, DPORT, row, load<u16>(known, ROW_DPORT));
    return;
  }
  const isTurned = (mode & ROW_TURNED) !== 0;
  put<u16>(batch, SPORT, row, <u16>(isTurned ? destination : source));
  put<u16>(batch, DPORT, row, <u16>(isTurned ? source : destination));
}

/** Writes the row of the record at hand; a SCANNED_ code, with nothing written for another one than SCANNED_ALL. */
export function writeRow(scanner: usize, batch: usize, row: u32): u32 {
  const sides = findSides(scanner);
  if (sides !== SCANNED_ALL) return sides;
  const family = familyOf(scanner);
  if (family === 1) return SCANNED_TEXT;
  const time = timeOf(scanner);
  const present = load<u32>(scanner, SCAN_PRESENT);
  const hasSource = ((present >> FIELD_SOURCE_PORT) & 1) !== 0;
  const hasDestination = ((present >> FIELD_DESTINATION_PORT) & 1) !== 0;
  const sport = hasSource ? wholeOf(scanner, FIELD_SOURCE_PORT) : 0;
  const dport = hasDestination ? wholeOf(scanner, FIELD_DESTINATION_PORT) : 0;
  const one = countOf(scanner, present, FIELD_PACKETS, FIELD_PACKETS);
  const two = countOf(scanner, present, FIELD_REPLY_PACKETS, FIELD_REPLY_PACKETS);
  const three = countOf(scanner, present, FIELD_BYTES, FIELD_OTHER_BYTES);
  const four = countOf(scanner, present, FIELD_REPLY_BYTES, FIELD_OTHER_REPLY_BYTES);
  // Negative where one of them is refused.
  if ((time | sport | dport | one | two | three | four) < 0) return SCANNED_TEXT;
  if (sport > PORT_MOST || dport > PORT_MOST || one + two > COUNT_MOST || three + four > COUNT_MOST)
    return SCANNED_TEXT;
  // After the numbers: what is learned of a record is learned of one with sound ones.
  // A port of 0 may be none.
  const zeroPorts: u32 = (hasSource && sport === 0 ? 1 : 0) | (hasDestination && dport === 0 ? 2 : 0);
  const known = knownRow(scanner, family, zeroPorts);
  if (known < 16) return <u32>known;

  const isTurned = (load<u8>(known, ROW_MODE) & ROW_TURNED) !== 0;
  const first = scanner + SCAN_SIDES;
  const source = isTurned ? first + SIDE_BYTES : first;
  const destination = isTurned ? first : first + SIDE_BYTES;
  const protocol = load<u8>(known, ROW_PROTOCOL);
  put<u32>(batch, SECONDS, row, <u32>(time >> 32));
  put<u32>(batch, NANOS, row, <u32>time);
  put<u8>(batch, FAMILY, row, <u8>(family !== 0 ? family : protocol === ICMPV6 ? 6 : 4));
  put<u8>(batch, PROTOCOL, row, protocol);
  put<u8>(batch, SKIP, row, load<u8>(known, ROW_SKIP));
  put<u16>(batch, TCP_FLAGS, row, load<u16>(known, ROW_TCP_FLAGS));
  writeSide(batch, row, SRC, source);
  writeSide(batch, row, DST, destination);
  const named = writeNames(batch, row, source, destination);
  put<u16>(batch, FLAGS, row, load<u16>(known, ROW_FLAGS) | <u16>named);
  writePorts(known, batch, row, <u32>sport, <u32>dport);
  put<u32>(batch, FRAGMENT_ID, row, 0);
  put<u16>(batch, FRAGMENT_OFFSET, row, 0);
  const isCounted = (present & PACKET_FIELDS) !== 0;
  const packets = isCounted
    ? max<f64>(<f64>(one + two), <f64>load<u32>(scanner, SCAN_LEAST_PACKETS))
    : load<f64>(known, ROW_PACKETS);
  put<f64>(batch, PACKETS, row, packets);
  const isSized = (present & BYTE_FIELDS) !== 0;
  put<f64>(batch, BYTES, row, isSized ? <f64>(three + four) : load<f64>(known, ROW_BYTES));
  put<u8>(batch, OBSERVED, row, load<u8>(known, ROW_OBSERVED));
  put<u32>(batch, OBSERVED_BY, row, load<u32>(known, ROW_OBSERVED_BY));
  writeReporter(scanner, known, batch, row);
  if (load<u8>(known, ROW_SKIP) !== 0)
    store<u32>(scanner, load<u32>(scanner, SCAN_REPEATED) + 1, SCAN_REPEATED);
  return SCANNED_ALL;
}
