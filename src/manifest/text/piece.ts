/**
 * Files → pieces: the stretches of a file that hold one value each and can be read on their own, so that a large file
 * never becomes one string and only a piece with a mistake pays for positions. A YAML file falls into its documents,
 * and a list into its items; a JSON file into its values, and a list into its items.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Report } from '../report.ts';
import type { SourceFile } from './files.ts';
import { splitJson } from './json-split.ts';
import { splitYaml } from './yaml-split.ts';

/** What an item takes from the list it stands in: `PodList` items need no kind of their own. */
export interface ListContext {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface Piece {
  readonly file: SourceFile;
  readonly format: 'yaml' | 'json';
  /** Byte offsets into the file, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Of the first character, from 1; the column in UTF-16 code units. */
  readonly line: number;
  readonly column: number;
  /** Set for the items of a list that was taken apart. YAML items keep their `- `, so their value is a list of one. */
  readonly list?: ListContext;
}

/** Longer lines are not shown under a diagnostic. */
const LONGEST_LINE = 65536;

const NEWLINE = 10;

/** JSON when the first character says so, as kubectl decides it; the file's ending only breaks ties for empty files. */
function isJson({ bytes, name }: SourceFile): boolean {
  let first = 0;
  while (first < bytes.length && bytes[first]! <= 32) first++;
  if (name.endsWith('.json')) return true;
  return bytes[first] === 0x7b && !(bytes[first + 1] === 0x7b);
}

/** The pieces of a file in order; what is no JSON is left to the YAML reader, which reads JSON too. */
export function* splitFile(file: SourceFile, report: Report): Generator<Piece> {
  if (!isJson(file)) {
    yield* splitYaml(file);
    return;
  }
  yield* splitJson(file, report);
}

/** The text of a piece; carriage returns before line feeds are taken away. */
export function pieceText(piece: Piece): string {
  const text = piece.file.bytes.toString('utf8', piece.start, piece.end);
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}

/** The part of the piece's first line that stands before the piece. */
function lineHead(piece: Piece): string {
  const { bytes } = piece.file;
  const start = bytes.subarray(0, piece.start).lastIndexOf(NEWLINE) + 1;
  return bytes.toString('utf8', start, piece.start);
}

/** Turns offsets into the piece's text into lines and columns of the file. Built once for a piece that needs it. */
export class LineIndex {
  readonly piece: Piece;
  readonly text: string;
  readonly #starts: number[];

  constructor(piece: Piece, text: string) {
    this.piece = piece;
    this.text = text;
    this.#starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  /** Index of the line that holds the offset, from 0. */
  #lineOf(offset: number): number {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  location(offset: number): Location {
    const line = this.#lineOf(offset);
    const column = offset - this.#starts[line]! + (line === 0 ? this.piece.column : 1);
    return { file: this.piece.file.name, line: this.piece.line + line, column };
  }

  /** The whole line in the file; undefined when it is too long to show. */
  sourceLine(offset: number): string | undefined {
    const line = this.#lineOf(offset);
    const start = this.#starts[line]!;
    const end = this.#starts[line + 1] === undefined ? this.text.length : this.#starts[line + 1]! - 1;
    if (end - start > LONGEST_LINE || (line === 0 && this.piece.column > LONGEST_LINE)) return undefined;
    const head = line === 0 && this.piece.column > 1 ? lineHead(this.piece) : '';
    const isLast = line === this.#starts.length - 1;
    return head + this.text.slice(start, end) + (isLast ? this.#tail() : '');
  }

  /** What follows the piece on its last line, when that is short. */
  #tail(): string {
    const { bytes } = this.piece.file;
    const near = bytes.subarray(this.piece.end, this.piece.end + 200);
    const end = near.indexOf(NEWLINE);
    const rest = end < 0 ? near : near.subarray(0, end);
    return this.text.endsWith('\n') ? '' : rest.toString('utf8').trimEnd();
  }
}
