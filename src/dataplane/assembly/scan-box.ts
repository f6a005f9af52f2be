// Objects and lists of which a record's reader needs no more than where they end. The same ones come again and again (labels, flags, workloads):
// those that were walked once are kept as they stood there, and one that begins alike is compared instead of walked.

import {
  BOX_BYTES,
  BOX_LENGTH,
  BOX_TEXT,
  BOX_TEXT_MOST,
  BOXES_MOST,
  SCAN_BOXES,
} from '../../packet/scan-layout';
import { endOfBox } from './scan-value';

const BLANK: i8 = 32;
/** `}`; `]` differs from it in one bit. */
const CLOSE: i8 = 125;
const BRACKET_BIT: i8 = 32;
const MIX: i64 = <i64>0x9e3779b97f4a7c15;

/** Whether `length` bytes are the same at both places. Reads no further than 16 bytes behind the first difference. */
function isSame(kept: usize, at: usize, length: usize): bool {
  let done: usize = 0;
  for (; done + 16 <= length; done += 16) {
    if (v128.any_true(v128.xor(v128.load(kept + done), v128.load(at + done)))) return false;
  }
  const same = <u32>i8x16.bitmask(i8x16.eq(v128.load(kept + done), v128.load(at + done)));
  return (~same & (((<u32>1) << (<u32>(length - done))) - 1)) === 0;
}

/** Behind the object or list at `at`; 0 when it is none. */
export function endOfKnownBox(scanner: usize, at: usize): usize {
  const close = i8x16.splat(CLOSE);
  const bit = i8x16.splat(BRACKET_BIT);
  const blank = i8x16.splat(BLANK);
  // Where it is kept hangs on all up to the first bracket that closes one, or the line's end.
  const most = at + BOX_TEXT_MOST;
  let sum = i64x2.splat(0);
  let first = at;
  for (; first < most; first += 16) {
    const bytes = v128.load(first);
    const closes = i8x16.eq(v128.or(bytes, bit), close);
    const stops = i8x16.bitmask(v128.or(closes, i8x16.lt_s(bytes, blank)));
    sum = i64x2.add(sum, sum);
    if (stops === 0) {
      sum = i64x2.add(sum, bytes);
      continue;
    }
    const stop = ctz<i32>(stops);
    const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    sum = i64x2.add(sum, v128.and(bytes, i8x16.lt_s(places, i8x16.splat(<i8>stop))));
    first += <usize>stop + 1;
    break;
  }
  const hash = (i64x2.extract_lane(sum, 0) ^ rotl<i64>(i64x2.extract_lane(sum, 1) * MIX, 32)) * MIX;
  const place = <usize>(<u64>hash >> 48) & (BOXES_MOST - 1);
  const box = scanner + SCAN_BOXES + place * BOX_BYTES;
  const length: usize = load<u32>(box, BOX_LENGTH);
  // Most boxes hold no other: where they end need not wait for what is kept of them.
  if (length === first - at) {
    if (isSame(box + BOX_TEXT, at, length)) return first;
  } else if (length !== 0 && isSame(box + BOX_TEXT, at, length)) return at + length;
  const end = endOfBox(at);
  const found = end - at;
  if (end === 0 || found > <usize>BOX_TEXT_MOST) return end;
  store<u32>(box, <u32>found, BOX_LENGTH);
  for (let done: usize = 0; done < found; done += 16) v128.store(box + BOX_TEXT + done, v128.load(at + done));
  return end;
}
