/** Words of a section while it is being built: a Uint32Array that grows. */
export class WordBuffer {
  #words: Uint32Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#words = new Uint32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#words[index]!;
  }

  set(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** Appends one word and returns its index. */
  push(value: number): number {
    this.#reserve(1);
    this.#words[this.#length] = value;
    return this.#length++;
  }

  /** Appends `count` words of one value and returns the index of the first. */
  fill(value: number, count: number): number {
    this.#reserve(count);
    const first = this.#length;
    this.#length += count;
    this.#words.fill(value, first, this.#length);
    return first;
  }

  /** Appends words and returns the index of the first. */
  append(values: ArrayLike<number>): number {
    const first = this.fill(0, values.length);
    this.#words.set(values, first);
    return first;
  }

  /** Overwrites `count` words that exist already. */
  paint(value: number, first: number, count: number): void {
    this.#words.fill(value, first, first + count);
  }

  /** A copy of what was written. */
  words(): Uint32Array<ArrayBuffer> {
    return this.#words.slice(0, this.#length) as Uint32Array<ArrayBuffer>;
  }

  /** A copy of what was written, as bytes. */
  bytes(): Uint8Array {
    return new Uint8Array(this.words().buffer);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#words.length) return;
    const grown = new Uint32Array(Math.max(this.#length + count, this.#words.length * 2));
    grown.set(this.#words.subarray(0, this.#length));
    this.#words = grown;
  }
}
