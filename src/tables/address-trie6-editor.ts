/**
 * An IPv6 trie that is changed where it lies: what a prefix covers is painted again from the prefixes in it, in nodes that
 * exist or behind all others. Layout: address-trie-layout.ts.
 */
import { runsOf, writeRuns } from './address-trie.ts';
import * as L from './address-trie-layout.ts';
import { SECTION_TRIE6 } from './directory-layout.ts';
import type { PrefixSource } from './prefix-source.ts';
import type { TablesEditor } from './tables-editor.ts';
import { WordBuffer } from './word-buffer.ts';

/** A node as it is being written. */
interface Node {
  readonly branch: number;
  readonly outside: number;
  /** Four words; everything from byte `branch` on is 0. */
  readonly prefix: Uint32Array;
  readonly slots: Uint32Array;
}

const byteOf = (words: ArrayLike<number>, byte: number): number =>
  (words[byte >> 2]! >>> (24 - 8 * (byte & 3))) & 255;

/** An IPv6 trie that grows at its end. */
export class Trie6Editor {
  readonly #editor: TablesEditor;
  readonly #prefixes: PrefixSource;
  /** How many values a node has room for, where that is more than it holds. */
  readonly #room = new Map<number, number>();

  constructor(editor: TablesEditor, prefixes: PrefixSource) {
    this.#editor = editor;
    this.#prefixes = prefixes;
  }

  /** Paints what a prefix covers again. */
  repaint(network: ArrayLike<number>, bits: number): void {
    const root = this.#editor.get(SECTION_TRIE6, 0);
    this.#editor.set(SECTION_TRIE6, 0, this.#edited(root, 0, Uint32Array.from(network), bits));
  }

