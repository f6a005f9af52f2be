// One record of a flow log → where the values of its fields stand, and the key under which the rest of it is looked up: cells of a line, or JSON
// of a shape that was seen before. Shapes are steps: text that must stand there, and what kind of value follows; trace/flow-log/shape-graph.ts
// says how they hang together. Texts are plain ASCII, without escapes.

import {
  FIELD_DESTINATION_PORT,
  FIELD_NONE,
  FIELD_SOURCE_PORT,
  ROLE_FIELD_MASK,
  ROLE_FIRST,
  ROLE_KEY,
  SCAN_CELLS,
  SCAN_COLUMNS,
  SCAN_DELIMITER,
  SCAN_EMPTY,
  SCAN_FIELDS,
  SCAN_KEY,
  SCAN_KEY_BYTES,
  SCAN_KEY_END,
  SCAN_KEYS_SEEN,
  SCAN_PRESENT,
  SCAN_STEPS,
  SCAN_ZERO,
  SCANNED_NEW_SHAPE,
  SCANNED_TEXT,
  STEP_BOX,
  STEP_BYTES,
  STEP_END,
  STEP_KEYS,
  STEP_KIND,
  STEP_LENGTH,
  STEP_NEXT,
  STEP_NUMBER,
  STEP_OTHER,
  STEP_PLAIN,
  STEP_ROLE,
  STEP_TEXT,
  STEP_TEXT_VALUE,
} from '../../packet/scan-layout';
import { endOfText } from './scan-text';
import { endOfBox, endOfNumber } from './scan-value';

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const BLANK: i8 = 32;
const DASH: u32 = 45;
const ZERO: u32 = 48;
/** Before the values of a key: keys that were seen, fields that are empty, those that are 0, and the family. */
const KEY_HEAD: usize = 24;
/** Values that are longer together are not looked up. */
const KEY_VALUES: usize = SCAN_KEY + SCAN_KEY_BYTES - 64;
/** A port of 0 may be none; a count of 0 is one. */
const PORTS: u32 = (1 << FIELD_SOURCE_PORT) | (1 << FIELD_DESTINATION_PORT);
/** Where nothing ends. */
const NO_VALUE: usize = 1;

/** Appends a value and its length to a key; copies in whole 16 bytes. */
export function appendValue(to: usize, at: usize, end: usize): usize {
  const length = end - at;
  store<u16>(to, <u16>length);
  to += 2;
  for (let done: usize = 0; done < length; done += 16) v128.store(to + done, v128.load(at + done));
  return to + length;
}

/** Appends a value to the row's key, behind the number of its step or column; 0 when it has no room. */
function keyed(scanner: usize, to: usize, role: u32, number: u32, at: usize, end: usize): usize {
  store<u16>(to, <u16>number);
  to += 2;
  if ((role & ROLE_KEY) === 0) {
    store<u8>(to, load<u8>(at));
    return (role & ROLE_FIRST) !== 0 ? to + 1 : to;
  }
  return end - at + (to - scanner) > KEY_VALUES ? 0 : appendValue(to, at, end);
}

/** 1 for a value that is 0 and nothing else. */
function isZero(at: usize, end: usize): u32 {
  return end - at === 1 && load<u8>(at) === ZERO ? 1 : 0;
}

/** 1 for an empty cell, and for a dash. */
function isNothing(at: usize, end: usize): u32 {
  return at === end || (end - at === 1 && load<u8>(at) === DASH) ? 1 : 0;
}

function leave(scanner: usize, seen: u64, present: u32, empty: u32, zero: u32, to: usize): void {
  const fields = ~((<u32>1) << FIELD_NONE);
  store<u64>(scanner, seen, SCAN_KEYS_SEEN);
  store<u32>(scanner, present & ~empty & fields, SCAN_PRESENT);
  store<u32>(scanner, empty & fields, SCAN_EMPTY);
  store<u32>(scanner, zero & PORTS, SCAN_ZERO);
  store<u32>(scanner, <u32>to, SCAN_KEY_END);
}

/** Whether the step's text stands at `at`. */
function isTextAt(step: usize, at: usize, length: u32): bool {
  let left: i32 = length;
  for (let text = step + STEP_TEXT; ; text += 16, at += 16, left -= 16) {
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(text)));
    if (left >= 16) {
      if (same !== 0xffff) return false;
      if (left === 16) return true;
      continue;
    }
    return (~same & (((<u32>1) << left) - 1)) === 0;
  }
}

/** Behind the line's end at `at`; 0 when there is none. */
function behindEnd(at: usize): usize {
  if (load<u8>(at) === RETURN) at++;
  return load<u8>(at) === NEWLINE ? at + 1 : 0;
}

