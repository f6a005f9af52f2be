// A table of what is known under a key of bytes, in memory of its own: open addressing, entries in the order of their coming, keys behind one
// another. Full, it forgets everything: what is asked again is learned again.

import {
  KNOWN_BYTES,
  KNOWN_COUNT,
  KNOWN_HASH,
  KNOWN_HEADER_BYTES,
  KNOWN_KEY,
  KNOWN_LENGTH,
  KNOWN_USED,
  KNOWN_VALUE,
} from '../../packet/scan-layout';

const MIX: u64 = 0x9e3779b97f4a7c15;
const FOLD: u64 = 0xc2b2ae3d27d4eb4f;

/** Fills the key up to whole 16 bytes with zeros, and gives its hash. Both kinds of table take keys of any bytes. */
export function sealKey(key: usize, end: usize): u32 {
  v128.store(end, i64x2.splat(0));
  // Two that do not wait for each other. Products of odd numbers lose nothing; high halves hang on all.
  let even: u64 = <u64>(end - key) * FOLD;
  let odd: u64 = MIX;
  for (let at = key; at < end; at += 16) {
    even = (even ^ load<u64>(at)) * MIX;
    odd = (odd ^ load<u64>(at, 8)) * FOLD;
  }
  return <u32>(((even ^ rotl<u64>(odd, 29)) * FOLD) >> 32);
}

function isSame(a: usize, b: usize, length: usize): bool {
  for (let done: usize = 0; done < length; done += 16) {
    if (v128.any_true(v128.xor(v128.load(a + done), v128.load(b + done)))) return false;
  }
  return true;
}

function slotsOf(table: usize): usize {
  return table + KNOWN_HEADER_BYTES;
}

function entriesOf(table: usize, most: u32): usize {
  return slotsOf(table) + <usize>most * 8;
}

/** Where the value of a sealed key stands in a table of up to `most` entries, a power of two; 0 when it is not known. */
export function findKnown(table: usize, most: u32, key: usize, end: usize, hash: u32): usize {
  const slots = slotsOf(table);
  const entries = entriesOf(table, most);
  const mask = most * 2 - 1;
  let slot = hash & mask;
  let number = load<u32>(slots + ((<usize>slot) << 2));
  while (number !== 0) {
    const entry = entries + (<usize>number - 1) * KNOWN_BYTES;
    const isLike =
      load<u32>(entry, KNOWN_HASH) === hash && load<u32>(entry, KNOWN_LENGTH) === <u32>(end - key);
    if (isLike && isSame(load<u32>(entry, KNOWN_KEY), key, end - key)) return entry + KNOWN_VALUE;
    slot = (slot + 1) & mask;
    number = load<u32>(slots + ((<usize>slot) << 2));
  }
  return 0;
}

/**
 * Room for the value of a sealed key that is not known yet, in a table whose keys have `keyBytes` on average; 0 when the key is longer than
 * all of them.
 */
export function addKnown(table: usize, most: u32, keyBytes: u32, key: usize, end: usize, hash: u32): usize {
  const length = <u32>(end - key);
  const padded = (length + 15) & ~15;
  const bytes = most * keyBytes;
  if (padded > bytes) return 0;
  if (load<u32>(table, KNOWN_COUNT) === most || load<u32>(table, KNOWN_USED) + padded > bytes)
    clearKnown(table, most);
  const slots = slotsOf(table);
  const mask = most * 2 - 1;
  let slot = hash & mask;
  while (load<u32>(slots + ((<usize>slot) << 2)) !== 0) slot = (slot + 1) & mask;
  const number = load<u32>(table, KNOWN_COUNT) + 1;
  const used = load<u32>(table, KNOWN_USED);
  const entry = entriesOf(table, most) + (<usize>number - 1) * KNOWN_BYTES;
  const copy = entriesOf(table, most) + <usize>most * KNOWN_BYTES + used;
  for (let done: usize = 0; done < length; done += 16) v128.store(copy + done, v128.load(key + done));
  store<u32>(entry, hash, KNOWN_HASH);
  store<u32>(entry, <u32>copy, KNOWN_KEY);
  store<u32>(entry, length, KNOWN_LENGTH);
  store<u32>(table, number, KNOWN_COUNT);
  store<u32>(table, used + padded, KNOWN_USED);
  store<u32>(slots + ((<usize>slot) << 2), number);
  return entry + KNOWN_VALUE;
}

/** Forgets everything. */
function clearKnown(table: usize, most: u32): void {
  memory.fill(slotsOf(table), 0, <usize>most * 8);
  store<u32>(table, 0, KNOWN_COUNT);
  store<u32>(table, 0, KNOWN_USED);
}
