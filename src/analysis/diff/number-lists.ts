/** Lists under numbers, so that millions of pairs of classes are compared without texts: lists of points, and lists of those. */

/** Lists of numbers, equal ones under one number: by a hash of what they hold. */
class NumberLists {
  /** By number. */
  readonly lists: (readonly number[])[] = [];
  readonly #byHash = new Map<number, number[]>();

  /** The number of a list, which is kept and must not change. */
  of(list: readonly number[]): number {
    const hash = hashOf(list);
    const alike = this.#byHash.get(hash);
    const known = alike?.find((number) => areEqual(this.lists[number]!, list));
    if (known !== undefined) return known;
    const number = this.lists.push(list) - 1;
    if (alike === undefined) this.#byHash.set(hash, [number]);
    else alike.push(number);
    return number;
  }
}

function hashOf(list: readonly number[]): number {
  let hash = list.length;
  for (const number of list) {
    hash = Math.imul(hash ^ number, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 2;
}

function areEqual(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

/** Lists of points (positions in `points`), and sets of such lists. */
export class PointLists {
  readonly #lists: (readonly number[])[] = [];
  readonly #numbers = new Map<readonly number[], number>();
  readonly #sets = new NumberLists();

  /** Number of a list of points: the same object has the same. */
  listOf(points: readonly number[]): number {
    let number = this.#numbers.get(points);
    if (number === undefined) {
      number = this.#lists.push(points) - 1;
      this.#numbers.set(points, number);
    }
    return number;
  }

  /** Number of a set of lists, each given once and in whatever order; the array may be kept. */
  setOf(lists: number[]): number {
    if (!isAscending(lists)) lists.sort((one, other) => one - other);
    return this.#sets.of(lists);
  }

  /** Number of the set of all lists that are in any of some sets. */
  unionOf(sets: readonly number[]): number {
    return this.setOf([...new Set(sets.flatMap((set) => this.#sets.lists[set]!))]);
  }

  /** The lists of a set. */
  listsOf(set: number): (readonly number[])[] {
    return this.#sets.lists[set]!.map((list) => this.#lists[list]!);
  }
}

function isAscending(list: readonly number[]): boolean {
  for (let index = 1; index < list.length; index++) if (list[index - 1]! >= list[index]!) return false;
  return true;
}
