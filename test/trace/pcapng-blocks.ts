/** Blocks of pcapng captures for tests, in either byte order. */

export type Option = readonly [code: number, value: Buffer];

/** Blocks of one byte order. */
export class Blocks {
  readonly #isBig: boolean;

  constructor(isBig: boolean) {
    this.#isBig = isBig;
  }

  word(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    if (this.#isBig) bytes.writeUInt32BE(value);
    else bytes.writeUInt32LE(value);
    return bytes;
  }

  half(value: number): Buffer {
    return this.#isBig ? this.word(value).subarray(2) : this.word(value).subarray(0, 2);
  }

  long(value: bigint): Buffer {
    const [high, low] = [Number((value >> 32n) & 0xffffffffn), Number(value & 0xffffffffn)];
    return this.#isBig
      ? Buffer.concat([this.word(high), this.word(low)])
      : Buffer.concat([this.word(low), this.word(high)]);
  }

  block(type: number, body: readonly Buffer[]): Buffer {
    const content = Buffer.concat(body);
    const padded = Buffer.concat([content, Buffer.alloc((4 - (content.length % 4)) % 4)]);
    const length = this.word(padded.length + 12);
    return Buffer.concat([this.word(type), length, padded, length]);
  }

  options(list: readonly Option[]): Buffer[] {
    return list.flatMap(([code, value]) => [
      this.half(code),
      this.half(value.length),
      value,
      Buffer.alloc((4 - (value.length % 4)) % 4),
    ]);
  }

  section(): Buffer {
    return this.block(0x0a0d0d0a, [this.word(0x1a2b3c4d), this.half(1), this.half(0), this.long(-1n)]);
  }

  interface(linkType: number, options: readonly Option[] = [], snaplen = 0): Buffer {
    return this.block(1, [this.half(linkType), this.half(0), this.word(snaplen), ...this.options(options)]);
  }

  packet(
    number: number,
    units: bigint,
    frame: Buffer,
    options: readonly Option[] = [],
    captured = frame.length,
  ): Buffer {
    const [high, low] = [Number(units >> 32n), Number(units & 0xffffffffn)];
    const pad = Buffer.alloc((4 - (frame.length % 4)) % 4);
    return this.block(6, [
      ...[number, high, low, captured, frame.length].map((each) => this.word(each)),
      frame,
      pad,
      ...this.options(options),
    ]);
  }
}
