/**
 * The atoms of addresses and blocks as they are now: what the predicates that were asked are at the holders of an address, and
 * at whatever names a block.
 */
import { type Address, addressKey } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import { nodeAtoms, servicePoints } from '../address-atoms.ts';
import type { AtomSets } from '../atom-sets.ts';
import type { Predicates } from '../predicates.ts';
import { BlockSources } from './block-sources.ts';
import { PredicateIndex } from './predicate-index.ts';

export class LiveAtoms {
  /** Predicates that addresses are divided by. */
  readonly asked = new Set<number>();
  readonly sources: BlockSources;
  readonly #book: AddressBook;
  readonly #predicates: Predicates;
  readonly #atoms: AtomSets;
  readonly #index = new PredicateIndex();
  /** Atoms that Services bring to addresses. */
  readonly #ofNode = new Map<string | undefined, number>();
  readonly #points = new Map<string, number[]>();

  constructor(book: AddressBook, { predicates, atoms }: { predicates: Predicates; atoms: AtomSets }) {
    this.#book = book;
    this.#predicates = predicates;
    this.#atoms = atoms;
    this.sources = new BlockSources(book.networkSets);
  }

  /** Takes note of a predicate that addresses are divided by. */
  remember(number: number): void {
    const atoms = this.#atoms;
    const predicate = this.#predicates.list[number]!;
    this.asked.add(number);
    if (predicate.kind === 'nets')
      for (const block of predicate.cidrs) this.sources.addNets(block, atoms.atom(number));
    else if (predicate.kind === 'held') this.sources.heldAtom = atoms.atom(number);
    else if (predicate.kind === 'node') this.#ofNode.set(predicate.name, atoms.atom(number));
    else if (predicate.kind === 'service')
      for (const { address, ports } of servicePoints(this.#book, predicate.service)) {
        const key = addressKey(address);
        const atom = predicate.ports ? atoms.atom(number, ports) : atoms.atom(number);
        this.#points.set(key, [...(this.#points.get(key) ?? []), atom]);
      }
    else this.#index.add(number, predicate);
  }

  /** The set of the atoms of all that names a very block. */
  netsOf(block: Cidr): number {
    const { networkSets } = this.#book;
    return this.#atoms.set(
      this.sources.atomsOf(block, (position) => this.#index.atomsOfSet(networkSets[position]!, this.#atoms)),
    );
  }

  /** The set of the atoms that an address has for itself. */
  ownAt(address: Address): number {
    const key = addressKey(address);
    const facts = this.#book.facts.get(key);
    const { heldAtom } = this.sources;
    const held = facts === undefined || heldAtom === undefined ? [] : [heldAtom];
    const holders = (facts?.holders ?? []).flatMap((holder) => this.#index.atomsOf(holder, this.#atoms));
    const node = facts?.node === undefined ? [] : nodeAtoms(this.#ofNode, facts.node.name);
    return this.#atoms.set([...held, ...node, ...holders, ...(this.#points.get(key) ?? [])]);
  }
}
