// What the reader of texts made of a record that scanning did not know: kept under the key that scanning left, for all records that differ in
// nothing but addresses, ports, counts and time.

import {
  BYTES,
  DPORT,
  FLAG_NAMED,
  FLAGS,
  OBSERVED,
  OBSERVED_BY,
  PACKETS,
  POINT,
  PROTOCOL,
  SKIP,
  SPORT,
  TCP_FLAGS,
} from '../../packet/batch-layout';
import {
  ROW_ASKS_PORTS,
  ROW_BYTES,
  ROW_DPORT,
  ROW_FLAGS,
  ROW_KEY_BYTES,
  ROW_MODE,
  ROW_OBSERVED,
  ROW_OBSERVED_BY,
  ROW_PACKETS,
  ROW_POINT,
  ROW_PROTOCOL,
  ROW_SKIP,
  ROW_SPORT,
  ROW_TCP_FLAGS,
  ROWS_MOST,
  SCAN_ASKS_PORTS,
  SCAN_KEY,
  SCAN_KEY_END,
  SCAN_ROWS,
} from '../../packet/scan-layout';
import { columnAt } from './identify';
import { addKnown, sealKey } from './known';
import { askPorts } from './scan-row';

function got<T>(batch: usize, column: u32, row: u32): T {
  return load<T>(columnAt(batch, column) + <usize>row * sizeof<T>());
}

/** Adds an entry under the key at hand; 0 when it has no room. */
function add(scanner: usize, mode: u32): usize {
  const key = scanner + SCAN_KEY;
  const end: usize = load<u32>(scanner, SCAN_KEY_END);
  const entry = addKnown(scanner + SCAN_ROWS, ROWS_MOST, ROW_KEY_BYTES, key, end, sealKey(key, end));
  if (entry !== 0) store<u8>(entry, <u8>mode, ROW_MODE);
  return entry;
}

/** Remembers the row of the record that scanning has just not known; `mode`: ROW_ bits. */
export function rememberRow(scanner: usize, batch: usize, row: u32, mode: u32): void {
  if ((mode & ROW_ASKS_PORTS) !== 0 && load<u32>(scanner, SCAN_ASKS_PORTS) === 0) {
    add(scanner, ROW_ASKS_PORTS);
    if (!askPorts(scanner)) return;
  }
  const entry = add(scanner, mode & ~ROW_ASKS_PORTS);
  if (entry === 0) return;
  store<u16>(entry, got<u16>(batch, FLAGS, row) & ~FLAG_NAMED, ROW_FLAGS);
  store<u16>(entry, got<u16>(batch, TCP_FLAGS, row), ROW_TCP_FLAGS);
  store<u16>(entry, got<u16>(batch, SPORT, row), ROW_SPORT);
  store<u16>(entry, got<u16>(batch, DPORT, row), ROW_DPORT);
  store<u8>(entry, got<u8>(batch, PROTOCOL, row), ROW_PROTOCOL);
  store<u8>(entry, got<u8>(batch, SKIP, row), ROW_SKIP);
  store<u8>(entry, got<u8>(batch, OBSERVED, row), ROW_OBSERVED);
  store<u32>(entry, got<u32>(batch, OBSERVED_BY, row), ROW_OBSERVED_BY);
  store<u32>(entry, got<u32>(batch, POINT, row), ROW_POINT);
  store<f64>(entry, got<f64>(batch, PACKETS, row), ROW_PACKETS);
  store<f64>(entry, got<f64>(batch, BYTES, row), ROW_BYTES);
}
