/**
 * The divided address space that changes: prefixes come and go, what holds in them becomes another set, and with it
 * their identity. Known addresses keep their entries, whose rows say the identity; all others share entries, so that the trie
 * is painted again where one of them has another.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { type Cidr, hostCidr } from '../../net/cidr.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import { buildTrie4, buildTrie6 } from '../../tables/address-trie.ts';
import { Trie4Editor } from '../../tables/address-trie4-editor.ts';
import { Trie6Editor } from '../../tables/address-trie6-editor.ts';
import { SECTION_ENTRIES, SECTION_TRIE4 } from '../../tables/directory-layout.ts';
import * as E from '../../tables/entry-layout.ts';
import type { TablesEditor } from '../../tables/tables-editor.ts';
import { type Asked, addressAtoms } from '../address-atoms.ts';
import type { CompiledParts } from '../compile.ts';
import type { Prefix } from '../prefix.ts';
import { LiveIdentities } from './live-identities.ts';
import type { LiveShapes } from './live-shapes.ts';
import { RegionTable } from './region-table.ts';

type Family = 4 | 6;

/** Free pages of a trie, and more where it is large. */
const ROOM_PAGES = 64;

const roomPages = (regions: RegionTable): number => ROOM_PAGES + (regions.count >> 6);

/** A prefix in which something is another set now. */
export interface Touched {
  readonly index: number;
  readonly set: number;
}

interface FamilySpace {
  readonly regions: RegionTable;
  readonly identities: LiveIdentities;
  /** By identity: the entry that regions share which hold nobody. */
  readonly shared: Map<number, number>;
}

export class LiveSpace {
  /** How many addresses and regions were touched. */
  touched = 0;
  /** Known addresses of which other things hold since the list was emptied. */
  readonly changed: Address[] = [];
  readonly families: Readonly<Record<Family, FamilySpace>>;
  readonly entryOf: Map<string, number>;
  readonly #identityOf: number[];
  #editor: TablesEditor | undefined;
  #trie4: Trie4Editor | undefined;
  #trie6: Trie6Editor | undefined;

  constructor(book: AddressBook, asked: readonly Asked[], parts: CompiledParts, shapes: LiveShapes) {
    const { space, members, atoms, peers } = parts;
    const { at } = addressAtoms(book, asked, { members, atoms });
    this.entryOf = new Map(space.entryOf);
    this.#identityOf = space.entries.map(({ identity }) => identity);
    const build = (family: Family): FamilySpace => {
      const { regions: found, entries, outside, identities: sets } = space.families[family];
      const regions = new RegionTable(family, outside, atoms, found.length);
      const identities = new LiveIdentities(family, sets as number[], {
        peers: peers[family],
        shapes,
        atoms,
      });
      const shared = new Map([[0, outside]]);
      found.forEach(({ words, bits, set, address }, index) => {
        const entry = entries[index]!;
        const isKnown = address !== undefined && space.entryOf.has(address);
        regions.append(words, bits, {
          entry,
          nets: set,
          own: address === undefined ? 0 : at(address),
          isKnown,
        });
        const identity = this.#identityOf[entry]!;
        identities.use(identity);
        if (!isKnown) shared.set(identity, entry);
      });
      return { regions, identities, shared };
    };
    this.families = { 4: build(4), 6: build(6) };
  }

  /** The tries, with room to be edited. */
  tries(): Readonly<Record<Family, Uint8Array>> {
    const [{ regions: four }, { regions: six }] = [this.families[4], this.families[6]];
    return { 4: buildTrie4(four, four.outside, roomPages(four)), 6: buildTrie6(six, six.outside) };
  }

  /** The tables that hold the tries and entries from now on. */
  attach(editor: TablesEditor): void {
    this.#editor = editor;
    this.#trie4 = new Trie4Editor(editor, this.families[4].regions, roomPages(this.families[4].regions));
    this.#trie6 = new Trie6Editor(editor, this.families[6].regions);
  }

