// Values of flow logs as bytes → numbers, addresses and times; whatever is not plainly what it should be is refused, and its record is then read
// as text. Reads up to 16 bytes behind a value.

import { SCAN_MINUTE, SCAN_MINUTE_SECONDS } from '../../packet/scan-layout';

const DOT: u32 = 46;
const ZERO: u32 = 48;
const QUOTE: u32 = 34;
const ZEROS: u64 = 0x3030303030303030;
const HIGH_HALVES: u64 = 0xf0f0f0f0f0f0f0f0;
const SIXES: u64 = 0x0606060606060606;
const HUNDRED_MILLION: i64 = 100_000_000;

/** A value that none has. */
export const REFUSED: i64 = -1;
/** Later seconds would turn a time's sign. */
const LATEST: i64 = 0x7fff_ffff;
const IPV4_MOST: u32 = 15;
const DIGITS_MOST: usize = 15;

/** Where the escape at `at` ends, its backslash included; 0 when it is none. */
function behindEscape(at: usize): usize {
  const letter: u32 = load<u8>(at, 1);
  if (letter === 117) {
    for (let digit = at + 2; digit < at + 6; digit++) {
      const character: u32 = load<u8>(digit);
      if (character - ZERO > 9 && (character | 32) - 97 > 5) return 0;
    }
    return at + 6;
  }
  // One of "\/bfnrt.
  const isOne =
    letter === QUOTE ||
    letter === 92 ||
    letter === 47 ||
    letter === 98 ||
    letter === 102 ||
    letter === 110 ||
    letter === 114 ||
    letter === 116;
  return isOne ? at + 2 : 0;
}

/** Where the characters of a text end whose first is at `at`, whatever they are: at its quote; 0 when there is what no text may have. */
export function endOfAnyText(at: usize): usize {
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(92);
  const blank = i8x16.splat(32);
  while (at !== 0) {
    const bytes = v128.load(at);
    const odd = v128.or(i8x16.lt_u(bytes, blank), i8x16.eq(bytes, backslash));
    const stops = i8x16.bitmask(v128.or(i8x16.eq(bytes, quote), odd));
    if (stops === 0) {
      at += 16;
      continue;
    }
    at += ctz<i32>(stops);
    const stop: u32 = load<u8>(at);
    if (stop === QUOTE) return at;
    at = stop === 92 ? behindEscape(at) : 0;
  }
  return 0;
}

/** Eight characters, the first one lowest, as a number; REFUSED when one is no digit. */
function eightDigits(word: u64): i64 {
  if ((word & HIGH_HALVES) !== ZEROS || ((word + SIXES) & HIGH_HALVES) !== ZEROS) return REFUSED;
  word = ((word & 0x0f0f0f0f0f0f0f0f) * 2561) >> 8;
  word = ((word & 0x00ff00ff00ff00ff) * 6553601) >> 16;
  return <i64>(((word & 0x0000ffff0000ffff) * 42949672960001) >> 32);
}

/** Up to seven digits. */
function fewDigits(at: usize, length: usize): i64 {
  const missing = (<usize>8 - length) << 3;
  return eightDigits((load<u64>(at) << missing) | (ZEROS >> (64 - missing)));
}

/** The number that the decimal digits between two positions are, at least one and at most 15; else REFUSED. */
export function wholeBetween(at: usize, end: usize): i64 {
  const length = end - at;
  // Zero and more than 15 alike.
  if (length - 1 >= DIGITS_MOST) return REFUSED;
  if (length < 8) return fewDigits(at, length);
  const low = eightDigits(load<u64>(end - 8));
  if (length === 8 || low < 0) return low;
  const high = fewDigits(at, length - 8);
  return high < 0 ? REFUSED : high * HUNDRED_MILLION + low;
}

/** The IPv4 address between two positions, as a word; REFUSED when there is something else. Nothing hangs on how many digits an octet has. */
export function ipv4Between(at: usize, end: usize): i64 {
  const length = <u32>(end - at);
  if (length > IPV4_MOST) return REFUSED;
  const bytes = v128.load(at);
  const within = ((<u32>1) << length) - 1;
  const dots = <u32>i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>DOT))) & within;
  if (popcnt<u32>(dots) !== 3) return REFUSED;
  const behind = dots & (dots - 1);
  const first = ctz<u32>(dots);
  const second = ctz<u32>(behind);
  const third = ctz<u32>(behind & (behind - 1));
  // A byte an octet, the last one lowest: where it ends, and where it begins.
  const ends = length | (third << 8) | (second << 16) | (first << 24);
  const begins = (third | (second << 8) | (first << 16)) + 0x010101;
  // Four bytes each: places of what would be thousands, of hundreds, tens and units.
  const places = i8x16.sub(i32x4.splat(ends), i8x16(4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1));
  const missing = i8x16.lt_s(places, i32x4.splat(begins));
  const digits = i8x16.swizzle(i8x16.sub(bytes, i8x16.splat(<i8>ZERO)), v128.or(places, missing));
  const isMissing = <u32>i8x16.bitmask(missing);
  const isZero = <u32>i8x16.bitmask(i8x16.eq(digits, i8x16.splat(0)));
  // Every octet has units and no thousands; a first digit of 0 stands alone.
  const hundredsOf = ~isMissing & 0x00f0;
  const odd =
    (isMissing & 0xf000) |
    (~isMissing & 0x000f) |
    (isZero & hundredsOf) |
    (isZero & ~isMissing & ~(hundredsOf << 4) & 0x0f00) |
    <u32>i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9)));
  if (odd !== 0) return REFUSED;
  const weights = i8x16(0, 0, 0, 0, 100, 100, 100, 100, 10, 10, 10, 10, 1, 1, 1, 1);
  const parts = i16x8.add(
    i16x8.extmul_low_i8x16_u(digits, weights),
    i16x8.extmul_high_i8x16_u(digits, weights),
  );
  const octets = i16x8.add(parts, v128.shuffle<u64>(parts, parts, 1, 0));
  if ((i64x2.extract_lane(octets, 0) & 0xff00ff00ff00ff00) !== 0) return REFUSED;
  return <i64>(<u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(octets, octets), 0));
}

