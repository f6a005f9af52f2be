// One record of a flow log → where the values of its fields stand, and the key under which the rest of it is looked up: cells of a line, or JSON
// of a shape that was seen before. Shapes are steps: text that must stand there, and what kind of value follows; trace/flow-log/shape-graph.ts
// says how they hang together. Texts are plain ASCII, without escapes.

import {
  FIELD_KEYS,
  FIELD_NONE,
  ROLE_FIELD_MASK,
  ROLE_FIRST,
  ROLE_KEY,
  ROLE_MARKED,
  SCAN_CELL_ENDS,
  SCAN_CELLS,
  SCAN_CELLS_TAKEN,
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
  SCANNED_NEW_SHAPE,
  SCANNED_TEXT,
  STEP_BOX,
  STEP_BYTES,
  STEP_END,
  STEP_FIRST,
  STEP_KEYS,
  STEP_KIND,
  STEP_NEXT,
  STEP_NUMBER,
  STEP_OTHER,
  STEP_PLAIN,
  STEP_SAYS,
  STEP_TEXT,
  STEP_TEXT_VALUE,
} from '../../packet/scan-layout';
import { endOfKnownBox } from './scan-box';
import { endOfAnyText } from './scan-text';
import { endOfNumber } from './scan-value';

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const BLANK: i8 = 32;
const DASH: u32 = 45;
const BACKSLASH: u32 = 92;
const QUOTE: u32 = 34;
/** Before the values of a key: keys that were seen, fields that are empty, ports that are 0, and the family. */
const KEY_HEAD: usize = 24;
/** Values that are longer together are not looked up. */
const KEY_VALUES: usize = SCAN_KEY + SCAN_KEY_BYTES - 64;
/** Values that are part of a key, or that have been there. */
const ROLES_OF_KEY: u32 = ROLE_KEY | ROLE_FIRST | ROLE_MARKED;
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

/** Appends a value to the row's key, behind the number of what it is; 0 when it has no room. */
function keyed(scanner: usize, to: usize, role: u32, number: u32, at: usize, end: usize): usize {
  if (to - scanner > KEY_VALUES) return 0;
  store<u16>(to, <u16>number);
  to += 2;
  if ((role & ROLE_KEY) === 0) {
    const first: u32 = load<u8>(at);
    store<u8>(to, <u8>first);
    if ((role & ROLE_FIRST) === 0) return to;
    return first === BACKSLASH ? 0 : to + 1;
  }
  if (end - at > 16) return end - at + (to - scanner) > KEY_VALUES ? 0 : appendValue(to, at, end);
  store<u16>(to, <u16>(end - at));
  v128.store(to, v128.load(at), 2);
  return to + 2 + (end - at);
}

/** 1 for a cell that is empty, or a dash. Without a branch: many cells have one character. */
function isNothing(at: usize, end: usize): u32 {
  return <u32>(at === end) | (<u32>(end - at === 1) & <u32>(load<u8>(at) === DASH));
}

function leave(scanner: usize, seen: u64, present: u32, empty: u32, to: usize): void {
  store<u64>(scanner, seen, SCAN_KEYS_SEEN);
  store<u32>(scanner, present & ~empty, SCAN_PRESENT);
  store<u32>(scanner, empty, SCAN_EMPTY);
  store<u32>(scanner, <u32>to, SCAN_KEY_END);
}

/** Behind the line's end at `at`; 0 when there is none. */
function behindEnd(at: usize): usize {
  if (load<u8>(at) === RETURN) at++;
  return load<u8>(at) === NEWLINE ? at + 1 : 0;
}

