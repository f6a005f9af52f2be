/** Lists of numbers, equal ones under one number: by a hash of what they hold, so that long lists need no text. */

export class NumberLists {
  /** By number. */
  readonly lists: (readonly number[])[] = [];
  readonly #byHash = new Map<number, number[]>();

  /** The number of a list, which is kept and must not change. */
  of(list: readonly number[]): number {
    const hash = hashOf(list);
    let alike = this.#byHash.get(hash);
    if (alike === undefined) {
      alike = [];
      this.#byHash.set(hash, alike);
    }
    const known = alike.find((number) => areEqual(this.lists[number]!, list));
    if (known !== undefined) return known;
    const number = this.lists.push(list) - 1;
    alike.push(number);
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
  return one.length === other.length && one.every((number, index) => number === other[index]);
}
