/** Records and cells of delimited text. Source: RFC 4180; a quote opens a cell only where the cell begins. */

const NEWLINE = 10;
const QUOTE = 34;

/** No record ends in the bytes at hand. */
export const UNFINISHED = -1;

/** Where a line that begins at `at` ends, its newline included. */
export function endOfLine(bytes: Uint8Array, at: number): number {
  const newline = bytes.indexOf(NEWLINE, at);
  return newline < 0 ? UNFINISHED : newline + 1;
}

/** Ends of the records in `bytes`, which are asked for from front to back. */
export interface RecordEnds {
  /** Where the record that begins at `at` ends, its newline included. */
  after(at: number): number;
}

/** The ends of CSV records: a newline between quotes is part of its cell. */
export function csvRecordEnds(bytes: Uint8Array, delimiter: number): RecordEnds {
  let nextQuote = bytes.indexOf(QUOTE);
  return {
    after(at) {
      if (nextQuote >= 0 && nextQuote < at) nextQuote = bytes.indexOf(QUOTE, at);
      const end = endOfLine(bytes, at);
      if (nextQuote < 0 || (end !== UNFINISHED && nextQuote >= end)) return end;
      return endBehindQuotes(bytes, at, delimiter);
    },
  };
}

function endBehindQuotes(bytes: Uint8Array, from: number, delimiter: number): number {
  let isQuoted = false;
  let isCellStart = true;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (isQuoted) {
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] === QUOTE) at++;
      else isQuoted = false;
    } else if (byte === NEWLINE) return at + 1;
    else if (byte === QUOTE && isCellStart) isQuoted = true;
    isCellStart = !isQuoted && byte === delimiter;
  }
  return UNFINISHED;
}

/** The cells of one record. A quote that is not closed ends with the record. */
export function splitCsv(line: string, delimiter: string): string[] {
  if (!line.includes('"')) return line.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    let cell = '';
    if (line[at] === '"') {
      let close = line.indexOf('"', at + 1);
      let from = at + 1;
      while (close >= 0 && line[close + 1] === '"') {
        cell += line.slice(from, close + 1);
        from = close + 2;
        close = line.indexOf('"', from);
      }
      const end = close < 0 ? line.length : close;
      cell += line.slice(from, end);
      at = end + 1;
    }
    const next = line.indexOf(delimiter, at);
    const end = next < 0 ? line.length : next;
    cells.push(cell + line.slice(at, end));
    at = end + 1;
    if (next < 0) break;
  }
  return cells;
}
