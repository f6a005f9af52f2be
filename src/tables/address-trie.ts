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

/** A 16-8-8 trie; addresses outside every prefix lead to `outside`. */
export function buildTrie4(prefixes: Prefixes, outside: number): Uint8Array {
  const slots = new WordBuffer(131_072);
  slots.fill(outside, 65_536);
  let pageCount = 0;
  const pageBehind = (slot: number): number => {
    const value = slots.at(slot);
    if (value >= L.VALUE_NODE) return 65_536 + (value - L.VALUE_NODE) * 256;
    slots.set(slot, L.VALUE_NODE + pageCount++);
    return slots.fill(value, 256);
  };
  let largest = outside;
  for (let index = 0; index < prefixes.count; index++) {
    const network = prefixes.words[index * 4]!;
    const bits = prefixes.bits[index]!;
    const entry = prefixes.entries[index]!;
    if (entry > largest) largest = entry;
    // Shorter prefixes come first, so a range that is painted here holds no page yet.
    if (bits <= 16) slots.paint(entry, network >>> 16, 1 << (16 - bits));
    else {
      const page = pageBehind(network >>> 16);
      const slot = page + ((network >>> 8) & 255);
      if (bits <= 24) slots.paint(entry, slot, 1 << (24 - bits));
      else slots.paint(entry, pageBehind(slot) + (network & 255), 1 << (32 - bits));
    }
  }
  const narrow = largest < 0x8000 && pageCount < 0x8000;
  const words = slots.words();
  const bytes = new Uint8Array(L.TRIE4_SLOTS + words.length * (narrow ? 2 : 4));
  new Uint32Array(bytes.buffer, 0, 1)[0] = narrow ? 1 : 2;
  if (!narrow) new Uint32Array(bytes.buffer, L.TRIE4_SLOTS).set(words);
  else {
    const out = new Uint16Array(bytes.buffer, L.TRIE4_SLOTS);
    for (let index = 0; index < words.length; index++) {
      const value = words[index]!;
      out[index] = value >= L.VALUE_NODE ? 0x8000 | (value - L.VALUE_NODE) : value;
    }
  }
  return bytes;
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
  const ranks = [0, 0];
  let rank = 0;
  for (let slot = 0; slot < 256; slot++) {
    if ((slot & 31) === 0) ranks[slot >> 7] = (ranks[slot >> 7]! | (rank << (8 * ((slot >> 5) & 3)))) >>> 0;
    if (slot > 0 && node.slots[slot] === node.slots[slot - 1]) continue;
    const bitmap = at + L.NODE_BITMAP + (slot >> 5);
    out.set(bitmap, (out.at(bitmap) | (1 << (slot & 31))) >>> 0);
    out.push(node.slots[slot]!);
    rank++;
  }
  out.set(at + L.NODE_RANKS, ranks[0]!);
  out.set(at + L.NODE_RANKS + 1, ranks[1]!);
  return L.VALUE_NODE + at;
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
    const rank = (words[node + L.NODE_RANKS + (slot >> 7)]! >>> (8 * ((slot >> 5) & 3))) & 255;
    const upTo = slot % 32 === 31 ? 0xffff_ffff : (2 << (slot & 31)) - 1;
    const inWord = bitCount((words[node + L.NODE_BITMAP + (slot >> 5)]! & upTo) >>> 0);
    value = words[node + L.NODE_VALUES + rank + inWord - 1]!;
  }
  return value;
}
