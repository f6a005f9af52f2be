/**
 * Tables that are changed where they lie: a block whose sections have room behind what they hold, so that pieces are
 * appended and words replaced without touching the rest. The checksum is right after every word. When a section's room is
 * used up the block is laid out again, into new bytes: whoever holds the old ones keeps the state of then.
 */
import * as L from './directory-layout.ts';
import { buildTables, checksumTerm, type Tables } from './tables.ts';

/** A section that gets room gets no less. */
const ROOM_LEAST = 65_536;
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** One writer at a time, and no reader meanwhile. Offsets are bytes from a section's start, multiples of 4. */
export class TablesEditor {
  /** How often the block was laid out again. */
  layouts = 0;
  #words: Uint32Array;
  #tables: Tables;
  /** What of a section is in use. */
  readonly #used: number[];
  readonly #shares: ReadonlyMap<number, number>;

  /** `shares`: which sections get room, and how much, as a share of what they hold. */
  constructor(sections: readonly Uint8Array[], shares: ReadonlyMap<number, number>) {
    this.#shares = shares;
    this.#used = sections.map(({ byteLength }) => byteLength);
    this.#tables = buildTables(
      sections.map((section, index) =>
        shares.has(index) ? withLength(section, this.#roomFor(index, section.byteLength)) : section,
      ),
    );
    this.#words = new Uint32Array(this.#tables.bytes.buffer);
  }

  get tables(): Tables {
    return this.#tables;
  }

  /** Bytes of a section that are in use: what is appended stands behind them. */
  used(section: number): number {
    return this.#used[section]!;
  }

  get(section: number, offset: number): number {
    return this.#words[(this.#start(section) + offset) >>> 2]!;
  }

  set(section: number, offset: number, value: number): void {
    if (offset + 4 > this.#used[section]!) this.#reach(section, offset + 4);
    this.#replace((this.#start(section) + offset) >>> 2, value >>> 0);
  }

  /** Writes words; the section grows where they reach beyond its end. */
  write(section: number, offset: number, words: Uint32Array): void {
    this.#reach(section, offset + words.byteLength);
    const first = (this.#start(section) + offset) >>> 2;
    for (let index = 0; index < words.length; index++) this.#replace(first + index, words[index]!);
  }

  /** Puts other content in a section's place. */
  replaceSection(section: number, content: Uint8Array): void {
    this.#layOut(section, content);
    this.#used[section] = content.byteLength;
  }

  #start(section: number): number {
    return this.#words[L.DIRECTORY_WORD + 2 * section]!;
  }

  #capacity(section: number): number {
    return this.#words[L.DIRECTORY_WORD + 2 * section + 1]!;
  }

  #reach(section: number, end: number): void {
    if (end <= this.#used[section]!) return;
    if (end > this.#capacity(section))
      this.#layOut(section, withLength(this.#content(section), this.#roomFor(section, end)));
    this.#used[section] = end;
  }

  #roomFor(section: number, bytes: number): number {
    return align(bytes + Math.max(ROOM_LEAST, bytes * this.#shares.get(section)!));
  }

  #content(section: number): Uint8Array {
    const start = this.#start(section);
    return this.#tables.bytes.subarray(start, start + this.#capacity(section));
  }

  #layOut(changed: number, content: Uint8Array): void {
    const sections = Array.from({ length: L.SECTION_COUNT }, (_, section) =>
      section === changed ? content : this.#content(section),
    );
    this.#tables = buildTables(sections);
    this.#words = new Uint32Array(this.#tables.bytes.buffer);
    this.layouts++;
  }

  #replace(index: number, value: number): void {
    const words = this.#words;
    const before = words[index]!;
    if (before === value) return;
    words[L.CHECKSUM_WORD] =
      words[L.CHECKSUM_WORD]! - checksumTerm(before, index) + checksumTerm(value, index);
    words[index] = value;
  }
}

function withLength(bytes: Uint8Array, length: number): Uint8Array {
  const longer = new Uint8Array(length);
  longer.set(bytes.subarray(0, Math.min(bytes.byteLength, length)));
  return longer;
}
