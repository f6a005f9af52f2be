/**
 * Address tries: the builders and their slow readers. Layout: address-trie-layout.ts; the fast reader is
 * dataplane/assembly/identify.ts.
 */
import * as L from './address-trie-layout.ts';
import { WordBuffer } from './word-buffer.ts';

/** Prefixes of one family, ordered by network and then by length, shorter first, none twice. */
export interface Prefixes {
  readonly count: number;
  /** Four words a prefix, masked; IPv4 in the first. */
  readonly words: Uint32Array;
  readonly bits: Uint8Array;
  /** What the prefix leads to; below 2^31. */
  readonly entries: Uint32Array;
}

/** A last page with more runs of equal slots is no list. */
const LIST_RUNS_MOST = 32;

/**
 * A 16-8-8 trie; addresses outside every prefix lead to `outside`. With `roomPages` it can be edited: slots have 4 bytes, and so
 * many pages stand free before the lists.
 */
export function buildTrie4(prefixes: Prefixes, outside: number, roomPages?: number): Uint8Array {
  const { count, words: networks, bits: lengths, entries } = prefixes;
  const isNarrow = roomPages === undefined && fitsNarrow(prefixes, outside);
  const slots = new WordBuffer(131_072);
  const lists = new WordBuffer();
  slots.fill(outside, 65_536);
  let pageCount = 0;
  const pageBehind = (slot: number): number => {
    const value = slots.at(slot);
    if (value >= L.VALUE_NODE) return 65_536 + (value - L.VALUE_NODE) * 256;
    slots.set(slot, L.VALUE_NODE + pageCount++);
    return slots.fill(value, 256);
  };
  const last = new Uint32Array(256);
  /** The prefixes beyond 24 bits of one block, as a page or a list. */
  const placeLast = (slot: number, first: number, end: number): void => {
    last.fill(slots.at(slot));
    for (let index = first; index < end; index++) {
      const start = networks[index * 4]! & 255;
      last.fill(entries[index]!, start, start + (1 << (32 - lengths[index]!)));
    }
    if (!isNarrow && runsOf(last) <= LIST_RUNS_MOST) {
      const at = lists.fill(0, L.LIST_VALUES);
      writeRuns(lists, { ranks: at + L.LIST_RANKS, bitmap: at + L.LIST_BITMAP }, last);
      slots.set(slot, L.VALUE_LIST + at);
    } else {
      slots.set(slot, L.VALUE_NODE + pageCount++);
      slots.append(last);
    }
  };
  for (let index = 0; index < count; ) {
    const network = networks[index * 4]!;
    const bits = lengths[index]!;
    // Shorter prefixes come first, so a range that is painted here holds no page yet.
    if (bits <= 16) slots.paint(entries[index]!, network >>> 16, 1 << (16 - bits));
    else {
      const slot = pageBehind(network >>> 16) + ((network >>> 8) & 255);
      if (bits <= 24) slots.paint(entries[index]!, slot, 1 << (24 - bits));
      else {
        let end = index + 1;
        while (end < count && networks[end * 4]! >>> 8 === network >>> 8) end++;
        placeLast(slot, index, end);
        index = end;
        continue;
      }
    }
    index++;
  }
  return isNarrow ? narrowTrie(slots) : wideTrie(slots, lists, roomPages);
}

/** Whether entries and pages have numbers of 15 bits. */
function fitsNarrow({ count, words, bits, entries }: Prefixes, outside: number): boolean {
  let largest = outside;
  let pages = 0;
  let middle = -1;
  let last = -1;
  for (let index = 0; index < count; index++) {
    if (entries[index]! > largest) largest = entries[index]!;
    const network = words[index * 4]!;
    if (bits[index]! > 16 && middle !== network >>> 16) {
      middle = network >>> 16;
      pages++;
    }
    if (bits[index]! > 24 && last !== network >>> 8) {
      last = network >>> 8;
      pages++;
    }
  }
  return largest < 0x8000 && pages < 0x8000;
}