  /** What stands in place of a value that all addresses lead to which have the first `fixed` bytes of the network. */
  #edited(value: number, fixed: number, network: Uint32Array, bits: number): number {
    if (value < L.VALUE_NODE || bits <= 8 * fixed) return this.#built(network, 8 * fixed);
    const at = value - L.VALUE_NODE;
    const node = this.#read(at);
    let differs = fixed;
    while (differs < node.branch && byteOf(network, differs) === byteOf(node.prefix, differs)) differs++;
    if (bits <= 8 * differs) return this.#built(network, 8 * fixed);
    if (differs === node.branch) {
      this.#paint(node, network, bits);
      return this.#write(node, at);
    }
    // The prefix leaves the node's way before it branches: a node above it, unless the prefix holds it after all.
    const own = byteOf(node.prefix, differs);
    const start = byteOf(network, differs);
    const width = bits >= 8 * differs + 8 ? 1 : 1 << (8 * differs + 8 - bits);
    if (own >= start && own < start + width) return this.#built(network, 8 * fixed);
    const above: Node = {
      branch: differs,
      outside: node.outside,
      prefix: masked(network, 8 * differs),
      slots: new Uint32Array(256).fill(node.outside),
    };
    above.slots[own] = value;
    this.#paint(above, network, bits);
    return this.#write(above);
  }

  /** Paints the slots of a node that a prefix covers, which agrees with all before the node's byte. */
  #paint({ branch, slots }: Node, network: Uint32Array, bits: number): void {
    const byte = byteOf(network, branch);
    const end = 8 * branch + 8;
    if (bits > end) {
      slots[byte] = this.#edited(slots[byte]!, branch + 1, network, bits);
      return;
    }
    const range = this.#prefixes.within(network, bits);
    slots.fill(this.#prefixes.entryAround(network, bits), byte, byte + (1 << (end - bits)));
    this.#fill(slots, branch, range.first, range.end);
  }

  /** Fills the slots of a node with the prefixes from `first` to `end`. */
  #fill(slots: Uint32Array, branch: number, first: number, end: number): void {
    const { words, bits, entries } = this.#prefixes;
    const end8 = 8 * branch + 8;
    for (let index = first; index < end; ) {
      const byte = byteOf(words.subarray(index * 4, index * 4 + 4), branch);
      if (bits[index]! <= end8) {
        slots.fill(entries[index]!, byte, byte + (1 << (end8 - bits[index]!)));
        index++;
        continue;
      }
      let next = index + 1;
      while (next < end && byteOf(words.subarray(next * 4, next * 4 + 4), branch) === byte) next++;
      slots[byte] = this.#node(index, next, slots[byte]!);
      index = next;
    }
  }

  /** The value of everything that has these first bits, from the prefixes alone. */
  #built(network: Uint32Array, bits: number): number {
    const around = masked(network, bits);
    const { first, end } = this.#prefixes.within(around, bits);
    let longer = first;
    while (longer < end && this.#prefixes.bits[longer]! <= bits) longer++;
    return this.#node(longer, end, this.#prefixes.entryAround(around, bits));
  }

  #node(first: number, end: number, inherited: number): number {
    if (first === end) return inherited;
    const { words, bits } = this.#prefixes;
    let shortest = 128;
    for (let index = first; index < end; index++) shortest = Math.min(shortest, bits[index]!);
    const limit = (shortest - 1) >> 3;
    const one = words.subarray(first * 4, first * 4 + 4);
    const other = words.subarray(end * 4 - 4, end * 4);
    let branch = 0;
    while (branch < limit && byteOf(one, branch) === byteOf(other, branch)) branch++;
    const slots = new Uint32Array(256).fill(inherited);
    this.#fill(slots, branch, first, end);
    return this.#write({ branch, outside: inherited, prefix: masked(one, 8 * branch), slots });
  }

  #word(at: number): number {
    return this.#editor.get(SECTION_TRIE6, at * 4);
  }

  #read(at: number): Node {
    const slots = new Uint32Array(256);
    let run = -1;
    for (let slot = 0; slot < 256; slot++) {
      if ((this.#word(at + L.NODE_BITMAP + (slot >> 5)) >>> (slot & 31)) & 1) run++;
      slots[slot] = this.#word(at + L.NODE_VALUES + run);
    }
    return {
      branch: this.#word(at + L.NODE_BYTE),
      outside: this.#word(at + L.NODE_OUTSIDE),
      prefix: Uint32Array.from([0, 1, 2, 3], (word) => this.#word(at + L.NODE_PREFIX + word)),
      slots,
    };
  }

  #runsAt(at: number): number {
    let runs = 0;
    for (let word = 0; word < 8; word++)
      for (let rest = this.#word(at + L.NODE_BITMAP + word); rest !== 0; rest = (rest & (rest - 1)) >>> 0)
        runs++;
    return runs;
  }

  /** Writes a node where it was, if it has room there, else behind all others, with room for as much again. */
  #write(node: Node, at?: number): number {
    const out = new WordBuffer(L.NODE_VALUES + 256);
    out.fill(0, L.NODE_VALUES);
    out.set(L.NODE_BYTE, node.branch);
    out.set(L.NODE_OUTSIDE, node.outside);
    node.prefix.forEach((word, index) => {
      out.set(L.NODE_PREFIX + index, word);
    });
    writeRuns(out, { ranks: L.NODE_RANKS, bitmap: L.NODE_BITMAP }, node.slots);
    const runs = runsOf(node.slots);
    if (at !== undefined && runs <= (this.#room.get(at) ?? this.#runsAt(at))) {
      if (!this.#room.has(at)) this.#room.set(at, this.#runsAt(at));
      this.#editor.write(SECTION_TRIE6, at * 4, out.words());
      return L.VALUE_NODE + at;
    }
    const room = at === undefined ? runs : Math.min(256, runs * 2);
    const end = this.#editor.used(SECTION_TRIE6) / 4;
    out.fill(0, room - runs);
    this.#editor.write(SECTION_TRIE6, end * 4, out.words());
    this.#room.set(end, room);
    return L.VALUE_NODE + end;
  }
}

function masked(words: ArrayLike<number>, bits: number): Uint32Array {
  return Uint32Array.from([0, 1, 2, 3], (word) => {
    const kept = Math.min(32, Math.max(0, bits - word * 32));
    return kept === 0 ? 0 : (words[word]! & (-1 << (32 - kept))) >>> 0;
  });
}
