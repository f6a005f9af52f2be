/** A section in the making: pieces of which equal ones are stored once, and what changed of them since it was last taken. */

/** Bytes that grow; a piece that stands there already is not stored again. */
export class Pieces {
  #bytes = new Uint8Array(65_536);
  #length = 0;
  /** The last piece of each sum; behind it, by number, the one before that has the same. */
  readonly #latest = new Map<number, number>();
  readonly #before: number[] = [];
  readonly #offsets: number[] = [];
  readonly #ends: number[] = [];
  /** From here on nobody has taken what was appended. */
  #taken = 0;
  /** Pieces before that which were written again. */
  #rewritten = new Map<number, number>();

  get length(): number {
    return this.#length;
  }

  /** Byte offset of the piece, a multiple of 4. */
  place(words: Uint8Array | Uint16Array | Uint32Array): number {
    const piece = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    const sum = sumOf(piece);
    const latest = this.#latest.get(sum) ?? -1;
    for (let known = latest; known >= 0; known = this.#before[known]!) {
      const offset = this.#offsets[known]!;
      if (Buffer.compare(piece, this.#bytes.subarray(offset, this.#ends[known]!)) === 0) return offset;
    }
    const offset = this.append(words);
    this.#before.push(latest);
    this.#latest.set(sum, this.#offsets.push(offset) - 1);
    this.#ends.push(offset + piece.length);
    return offset;
  }

  /** Byte offset of a piece that is known to be new. */
  append(words: Uint8Array | Uint16Array | Uint32Array): number {
    const offset = this.#length;
    this.#length += Math.ceil(words.byteLength / 4) * 4;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), offset);
    return offset;
  }

  /** All pieces, a view that holds until the next one comes. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of a piece. */
  at(offset: number, length: number): Uint8Array {
    return this.#bytes.slice(offset, offset + length);
  }

  /** A number of 1, 2 or 4 bytes. */
  number(offset: number, width: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let byte = (1 << width) - 1; byte >= 0; byte--) value = value * 256 + bytes[offset + byte]!;
    return value;
  }

  /** Replaces a number in a piece that one owner has for itself. */
  setNumber(offset: number, value: number, width: number): void {
    for (let byte = 0; byte < 1 << width; byte++) this.#bytes[offset + byte] = value >>> (8 * byte);
  }

  /** Overwrites a piece that one owner has for itself. */
  rewrite(offset: number, piece: Uint8Array): void {
    this.#bytes.set(piece, offset);
    this.rewritten(offset, piece.byteLength);
  }

  /** Takes note that bytes are others now. */
  rewritten(offset: number, length: number): void {
    if (offset < this.#taken) this.#rewritten.set(offset, length);
  }

  /** What was appended and rewritten since the last time, as words with their offsets; views until the next piece comes. */
  take(): { readonly offset: number; readonly words: Uint32Array }[] {
    const ranges = [...this.#rewritten, [this.#taken, this.#length - this.#taken] as const];
    this.#taken = this.#length;
    this.#rewritten = new Map();
    return ranges
      .filter(([, length]) => length > 0)
      .map(([offset, length]) => ({
        offset,
        words: new Uint32Array(this.#bytes.buffer, offset, Math.ceil(length / 4)),
      }));
  }
}

/** A sum of bytes of any length by which most different pieces differ. */
function sumOf(piece: Buffer): number {
  let sum = piece.length;
  const whole = piece.length & ~3;
  for (let at = 0; at < whole; at += 4)
    sum = Math.imul(sum ^ piece.readInt32LE(at), 0x9e3779b1) ^ (sum >>> 15);
  for (let at = whole; at < piece.length; at++) sum = Math.imul(sum ^ piece[at]!, 0x9e3779b1) ^ (sum >>> 15);
  return sum;
}
