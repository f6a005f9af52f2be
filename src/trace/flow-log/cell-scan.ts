/**
 * Cells of a delimited line as bytes, for formats that write the row of a usual record without making texts of it. Whatever is not plainly
 * what it should be is -1: the record is then read as text, so that both ways give the same row.
 */

const DOT = 46;
const ZERO = 48;
const NINE = 57;
/** Digits that a double holds exactly. */
const DIGITS_MOST = 15;

/** Where the cells of a line begin: `starts[cell]`, and behind the last one where the next would. */
export interface Cells {
  readonly starts: Int32Array;
  /** How many the line has, as far as they were looked for. */
  count: number;
}

/** Room for the first `most` cells of a line. */
export function createCells(most: number): Cells {
  return { starts: new Int32Array(most + 1), count: 0 };
}

/** Finds the cells of the line between two positions. */
export function findCells(
  cells: Cells,
  bytes: Uint8Array,
  from: number,
  to: number,
  delimiter: number,
): void {
  const { starts } = cells;
  const most = starts.length - 1;
  let count = 0;
  starts[0] = from;
  for (let at = from; at < to && count < most; at++) if (bytes[at] === delimiter) starts[++count] = at + 1;
  if (count < most) starts[++count] = to + 1;
  cells.count = count;
}

/** The whole number that a cell's decimal digits are; -1 when there is anything else, or more than `largest`. */
export function wholeAt(cells: Cells, cell: number, bytes: Uint8Array, largest: number): number {
  const from = cells.starts[cell]!;
  const to = cells.starts[cell + 1]! - 1;
  if (from >= to || to - from > DIGITS_MOST) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]!;
    if (digit < ZERO || digit > NINE) return -1;
    value = value * 10 + digit - ZERO;
  }
  return value <= largest ? value : -1;
}

/** The IPv4 address of a cell as a word, strict as `parseAddress` is; -1 when it is none. */
export function ipv4At(cells: Cells, cell: number, bytes: Uint8Array): number {
  const to = cells.starts[cell + 1]! - 1;
  let word = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = cells.starts[cell]!; at < to; at++) {
    const byte = bytes[at]!;
    if (byte === DOT) {
      if (digits === 0 || ++dots > 3) return -1;
      word = word * 256 + octet;
      octet = 0;
      digits = 0;
      continue;
    }
    if (byte < ZERO || byte > NINE || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + byte - ZERO;
    if (++digits > 3 || octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? word * 256 + octet : -1;
}

/** Whether a cell is a word. */
export function isWordAt(cells: Cells, cell: number, bytes: Uint8Array, word: string): boolean {
  const from = cells.starts[cell]!;
  if (cells.starts[cell + 1]! - 1 - from !== word.length) return false;
  for (let index = 0; index < word.length; index++)
    if (bytes[from + index] !== word.charCodeAt(index)) return false;
  return true;
}

/** Where a line ends without its break; -1 when blanks that a reader of texts would leave out stand there. */
export function lineEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  if (end > from && bytes[end - 1] === 10) end--;
  if (end > from && bytes[end - 1] === 13) end--;
  const last = end > from ? bytes[end - 1]! : 32;
  return last <= 32 || last >= 128 ? -1 : end;
}
