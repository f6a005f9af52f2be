// Where the lines of a flow log end: all that is done with its bytes in the reader's turn, so nothing else is looked at.

import { SCAN_END, SCAN_NOISE } from '../../packet/scan-layout';

const NEWLINE: u32 = 10;
const RETURN: u32 = 13;
const BLANK: u32 = 32;

/** Behind line breaks and blanks, or `end`. */
export function behindBlanks(at: usize, end: usize): usize {
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (byte > BLANK || (byte !== BLANK && byte !== NEWLINE && byte !== RETURN)) return at;
  }
  return end;
}

/** Whether a line that begins with the byte at `at` may be no record: no record begins with other bytes than ASCII. */
export function mayBeNoise(scanner: usize, at: usize): bool {
  const byte: u32 = load<u8>(at);
  return byte >= 128 || ((load<u64>(scanner + SCAN_NOISE + ((byte >> 6) << 3)) >> (byte & 63)) & 1) !== 0;
}

/** Behind the newline that follows `at`; 0 when none does. Reads up to 16 bytes behind `end`. */
function behindLine(at: usize, end: usize): usize {
  const newline = i8x16.splat(<i8>NEWLINE);
  while (at + 64 <= end) {
    const one = v128.or(i8x16.eq(v128.load(at), newline), i8x16.eq(v128.load(at, 16), newline));
    const two = v128.or(i8x16.eq(v128.load(at, 32), newline), i8x16.eq(v128.load(at, 48), newline));
    if (v128.any_true(v128.or(one, two))) break;
    at += 64;
  }
  for (; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
    if (found === 0) continue;
    const behind = at + ctz<i32>(found) + 1;
    return behind <= end ? behind : 0;
  }
  return 0;
}

/**
 * Counts up to `most` whole lines of the chunk, and leaves where the next one begins at SCAN_END. Stops before a line that may be no
 * record, is longer than `longest`, or has no end.
 */
export function frameLines(scanner: usize, chunk: usize, bytes: u32, most: u32, longest: u32): u32 {
  const end = chunk + bytes;
  let at = chunk;
  let lines: u32 = 0;
  for (; lines < most; lines++) {
    const begin = behindBlanks(at, end);
    if (begin >= end || mayBeNoise(scanner, begin)) break;
    const behind = behindLine(begin, end);
    if (behind === 0 || behind - begin > longest) break;
    at = behind;
  }
  store<u32>(scanner + SCAN_END, at);
  return lines;
}
