/** The predicates that rules ask as policies come: addresses are divided by those that nobody asked before. */
import { type Address, addressKey } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { AddressBook, LabelSet } from '../../policy/endpoints.ts';
import type { CompiledParts } from '../compile.ts';
import type { LabelIndex } from '../label-index.ts';
import type { LabelPredicate } from '../members.ts';
import { needsSpace } from '../own-side.ts';
import { CannotUpdate } from './cannot-update.ts';
import type { LiveAtoms } from './live-atoms.ts';
import type { LiveServices } from './live-services.ts';
import type { LiveSpace } from './live-space.ts';
import { atomAt } from './predicate-index.ts';

/** What predicates divide, and who is told. */
interface Divided {
  readonly labelSets: LabelIndex<LabelSet>;
  readonly atoms: LiveAtoms;
  readonly space: LiveSpace;
  readonly services: LiveServices;
}

export class LivePredicates {
  readonly #book: AddressBook;
  readonly #parts: CompiledParts;
  readonly #labelSets: LabelIndex<LabelSet>;
  readonly #atoms: LiveAtoms;
  readonly #space: LiveSpace;
  readonly #services: LiveServices;
  /** Some program hangs on what only the divided space knows of its own side. */
  asksOwnSpace = false;
  /** How many predicates rules tested when they were last looked at. */
  #known = 0;

  constructor(book: AddressBook, parts: CompiledParts, { labelSets, atoms, space, services }: Divided) {
    this.#book = book;
    this.#parts = parts;
    this.#labelSets = labelSets;
    this.#atoms = atoms;
    this.#space = space;
    this.#services = services;
  }

  /** Asks the predicates that nobody asked before. */
  askNew(): void {
    const { governing, predicates, members } = this.#parts;
    const { peerPredicates, ownPredicates } = governing;
    if (peerPredicates.size + ownPredicates.size === this.#known) return;
    for (const number of ownPredicates)
      if (needsSpace(predicates.list[number]!, members)) {
        this.asksOwnSpace = true;
        if (!this.#atoms.asked.has(number)) this.#ask(number);
      }
    for (const number of peerPredicates) if (!this.#atoms.asked.has(number)) this.#ask(number);
    this.#known = peerPredicates.size + ownPredicates.size;
  }

  /** Divides the addresses by a further predicate. */
  #ask(number: number): void {
    const predicate = this.#parts.predicates.list[number]!;
    if (predicate.kind === 'held' || predicate.kind === 'service' || predicate.kind === 'node')
      throw new CannotUpdate('a rule names a Service, a domain or nodes for the first time');
    this.#atoms.remember(number);
    if (predicate.kind === 'nets') this.#setBlocks(predicate.cidrs);
    else {
      this.#askEndpoints(number, predicate);
      if (predicate.kind === 'selector')
        for (const position of this.#parts.members.networkSets(predicate.selector))
          this.#setBlocks(this.#atoms.sources.blocksOf(position));
    }
  }

  #askEndpoints(number: number, predicate: LabelPredicate): void {
    const { atoms } = this.#parts;
    const sets =
      predicate.selector === undefined ? this.#book.labelSets : this.#labelSets.matching(predicate.selector);
    const owns = { 4: new Map<string, { address: Address; own: number }>(), 6: new Map() };
    for (const { endpoints } of sets)
      for (const endpoint of endpoints) {
        const atom = atomAt(endpoint, number, predicate, atoms);
        if (atom === undefined) continue;
        for (const address of endpoint.addresses) {
          const key = addressKey(address);
          if (!this.#space.entryOf.has(key)) continue;
          const of = owns[address.family];
          const own = of.get(key)?.own ?? this.#space.ownAt(address);
          of.set(key, { address, own: atoms.union(own, atoms.set([atom])) });
        }
      }
    for (const family of [4, 6] as const) this.#space.setOwn(family, [...owns[family].values()]);
  }

  #setBlocks(blocks: readonly Cidr[]): void {
    for (const family of [4, 6] as const) {
      const ofFamily = blocks.filter(({ network }) => network.family === family);
      if (ofFamily.length === 0) continue;
      this.#space.setNets(
        family,
        ofFamily.map((block) => ({ block, nets: this.#atoms.netsOf(block) })),
      );
      for (const block of ofFamily) this.#services.refreshWithin(block);
    }
  }
}