function narrowTrie(slots: WordBuffer): Uint8Array {
  const words = slots.words();
  const bytes = new Uint8Array(L.TRIE4_SLOTS + words.length * 2);
  new Uint32Array(bytes.buffer, 0, 1)[0] = 1;
  const out = new Uint16Array(bytes.buffer, L.TRIE4_SLOTS);
  for (let index = 0; index < words.length; index++) {
    const value = words[index]!;
    out[index] = value >= L.VALUE_NODE ? 0x8000 | (value - L.VALUE_NODE) : value;
  }
  return bytes;
}

function wideTrie(slots: WordBuffer, lists: WordBuffer, roomPages = 0): Uint8Array {
  const listsAt = L.TRIE4_SLOTS + (slots.length + roomPages * 256) * 4;
  const out = new Uint32Array((listsAt + lists.length * 4) / 4);
  out[0] = 2;
  out[L.TRIE4_LISTS / 4] = listsAt;
  out.set(slots.words(), L.TRIE4_SLOTS / 4);
  out.set(lists.words(), listsAt / 4);
  return new Uint8Array(out.buffer);
}

/** The entry of an IPv4 address, read slowly. */
export function lookupTrie4(trie: Uint8Array, address: number): number {
  const view = new DataView(trie.buffer, trie.byteOffset, trie.byteLength);
  const shift = view.getUint32(0, true);
  const flag = shift === 1 ? 0x8000 : L.VALUE_NODE;
  const slot = (index: number): number => {
    const at = L.TRIE4_SLOTS + index * (1 << shift);
    return shift === 1 ? view.getUint16(at, true) : view.getUint32(at, true);
  };
  let value = slot(address >>> 16);
  if (value >= flag) value = slot(65_536 + (value - flag) * 256 + ((address >>> 8) & 255));
  if (value >= L.VALUE_LIST) {
    const lists = view.getUint32(L.TRIE4_LISTS, true);
    const words = new Uint32Array(trie.buffer, trie.byteOffset + lists, (trie.byteLength - lists) >> 2);
    const list = value - L.VALUE_LIST;
    return words[
      list + L.LIST_VALUES + runAt(words, list + L.LIST_RANKS, list + L.LIST_BITMAP, address & 255)
    ]!;
  }
  if (value >= flag) value = slot(65_536 + (value - flag) * 256 + (address & 255));
  return value;
}

const byteOf = (words: Uint32Array, at: number, byte: number): number =>
  (words[at + (byte >> 2)]! >>> (24 - 8 * (byte & 3))) & 255;

/** First byte below `limit` in which two addresses differ, or `limit`. */
function firstDifference(words: Uint32Array, left: number, right: number, limit: number): number {
  for (let byte = 0; byte < limit; byte++)
    if (byteOf(words, left, byte) !== byteOf(words, right, byte)) return byte;
  return limit;
}

/** A path-compressed stride-8 trie; addresses outside every prefix lead to `outside`. */
export function buildTrie6(prefixes: Prefixes, outside: number): Uint8Array {
  const { words, bits, entries } = prefixes;
  const out = new WordBuffer(1024);
  out.push(0);

  const build = (first: number, end: number, inherited: number): number => {
    let shortest = 128;
    for (let index = first; index < end; index++) shortest = Math.min(shortest, bits[index]!);
    if (shortest === 0) {
      // Only the default route is that short, and it stands first.
      return end - first === 1 ? entries[first]! : build(first + 1, end, entries[first]!);
    }
    const branch = firstDifference(words, first * 4, (end - 1) * 4, (shortest - 1) >> 3);
    const slots = new Uint32Array(256).fill(inherited);
    for (let index = first; index < end; ) {
      const byte = byteOf(words, index * 4, branch);
      if (bits[index]! <= 8 * branch + 8) {
        slots.fill(entries[index]!, byte, byte + (1 << (8 * branch + 8 - bits[index]!)));
        index++;
        continue;
      }
      let next = index + 1;
      while (next < end && byteOf(words, next * 4, branch) === byte) next++;
      slots[byte] = build(index, next, slots[byte]!);
      index = next;
    }
    return writeNode(out, {
      branch,
      outside: inherited,
      prefix: maskedPrefix(words, first * 4, branch),
      slots,
    });
  };
  out.set(0, prefixes.count === 0 ? outside : build(0, prefixes.count, outside));
  return new Uint8Array(out.words().buffer);
}

