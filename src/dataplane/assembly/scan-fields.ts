// The fields of a scanned record, as its bytes stand: where each begins and ends, and the numbers and times that they are.

import {
  FIELD_OTHER_TIME,
  FIELD_TIME,
  SCAN_FIELDS,
  SCAN_KIND,
  SCAN_KIND_JSON,
  SCAN_PRESENT,
} from '../../packet/scan-layout';
import { REFUSED, timeBetween, wholeBetween } from './scan-text';

const QUOTE: u32 = 34;
const ZERO: u32 = 48;

export function has(scanner: usize, field: u32): bool {
  return ((load<u32>(scanner, SCAN_PRESENT) >> field) & 1) !== 0;
}

export function startOf(scanner: usize, field: u32): usize {
  return load<u32>(scanner + ((<usize>field) << 3), SCAN_FIELDS);
}

export function endOf(scanner: usize, field: u32): usize {
  return load<u32>(scanner + ((<usize>field) << 3), SCAN_FIELDS + 4);
}

/** The whole number of a field that is there; REFUSED when it is none, or begins with a 0 that it need not have. */
export function wholeOf(scanner: usize, field: u32): i64 {
  const place = scanner + ((<usize>field) << 3);
  const at: usize = load<u32>(place, SCAN_FIELDS);
  const end: usize = load<u32>(place, SCAN_FIELDS + 4);
  return load<u8>(at) === ZERO && end - at > 1 ? REFUSED : wholeBetween(at, end);
}

/** The count of one field, or of the other where that is not there; 0 without both. */
export function countOf(scanner: usize, present: u32, own: u32, other: u32): i64 {
  if (((present >> own) & 1) !== 0) return wholeOf(scanner, own);
  return ((present >> other) & 1) !== 0 ? wholeOf(scanner, other) : 0;
}

export function timeOf(scanner: usize): i64 {
  const field = has(scanner, FIELD_TIME) ? FIELD_TIME : FIELD_OTHER_TIME;
  if (!has(scanner, field)) return REFUSED;
  const at = startOf(scanner, field);
  const isNumber = load<u32>(scanner, SCAN_KIND) === SCAN_KIND_JSON && load<u8>(at - 1) !== QUOTE;
  return timeBetween(scanner, at, endOf(scanner, field), isNumber);
}
