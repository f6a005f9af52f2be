// Addresses to address entries. Three passes over up to ROWS rows, one a level of the trie, so that the loads of a pass
// do not wait for each other. Layout: tables/address-trie-layout.ts.

import { BATCH_COLUMNS, DST, DST_ENTRY, FAMILY, SRC, SRC_ENTRY } from '../../packet/batch-layout';
import {
  LIST_BITMAP,
  LIST_RANKS,
  LIST_VALUES,
  NODE_BITMAP,
  NODE_BYTE,
  NODE_OUTSIDE,
  NODE_PREFIX,
  NODE_RANKS,
  NODE_VALUES,
  TRIE4_LISTS,
  TRIE4_SLOTS,
  VALUE_LIST,
  VALUE_NODE,
} from '../../tables/address-trie-layout';
import { DIRECTORY_WORD, SECTION_TRIE4, SECTION_TRIE6 } from '../../tables/directory-layout';

/** Rows of one round: what three passes touch stays in the first-level cache. */
const ROWS: u32 = 512;

/** Where a section of the tables lies in memory. */
export function sectionAt(tables: usize, section: u32): usize {
  return tables + load<u32>(tables + ((<u32>DIRECTORY_WORD + 2 * section) << 2));
}

/** Where a column of the batch lies in memory. */
export function columnAt(batch: usize, column: u32): usize {
  return load<u32>(batch + ((<u32>BATCH_COLUMNS + column) << 2));
}

function level1<T>(slots: usize, addresses: usize, entries: usize, first: u32, end: u32): void {
  for (let row = first; row < end; row++) {
    const address = load<u32>(addresses + (row << 4));
    store<u32>(entries + (row << 2), <u32>load<T>(slots + (address >> 16) * sizeof<T>()));
  }
}

function deeper<T>(slots: usize, addresses: usize, entries: usize, first: u32, end: u32, shift: u32): void {
  const flag: u32 = sizeof<T>() === 2 ? 0x8000 : VALUE_NODE;
  for (let row = first; row < end; row++) {
    const value = load<u32>(entries + (row << 2));
    if ((value & flag) === 0) continue;
    const byte = (load<u32>(addresses + (row << 4)) >> shift) & 255;
    const slot = 65536 + ((value & (flag - 1)) << 8) + byte;
    store<u32>(entries + (row << 2), <u32>load<T>(slots + slot * sizeof<T>()));
  }
}

/** The last level where slots have 4 bytes: pages, and lists of the pages that have few runs. */
function deepest(trie: usize, addresses: usize, entries: usize, first: u32, end: u32): void {
  const slots = trie + TRIE4_SLOTS;
  const lists = trie + load<u32>(trie + TRIE4_LISTS);
  for (let row = first; row < end; row++) {
    const value = load<u32>(entries + (row << 2));
    if ((value & VALUE_NODE) === 0) continue;
    const byte = load<u32>(addresses + (row << 4)) & 255;
    if (value < <u32>VALUE_LIST) {
      const slot = 65536 + ((value & 0x7fffffff) << 8) + byte;
      store<u32>(entries + (row << 2), load<u32>(slots + (slot << 2)));
    } else {
      store<u32>(entries + (row << 2), listed(lists, value, byte));
    }
  }
}

/** What a list holds for the last byte of an address. */
function listed(lists: usize, value: u32, byte: u32): u32 {
  const list = lists + ((value & 0x3fffffff) << 2);
  const run = runAt(list + (LIST_RANKS << 2), list + (LIST_BITMAP << 2), byte);
  return load<u32>(list + (LIST_VALUES << 2) + (run << 2));
}

/** Which run of equal slots a slot belongs to. */
function runAt(ranks: usize, bitmap: usize, slot: u32): u32 {
  const word = slot >> 5;
  const upTo: u32 = (2 << (slot & 31)) - 1;
  return <u32>load<u8>(ranks + word) + popcnt<u32>(load<u32>(bitmap + (word << 2)) & upTo) - 1;
}