/** The words at `at` with everything from byte `branch` on cleared. */
function maskedPrefix(words: Uint32Array, at: number, branch: number): number[] {
  return [0, 1, 2, 3].map((word) => {
    const kept = Math.min(4, Math.max(0, branch - word * 4));
    return kept === 0 ? 0 : (words[at + word]! & (-1 << (32 - 8 * kept))) >>> 0;
  });
}

function writeNode(
  out: WordBuffer,
  node: { branch: number; outside: number; prefix: readonly number[]; slots: Uint32Array },
): number {
  const at = out.fill(0, L.NODE_VALUES);
  out.set(at + L.NODE_BYTE, node.branch);
  out.set(at + L.NODE_OUTSIDE, node.outside);
  node.prefix.forEach((word, index) => {
    out.set(at + L.NODE_PREFIX + index, word);
  });
  writeRuns(out, { ranks: at + L.NODE_RANKS, bitmap: at + L.NODE_BITMAP }, node.slots);
  return L.VALUE_NODE + at;
}

export function runsOf(slots: Uint32Array): number {
  let runs = 1;
  for (let slot = 1; slot < 256; slot++) if (slots[slot] !== slots[slot - 1]) runs++;
  return runs;
}

/** Appends the first value of every run of equal slots, and marks in the bitmap where the runs begin. */
export function writeRuns(
  out: WordBuffer,
  { ranks, bitmap }: { ranks: number; bitmap: number },
  slots: Uint32Array,
): void {
  const counts = [0, 0];
  let rank = 0;
  for (let slot = 0; slot < 256; slot++) {
    if ((slot & 31) === 0) counts[slot >> 7] = (counts[slot >> 7]! | (rank << (8 * ((slot >> 5) & 3)))) >>> 0;
    if (slot > 0 && slots[slot] === slots[slot - 1]) continue;
    const word = bitmap + (slot >> 5);
    out.set(word, (out.at(word) | (1 << (slot & 31))) >>> 0);
    out.push(slots[slot]!);
    rank++;
  }
  out.set(ranks, counts[0]!);
  out.set(ranks + 1, counts[1]!);
}

/** Which run a slot belongs to. */
function runAt(words: Uint32Array, ranks: number, bitmap: number, slot: number): number {
  const rank = (words[ranks + (slot >> 7)]! >>> (8 * ((slot >> 5) & 3))) & 255;
  const upTo = slot % 32 === 31 ? 0xffff_ffff : (2 << (slot & 31)) - 1;
  return rank + bitCount((words[bitmap + (slot >> 5)]! & upTo) >>> 0) - 1;
}

const bitCount = (word: number): number => {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
};

/** The entry of an IPv6 address of four words, read slowly. */
export function lookupTrie6(trie: Uint8Array, address: readonly number[]): number {
  const words = new Uint32Array(trie.buffer, trie.byteOffset, trie.byteLength >> 2);
  const wanted = Uint32Array.from(address);
  let value = words[0]!;
  while (value >= L.VALUE_NODE) {
    const node = value - L.VALUE_NODE;
    const branch = words[node + L.NODE_BYTE]!;
    const prefix = words.subarray(node + L.NODE_PREFIX, node + L.NODE_PREFIX + 4);
    if (maskedPrefix(wanted, 0, branch).some((word, index) => word !== prefix[index])) {
      value = words[node + L.NODE_OUTSIDE]!;
      continue;
    }
    const slot = byteOf(wanted, 0, branch);
    const run = runAt(words, node + L.NODE_RANKS, node + L.NODE_BITMAP, slot);
    value = words[node + L.NODE_VALUES + run]!;
  }
  return value;
}