  get entryCount(): number {
    return this.#identityOf.length;
  }

  identityAt(entry: number): number {
    return this.#identityOf[entry]!;
  }

  /** The set of all that holds at an address of which there is an entry. */
  setAt(family: Family, entry: number): number {
    return this.families[family].identities.setOf(this.#identityOf[entry]!);
  }

  /** The entry that an address leads to. */
  entryAround({ family, words }: Address): number {
    return this.families[family].regions.entryAround(words, family === 4 ? 32 : 128);
  }

  /** Gives an address an entry of its own, if it has none; the entry. */
  know(address: Address): number {
    const { family, words } = address;
    const key = addressKey(address);
    const known = this.entryOf.get(key);
    if (known !== undefined) return known;
    const index = this.#put(hostCidr(address));
    const { regions } = this.families[family];
    const entry = this.#newEntry(this.#identityOf[regions.entries[index]!]!);
    regions.entries[index] = entry;
    regions.known[index] = 1;
    this.entryOf.set(key, entry);
    this.#repaint(family, words, family === 4 ? 32 : 128);
    return entry;
  }

  /** What known addresses have for themselves are other sets. `alike`: an address where much the same holds. */
  setOwn(
    family: Family,
    owns: readonly { readonly address: Address; readonly own: number }[],
    alike?: Address,
  ): void {
    const { regions } = this.families[family];
    const sets: Touched[] = [];
    for (const { address, own } of owns) {
      const { words } = address;
      const index = regions.find(words, family === 4 ? 32 : 128);
      if (regions.own[index] === own) continue;
      regions.own[index] = own;
      sets.push(...regions.setsWithin(words, family === 4 ? 32 : 128));
    }
    const entry = alike === undefined ? undefined : this.entryOf.get(addressKey(alike));
    this.settle(family, sets, entry === undefined ? undefined : this.identityAt(entry));
  }

  /** The set of what an address has for itself. */
  ownAt({ family, words }: Address): number {
    const { regions } = this.families[family];
    const index = regions.find(words, family === 4 ? 32 : 128);
    return index < 0 ? 0 : regions.own[index]!;
  }

  /** What holds in blocks of one family, because of what names these very blocks, are other sets. */
  setNets(family: Family, blocks: readonly { readonly block: Cidr; readonly nets: number }[]): void {
    const { regions } = this.families[family];
    const changed = blocks.filter(({ block, nets }) => this.netsAt(block) !== nets);
    const before = regions.count;
    for (const { block } of changed) this.#put(block);
    const hasCome = regions.count > before;
    for (const { block, nets } of changed) regions.nets[this.#find(block)] = nets;
    const sets = new Map<number, number>();
    for (const { block } of changed)
      for (const { index, set } of regions.setsWithin(block.network.words, block.prefixBits))
        sets.set(index, set);
    const moved = this.settle(
      family,
      [...sets].map(([index, set]) => ({ index, set })),
    );
    const gone = changed.filter(({ block }) => this.#dropIfIdle(family, block));
    if (hasCome || gone.length > 0 || blocks.length === 1)
      for (const { block } of changed) this.#repaint(family, block.network.words, block.prefixBits);
    else for (const { words, bits } of moved) this.#repaint(family, words, bits);
  }

  #find({ network: { family, words }, prefixBits }: Cidr): number {
    return this.families[family].regions.find(words, prefixBits);
  }

  /** Takes out a prefix that nothing names any more. */
  #dropIfIdle(family: Family, block: Cidr): boolean {
    const { regions, identities } = this.families[family];
    const index = this.#find(block);
    if (index < 0 || regions.nets[index] !== 0 || regions.own[index] !== 0 || regions.known[index] === 1)
      return false;
    identities.use(this.#identityOf[regions.entries[index]!]!, -1);
    regions.remove(index);
    return true;
  }

  /** The set of what names a very block. */
  netsAt({ network: { family, words }, prefixBits }: Cidr): number {
    const { regions } = this.families[family];
    const index = regions.find(words, prefixBits);
    return index < 0 ? 0 : regions.nets[index]!;
  }

  /**
   * Gives prefixes the identities of their sets; those that are not known and lead to another entry now. An identity that all
   * leave for one new set becomes that set's. `like`: an identity that new ones may hardly differ from.
   */
  settle(family: Family, sets: Iterable<Touched>, like = 0): Prefix[] {
    const { regions, identities } = this.families[family];
    const leaving = new Map<number, Map<number, number[]>>();
    for (const { index, set } of sets) {
      const identity = this.#identityOf[regions.entries[index]!]!;
      if (identities.setOf(identity) === set) continue;
      this.touched++;
      if (regions.known[index] === 1) this.changed.push({ family, words: regions.wordsAt(index) });
      const bySet = leaving.get(identity) ?? new Map<number, number[]>();
      leaving.set(identity, bySet);
      const indexes = bySet.get(set);
      if (indexes === undefined) bySet.set(set, [index]);
      else indexes.push(index);
    }
    const moves: { indexes: readonly number[]; set: number; from: number }[] = [];
    for (const [identity, bySet] of leaving)
      for (const [set, indexes] of bySet)
        if (identities.canBecome(identity, set, indexes.length)) identities.become(identity, set);
        else {
          identities.use(identity, -indexes.length);
          moves.push({ indexes, set, from: identity });
        }
    const to = identities.ofAll(moves.map(({ set, from }) => ({ set, near: [from, like] })));
    return moves.flatMap(({ indexes }, index) => this.#move(family, indexes, to[index]!));
  }

  /** Gives prefixes that have left theirs another identity; those that are not known. */
  #move(family: Family, indexes: readonly number[], to: number): Prefix[] {
    const { regions, identities } = this.families[family];
    const moved: Prefix[] = [];
    identities.use(to, indexes.length);
    for (const index of indexes) {
      const entry = regions.entries[index]!;
      if (regions.known[index] === 1) {
        this.#identityOf[entry] = to;
        this.#editor!.set(SECTION_ENTRIES, entry * E.ENTRY_BYTES + E.ENTRY_IDENTITY, to);
      } else {
        regions.entries[index] = this.#sharedEntry(family, to);
        moved.push({ words: regions.wordsAt(index), bits: regions.bits[index]! });
      }
    }
    return moved;
  }

  #sharedEntry(family: Family, identity: number): number {
    const { shared } = this.families[family];
    let entry = shared.get(identity);
    if (entry === undefined) {
      entry = this.#newEntry(identity);
      shared.set(identity, entry);
    }
    return entry;
  }

  #newEntry(identity: number): number {
    const entry = this.#identityOf.push(identity) - 1;
    const row = new Uint32Array(E.ENTRY_BYTES / 4);
    row[E.ENTRY_IDENTITY / 4] = identity;
    this.#editor!.write(SECTION_ENTRIES, entry * E.ENTRY_BYTES, row);
    return entry;
  }

  /** The position of a prefix, which is put in if need be: it leads where the one around it leads. */
  #put({ network: { family, words }, prefixBits: bits }: Cidr): number {
    const { regions, identities } = this.families[family];
    const known = regions.find(words, bits);
    if (known >= 0) return known;
    const entry = bits === 0 ? regions.outside : regions.entryAround(words, bits - 1);
    const index = regions.insert(words, bits);
    regions.entries[index] = entry;
    identities.use(this.#identityOf[entry]!);
    return index;
  }

  #repaint(family: Family, words: Address['words'], bits: number): void {
    if (family === 6) this.#trie6!.repaint(words, bits);
    else if (!this.#trie4!.repaint(words[0], bits)) {
      const { regions } = this.families[4];
      const room = roomPages(regions);
      this.#editor!.replaceSection(SECTION_TRIE4, buildTrie4(regions, regions.outside, room));
      this.#trie4 = new Trie4Editor(this.#editor!, regions, room);
    }
  }
}
