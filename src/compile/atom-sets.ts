/**
 * Atoms and sets of atoms, each under one number. An atom is a predicate that is not false at an address, with its
 * value: true, or a set of (protocol, port). A peer identity is a family and a set of atoms.
 */

export interface Atom {
  readonly predicate: number;
  /** protocol * 65536 + port, ascending; absent for predicates that are true or false. */
  readonly ports?: readonly number[];
}

/** Numbers of sets stay below it, so that two of them make one exact number. */
const SETS_MOST = 2 ** 26;

export class AtomSets {
  readonly atoms: Atom[] = [];
  /** Ascending atom numbers of each set; set 0 is empty. */
  readonly sets: (readonly number[])[] = [[]];
  readonly #atomNumbers = new Map<string, number>();
  /** Atoms without ports, by predicate, and the sets of one atom: there may be a million of both. */
  readonly #plain: number[] = [];
  readonly #singles: number[] = [];
  readonly #setNumbers = new Map<string, number>();
  /** Sets that were united, by both numbers: a million blocks unite few different ones. */
  readonly #unions = new Map<number, number>();

  atom(predicate: number, ports?: readonly number[]): number {
    if (ports === undefined) {
      this.#plain[predicate] ??= this.atoms.push({ predicate }) - 1;
      return this.#plain[predicate]!;
    }
    const key = `${predicate}:${ports.join()}`;
    let number = this.#atomNumbers.get(key);
    if (number === undefined) {
      number = this.atoms.push({ predicate, ports }) - 1;
      this.#atomNumbers.set(key, number);
    }
    return number;
  }

  /** The set of these atoms, in any order, repeated or not. */
  set(atoms: readonly number[]): number {
    if (atoms.length === 0) return 0;
    const sorted = atoms.length === 1 ? atoms : [...new Set(atoms)].sort((left, right) => left - right);
    if (sorted.length === 1) {
      this.#singles[sorted[0]!] ??= this.#add(sorted);
      return this.#singles[sorted[0]!]!;
    }
    const key = sorted.join();
    let number = this.#setNumbers.get(key);
    if (number === undefined) {
      number = this.#add(sorted);
      this.#setNumbers.set(key, number);
    }
    return number;
  }

  #add(sorted: readonly number[]): number {
    const number = this.sets.push(sorted) - 1;
    if (number >= SETS_MOST) throw new RangeError('more sets of predicates than can be numbered');
    return number;
  }

  /** The set of what is in either set. */
  union(left: number, right: number): number {
    if (left === right || right === 0) return left;
    if (left === 0) return right;
    const key = left < right ? left * SETS_MOST + right : right * SETS_MOST + left;
    let number = this.#unions.get(key);
    if (number === undefined) {
      number = this.set([...this.sets[left]!, ...this.sets[right]!]);
      this.#unions.set(key, number);
    }
    return number;
  }
}
