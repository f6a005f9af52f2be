/**
 * YAML bytes → pieces, by lines alone: `---` in the first column always ends a document, and `- ` in the first column
 * below a top-level `items:` always begins an item, whatever stands between.
 */
import type { SourceFile } from './files.ts';
import type { ListContext, Piece } from './piece.ts';

const NEWLINE = 10;
const DASH = 45;
const HASH = 35;
const PERCENT = 37;

interface Line {
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

function isMarker(bytes: Buffer, start: number): boolean {
  if (bytes[start] !== DASH || bytes[start + 1] !== DASH || bytes[start + 2] !== DASH) return false;
  const after = bytes[start + 3];
  return after === undefined || after === NEWLINE || after === 32 || after === 9 || after === 13;
}

function startsWith(bytes: Buffer, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** The value of `key: value` in a line that begins with the key; undefined for other lines. */
function topLevelText(bytes: Buffer, line: Line, key: string): string | undefined {
  if (!startsWith(bytes, line.start, `${key}:`)) return undefined;
  const text = bytes.toString('utf8', line.start + key.length + 1, Math.min(line.end, line.start + 200));
  return text
    .replace(/\s#.*$/, '')
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2');
}

/** One document's lines, gathered until the next marker. */
class DocumentLines {
  readonly start: number;
  readonly number: number;
  /** Whether anything but blanks, comments and directives was seen. */
  hasContent = false;
  apiVersion: string | undefined;
  kind: string | undefined;
  /** Lines that begin list items below a top-level `items:`; each starts a piece. */
  readonly items: Line[] = [];
  itemsEnd = -1;
  #state: 'before' | 'within' | 'after' = 'before';

  constructor(line: Line) {
    this.start = line.start;
    this.number = line.number;
  }

  add(bytes: Buffer, line: Line): void {
    const first = bytes[line.start]!;
    if (first === NEWLINE || first === HASH || first === 13) return;
    if (first === 32 || first === 9) {
      if (this.hasContent) return;
      this.hasContent = bytes.subarray(line.start, line.end).some((byte) => byte > 32);
      return;
    }
    if (first === PERCENT && !this.hasContent) return;
    this.hasContent = true;
    if (first === DASH && bytes[line.start + 1]! <= 32) {
      if (this.#state === 'within') this.items.push(line);
      return;
    }
    if (this.#state === 'within') {
      this.#state = 'after';
      this.itemsEnd = line.start;
    }
    this.apiVersion ??= topLevelText(bytes, line, 'apiVersion');
    this.kind ??= topLevelText(bytes, line, 'kind');
    if (this.#state === 'before' && topLevelText(bytes, line, 'items') === '') this.#state = 'within';
  }
}

function* piecesOf(file: SourceFile, document: DocumentLines, end: number): Generator<Piece> {
  if (!document.hasContent) return;
  const { start, number, kind, apiVersion, items } = document;
  const isList = kind?.endsWith('List') === true && apiVersion !== undefined && items.length > 0;
  if (!isList) {
    yield { file, format: 'yaml', start, end, line: number, column: 1 };
    return;
  }
  const list: ListContext = { apiVersion, kind };
  for (const [index, item] of items.entries()) {
    const next = items[index + 1]?.start ?? (document.itemsEnd < 0 ? end : document.itemsEnd);
    yield { file, format: 'yaml', start: item.start, end: next, line: item.number, column: 1, list };
  }
}

/** The documents of a file, lists as their items; documents of comments only are passed over. */
export function* splitYaml(file: SourceFile): Generator<Piece> {
  const { bytes } = file;
  let document: DocumentLines | undefined;
  let number = 1;
  for (let start = 0; start < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    const line: Line = { start, end, number };
    if (isMarker(bytes, start)) {
      if (document !== undefined) yield* piecesOf(file, document, start);
      document = new DocumentLines(line);
      document.hasContent = bytes.subarray(start + 3, end).some((byte, index, rest) => {
        return byte > 32 && byte !== HASH && !rest.subarray(0, index).includes(HASH);
      });
    } else {
      document ??= new DocumentLines(line);
      document.add(bytes, line);
    }
    start = end;
  }
  if (document !== undefined) yield* piecesOf(file, document, bytes.length);
}
