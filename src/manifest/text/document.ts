/**
 * One resource's text and value. The value is read at once and without positions; places are found when a diagnostic or
 * a policy asks for them.
 */
import type { Diagnostic, DiagnosticCode, Location } from '../../diagnostic/diagnostic.ts';
import type { Report } from '../report.ts';
import { readJson, readJsonPlaces } from './json-places.ts';
import { LineIndex, type Piece, pieceText } from './piece.ts';
import { type Path, type Place, placeAt } from './place.ts';
import { type ReadDocument, readYaml, type SyntaxProblem } from './yaml-document.ts';
import { readPlainYaml } from './yaml-plain.ts';

/** A place in a file with the text around it: what a caret frame needs. */
export interface Spot {
  readonly at: Location;
  /** Absent when the line is too long to show. */
  readonly sourceLine?: string;
  /** Characters from `at` on, on its line. */
  readonly span: number;
}

const NOWHERE: Place = { start: 0, end: 1, keyStart: 0, keyEnd: 1 };

/** Offset of the first character that is no blank, comment, document marker or dash of a list item. */
function contentOffset(text: string): number {
  const pattern =
    /(?:[ \t]*(?:#[^\n]*)?\n|---[ \t]*(?:#[^\n]*)?\n|%[^\n]*\n)*(?:---[ \t]+)?(?:-[ \t]+)?[ \t]*/y;
  pattern.lastIndex = 0;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** A resource, or a list of them, with the means to say where its parts stand. */
export class ManifestDocument {
  readonly piece: Piece;
  readonly value: unknown;
  readonly report: Report;
  readonly #text: string;
  /** Which of the text's documents this is; one text holds several only when `...` separates them. */
  readonly ordinal: number;
  /** From the text's root to `value`: list items are read as a list of one. */
  readonly #root: Path;
  #lines: LineIndex | undefined;
  #place: Place | undefined;

  constructor(piece: Piece, text: string, value: unknown, ordinal: number, root: Path, report: Report) {
    this.piece = piece;
    this.value = value;
    this.report = report;
    this.#text = text;
    this.ordinal = ordinal;
    this.#root = root;
  }

  /** Characters of the text. */
  get length(): number {
    return this.#text.length;
  }

  #lineIndex(): LineIndex {
    this.#lines ??= new LineIndex(this.piece, this.#text);
    return this.#lines;
  }

  #rootPlace(): Place {
    this.#place ??= findPlaces(this.piece, this.#text, this.ordinal) ?? NOWHERE;
    return this.#place;
  }

  /** Where the object begins; needs neither places nor lines. */
  start(): Location {
    const { file, format, line, column } = this.piece;
    const offset = format === 'json' ? 0 : contentOffset(this.#text);
    if (offset === 0) return { file: file.name, line, column };
    const head = this.#text.slice(0, offset).split('\n');
    const last = head.at(-1)!;
    return {
      file: file.name,
      line: line + head.length - 1,
      column: head.length === 1 ? column + offset : last.length + 1,
    };
  }

  /** Where the value at a path stands, or the nearest part above it. */
  at(path: Path): Location {
    return this.#lineIndex().location(placeAt(this.#rootPlace(), [...this.#root, ...path]).start);
  }

  /** Behind the last character of the value at a path. */
  endOf(path: Path): Location {
    const { start, end } = placeAt(this.#rootPlace(), [...this.#root, ...path]);
    return this.#lineIndex().location(start + this.#text.slice(start, end).trimEnd().length);
  }

  /** Adds a problem with the value, or the key, at a path. */
  problem(
    path: Path,
    on: 'key' | 'value',
    problem: Pick<Diagnostic, 'code' | 'severity' | 'message' | 'hint'>,
  ): void {
    this.report.diagnostics.push({ ...problem, ...this.spot(path, on) });
  }

  /** Where the value, or the key, at a path stands, with what a frame shows of it. */
  spot(path: Path, on: 'key' | 'value'): Spot {
    const place = placeAt(this.#rootPlace(), [...this.#root, ...path]);
    const [start, end] = on === 'key' ? [place.keyStart, place.keyEnd] : [place.start, place.end];
    return spotOf(this.#lineIndex(), this.#text, start, end);
  }

  /** Adds a problem with one character of the string at a path; `offset` counts in the string. */
  problemWithin(
    path: Path,
    value: string,
    offset: number,
    problem: Pick<Diagnostic, 'code' | 'severity' | 'message' | 'hint'>,
  ): void {
    const { start, end } = placeAt(this.#rootPlace(), [...this.#root, ...path]);
    const position = start + offsetInSource(this.#text.slice(start, end), value, offset);
    this.report.diagnostics.push({
      ...problem,
      ...spotOf(this.#lineIndex(), this.#text, position, position + 1),
    });
  }

  /** Keys that stand twice in a JSON object, which `JSON.parse` does not tell. */
  checkDuplicateKeys(): void {
    if (this.piece.format !== 'json') return;
    const read = readJsonPlaces(this.#text);
    if ('place' in read) this.#place ??= read.place;
    if (read.problem !== undefined) reportSyntax(this.piece, this.#text, read.problem, this.report);
  }
}

/**
 * Where a character of a string stands in the text that spells it: in quotes, with escapes, or folded over lines, whose
 * indentation and line ends the string has not.
 */
function offsetInSource(source: string, value: string, offset: number): number {
  const whole = source.indexOf(value);
  if (whole >= 0) return whole + offset;
  let position = 0;
  for (let index = 0; index < value.length; index++) {
    const wanted = value.charAt(index);
    const isBlank = wanted === ' ' || wanted === '\n';
    const matches = (character: string): boolean => (isBlank ? /\s/.test(character) : character === wanted);
    let next = position;
    while (next < source.length && !matches(source.charAt(next))) next++;
    // An escape spells a character that the source does not hold: stay, the next character finds its place again.
    if (next < source.length) position = next;
    if (index === offset) return position;
    position = Math.min(position + 1, source.length);
  }
  return Math.min(position, Math.max(0, source.length - 1));
}

function spotOf(lines: LineIndex, text: string, start: number, end: number): Spot {
  const newline = text.indexOf('\n', start);
  const lineEnd = newline < 0 ? text.length : newline;
  const span = Math.max(1, text.slice(start, Math.min(end, lineEnd)).trimEnd().length);
  const sourceLine = lines.sourceLine(start);
  return { at: lines.location(start), ...(sourceLine === undefined ? {} : { sourceLine }), span };
}

function findPlaces(piece: Piece, text: string, ordinal: number): Place | undefined {
  if (piece.format === 'json') {
    const result = readJsonPlaces(text);
    if ('place' in result) return result.place;
  }
  const plain = readPlainYaml(text, 'places');
  if (plain !== undefined) return plain.place;
  const document = readYaml(text)[ordinal];
  return document !== undefined && 'place' in document ? document.place : undefined;
}

function reportSyntax(piece: Piece, text: string, problem: SyntaxProblem, report: Report): void {
  const { code, message, hint } = problem;
  const start = Math.min(problem.start, Math.max(0, text.length - 1));
  const lines = new LineIndex(piece, text);
  report.diagnostics.push({
    code: code as DiagnosticCode,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
    ...spotOf(lines, text, start, problem.end),
  });
}

/** The values of a text, or what is wrong with it. */
function readText(piece: Piece, text: string): ReadDocument[] {
  const problems = piece.format === 'json' ? [readJson(text)] : readYaml(text);
  const isYamlInBraces = piece.format === 'json' && !piece.file.name.endsWith('.json');
  if (!isYamlInBraces) return problems;
  const asYaml = readYaml(text);
  return asYaml.every((document) => 'value' in document) ? asYaml : problems;
}

/** The value alone, by the fast way; undefined when only the complete readers can tell. */
function readFast(piece: Piece, text: string): { value: unknown } | undefined {
  if (piece.format === 'yaml') return readPlainYaml(text, 'values');
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** The resources of a piece; empty documents are none, mistakes are reported. */
export function readPiece(piece: Piece, report: Report): ManifestDocument[] {
  const text = pieceText(piece);
  const isItem = piece.format === 'yaml' && piece.list !== undefined;
  const root: Path = isItem ? [0] : [];
  const itemOf = (value: unknown): unknown =>
    isItem && Array.isArray(value) ? (value[0] as unknown) : value;
  const fast = readFast(piece, text);
  if (fast !== undefined) {
    const value = itemOf(fast.value);
    return value === null ? [] : [new ManifestDocument(piece, text, value, 0, root, report)];
  }
  const documents: ManifestDocument[] = [];
  for (const [ordinal, document] of readText(piece, text).entries()) {
    if ('problem' in document) {
      reportSyntax(piece, text, document.problem, report);
      break;
    }
    const value = itemOf(document.value);
    if (value !== null) documents.push(new ManifestDocument(piece, text, value, ordinal, root, report));
  }
  return documents;
}
