/** IPv4 tries of any strides, for `layouts.ts`: as the tables' own builder makes them, with lookups written out for each depth. */
import { buildTrie4, type Prefixes } from '#src/tables/address-trie.js';
import * as L from '#src/tables/address-trie-layout.js';
import { WordBuffer } from '#src/tables/word-buffer.js';

const NODE = 0x80000000;
/** Bits of a child's page number in a narrow slot. */
const NARROW = 0x8000;
/** Larger tries are not built: 1 GiB. */
const MOST_WORDS = 2 ** 28;

export interface StrideTrie {
  readonly bytes: number;
  /** The sum of the entries of many addresses: the lookups are what it is asked for. */
  sumOf(addresses: Uint32Array): number;
}

/** Bits of an address before each level. */
const bitsBefore = (strides: readonly number[]): number[] =>
  strides.map((_, level) => strides.slice(0, level).reduce((sum, stride) => sum + stride, 0));

/** Pages of slots, one behind the other; the root is first. Undefined where there would be too many. */
function pagesOf(
  prefixes: Prefixes,
  strides: readonly number[],
): { slots: WordBuffer; pages: number } | undefined {
  const before = bitsBefore(strides);
  const slots = new WordBuffer(1 << 16);
  slots.fill(0, 2 ** strides[0]!);
  let pages = 0;
  for (let index = 0; index < prefixes.count; index++) {
    const network = prefixes.words[index * 4]!;
    const bits = prefixes.bits[index]!;
    let page = 0;
    for (let level = 0; ; level++) {
      const stride = strides[level]!;
      const end = before[level]! + stride;
      const slot = page + ((network >>> (32 - end)) & (2 ** stride - 1));
      if (bits <= end) {
        slots.paint(prefixes.entries[index]!, slot, 2 ** (end - bits));
        break;
      }
      if (slots.at(slot) < NODE) {
        const size = 2 ** strides[level + 1]!;
        if (slots.length + size > MOST_WORDS) return undefined;
        const inherited = slots.at(slot);
        pages++;
        slots.set(slot, NODE + slots.fill(inherited, size));
      }
      page = slots.at(slot) - NODE;
    }
  }
  return { slots, pages };
}

/** A trie of these strides, in slots of 2 bytes where entries and pages have numbers of 15 bits; undefined beyond 1 GiB. */
export function buildStrides(prefixes: Prefixes, strides: readonly number[]): StrideTrie | undefined {
  const built = pagesOf(prefixes, strides);
  if (built === undefined) return undefined;
  const words = built.slots.words();
  const isNarrow = prefixes.entries.every((entry) => entry < NARROW) && built.pages < NARROW;
  // Narrow slots number pages: only tries whose pages are all of one size have them here.
  const isEven = new Set(strides.slice(1)).size === 1;
  const table = isNarrow && isEven ? narrow(words, strides) : words;
  return { bytes: table.byteLength, sumOf: lookups(table, strides) };
}

function narrow(words: Uint32Array, strides: readonly number[]): Uint16Array {
  const root = 2 ** strides[0]!;
  return Uint16Array.from(words, (word) =>
    word < NODE ? word : NARROW | ((word - NODE - root) / 2 ** strides[1]!),
  );
}

function lookups(table: Uint32Array | Uint16Array, strides: readonly number[]): StrideTrie['sumOf'] {
  const shifts = strides.map((stride, level) => 32 - bitsBefore(strides)[level]! - stride);
  const masks = strides.map((stride) => 2 ** stride - 1);
  const [first = 0, second = 0, third = 0, fourth = 0] = shifts;
  const [, secondMask = 0, thirdMask = 0, fourthMask = 0] = masks;
  const isNarrow = table instanceof Uint16Array;
  const [flag, root, size] = isNarrow ? [NARROW, 2 ** strides[0]!, 2 ** strides[1]!] : [NODE, 0, 1];
  return (addresses) => {
    let sum = 0;
    for (let index = 0; index < addresses.length; index++) {
      const address = addresses[index]!;
      let value = table[address >>> first]!;
      if (value >= flag) {
        value = table[root + (value - flag) * size + ((address >>> second) & secondMask)]!;
        if (value >= flag) {
          value = table[root + (value - flag) * size + ((address >>> third) & thirdMask)]!;
          if (value >= flag)
            value = table[root + (value - flag) * size + ((address >>> fourth) & fourthMask)]!;
        }
      }
      sum = (sum + value) | 0;
    }
    return sum;
  };
}

/** The trie of the tables, whose last pages with few runs of equal slots are lists. */
export function tablesTrie(prefixes: Prefixes): StrideTrie {
  const bytes = buildTrie4(prefixes, 0);
  const isNarrow = new Uint32Array(bytes.buffer, bytes.byteOffset, 1)[0] === 1;
  if (isNarrow) {
    const slots = new Uint16Array(bytes.buffer, bytes.byteOffset + L.TRIE4_SLOTS);
    return { bytes: bytes.byteLength, sumOf: lookups(slots, [16, 8, 8]) };
  }
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const root = L.TRIE4_SLOTS / 4;
  const lists = words[L.TRIE4_LISTS / 4]! / 4;
  const sumOf = (addresses: Uint32Array): number => {
    let sum = 0;
    for (let index = 0; index < addresses.length; index++) {
      const address = addresses[index]!;
      let value = words[root + (address >>> 16)]!;
      if (value >= NODE) value = words[root + 65_536 + (value - NODE) * 256 + ((address >>> 8) & 255)]!;
      if (value >= L.VALUE_LIST) value = inList(words, lists + value - L.VALUE_LIST, address & 255);
      else if (value >= NODE) value = words[root + 65_536 + (value - NODE) * 256 + (address & 255)]!;
      sum = (sum + value) | 0;
    }
    return sum;
  };
  return { bytes: bytes.byteLength, sumOf };
}

function inList(words: Uint32Array, list: number, slot: number): number {
  const before = (words[list + L.LIST_RANKS + (slot >> 7)]! >>> (8 * ((slot >> 5) & 3))) & 255;
  let bits = words[list + L.LIST_BITMAP + (slot >> 5)]! & (0xffff_ffff >>> (31 - (slot & 31)));
  bits -= (bits >>> 1) & 0x5555_5555;
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  const count = Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
  return words[list + L.LIST_VALUES + before + count - 1]!;
}
