// Where values of JSON end, checked as strictly as JSON.parse does. A line's end ends everything: a
// value that goes on behind it is none. Nothing is read behind the newline but the rest of 16 bytes.

import { endOfAnyText } from './scan-text';

const BLANK: u32 = 32;
const QUOTE: u32 = 34;
const COMMA: u32 = 44;
const MINUS: u32 = 45;
const DOT: u32 = 46;
const ZERO: u32 = 48;
const COLON: u32 = 58;
const OPEN_LIST: u32 = 91;
const CLOSE_LIST: u32 = 93;
const OPEN: u32 = 123;
const CLOSE: u32 = 125;
/** `true`, `null`, and `alse` of `false`, as loads find them. */
const TRUE: u32 = 0x65757274;
const NULL: u32 = 0x6c6c756e;
const ALSE: u32 = 0x65736c61;
const DEPTH_MOST: u32 = 60;

function isDigit(at: usize): bool {
  return <u32>load<u8>(at) - ZERO < 10;
}

function behindDigits(at: usize): usize {
  const zero = i8x16.splat(<i8>ZERO);
  const ten = i8x16.splat(10);
  while (at !== 0) {
    const digits = i8x16.bitmask(i8x16.lt_u(i8x16.sub(v128.load(at), zero), ten));
    if (digits !== 0xffff) return at + ctz<i32>(~digits);
    at += 16;
  }
  return 0;
}

/** Behind the number at `at`; 0 when there is none. */
export function endOfNumber(at: usize): usize {
  const digits = i8x16.lt_u(i8x16.sub(v128.load(at), i8x16.splat(<i8>ZERO)), i8x16.splat(10));
  const length = <usize>ctz<i32>(~i8x16.bitmask(digits));
  const next: u32 = load<u8>(at + length);
  // Most are whole, and few are 0 or end otherwise.
  if ((next === COMMA || next === CLOSE) && length - 1 < 15 && load<u8>(at) !== ZERO) return at + length;
  if (load<u8>(at) === MINUS) at++;
  if (!isDigit(at)) return 0;
  at = load<u8>(at) === ZERO ? at + 1 : behindDigits(at + 1);
  if (load<u8>(at) === DOT) {
    if (!isDigit(at + 1)) return 0;
    at = behindDigits(at + 2);
  }
  if ((load<u8>(at) | 32) !== 101) return at;
  at++;
  const sign: u32 = load<u8>(at);
  if (sign === MINUS || sign === 43) at++;
  return isDigit(at) ? behindDigits(at + 1) : 0;
}

function behindBlank(at: usize): usize {
  while (load<u8>(at) === BLANK) at++;
  return at;
}

/** Behind the colon of the key at `at`; 0 when there is none. */
function behindKey(at: usize): usize {
  if (load<u8>(at) !== QUOTE) return 0;
  const end = endOfAnyText(at + 1);
  if (end === 0) return 0;
  at = behindBlank(end + 1);
  return load<u8>(at) === COLON ? behindBlank(at + 1) : 0;
}

/** Behind a value that is neither object nor list; 0 when there is none. */
function endOfScalar(at: usize): usize {
  const first: u32 = load<u8>(at);
  if (first === QUOTE) {
    const end = endOfAnyText(at + 1);
    return end === 0 ? 0 : end + 1;
  }
  if (first === MINUS || first - ZERO < 10) return endOfNumber(at);
  const word = load<u32>(at);
  if (word === TRUE || word === NULL) return at + 4;
  return first === 102 && load<u32>(at, 1) === ALSE ? at + 5 : 0;
}

/** Behind the object or list at `at`; 0 when it is none, or deeper than any log has it. */
export function endOfBox(at: usize): usize {
  let depth: u32 = 0;
  // A bit a level, the innermost one lowest: 1 for an object.
  let objects: u64 = 0;
  // At a value.
  while (at !== 0) {
    const first: u32 = load<u8>(at);
    if (first === OPEN || first === OPEN_LIST) {
      if (++depth > DEPTH_MOST) return 0;
      objects <<= 1;
      if (first === OPEN) objects |= 1;
      at = behindBlank(at + 1);
      // Brackets are two apart from those that close them.
      if (<u32>load<u8>(at) !== first + 2) {
        if (first === OPEN) at = behindKey(at);
        continue;
      }
    } else {
      at = endOfScalar(at);
      if (at === 0) return 0;
      at = behindBlank(at);
    }
    // Behind a value, or at what closes an empty one.
    while (load<u8>(at) !== COMMA) {
      if (load<u8>(at) !== ((objects & 1) !== 0 ? CLOSE : CLOSE_LIST)) return 0;
      at++;
      objects >>= 1;
      if (--depth === 0) return at;
      at = behindBlank(at);
    }
    at = behindBlank(at + 1);
    if ((objects & 1) !== 0) at = behindKey(at);
  }
  return 0;
}