/** Where the value at `at` ends, of which the step says the kind and which is no text; 0 when it is none, NO_VALUE when another step may fit. */
function endOfValue(scanner: usize, kind: u32, at: usize): usize {
  if (kind === STEP_BOX) return endOfKnownBox(scanner, at - 1);
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
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(<i8>BACKSLASH);
  const blank = i8x16.splat(BLANK);
  let to = scanner + SCAN_KEY + KEY_HEAD;
  let empty: u32 = 0;
  let present: u32 = 0;
  let seen: u64 = 0;
  let number = load<u32>(steps, STEP_NEXT);
  while (number !== 0) {
    const step = steps + <usize>number * STEP_BYTES;
    const head = load<u32>(step, STEP_KIND);
    const length = head >> 16;
    const kind = head & 255;
    const value = at + length;
    // Of texts of up to 16, of up to 32 and of more bytes, written out: a call for each would cost more than the comparison.
    const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(step, STEP_TEXT)));
    let isThere = (~same & load<u16>(step, STEP_FIRST)) === 0;
    if (isThere && length > 16) {
      const text = step + STEP_TEXT + length;
      isThere = !v128.any_true(v128.xor(v128.load(value - 16), v128.load(text - 16)));
      if (isThere && length > 32)
        isThere = !v128.any_true(v128.xor(v128.load(value - 32), v128.load(text - 32)));
    }
    if (!isThere) {
      number = load<u32>(step, STEP_OTHER);
      continue;
    }
    const role = (head >> 8) & 255;
    const field = role & ROLE_FIELD_MASK;
    let end: usize = 0;
    if (kind === STEP_TEXT_VALUE) {
      // Bytes from 128 on are negative. A line's end is a stop too.
      let stops: i32 = 0;
      for (end = value; ; end += 16) {
        const bytes = v128.load(end);
        const odd = v128.or(i8x16.lt_s(bytes, blank), i8x16.eq(bytes, backslash));
        stops = i8x16.bitmask(v128.or(i8x16.eq(bytes, quote), odd));
        if (stops !== 0) break;
      }
      end += ctz<i32>(stops);
      // What a field's text may not have, that of another value may.
      if (load<u8>(end) !== QUOTE) end = field < <u32>FIELD_KEYS ? 0 : endOfAnyText(end);
    } else {
      end = endOfValue(scanner, kind, value);
      if (end === NO_VALUE) {
        number = load<u32>(step, STEP_OTHER);
        continue;
      }
    }
    if (end === 0) return SCANNED_TEXT;
    if (role !== FIELD_NONE) {
      const keys = load<u64>(step, STEP_KEYS);
      // Of two values the last one counts.
      if ((keys & seen) !== 0) return SCANNED_TEXT;
      seen |= keys;
      if (field < <u32>FIELD_KEYS) {
        const bit: u32 = 1 << field;
        if ((bit & present) !== 0) return SCANNED_TEXT;
        present |= bit;
        if (value === end) empty |= bit;
        store<u32>(scanner + ((<usize>field) << 3), <u32>value, SCAN_FIELDS);
        store<u32>(scanner + ((<usize>field) << 3), <u32>end, SCAN_FIELDS + 4);
      }
      if ((role & ROLES_OF_KEY) !== 0) {
        to = keyed(scanner, to, role, load<u16>(step, STEP_SAYS), value, end);
        if (to === 0) return SCANNED_TEXT;
      }
    }
    if (kind === STEP_END) {
      leave(scanner, seen, present, empty, to);
      return end;
    }
    at = end;
    number = load<u32>(step, STEP_NEXT);
  }
  return SCANNED_NEW_SHAPE;
}

/** A bit for each of 64 bytes, of four masks of bytes. */
function bitsOf(one: v128, two: v128, three: v128, four: v128): u64 {
  const low = <u32>i8x16.bitmask(one) | ((<u32>i8x16.bitmask(two)) << 16);
  const high = <u32>i8x16.bitmask(three) | ((<u32>i8x16.bitmask(four)) << 16);
  return <u64>low | ((<u64>high) << 32);
}

/**
 * Writes where the cells of the line at `at` end, 64 bytes at a time; 0 when they are not as many as the list says, or hold what no cell does.
 * Else where the last one ends.
 */