/** Digits behind a decimal point as nanoseconds. */
function nanosBetween(at: usize, end: usize, most: usize): i64 {
  const length = end - at;
  if (length > most) return REFUSED;
  let nanos = wholeBetween(at, end);
  for (let digits = length; digits < 9; digits++) nanos *= 10;
  return nanos < 0 ? REFUSED : nanos;
}

/** Days from 1970 to a day of 1970 to 2099, where every fourth year has one more; -1 for another one, or one that no month has. */
function daysUntil(year: i64, month: i64, day: i64): i64 {
  if (year < 1970 || year > 2099 || month < 1 || month > 12 || day < 1) return -1;
  const isLeap = (year & 3) === 0;
  const length: i64 = month === 2 ? (isLeap ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);
  if (day > length) return -1;
  // Months from March on: February's end is the year's.
  const years = month < 3 ? year - 1 : year;
  const months = month < 3 ? month + 9 : month - 3;
  return years * 365 + (years >> 2) + (months * 153 + 2) / 5 + day - 719_484;
}

/** Seconds since 1970 of `YYYY-MM-DDTHH:MM`; REFUSED when it is not that. */
function minuteAt(at: usize): i64 {
  if (load<u8>(at, 4) !== 45 || load<u8>(at, 7) !== 45 || load<u8>(at, 10) !== 84 || load<u8>(at, 13) !== 58)
    return REFUSED;
  const year = wholeBetween(at, at + 4);
  const month = wholeBetween(at + 5, at + 7);
  const day = wholeBetween(at + 8, at + 10);
  const hour = wholeBetween(at + 11, at + 13);
  const minute = wholeBetween(at + 14, at + 16);
  const days = daysUntil(year, month, day);
  if (days < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return REFUSED;
  return days * 86_400 + hour * 3600 + minute * 60;
}

/** `YYYY-MM-DDTHH:MM:SS.fffZ` with up to nine digits of a fraction, or none. */
function isoBetween(scanner: usize, at: usize, end: usize): i64 {
  if (end - at < 20 || load<u8>(at, 16) !== 58 || load<u8>(end - 1) !== 90) return REFUSED;
  if (
    load<u64>(at) !== load<u64>(scanner, SCAN_MINUTE) ||
    load<u64>(at, 8) !== load<u64>(scanner, SCAN_MINUTE + 8)
  ) {
    const minute = minuteAt(at);
    if (minute < 0) return REFUSED;
    store<u64>(scanner, load<u64>(at), SCAN_MINUTE);
    store<u64>(scanner, load<u64>(at, 8), SCAN_MINUTE + 8);
    store<u32>(scanner, <u32>minute, SCAN_MINUTE_SECONDS);
  }
  const second = wholeBetween(at + 17, at + 19);
  if (second < 0 || second > 59) return REFUSED;
  const seconds = <i64>load<u32>(scanner, SCAN_MINUTE_SECONDS) + second;
  if (seconds > LATEST) return REFUSED;
  if (end - at === 20) return seconds << 32;
  if (load<u8>(at, 19) !== DOT) return REFUSED;
  const nanos = nanosBetween(at + 20, end - 1, 9);
  return nanos < 0 ? REFUSED : (seconds << 32) | nanos;
}

/** Digits that a time of ten digits keeps when it goes through a double. */
const FRACTION_OF_NUMBER: usize = 6;

/**
 * The time between two positions: seconds of up to ten digits with a fraction or without, or ISO 8601; `seconds << 32 | nanoseconds`,
 * REFUSED for anything else.
 */
export function timeBetween(scanner: usize, at: usize, end: usize, isNumber: bool): i64 {
  if (end - at >= 20 && load<u8>(at, 4) === 45) return isoBetween(scanner, at, end);
  const points = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>DOT)));
  const point = min<usize>(at + ctz<u32>(points | 0x10000), end);
  if (point - at > 10) return REFUSED;
  const seconds = wholeBetween(at, point);
  if (seconds < 0 || seconds > LATEST) return REFUSED;
  if (point === end) return seconds << 32;
  const nanos = nanosBetween(point + 1, end, isNumber ? FRACTION_OF_NUMBER : 9);
  return nanos < 0 ? REFUSED : (seconds << 32) | nanos;
}
