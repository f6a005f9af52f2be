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

interface PredicateMembers {
  readonly identities: number[];
  /** The atom that each of them has. */
  readonly atoms: number[];
}

export class PeerSpace {
  /** How many identities views are made for: those that there are, and the room for more. */
  readonly identityCount: number;
  readonly #atomSets: AtomSets;
  readonly #members = new Map<number, PredicateMembers>();
  readonly #classOf: Int32Array;

  /** `identities`: set numbers, by identity. */
  constructor(identities: readonly number[], atomSets: AtomSets, room = 0) {
    this.identityCount = identities.length + room;
    this.#atomSets = atomSets;
    this.#classOf = new Int32Array(this.identityCount);
    identities.forEach((set, identity) => {
      this.add(identity, set);
    });
  }

  /** An identity that nobody had, below `identityCount`, or further atoms of one. */
  add(identity: number, set: number): void {
    for (const atom of this.#atomSets.sets[set]!) {
      const { predicate } = this.#atomSets.atoms[atom]!;
      let members = this.#members.get(predicate);
      if (members === undefined) {
        members = { identities: [], atoms: [] };
        this.#members.set(predicate, members);
      }
      members.identities.push(identity);
      members.atoms.push(atom);
    }
  }

  /** The different values that a named-port predicate has among the peers. */
  portValues(predicate: number): (readonly number[])[] {
    const atoms = new Set(this.#members.get(predicate)?.atoms);
    return [...atoms].map((atom) => this.#atomSets.atoms[atom]!.ports ?? []);
  }

  /** Divides the identities by the predicates; those with none of them are not enumerated. */
  divide(predicates: readonly number[]): Division {
    const classOf = this.#classOf;
    const touched: number[] = [];
    const transitions = new Map<string, number>();
    const parents: { parent: number; atom: number }[] = [{ parent: 0, atom: -1 }];
    for (const predicate of predicates) {
      const members = this.#members.get(predicate);
      if (members === undefined) continue;
      members.identities.forEach((identity, index) => {
        const atom = members.atoms[index]!;
        const before = classOf[identity]!;
        if (before === 0) touched.push(identity);
        const key = `${before} ${atom}`;
        let after = transitions.get(key);
        if (after === undefined) {
          after = parents.length;
          parents.push({ parent: before, atom });
          transitions.set(key, after);
        }
        classOf[identity] = after;
      });
    }
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
