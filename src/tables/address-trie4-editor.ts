/**
 * An IPv4 trie that is changed where it lies. What changed is said as a prefix: the slots that it covers are painted again from
 * the prefixes in it, in pages that exist or in free ones. Layout: address-trie-layout.ts.
 */
import * as L from './address-trie-layout.ts';
import { SECTION_TRIE4 } from './directory-layout.ts';
import type { PrefixSource } from './prefix-source.ts';
import type { TablesEditor } from './tables-editor.ts';

const PAGE_BYTES = 1024;

/** An IPv4 trie with slots of 4 bytes and free pages. */
export class Trie4Editor {
  readonly #editor: TablesEditor;
  readonly #prefixes: PrefixSource;
  #pages: number;
  readonly #free: number[] = [];

  /** `freePages` of the pages are not in use. */
  constructor(editor: TablesEditor, prefixes: PrefixSource, freePages: number) {
    this.#editor = editor;
    this.#prefixes = prefixes;
    this.#pages = this.#pageRoom() - freePages;
  }

  /** Paints what a prefix covers again; false when no page is left: the trie must be built anew. */
  repaint(network: number, bits: number): boolean {
    try {
      if (bits <= 16) this.#paintRoot(network, bits);
      else if (bits <= 24) this.#paintMiddle(network, bits);
      else this.#paintLast(network);
      return true;
    } catch (problem) {
      if (problem instanceof NoPage) return false;
      throw problem;
    }
  }

  #pageRoom(): number {
    const lists = this.#editor.get(SECTION_TRIE4, L.TRIE4_LISTS);
    return (lists - L.TRIE4_SLOTS) / PAGE_BYTES - 256;
  }

  #get(slot: number): number {
    return this.#editor.get(SECTION_TRIE4, L.TRIE4_SLOTS + slot * 4);
  }

  #set(slot: number, value: number): void {
    this.#editor.set(SECTION_TRIE4, L.TRIE4_SLOTS + slot * 4, value);
  }

  #paintRoot(network: number, bits: number): void {
    const { words, bits: lengths, entries } = this.#prefixes;
    const { first, end } = this.#prefixes.within([network], bits);
    const count = 1 << (16 - bits);
    const start = network >>> 16;
    const values = new Uint32Array(count).fill(this.#prefixes.entryAround([network], bits));
    const deeper = new Set<number>();
    for (let index = first; index < end; index++) {
      const slot = (words[index * 4]! >>> 16) - start;
      if (lengths[index]! > 16) deeper.add(slot);
      else values.fill(entries[index]!, slot, slot + (1 << (16 - lengths[index]!)));
    }
    for (let slot = 0; slot < count; slot++) {
      if (deeper.has(slot)) this.#paintPage(start + slot, values[slot]!);
      else this.#setLeaf(start + slot, values[slot]!, true);
    }
  }

  /** All of a middle page. */
  #paintPage(rootSlot: number, inherited: number): void {
    this.#paintSlots(this.#pageBehind(rootSlot, inherited), (rootSlot << 16) >>> 0, 16, inherited);
  }

  #paintMiddle(network: number, bits: number): void {
    const page = this.#pageBehind(network >>> 16, this.#get(network >>> 16));
    this.#paintSlots(page, network, bits, this.#prefixes.entryAround([network], bits));
  }

  /** The slots of a middle page that a prefix of 16 to 24 bits covers. */
  #paintSlots(page: number, network: number, bits: number, inherited: number): void {
    const { words, bits: lengths, entries } = this.#prefixes;
    const { first, end } = this.#prefixes.within([network], bits);
    const start = (network >>> 8) & 255;
    const count = 1 << (24 - bits);
    const values = new Uint32Array(count).fill(inherited);
    const deeper = new Map<number, { first: number; end: number }>();
    for (let index = first; index < end; index++) {
      const slot = ((words[index * 4]! >>> 8) & 255) - start;
      const length = lengths[index]!;
      if (length <= 16) continue;
      if (length <= 24) values.fill(entries[index]!, slot, slot + (1 << (24 - length)));
      else {
        const range = deeper.get(slot);
        if (range === undefined) deeper.set(slot, { first: index, end: index + 1 });
        else range.end = index + 1;
      }
    }
    for (let slot = 0; slot < count; slot++) {
      const range = deeper.get(slot);
      if (range === undefined) this.#setLeaf(page + start + slot, values[slot]!, false);
      else this.#paintBlock(page + start + slot, values[slot]!, range);
    }
  }

  /** A block of 24 bits in which something longer changed. */
  #paintLast(network: number): void {
    const block = (network & 0xffffff00) >>> 0;
    const page = this.#pageBehind(network >>> 16, this.#get(network >>> 16));
    const slot = page + ((network >>> 8) & 255);
    const range = { ...this.#prefixes.within([block], 24) };
    while (range.first < range.end && this.#prefixes.bits[range.first]! <= 24) range.first++;
    const inherited = this.#prefixes.entryAround([block], 24);
    if (range.first === range.end) this.#setLeaf(slot, inherited, false);
    else this.#paintBlock(slot, inherited, range);
  }

  /** The last page behind a slot, from the prefixes of more than 24 bits. Lists become pages: they would grow. */
  #paintBlock(slot: number, inherited: number, { first, end }: { first: number; end: number }): void {
    const { words, bits: lengths, entries } = this.#prefixes;
    const values = new Uint32Array(256).fill(inherited);
    for (let index = first; index < end; index++) {
      const start = words[index * 4]! & 255;
      values.fill(entries[index]!, start, start + (1 << (32 - lengths[index]!)));
    }
    const value = this.#get(slot);
    const isPage = value >= L.VALUE_NODE && value < L.VALUE_LIST;
    const page = isPage ? value - L.VALUE_NODE : this.#takePage();
    this.#editor.write(SECTION_TRIE4, L.TRIE4_SLOTS + (65_536 + page * 256) * 4, values);
    this.#set(slot, L.VALUE_NODE + page);
  }

  /** The first slot of the middle page behind a root slot; a new page holds what the slot held. */
  #pageBehind(rootSlot: number, inherited: number): number {
    const value = this.#get(rootSlot);
    if (value >= L.VALUE_NODE) return 65_536 + (value - L.VALUE_NODE) * 256;
    const page = this.#takePage();
    const slot = 65_536 + page * 256;
    this.#editor.write(SECTION_TRIE4, L.TRIE4_SLOTS + slot * 4, new Uint32Array(256).fill(inherited));
    this.#set(rootSlot, L.VALUE_NODE + page);
    return slot;
  }

  /** An entry in a slot; pages behind it are free then. */
  #setLeaf(slot: number, entry: number, isRoot: boolean): void {
    const value = this.#get(slot);
    this.#set(slot, entry);
    if (value < L.VALUE_NODE || value >= L.VALUE_LIST) return;
    const page = value - L.VALUE_NODE;
    if (isRoot)
      for (let index = 0; index < 256; index++) {
        const below = this.#get(65_536 + page * 256 + index);
        if (below >= L.VALUE_NODE && below < L.VALUE_LIST) this.#free.push(below - L.VALUE_NODE);
      }
    this.#free.push(page);
  }

  #takePage(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#pages >= this.#pageRoom()) throw new NoPage();
    return this.#pages++;
  }
}

class NoPage extends Error {}
