/**
 * All lookup tables of a policy set in one block of bytes: a header (magic, version, directory of sections), then the
 * sections. Position-independent, so the block is saved, loaded and placed in shared memory as it is. Words are
 * little-endian, as WebAssembly's are.
 */
import { endianness } from 'node:os';
import * as L from './directory-layout.ts';

export interface Tables {
  readonly bytes: Uint8Array;
}

/** Why bytes are not tables. */
export type TablesProblem =
  | 'too short'
  | 'no tables of this program'
  | 'other version'
  | 'cut short'
  | 'damaged';

/** Odd, so that a changed word always changes its share; the first is 2^32 over the golden ratio. */
const CHECKSUM_PLACE = 0x9e3779b1;
const CHECKSUM_MIX = 0x85ebca6b;

/** What a word adds to the checksum. */
export function checksumTerm(word: number, index: number): number {
  const term = word ^ Math.imul(index, CHECKSUM_PLACE);
  return Math.imul(term ^ (term >>> 15), CHECKSUM_MIX);
}

/** A sum with one term for each word and its place, so that whoever replaces a word can renew it without reading the rest. */
function checksum(words: Uint32Array): number {
  let sum = 0;
  for (let index = 0; index < words.length; index++) {
    if (index === L.CHECKSUM_WORD) continue;
    sum = (sum + checksumTerm(words[index]!, index)) | 0;
  }
  return sum >>> 0;
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Concatenates sections, in the order of directory-layout.ts. Throws RangeError beyond 4 GiB. */
export function buildTables(sections: readonly Uint8Array[]): Tables {
  if (endianness() !== 'LE') throw new Error('tables need a little-endian machine');
  if (sections.length !== L.SECTION_COUNT)
    throw new Error(`${sections.length} sections, expected ${L.SECTION_COUNT}`);
  let end = L.HEADER_BYTES;
  const offsets = sections.map((section) => {
    const offset = end;
    end = align(end + section.byteLength);
    return offset;
  });
  if (end > 0xffff_ffff) throw new RangeError(`the tables take ${end} bytes, 4 GiB is the limit`);
  const bytes = new Uint8Array(end);
  const words = new Uint32Array(bytes.buffer, 0, L.HEADER_BYTES / 4);
  words[0] = L.TABLES_MAGIC;
  words[1] = L.TABLES_VERSION;
  words[2] = end;
  words[3] = L.SECTION_COUNT;
  sections.forEach((section, index) => {
    words[L.DIRECTORY_WORD + 2 * index] = offsets[index]!;
    words[L.DIRECTORY_WORD + 2 * index + 1] = section.byteLength;
    bytes.set(section, offsets[index]!);
  });
  words[L.CHECKSUM_WORD] = checksum(new Uint32Array(bytes.buffer));
  return { bytes };
}

/**
 * Tables from saved bytes, checked: magic, version, length, the bounds of every section, and that no byte has changed
 * since they were built. Kernels trust what passed here. Bytes that lie at no multiple of 4 are copied.
 */
export function tablesFrom(bytes: Uint8Array): { tables: Tables } | { problem: TablesProblem } {
  if (bytes.byteLength < L.HEADER_BYTES) return { problem: 'too short' };
  const header = new DataView(bytes.buffer, bytes.byteOffset, L.HEADER_BYTES);
  const word = (index: number): number => header.getUint32(index * 4, true);
  if (word(0) !== L.TABLES_MAGIC) return { problem: 'no tables of this program' };
  if (word(1) !== L.TABLES_VERSION) return { problem: 'other version' };
  if (word(2) > bytes.byteLength) return { problem: 'cut short' };
  if (word(2) !== bytes.byteLength || word(3) !== L.SECTION_COUNT) return { problem: 'damaged' };
  let end = L.HEADER_BYTES;
  for (let index = 0; index < L.SECTION_COUNT; index++) {
    const offset = word(L.DIRECTORY_WORD + 2 * index);
    if (offset !== end) return { problem: 'damaged' };
    end = align(end + word(L.DIRECTORY_WORD + 2 * index + 1));
  }
  if (end !== bytes.byteLength) return { problem: 'damaged' };
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, end / 4);
  if (words[L.CHECKSUM_WORD] !== checksum(words)) return { problem: 'damaged' };
  return { tables: { bytes: aligned } };
}

/** Bytes of one section, a view into the block. */
export function sectionOf(tables: Tables, section: number): Uint8Array {
  const header = new DataView(tables.bytes.buffer, tables.bytes.byteOffset, L.HEADER_BYTES);
  const offset = header.getUint32((L.DIRECTORY_WORD + 2 * section) * 4, true);
  const length = header.getUint32((L.DIRECTORY_WORD + 2 * section + 1) * 4, true);
  return tables.bytes.subarray(offset, offset + length);
}

/** A section as u32 words; the block must lie at a multiple of 4. */
export function sectionWords(tables: Tables, section: number): Uint32Array {
  const bytes = sectionOf(tables, section);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
}
