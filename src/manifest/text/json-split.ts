/**
 * JSON bytes → pieces, by a scan that knows only strings and brackets: a list's items are read one by one, so that a
 * file of any size never becomes one string. What the scan cannot follow becomes one piece, and the reader says why.
 */
import type { Report } from '../report.ts';
import type { SourceFile } from './files.ts';
import type { Piece } from './piece.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** V8's longest string is about 512 Mi characters; a value that is read whole stays well below. */
const MOST_TEXT_BYTES = 400 * 2 ** 20;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** One top-level value: where it stands, and the elements of its `items`, when it has some. */
interface TopLevel extends Range {
  readonly items: readonly Range[];
  /** The list's brackets, both included; -1 without one. */
  readonly listStart: number;
  readonly listEnd: number;
}

/** The end of the string that begins at `start`, its closing quote included; the end of the bytes when it has none. */
function stringEnd(bytes: Buffer, start: number): number {
  const { length } = bytes;
  for (let position = start + 1; position < length; position++) {
    const byte = bytes[position]!;
    if (byte === QUOTE) return position + 1;
    if (byte === BACKSLASH) position++;
  }
  return length;
}

/** The value that begins at `start`: an object or a list to its closing bracket, anything else to the next delimiter. */
function scanTopLevel(bytes: Buffer, start: number): TopLevel {
  const items: Range[] = [];
  let [listStart, listEnd, itemStart, depth, keyStart, position] = [-1, -1, -1, 0, -1, start];
  /** A comma without a value before or behind it: left whole, so that the reader finds the mistake. */
  let isOdd = false;
  const { length } = bytes;
  while (position < length) {
    const byte = bytes[position]!;
    if (byte <= 32) {
      position++;
      continue;
    }
    const inItems = listStart >= 0 && listEnd < 0;
    if (inItems && depth === 2 && itemStart < 0 && byte !== COMMA && byte !== CLOSE_BRACKET)
      itemStart = position;
    if (byte === QUOTE) {
      if (depth === 1) keyStart = position;
      position = stringEnd(bytes, position);
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const isItems = depth === 1 && byte === OPEN_BRACKET && listStart < 0 && keyStart >= 0;
      if (isItems && bytes.toString('latin1', keyStart, keyStart + 7) === '"items"') listStart = position;
      depth++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (inItems && depth === 2) {
        if (itemStart >= 0) items.push({ start: itemStart, end: position });
        else if (items.length > 0) isOdd = true;
        listEnd = position + 1;
      }
      depth--;
      if (depth <= 0) return { start, end: position + 1, items: isOdd ? [] : items, listStart, listEnd };
    } else if (byte === COMMA && depth === 2 && inItems) {
      if (itemStart < 0) isOdd = true;
      else items.push({ start: itemStart, end: position });
      itemStart = -1;
    } else if (depth === 0 && (byte === COMMA || byte === COLON)) {
      position++;
      break;
    }
    position++;
  }
  return { start, end: length, items: [], listStart: -1, listEnd: -1 };
}

/** Counts lines and columns up to ever later places, in one pass over the file. */
class LineCounter {
  readonly #bytes: Buffer;
  #line = 1;
  #column = 1;
  #counted = 0;
  #nextNewline: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#nextNewline = this.#newlineFrom(0);
  }

  #newlineFrom(position: number): number {
    const newline = this.#bytes.indexOf(NEWLINE, position);
    return newline < 0 ? this.#bytes.length : newline;
  }

  at(position: number): { line: number; column: number } {
    while (this.#nextNewline < position) {
      this.#line++;
      this.#column = 1;
      this.#counted = this.#nextNewline + 1;
      this.#nextNewline = this.#newlineFrom(this.#counted);
    }
    this.#column += utf16Length(this.#bytes, this.#counted, position);
    this.#counted = position;
    return { line: this.#line, column: this.#column };
  }
}

/** How many UTF-16 code units the bytes make. */
function utf16Length(bytes: Buffer, start: number, end: number): number {
  let units = 0;
  for (let position = start; position < end; position++) {
    const byte = bytes[position]!;
    if (byte < 0x80 || byte >= 0xc0) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

/** The object around the list's items, as an object; undefined when it is no list of resources. */
function listAround(bytes: Buffer, value: TopLevel): { apiVersion: string; kind: string } | undefined {
  if (value.listEnd < 0 || value.end - value.listEnd + value.listStart - value.start > MOST_TEXT_BYTES)
    return undefined;
  const head = bytes.toString('utf8', value.start, value.listStart);
  const tail = bytes.toString('utf8', value.listEnd, value.end);
  try {
    const { apiVersion, kind } = JSON.parse(`${head}[]${tail}`) as Record<string, unknown>;
    const isList = typeof apiVersion === 'string' && typeof kind === 'string' && kind.endsWith('List');
    return isList ? { apiVersion, kind } : undefined;
  } catch {
    return undefined;
  }
}

/** The values of a file, lists as their items. */
export function* splitJson(file: SourceFile, report: Report): Generator<Piece> {
  const { bytes } = file;
  const counter = new LineCounter(bytes);
  for (let position = 0; position < bytes.length; ) {
    if (bytes[position]! <= 32) {
      position++;
      continue;
    }
    const value = scanTopLevel(bytes, position);
    position = value.end;
    const list = value.items.length === 0 ? undefined : listAround(bytes, value);
    const ranges = list === undefined ? [value] : value.items;
    for (const { start, end } of ranges) {
      const at = counter.at(start);
      if (end - start > MOST_TEXT_BYTES) {
        report.diagnostics.push({
          code: 'manifest/too-large',
          severity: 'error',
          message: `one value of ${end - start} bytes is more than can be read`,
          at: { file: file.name, ...at },
        });
        continue;
      }
      yield { file, format: 'json', start, end, ...at, ...(list === undefined ? {} : { list }) };
    }
  }
}
