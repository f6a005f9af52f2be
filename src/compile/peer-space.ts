/**
 * The peers of one family: every identity and the atoms it consists of, turned round so that a predicate's members
 * are at hand. A shape divides them by only the predicates that it tests.
 */
import type { Atom, AtomSets } from './atom-sets.ts';

/** Lists of atoms that are longer are looked up in a map. */
const SHORT_LIST = 8;

/** What one class of peers has in common. Most classes have few atoms, and there may be a million classes. */
export class PeerClass {
  readonly #atoms: readonly Atom[];
  #byPredicate: Map<number, Atom[]> | undefined;

  /** Every atom that it has, none twice. */
  constructor(atoms: readonly Atom[]) {
    this.#atoms = atoms;
  }

  /** What the addresses with a set of atoms have in common. */
  static of(set: number, { atoms, sets }: Pick<AtomSets, 'atoms' | 'sets'>): PeerClass {
    return new PeerClass(sets[set]!.map((number) => atoms[number]!));
  }

  /** Those that are not false, none twice. */
  predicates(): Iterable<number> {
    return this.#atoms.length > 1 ? this.#map().keys() : this.#atoms.map(({ predicate }) => predicate);
  }

  holds(predicate: number): boolean {
    if (this.#atoms.length > SHORT_LIST) return this.#map().has(predicate);
    for (const atom of this.#atoms) if (atom.predicate === predicate) return true;
    return false;
  }

  /** The pairs of a predicate that has them, in no order. */
  ports(predicate: number): readonly number[] {
    return this.#of(predicate).flatMap(({ ports }) => ports ?? []);
  }

  /** protocol * 65536 + port. */
  hasPort(predicate: number, pair: number): boolean {
    return this.#of(predicate).some(({ ports }) => ports?.includes(pair));
  }

  #of(predicate: number): readonly Atom[] {
    if (this.#atoms.length > SHORT_LIST) return this.#map().get(predicate) ?? [];
    return this.#atoms.filter((atom) => atom.predicate === predicate);
  }

  #map(): Map<number, Atom[]> {
    if (this.#byPredicate === undefined) {
      this.#byPredicate = new Map();
      for (const atom of this.#atoms) {
        const known = this.#byPredicate.get(atom.predicate);
        if (known === undefined) this.#byPredicate.set(atom.predicate, [atom]);
        else known.push(atom);
      }
    }
    return this.#byPredicate;
  }
}

export interface Division {
  /** Class 0 is that of the identities which have none of the predicates. */
  readonly classes: readonly PeerClass[];
  /** Identities of all other classes, ascending. */
  readonly identities: readonly number[];
  readonly classOf: readonly number[];
}

/** The members of one predicate stand from `starts[predicate]` on: identities, and the atom that each of them has. */
interface MemberLists {
  readonly starts: Uint32Array;
  readonly identities: Uint32Array;
  readonly atoms: Uint32Array;
}

/** Identities by predicate, ascending in each. */
function membersOf(identities: readonly number[], { atoms, sets }: AtomSets): MemberLists {
  const largest = atoms.reduce((most, { predicate }) => Math.max(most, predicate), -1);
  const starts = new Uint32Array(largest + 2);
  for (const set of identities) for (const atom of sets[set]!) starts[atoms[atom]!.predicate + 1]!++;
  for (let predicate = 0; predicate <= largest; predicate++) starts[predicate + 1]! += starts[predicate]!;
  const count = starts[largest + 1]!;
  const lists = { starts, identities: new Uint32Array(count), atoms: new Uint32Array(count) };
  const next = starts.slice();
  for (let identity = 0; identity < identities.length; identity++)
    for (const atom of sets[identities[identity]!]!) {
      const place = next[atoms[atom]!.predicate]!++;
      lists.identities[place] = identity;
      lists.atoms[place] = atom;
    }
  return lists;
}

/** In the place of an atom that an identity lost. */
const NO_ATOM = 0xffff_ffff;

/** By class: the one without the last atom, and that atom. */
interface Parents {
  readonly classes: number[];
  readonly atoms: number[];
}

/** Of two numbers one that is exact; atoms and classes stay below it. */
const PAIR = 2 ** 26;

export class PeerSpace {
  /** How many identities views are made for: those that there are, and the room for more. */
  readonly identityCount: number;
  readonly #atomSets: AtomSets;
  readonly #members: MemberLists;
  /** What was added later, by predicate: identities with their atoms, as a pair. */
  readonly #added = new Map<number, Set<number>>();
  readonly #classOf: Int32Array;
  readonly #atomsKnown = new Map<number, ReadonlySet<number>>();

