/**
 * The text behind the model: which object of which file holds a place, what it says as written, and where its parts
 * stand. The model keeps one place an object, a rule and a peer; everything finer is looked up here, in the files that were read.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import { type ManifestDocument, readPiece, type Spot } from '../manifest/text/document.ts';
import type { SourceFile } from '../manifest/text/files.ts';
import { type Piece, splitFile } from '../manifest/text/piece.ts';
import type { Path } from '../manifest/text/place.ts';

export type { Path, SourceFile, Spot };

/** An object as it is written. */
export interface SourceObject {
  readonly kind: string;
  /** Empty for what has none written. */
  readonly namespace: string;
  readonly name: string;
  /** Where it begins: its first key. */
  readonly start: Location;
  /** What stands at a path, before any defaulting; undefined where nothing does. */
  valueAt(path: Path): unknown;
  /** Where it stands, or the nearest part above it. */
  spotAt(path: Path, on?: 'key' | 'value'): Spot;
  /** The way to the outermost value that begins at a place; undefined where none does. */
  pathTo(at: Location): Path | undefined;
}

interface PieceOfFile {
  readonly piece: Piece;
  objects?: readonly SourceObject[];
}

/** Whether a value as written is a mapping. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueBelow(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found)) found = found[step as number];
    else if (isRecord(found) && Object.hasOwn(found, step)) found = found[step];
    else return undefined;
  }
  return found ?? undefined;
}

function textBelow(value: unknown, path: Path): string {
  const found = valueBelow(value, path);
  return typeof found === 'string' ? found : '';
}

/** The object at a path of a document. */
function sourceObject(document: ManifestDocument, root: Path): SourceObject {
  const value = valueBelow(document.value, root);
  const pathTo = (at: Location, below: Path = []): Path | undefined => {
    const start = document.at([...root, ...below]);
    if (start.line === at.line && start.column === at.column) return below;
    const found = valueBelow(value, below);
    const steps = Array.isArray(found) ? [...found.keys()] : isRecord(found) ? Object.keys(found) : [];
    for (const step of steps) {
      const path = pathTo(at, [...below, step]);
      if (path !== undefined) return path;
    }
    return undefined;
  };
  return {
    pathTo: (at) => pathTo(at),
    kind: textBelow(value, ['kind']),
    namespace: textBelow(value, ['metadata', 'namespace']),
    name: textBelow(value, ['metadata', 'name']),
    start: root.length === 0 ? document.start() : document.at(root),
    valueAt: (path) => valueBelow(value, path),
    spotAt: (path, on = 'value') => document.spot([...root, ...path], on),
  };
}

/** A document's object, or those of its list, in the order of the text. */
function objectsOf(document: ManifestDocument): SourceObject[] {
  const { value } = document;
  if (Array.isArray(value)) return value.map((_, index) => sourceObject(document, [index]));
  const items = isRecord(value) ? value.items : undefined;
  if (Array.isArray(items) && textBelow(value, ['kind']).endsWith('List'))
    return items.map((_, index) => sourceObject(document, ['items', index]));
  return [sourceObject(document, [])];
}

/** Whether `a` stands at `b` or before it, in one file. */
function isUpTo(a: Pick<Location, 'line' | 'column'>, b: Location): boolean {
  return a.line < b.line || (a.line === b.line && a.column <= b.column);
}

/** Everything that was read; files are split into objects when one of theirs is asked for. */
export class SourcePlaces {
  readonly files: readonly SourceFile[];
  readonly #byName: ReadonlyMap<string, SourceFile>;
  readonly #pieces = new Map<string, readonly PieceOfFile[]>();
  readonly #lines = new Map<string, readonly string[]>();

  constructor(files: readonly SourceFile[]) {
    this.files = files;
    this.#byName = new Map(files.map((file) => [file.name, file]));
  }

  #piecesOf(name: string): readonly PieceOfFile[] {
    let pieces = this.#pieces.get(name);
    if (pieces === undefined) {
      const file = this.#byName.get(name);
      const report = { diagnostics: [], lenient: true };
      pieces = file === undefined ? [] : [...splitFile(file, report)].map((piece) => ({ piece }));
      this.#pieces.set(name, pieces);
    }
    return pieces;
  }

  /** The object that holds a place; undefined where the place is in no file that was read. */
  objectAt(at: Location): SourceObject | undefined {
    const pieces = this.#piecesOf(at.file);
    let [low, high] = [0, pieces.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (isUpTo(pieces[middle]!.piece, at)) low = middle;
      else high = middle - 1;
    }
    const found = pieces[low];
    if (found === undefined) return undefined;
    found.objects ??= readPiece(found.piece, { diagnostics: [], lenient: true }).flatMap(objectsOf);
    return found.objects.findLast(({ start }) => isUpTo(start, at)) ?? found.objects[0];
  }

  /** Where a part of the object at `at` stands; `at` itself where its text is not at hand. */
  spot(at: Location, path: Path, on: 'key' | 'value' = 'value'): Spot {
    return this.objectAt(at)?.spotAt(path, on) ?? { at, span: 1 };
  }

  /** The lines of a file; none of one that was not read. */
  linesOf(name: string): readonly string[] {
    let lines = this.#lines.get(name);
    if (lines === undefined) {
      lines = this.#byName.get(name)?.bytes.toString('utf8').split(/\r?\n/) ?? [];
      this.#lines.set(name, lines);
    }
    return lines;
  }
}
