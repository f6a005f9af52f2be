/**
 * The peers of one family: every identity and the atoms it consists of, turned round so that a predicate's members
 * are at hand. A shape divides them by only the predicates that it tests.
 */
import type { Atom, AtomSets } from './atom-sets.ts';

/** What one class of peers has in common. */
export class PeerClass {
  readonly #values: ReadonlyMap<number, readonly Atom[]>;

  /** The atoms of each predicate that is not false. */
  constructor(values: ReadonlyMap<number, readonly Atom[]>) {
    this.#values = values;
  }

  /** What the addresses with a set of atoms have in common. */
  static of(set: number, { atoms, sets }: Pick<AtomSets, 'atoms' | 'sets'>): PeerClass {
    const values = new Map<number, Atom[]>();
    for (const number of sets[set]!) add(values, atoms[number]!);
    return new PeerClass(values);
  }

  /** Those that are not false. */
  predicates(): Iterable<number> {
    return this.#values.keys();
  }

  holds(predicate: number): boolean {
    return this.#values.has(predicate);
  }

  /** The pairs of a predicate that has them, in no order. */
  ports(predicate: number): readonly number[] {
    return this.#values.get(predicate)?.flatMap(({ ports }) => ports ?? []) ?? [];
  }

  /** protocol * 65536 + port. */
  hasPort(predicate: number, pair: number): boolean {
    return this.#values.get(predicate)?.some(({ ports }) => ports?.includes(pair)) ?? false;
  }
}

function add(values: Map<number, Atom[]>, atom: Atom): void {
  const known = values.get(atom.predicate);
  if (known === undefined) values.set(atom.predicate, [atom]);
  else known.push(atom);
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

/** In the place of an identity that lost an atom. */
const NOBODY = 0xffff_ffff;

/** Of two numbers one that is exact; atoms and classes stay below it. */
const PAIR = 2 ** 26;

export class PeerSpace {
  /** How many identities views are made for: those that there are, and the room for more. */
  readonly identityCount: number;
  readonly #atomSets: AtomSets;
  readonly #members: MemberLists;
  /** What was added later, by predicate: identities with their atoms. */
  readonly #added = new Map<number, { identity: number; atom: number }[]>();
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
      if (added === undefined) this.#added.set(predicate, [{ identity, atom }]);
      else added.push({ identity, atom });
    }
  }

  /** Takes atoms away from an identity that has them. */
  remove(identity: number, atoms: readonly number[]): void {
    for (const atom of atoms) {
      const { predicate } = this.#atomSets.atoms[atom]!;
      this.#atomsKnown.delete(predicate);
      const added = this.#added.get(predicate) ?? [];
      const place = added.findIndex((one) => one.identity === identity && one.atom === atom);
      if (place >= 0) added.splice(place, 1);
      else this.#forget(predicate, identity, atom);
    }
  }

  #forget(predicate: number, identity: number, atom: number): void {
    const { starts, identities, atoms } = this.#members;
    for (let place = starts[predicate]!; place < starts[predicate + 1]!; place++)
      if (identities[place] === identity && atoms[place] === atom) identities[place] = NOBODY;
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
      if (identities[place] !== NOBODY) visit(identities[place]!, atoms[place]!);
    for (const { identity, atom } of this.#added.get(predicate) ?? []) visit(identity, atom);
  }

  /** The different values that a named-port predicate has among the peers. */
  portValues(predicate: number): (readonly number[])[] {
    return [...this.atomsOf(predicate)].map((atom) => this.#atomSets.atoms[atom]!.ports ?? []);
  }

  /** Divides the identities by the predicates; those with none of them are not enumerated. */
  divide(predicates: readonly number[]): Division {
    const classOf = this.#classOf;
    const touched: number[] = [];
    const transitions = new Map<number, number>();
    const parents: { parent: number; atom: number }[] = [{ parent: 0, atom: -1 }];
    const visit = (identity: number, atom: number): void => {
      const before = classOf[identity]!;
      if (before === 0) touched.push(identity);
      const key = before * PAIR + atom;
      let after = transitions.get(key);
      if (after === undefined) {
        after = parents.push({ parent: before, atom }) - 1;
        transitions.set(key, after);
      }
      classOf[identity] = after;
    };
    for (const predicate of predicates) this.#eachMember(predicate, visit);
    return this.#finish(touched, parents);
  }

  /** Numbers the classes that are left in the order of their identities, and clears the scratch. */
  #finish(touched: number[], parents: readonly { parent: number; atom: number }[]): Division {
    touched.sort((left, right) => left - right);
    const numbers = new Map<number, number>();
    const classes = [new PeerClass(new Map())];
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

  #classFrom(raw: number, parents: readonly { parent: number; atom: number }[]): PeerClass {
    const values = new Map<number, Atom[]>();
    for (let at = raw; at !== 0; at = parents[at]!.parent)
      add(values, this.#atomSets.atoms[parents[at]!.atom]!);
    return new PeerClass(values);
  }
}