/** Where the value at `at` ends, which a step says the kind of; 0 when it is none, NO_VALUE when another step may fit. */
function endOfValue(kind: u32, at: usize): usize {
  if (kind === STEP_TEXT_VALUE) return endOfText(at);
  if (kind === STEP_BOX) return endOfBox(at - 1);
  if (kind === STEP_PLAIN) return at;
  const end = kind === STEP_NUMBER ? endOfNumber(at) : behindEnd(at);
  return end === 0 ? NO_VALUE : end;
}

/**
 * Finds the fields of the JSON record at `at`, which has no blanks before it. Returns where the next line begins; below 16, a SCANNED_ code
 * instead.
 */
export function scanJson(scanner: usize, at: usize): usize {
  const steps = scanner + SCAN_STEPS;
  let to = scanner + SCAN_KEY + KEY_HEAD;
  let empty: u32 = 0;
  let zero: u32 = 0;
  let present: u32 = 0;
  let seen: u64 = 0;
  let number = load<u32>(steps, STEP_NEXT);
  while (number !== 0) {
    const step = steps + <usize>number * STEP_BYTES;
    const length: u32 = load<u16>(step, STEP_LENGTH);
    const kind: u32 = load<u8>(step, STEP_KIND);
    const value = at + length;
    const end = isTextAt(step, at, length) ? endOfValue(kind, value) : NO_VALUE;
    if (end === NO_VALUE) {
      number = load<u32>(step, STEP_OTHER);
      continue;
    }
    if (end === 0) return SCANNED_TEXT;
    const keys = load<u64>(step, STEP_KEYS);
    const role: u32 = load<u8>(step, STEP_ROLE);
    const field = role & ROLE_FIELD_MASK;
    const bit: u32 = (1 << field) & ~((<u32>1) << FIELD_NONE);
    // Of two values the last one counts.
    if ((keys & seen) !== 0 || (bit & present) !== 0) return SCANNED_TEXT;
    seen |= keys;
    present |= bit;
    const place = scanner + ((<usize>field) << 3);
    store<u32>(place, <u32>value, SCAN_FIELDS);
    store<u32>(place, <u32>end, SCAN_FIELDS + 4);
    empty |= (value === end ? 1 : 0) << field;
    zero |= isZero(value, end) << field;
    if (role > <u32>ROLE_FIELD_MASK) {
      to = keyed(scanner, to, role, number, value, end);
      if (to === 0) return SCANNED_TEXT;
    }
    if (kind === STEP_END) {
      leave(scanner, seen, present, empty, zero, to);
      return end;
    }
    at = end;
    number = load<u32>(step, STEP_NEXT);
  }
  return SCANNED_NEW_SHAPE;
}

/**
 * Finds the cells of the line at `at`, which has no blanks before it. Returns where the next line begins; below 16, a SCANNED_ code
 * instead.
 */
export function scanCells(scanner: usize, at: usize): usize {
  const delimiter = load<u32>(scanner, SCAN_DELIMITER);
  const delimiters = i8x16.splat(<i8>delimiter);
  const blanks = i8x16.splat(BLANK);
  const count = load<u32>(scanner, SCAN_CELLS);
  let to = scanner + SCAN_KEY + KEY_HEAD;
  let empty: u32 = 0;
  let present: u32 = 0;
  let zero: u32 = 0;
  let column: u32 = 0;
  let start = at;
  // Ends within: at the line's end, or at what no cell holds.
  for (let block = at; block !== 0; block += 16) {
    const bytes = v128.load(block);
    let stops = <u32>i8x16.bitmask(v128.or(i8x16.eq(bytes, delimiters), i8x16.lt_s(bytes, blanks)));
    for (; stops !== 0; stops &= stops - 1) {
      const end = block + ctz<u32>(stops);
      const byte: u32 = load<u8>(end);
      if (column === count) return SCANNED_TEXT;
      const role: u32 = load<u8>(scanner + column, SCAN_COLUMNS);
      column++;
      const field = role & ROLE_FIELD_MASK;
      const place = scanner + ((<usize>field) << 3);
      store<u32>(place, <u32>start, SCAN_FIELDS);
      store<u32>(place, <u32>end, SCAN_FIELDS + 4);
      present |= 1 << field;
      empty |= isNothing(start, end) << field;
      zero |= isZero(start, end) << field;
      if (role > <u32>ROLE_FIELD_MASK) {
        to = keyed(scanner, to, role, column, start, end);
        if (to === 0) return SCANNED_TEXT;
      }
      if (byte !== delimiter) {
        // A last cell without anything in it would be left out by a reader of texts.
        const next = column === count && start !== end ? behindEnd(end) : 0;
        if (next === 0) return SCANNED_TEXT;
        leave(scanner, 0, present, empty, zero, to);
        return next;
      }
      start = end + 1;
    }
  }
  return SCANNED_TEXT;
}