function findCells(scanner: usize, at: usize): usize {
  const delimiter = i8x16.splat(<i8>load<u32>(scanner, SCAN_DELIMITER));
  const blank = i8x16.splat(BLANK);
  const first = scanner + SCAN_CELL_ENDS;
  const last = first + (load<u32>(scanner, SCAN_CELLS) << 2);
  store<u32>(first, <u32>(at - 1));
  let place = first;
  // Ends within: at the line's end, or at what no cell holds.
  for (let block = at; place < last; block += 64) {
    const one = v128.load(block);
    const two = v128.load(block, 16);
    const three = v128.load(block, 32);
    const four = v128.load(block, 48);
    const oneEnds = i8x16.eq(one, delimiter);
    const twoEnds = i8x16.eq(two, delimiter);
    const threeEnds = i8x16.eq(three, delimiter);
    const fourEnds = i8x16.eq(four, delimiter);
    // Bytes from 128 on are negative.
    const odd = bitsOf(
      v128.andnot(i8x16.lt_s(one, blank), oneEnds),
      v128.andnot(i8x16.lt_s(two, blank), twoEnds),
      v128.andnot(i8x16.lt_s(three, blank), threeEnds),
      v128.andnot(i8x16.lt_s(four, blank), fourEnds),
    );
    let ends = bitsOf(oneEnds, twoEnds, threeEnds, fourEnds);
    const lineEnd = odd & (0 - odd);
    if (odd !== 0) ends = (ends & (lineEnd - 1)) | lineEnd;
    const count = <usize>popcnt<u64>(ends);
    const behind = place + (count << 2);
    while (place < behind) {
      // Four at a time, as many as there may be: those behind the last one are overwritten.
      store<u32>(place, <u32>(block + <usize>ctz<u64>(ends)), 4);
      ends &= ends - 1;
      store<u32>(place, <u32>(block + <usize>ctz<u64>(ends)), 8);
      ends &= ends - 1;
      store<u32>(place, <u32>(block + <usize>ctz<u64>(ends)), 12);
      ends &= ends - 1;
      store<u32>(place, <u32>(block + <usize>ctz<u64>(ends)), 16);
      ends &= ends - 1;
      place += 16;
    }
    place = behind;
    if (odd !== 0) break;
  }
  const end: usize = load<u32>(last);
  // A last cell without anything in it would be left out by a reader of texts.
  const isLast = place === last && <usize>load<u32>(last - 4) + 1 !== end;
  return isLast && load<u8>(end) !== load<u8>(scanner, SCAN_DELIMITER) ? end : 0;
}

/**
 * Finds the cells of the line at `at`, which has no blanks before it. Returns where the next line begins; below 16, a SCANNED_ code
 * instead. Reads up to 64 bytes behind the line.
 */
export function scanCells(scanner: usize, at: usize): usize {
  const lineEnd = findCells(scanner, at);
  const next: usize = lineEnd === 0 ? 0 : behindEnd(lineEnd);
  if (next === 0) return SCANNED_TEXT;
  const ends = scanner + SCAN_CELL_ENDS;
  const behind = scanner + SCAN_COLUMNS + (load<u32>(scanner, SCAN_CELLS_TAKEN) << 1);
  let to = scanner + SCAN_KEY + KEY_HEAD;
  let empty: u32 = 0;
  let present: u32 = 0;
  for (let taken = scanner + SCAN_COLUMNS; taken < behind; taken += 2) {
    const column: u32 = load<u8>(taken);
    const role: u32 = load<u8>(taken, 1);
    const start: usize = load<u32>(ends + ((<usize>column) << 2)) + 1;
    const end: usize = load<u32>(ends + ((<usize>column) << 2), 4);
    const field = role & ROLE_FIELD_MASK;
    if (field < <u32>FIELD_KEYS) {
      store<u32>(scanner + ((<usize>field) << 3), <u32>start, SCAN_FIELDS);
      store<u32>(scanner + ((<usize>field) << 3), <u32>end, SCAN_FIELDS + 4);
      present |= 1 << field;
      empty |= isNothing(start, end) << field;
    }
    if (role > <u32>ROLE_FIELD_MASK) {
      to = keyed(scanner, to, role, column, start, end);
      if (to === 0) return SCANNED_TEXT;
    }
  }
  leave(scanner, 0, present, empty, to);
  return next;
}
