/**
 * The headers of a column's pages, walked before the pages are decoded: what a damaged one claims must not become an endless walk or
 * more memory than the machine has.
 *
 * Source: apache/parquet-format parquet.thrift; apache/thrift, compact protocol.
 */

/** No writer makes larger pages; one that claims more is damaged. */
export const PAGE_BYTES_MAX = 256 << 20;
const PAGE_VALUES_MAX = 1 << 26;

/** By number. */
const ENCODINGS = [
  'PLAIN',
  'GROUP_VAR_INT',
  'PLAIN_DICTIONARY',
  'RLE',
  'BIT_PACKED',
  'DELTA_BINARY_PACKED',
  'DELTA_LENGTH_BYTE_ARRAY',
  'DELTA_BYTE_ARRAY',
  'RLE_DICTIONARY',
  'BYTE_STREAM_SPLIT',
];
const DEPTH_MAX = 16;

const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, STRUCT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12,
];

// Fields of PageHeader, and of the headers inside it.
const UNCOMPRESSED = 2;
const COMPRESSED = 3;
const INNER_HEADERS = new Set([5, 7, 8]);
const VALUES = 1;
/** Of a page of version 2: rows, bytes of definition and of repetition levels. */
const V2_COUNTS = new Set([2, 3, 5, 6]);

/** Where the walk stands. */
interface Walk {
  readonly bytes: Uint8Array;
  at: number;
}

function byte(walk: Walk): number {
  if (walk.at >= walk.bytes.length) throw new Error('a page header is cut');
  return walk.bytes[walk.at++]!;
}

/** An unsigned number of at most 10 bytes; inexact beyond 2^53, which no size is. */
function varint(walk: Walk): number {
  let value = 0;
  for (let index = 0, scale = 1; index < 10; index++, scale *= 128) {
    const next = byte(walk);
    value += (next & 127) * scale;
    if ((next & 128) === 0) return value;
  }
  throw new Error('a page header has a number without end');
}

const zigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

function skipList(walk: Walk, depth: number): void {
  const head = byte(walk);
  const size = head >> 4 === 15 ? varint(walk) : head >> 4;
  for (let index = 0; index < size; index++) {
    if ((head & 15) <= BYTE!) byte(walk);
    else value(walk, head & 15, depth);
  }
}

/** Passes a value by; returns it when it is a whole number. */
function value(walk: Walk, type: number, depth: number): number | undefined {
  if (type === TRUE || type === FALSE) return undefined;
  if (type === BYTE) byte(walk);
  else if (type === I16 || type === I32 || type === I64) return zigzag(varint(walk));
  else if (type === DOUBLE) walk.at += 8;
  else if (type === BINARY) {
    const length = varint(walk);
    walk.at += length;
  } else if (type === LIST) skipList(walk, depth + 1);
  else if (type === STRUCT) struct(walk, depth + 1, () => false);
  else throw new Error('a page header has a field of no type');
  if (walk.at > walk.bytes.length) throw new Error('a page header is cut');
  return undefined;
}

/** Passes a struct by. `onField` is asked about each field: true when it passed the value by itself. */
function struct(walk: Walk, depth: number, onField: (field: number, type: number) => boolean): void {
  if (depth > DEPTH_MAX) throw new Error('a page header is too deep');
  for (let field = 0; ; ) {
    const head = byte(walk);
    if ((head & 15) === STOP) return;
    field = head >> 4 === 0 ? zigzag(varint(walk)) : field + (head >> 4);
    if (!onField(field, head & 15)) value(walk, head & 15, depth);
  }
}

/** A number that a header claims, between 0 and `most`. */
function claimed(walk: Walk, type: number, most: number, what: string): number {
  const number = value(walk, type, 0);
  if (number === undefined || number < 0 || number > most) throw new Error(`a page claims ${number} ${what}`);
  return number;
}

/** What the footer says of a column in a row group. */
export interface ColumnClaims {
  readonly values: number;
  /** Names of the encodings that its pages have. */
  readonly encodings: readonly string[];
}

const DICTIONARY_HEADER = 7;
const V2_HEADER = 8;

/** The header inside a page's: how many values, and how they are encoded. Returns how many of the column's values it has. */
function checkInner(walk: Walk, header: number, { values, encodings }: ColumnClaims): number {
  const encodingField = header === V2_HEADER ? 4 : 2;
  let held = 0;
  struct(walk, 1, (field, type) => {
    if (field === VALUES) held = claimed(walk, type, Math.min(values, PAGE_VALUES_MAX), 'values');
    else if (field === encodingField) {
      const name = ENCODINGS[claimed(walk, type, ENCODINGS.length, 'as its encoding')];
      if (header !== DICTIONARY_HEADER && !encodings.includes(name ?? ''))
        throw new Error('a page has an encoding that its column has not');
    } else if (header === V2_HEADER && V2_COUNTS.has(field))
      claimed(walk, type, PAGE_BYTES_MAX, 'rows or bytes');
    else return false;
    return true;
  });
  return header === DICTIONARY_HEADER ? 0 : held;
}

/** Throws what is wrong with the headers of a column's pages, which begin `bytes`; what lies behind its last value is no matter. */
export function checkPages(bytes: Uint8Array, claims: ColumnClaims): void {
  const walk: Walk = { bytes, at: 0 };
  for (let held = 0; held < claims.values && walk.at < bytes.length - 1; ) {
    let compressed = -1;
    struct(walk, 0, (field, type) => {
      if (field === COMPRESSED) compressed = claimed(walk, type, bytes.length, 'compressed bytes');
      else if (field === UNCOMPRESSED) claimed(walk, type, PAGE_BYTES_MAX, 'bytes');
      else if (INNER_HEADERS.has(field) && type === STRUCT) held += checkInner(walk, field, claims);
      else return false;
      return true;
    });
    if (compressed < 0) throw new Error('a page header without a size');
    walk.at += compressed;
  }
}
