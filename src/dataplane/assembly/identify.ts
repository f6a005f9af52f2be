// Addresses to address entries, for up to ROWS rows at a time. Layout: tables/address-trie-layout.ts.

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

/** Rows of one round: what the passes touch stays in the first-level cache. */
const ROWS: u32 = 512;
/** In a slot of 2 bytes: the others number a page. */
const NARROW_PAGE: u32 = 0x8000;

/** Where a section of the tables lies in memory. */
export function sectionAt(tables: usize, section: u32): usize {
  return tables + load<u32>(tables + ((<u32>DIRECTORY_WORD + 2 * section) << 2));
}

/** Where a column of the batch lies in memory. */
export function columnAt(batch: usize, column: u32): usize {
  return load<u32>(batch + ((<u32>BATCH_COLUMNS + column) << 2));
}

/** Which run of equal slots a slot belongs to. */
function runAt(ranks: usize, bitmap: usize, slot: u32): u32 {
  const word = slot >> 5;
  const upTo: u32 = (2 << (slot & 31)) - 1;
  return <u32>load<u8>(ranks + word) + popcnt<u32>(load<u32>(bitmap + (word << 2)) & upTo) - 1;
}

/** The slot of a byte in the page that a slot of T names; `flag` is what told that it names one. */
function pageSlot<T>(slots: usize, value: u32, flag: u32, byte: u32): u32 {
  return <u32>load<T>(slots + (65536 + ((value & (flag - 1)) << 8) + byte) * sizeof<T>());
}

/** The entry of an IPv4 address where slots have 2 bytes: such tries are small, and their levels need not wait for each other. */
function narrowEntry(slots: usize, address: u32): u32 {
  const value = <u32>load<u16>(slots + ((address >> 16) << 1));
  if ((value & NARROW_PAGE) === 0) return value;
  const next = pageSlot<u16>(slots, value, NARROW_PAGE, (address >> 8) & 255);
  return next & NARROW_PAGE ? pageSlot<u16>(slots, next, NARROW_PAGE, address & 255) : next;
}

/** What stands behind the last byte where slots have 4 bytes: in a page, or in a list where the page has few runs. */
function lastSlot(slots: usize, lists: usize, value: u32, byte: u32): u32 {
  if (value < <u32>VALUE_LIST) return pageSlot<u32>(slots, value, VALUE_NODE, byte);
  const list = lists + ((value & 0x3fffffff) << 2);
  const run = runAt(list + (LIST_RANKS << 2), list + (LIST_BITMAP << 2), byte);
  return load<u32>(list + (LIST_VALUES << 2) + (run << 2));
}

/** The entry of an IPv4 address where slots have 4 bytes. */
function wideEntry(trie: usize, address: u32): u32 {
  const slots = trie + TRIE4_SLOTS;
  const value = load<u32>(slots + ((address >> 16) << 2));
  if ((value & VALUE_NODE) === 0) return value;
  const next = pageSlot<u32>(slots, value, VALUE_NODE, (address >> 8) & 255);
  return next & VALUE_NODE
    ? lastSlot(slots, trie + load<u32>(trie + TRIE4_LISTS), next, address & 255)
    : next;
}

/** Rows whose slots have 2 bytes. Returns the bits that are set in any family. */
function lookupNarrow(slots: usize, batch: usize, first: u32, end: u32): u32 {
  const family = columnAt(batch, FAMILY);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  let families: u32 = 0;
  for (let row = first; row < end; row++) {
    families |= load<u8>(family + row);
    store<u32>(srcEntry + (row << 2), narrowEntry(slots, load<u32>(src + (row << 4))));
    store<u32>(dstEntry + (row << 2), narrowEntry(slots, load<u32>(dst + (row << 4))));
  }
  return families;
}

/** Rows whose slots have 4 bytes, a pass a level, so that the loads of a pass do not wait for each other. Returns as lookupNarrow. */
function lookupWide(trie: usize, batch: usize, first: u32, end: u32): u32 {
  const slots = trie + TRIE4_SLOTS;
  const lists = trie + load<u32>(trie + TRIE4_LISTS);
  const family = columnAt(batch, FAMILY);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  let families: u32 = 0;
  for (let row = first; row < end; row++) {
    families |= load<u8>(family + row);
    const from = load<u32>(src + (row << 4)) >> 16;
    const to = load<u32>(dst + (row << 4)) >> 16;
    store<u32>(srcEntry + (row << 2), load<u32>(slots + (from << 2)));
    store<u32>(dstEntry + (row << 2), load<u32>(slots + (to << 2)));
  }
  for (let row = first; row < end; row++) {
    const from = load<u32>(srcEntry + (row << 2));
    const to = load<u32>(dstEntry + (row << 2));
    if (from & VALUE_NODE) {
      const byte = (load<u32>(src + (row << 4)) >> 8) & 255;
      store<u32>(srcEntry + (row << 2), pageSlot<u32>(slots, from, VALUE_NODE, byte));
    }
    if (to & VALUE_NODE) {
      const byte = (load<u32>(dst + (row << 4)) >> 8) & 255;
      store<u32>(dstEntry + (row << 2), pageSlot<u32>(slots, to, VALUE_NODE, byte));
    }
  }
  for (let row = first; row < end; row++) {
    const from = load<u32>(srcEntry + (row << 2));
    const to = load<u32>(dstEntry + (row << 2));
    if (from & VALUE_NODE) {
      const byte = load<u32>(src + (row << 4)) & 255;
      store<u32>(srcEntry + (row << 2), lastSlot(slots, lists, from, byte));
    }
    if (to & VALUE_NODE) {
      const byte = load<u32>(dst + (row << 4)) & 255;
      store<u32>(dstEntry + (row << 2), lastSlot(slots, lists, to, byte));
    }
  }
  return families;
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
  const word = load<u32>(address);
  return load<u32>(trie) === 1 ? narrowEntry(trie + TRIE4_SLOTS, word) : wideEntry(trie, word);
}

/** Rows of IPv6, one after the other. */
function lookupRows6(trie: usize, batch: usize, first: u32, end: u32): void {
  const family = columnAt(batch, FAMILY);
  const src = columnAt(batch, SRC);
  const dst = columnAt(batch, DST);
  const srcEntry = columnAt(batch, SRC_ENTRY);
  const dstEntry = columnAt(batch, DST_ENTRY);
  for (let row = first; row < end; row++) {
    if (load<u8>(family + row) !== 6) continue;
    store<u32>(srcEntry + (row << 2), lookup6(trie, src + (row << 4)));
    store<u32>(dstEntry + (row << 2), lookup6(trie, dst + (row << 4)));
  }
}

/** Fills SRC_ENTRY and DST_ENTRY; rows of no family are treated as 0.0.0.0. */
export function identify(tables: usize, batch: usize, first: u32, count: u32): void {
  const trie4 = sectionAt(tables, SECTION_TRIE4);
  const trie6 = sectionAt(tables, SECTION_TRIE6);
  const isNarrow = load<u32>(trie4) === 1;
  const last = first + count;
  for (let start = first; start < last; start += ROWS) {
    const end = min(start + ROWS, last);
    const families = isNarrow
      ? lookupNarrow(trie4 + TRIE4_SLOTS, batch, start, end)
      : lookupWide(trie4, batch, start, end);
    // 6 has the bit, 0 and 4 have not.
    if (families & 2) lookupRows6(trie6, batch, start, end);
  }
}
