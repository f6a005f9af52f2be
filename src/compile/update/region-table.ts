/**
 * The prefixes of a family's address space in order, as columns that prefixes are put into and taken out of: the form in which
 * a million of them can be changed. What holds in a prefix: the atoms of the blocks around it, and its own ones where it is
 * a known address.
 */
import type { PrefixSource } from '../../tables/prefix-source.ts';
import type { AtomSets } from '../atom-sets.ts';
import { type Prefix, prefixMasked } from '../prefix.ts';

/** Columns are made this much longer than they need to be. */
const ROOM_SHARE = 1 / 8;

type Words = Prefix['words'];

export class RegionTable implements PrefixSource {
  readonly family: 4 | 6;
  /** What addresses in no prefix lead to. */
  readonly outside: number;
  count = 0;
  words: Uint32Array;
  bits: Uint8Array;
  entries: Uint32Array;
  /** Set of the atoms of the blocks that are this very prefix. */
  nets: Uint32Array;
  /** Set of what the address has for itself. */
  own: Uint32Array;
  /** 1: a known address, with an entry of its own. */
  known: Uint8Array;
  readonly #atoms: AtomSets;
  /** How many prefixes have a length. */
  readonly #lengths = new Uint32Array(129);

  constructor(family: 4 | 6, outside: number, atoms: AtomSets, capacity: number) {
    this.family = family;
    this.outside = outside;
    this.#atoms = atoms;
    const room = Math.ceil(capacity * (1 + ROOM_SHARE)) + 1024;
    this.words = new Uint32Array(room * 4);
    this.bits = new Uint8Array(room);
    this.entries = new Uint32Array(room);
    this.nets = new Uint32Array(room);
    this.own = new Uint32Array(room);
    this.known = new Uint8Array(room);
  }

  wordsAt(index: number): Words {
    const at = index * 4;
    return [this.words[at]!, this.words[at + 1]!, this.words[at + 2]!, this.words[at + 3]!];
  }

  /** Position of a prefix, -1 when there is none. */
  find(words: ArrayLike<number>, bits: number): number {
    const index = this.#lowerBound(words, bits);
    return index < this.count && this.#order(index, words, bits) === 0 ? index : -1;
  }

  /** Puts in a prefix that is not there; its position. It leads to nothing yet. */
  insert(words: ArrayLike<number>, bits: number): number {
    const index = this.#lowerBound(words, bits);
    if (this.count === this.bits.length) this.#grow();
    for (const column of [this.bits, this.entries, this.nets, this.own, this.known])
      column.copyWithin(index + 1, index, this.count);
    this.words.copyWithin(index * 4 + 4, index * 4, this.count * 4);
    for (let word = 0; word < 4; word++) this.words[index * 4 + word] = words[word] ?? 0;
    this.bits[index] = bits;
    this.entries[index] = this.outside;
    this.nets[index] = 0;
    this.own[index] = 0;
    this.known[index] = 0;
    this.count++;
    this.#lengths[bits]!++;
    return index;
  }

  /** Puts in a prefix that comes after all others. */
  append(
    words: Words,
    bits: number,
    { entry, nets, own, isKnown }: { entry: number; nets: number; own: number; isKnown: boolean },
  ): void {
    const index = this.count++;
    this.words.set(words, index * 4);
    this.bits[index] = bits;
    this.entries[index] = entry;
    this.nets[index] = nets;
    this.own[index] = own;
    this.known[index] = Number(isKnown);
    this.#lengths[bits]!++;
  }

  remove(index: number): void {
    this.#lengths[this.bits[index]!]!--;
    for (const column of [this.bits, this.entries, this.nets, this.own, this.known])
      column.copyWithin(index, index + 1, this.count);
    this.words.copyWithin(index * 4, index * 4 + 4, this.count * 4);
    this.count--;
  }

  within(words: ArrayLike<number>, bits: number): { first: number; end: number } {
    const first = this.#lowerBound(words, bits);
    let low = first;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isWithin(middle, words, bits)) low = middle + 1;
      else high = middle;
    }
    return { first, end: low };
  }

  entryAround(words: ArrayLike<number>, bits: number): number {
    for (let length = bits; length >= 0; length--) {
      if (this.#lengths[length] === 0) continue;
      const index = this.find(prefixMasked(words, length), length);
      if (index >= 0) return this.entries[index]!;
    }
    return this.outside;
  }

  /** The atoms of all blocks around the first `bits` of an address, the block of that length included. */
  netsAround(words: ArrayLike<number>, bits: number): number {
    let set = 0;
    for (let length = 0; length <= bits; length++) {
      if (this.#lengths[length] === 0) continue;
      const index = this.find(prefixMasked(words, length), length);
      if (index >= 0) set = this.#atoms.union(set, this.nets[index]!);
    }
    return set;
  }

  /** The set of each prefix in a prefix, itself included. */
  *setsWithin(
    words: ArrayLike<number>,
    bits: number,
  ): Generator<{ readonly index: number; readonly set: number }> {
    const { first, end } = this.within(words, bits);
    if (first === end) return;
    const around = [{ end, nets: bits === 0 ? 0 : this.netsAround(words, bits - 1) }];
    for (let index = first; index < end; index++) {
      while (around.at(-1)!.end <= index) around.pop();
      const own = this.wordsAt(index);
      const length = this.bits[index]!;
      const nets = this.#atoms.union(around.at(-1)!.nets, this.nets[index]!);
      if (index + 1 < end && this.#isWithin(index + 1, own, length))
        around.push({ end: this.within(own, length).end, nets });
      yield { index, set: this.#atoms.union(nets, this.own[index]!) };
    }
  }

  #order(index: number, words: ArrayLike<number>, bits: number): number {
    for (let word = 0; word < 4; word++) {
      const difference = this.words[index * 4 + word]! - (words[word] ?? 0);
      if (difference !== 0) return difference;
    }
    return this.bits[index]! - bits;
  }

  #lowerBound(words: ArrayLike<number>, bits: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order(middle, words, bits) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isWithin(index: number, words: ArrayLike<number>, bits: number): boolean {
    if (this.bits[index]! < bits) return false;
    for (let word = 0, left = bits; left > 0; word++, left -= 32) {
      const mask = left >= 32 ? -1 : -1 << (32 - left);
      if (((this.words[index * 4 + word]! ^ (words[word] ?? 0)) & mask) !== 0) return false;
    }
    return true;
  }

  #grow(): void {
    const room = Math.ceil(this.bits.length * (1 + ROOM_SHARE)) + 1024;
    const longer = <T extends Uint8Array | Uint32Array>(column: T, made: T): T => {
      made.set(column);
      return made;
    };
    this.words = longer(this.words, new Uint32Array(room * 4));
    this.bits = longer(this.bits, new Uint8Array(room));
    this.entries = longer(this.entries, new Uint32Array(room));
    this.nets = longer(this.nets, new Uint32Array(room));
    this.own = longer(this.own, new Uint32Array(room));
    this.known = longer(this.known, new Uint8Array(room));
  }
}