function lookup4<T>(trie: usize, addresses: usize, entries: usize, first: u32, end: u32): void {
  const slots = trie + TRIE4_SLOTS;
  level1<T>(slots, addresses, entries, first, end);
  deeper<T>(slots, addresses, entries, first, end, 8);
  if (sizeof<T>() === 2) deeper<T>(slots, addresses, entries, first, end, 0);
  else deepest(trie, addresses, entries, first, end);
}

/** True when the address agrees with the node's prefix in all bytes before `branch`. */
function agrees(node: usize, address: usize, branch: u32): bool {
  const prefix = node + (NODE_PREFIX << 2);
  const whole = branch >> 2;
  for (let word: u32 = 0; word < whole; word++) {
    if (load<u32>(prefix + (word << 2)) !== load<u32>(address + (word << 2))) return false;
  }
  const rest = branch & 3;
  if (rest === 0) return true;
  return (load<u32>(prefix + (whole << 2)) ^ load<u32>(address + (whole << 2))) >> (32 - (rest << 3)) === 0;
}

/** The entry of the IPv6 address of four words at `address`. */
export function lookup6(trie: usize, address: usize): u32 {
  let value = load<u32>(trie);
  while (value & VALUE_NODE) {
    const node = trie + ((value & 0x7fffffff) << 2);
    const branch = load<u32>(node + (NODE_BYTE << 2));
    if (!agrees(node, address, branch)) {
      value = load<u32>(node + (NODE_OUTSIDE << 2));
      continue;
    }
    const slot = (load<u32>(address + (branch & ~3)) >> (24 - ((branch & 3) << 3))) & 255;
    const run = runAt(node + (NODE_RANKS << 2), node + (NODE_BITMAP << 2), slot);
    value = load<u32>(node + (NODE_VALUES << 2) + (run << 2));
  }
  return value;
}

/** The entry of one address, four words at `address`. */
export function entryOf(tables: usize, family: u32, address: usize): u32 {
  if (family === 6) return lookup6(sectionAt(tables, SECTION_TRIE6), address);
  const trie = sectionAt(tables, SECTION_TRIE4);
  const slots = trie + TRIE4_SLOTS;
  const isNarrow = load<u32>(trie) === 1;
  const flag: u32 = isNarrow ? 0x8000 : VALUE_NODE;
  const word = load<u32>(address);
  let value = slotOf(slots, word >> 16, isNarrow);
  for (let shift: u32 = 16; (value & flag) !== 0 && shift !== 0; ) {
    shift -= 8;
    if (!isNarrow && value >= <u32>VALUE_LIST)
      return listed(trie + load<u32>(trie + TRIE4_LISTS), value, word & 255);
    value = slotOf(slots, 65536 + ((value & (flag - 1)) << 8) + ((word >> shift) & 255), isNarrow);
  }
  return value;
}

function slotOf(slots: usize, slot: u32, isNarrow: bool): u32 {
  return isNarrow ? <u32>load<u16>(slots + (slot << 1)) : load<u32>(slots + (slot << 2));
}

/** Fills SRC_ENTRY and DST_ENTRY; rows of no family are treated as 0.0.0.0. */
export function identify(tables: usize, batch: usize, first: u32, count: u32): void {
  const trie4 = sectionAt(tables, SECTION_TRIE4);
  const trie6 = sectionAt(tables, SECTION_TRIE6);
  const narrow = load<u32>(trie4) === 1;
  const family = columnAt(batch, FAMILY);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  const last = first + count;
  for (let start = first; start < last; start += ROWS) {
    const end = min(start + ROWS, last);
    if (narrow) {
      lookup4<u16>(trie4, src, srcEntry, start, end);
      lookup4<u16>(trie4, dst, dstEntry, start, end);
    } else {
      lookup4<u32>(trie4, src, srcEntry, start, end);
      lookup4<u32>(trie4, dst, dstEntry, start, end);
    }
    for (let row = start; row < end; row++) {
      if (load<u8>(family + row) !== 6) continue;
      store<u32>(srcEntry + (row << 2), lookup6(trie6, src + (row << 4)));
      store<u32>(dstEntry + (row << 2), lookup6(trie6, dst + (row << 4)));
    }
  }
}
