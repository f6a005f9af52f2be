// Lines of a flow log → rows, straight from their bytes: scan-record.ts finds the fields of a record, scan-row.ts writes its row. A record that is
// not known goes back to the reader of texts.

import {
  SCAN_END,
  SCAN_KIND,
  SCAN_KIND_JSON,
  SCAN_STATUS,
  SCANNED_ALL,
  SCANNED_TEXT,
} from '../../packet/scan-layout';
import { behindBlanks, mayBeNoise } from './frame-lines';
import { scanCells, scanJson } from './scan-record';
import { writeRow } from './scan-row';

/**
 * Writes the rows of up to `most` lines of the chunk, whose last byte is a newline, from `row` on; returns how many. Why it went no further stands at
 * SCAN_STATUS, where the next record begins at SCAN_END. Records of more than `longest` bytes are left.
 */
export function scanLines(
  scanner: usize,
  chunk: usize,
  bytes: u32,
  most: u32,
  longest: u32,
  batch: usize,
  row: u32,
): u32 {
  const end = chunk + bytes;
  const isJson = load<u32>(scanner, SCAN_KIND) === SCAN_KIND_JSON;
  let at = chunk;
  let rows: u32 = 0;
  let status: u32 = SCANNED_ALL;
  for (; rows < most; rows++) {
    const begin = behindBlanks(at, end);
    if (begin >= end || mayBeNoise(scanner, begin)) break;
    const next = isJson ? scanJson(scanner, begin) : scanCells(scanner, begin);
    status =
      next < 16 ? <u32>next : next - begin > longest ? SCANNED_TEXT : writeRow(scanner, batch, row + rows);
    if (status !== SCANNED_ALL) break;
    at = next;
  }
  store<u32>(scanner, <u32>at, SCAN_END);
  store<u32>(scanner, status, SCAN_STATUS);
  return rows;
}