  /** `identities`: set numbers, by identity. */
  constructor(identities: readonly number[], atomSets: AtomSets, room = 0) {
    this.identityCount = identities.length + room;
    this.#atomSets = atomSets;
    this.#classOf = new Int32Array(this.identityCount);
    this.#members = membersOf(identities, atomSets);
  }

  /** An identity below `identityCount` that nobody had, with its set; or a set of further atoms for one. */
  add(identity: number, set: number): void {
    for (const atom of this.#atomSets.sets[set]!) {
      const { predicate } = this.#atomSets.atoms[atom]!;
      this.#atomsKnown.delete(predicate);
      const added = this.#added.get(predicate);
      if (added === undefined) this.#added.set(predicate, new Set([identity * PAIR + atom]));
      else added.add(identity * PAIR + atom);
    }
  }

  /** Takes atoms away from an identity that has them. */
  remove(identity: number, atoms: readonly number[]): void {
    for (const atom of atoms) {
      const { predicate } = this.#atomSets.atoms[atom]!;
      this.#atomsKnown.delete(predicate);
      const wasAdded = this.#added.get(predicate)?.delete(identity * PAIR + atom) === true;
      if (!wasAdded) this.#forget(predicate, identity, atom);
    }
  }

  #forget(predicate: number, identity: number, atom: number): void {
    const { starts, identities, atoms } = this.#members;
    let place = starts[predicate]!;
    for (let end = starts[predicate + 1]!; place < end; ) {
      const middle = (place + end) >> 1;
      if (identities[middle]! < identity) place = middle + 1;
      else end = middle;
    }
    while (atoms[place] !== atom) place++;
    atoms[place] = NO_ATOM;
  }

  /** The atoms of a predicate that some peer has; one object until peers change. */
  atomsOf(predicate: number): ReadonlySet<number> {
    let known = this.#atomsKnown.get(predicate);
    if (known === undefined) {
      const found = new Set<number>();
      this.#eachMember(predicate, (_, atom) => found.add(atom));
      this.#atomsKnown.set(predicate, found);
      known = found;
    }
    return known;
  }

  #eachMember(predicate: number, visit: (identity: number, atom: number) => void): void {
    const { starts, identities, atoms } = this.#members;
    const end = predicate + 1 < starts.length ? starts[predicate + 1]! : 0;
    for (let place = starts[predicate] ?? 0; place < end; place++)
      if (atoms[place] !== NO_ATOM) visit(identities[place]!, atoms[place]!);
    for (const pair of this.#added.get(predicate) ?? []) visit(Math.floor(pair / PAIR), pair % PAIR);
  }

  /** The different values that a named-port predicate has among the peers. */
  portValues(predicate: number): (readonly number[])[] {
    return [...this.atomsOf(predicate)].map((atom) => this.#atomSets.atoms[atom]!.ports ?? []);
  }

  /** Divides the identities by the predicates; those with none of them are not enumerated. */
  divide(predicates: readonly number[]): Division {
    const classOf = this.#classOf;
    const touched: number[] = [];
    const parents: Parents = { classes: [0], atoms: [-1] };
    /** By atom, for those that had no atom before; by class and atom for all others. */
    const [first, further] = [new Map<number, number>(), new Map<number, number>()];
    const visit = (identity: number, atom: number): void => {
      const before = classOf[identity]!;
      if (before === 0) touched.push(identity);
      const transitions = before === 0 ? first : further;
      const key = before === 0 ? atom : before * PAIR + atom;
      let after = transitions.get(key);
      if (after === undefined) {
        after = parents.classes.push(before) - 1;
        parents.atoms.push(atom);
        transitions.set(key, after);
      }
      classOf[identity] = after;
    };
    for (const predicate of predicates) this.#eachMember(predicate, visit);
    return this.#finish(touched, parents);
  }

  /** Numbers the classes that are left in the order of their identities, and clears the scratch. */
  #finish(touched: number[], parents: Parents): Division {
    touched.sort((left, right) => left - right);
    const numbers = new Map<number, number>();
    const classes = [new PeerClass([])];
    const classOf = touched.map((identity) => {
      const raw = this.#classOf[identity]!;
      this.#classOf[identity] = 0;
      let number = numbers.get(raw);
      if (number === undefined) {
        number = classes.length;
        classes.push(this.#classFrom(raw, parents));
        numbers.set(raw, number);
      }
      return number;
    });
    return { classes, identities: touched, classOf };
  }

  #classFrom(raw: number, { classes, atoms }: Parents): PeerClass {
    const found: Atom[] = [];
    for (let at = raw; at !== 0; at = classes[at]!) found.push(this.#atomSets.atoms[atoms[at]!]!);
    return new PeerClass(found);
  }
}
