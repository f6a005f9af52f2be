/**
 * Comments that say that a finding is known and meant: `# dryplane-ignore: lint/NAME why`. On the line of the finding, alone
 * above it, or at the first line of an object, for all of it. YAML only, since JSON has no comments.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { SourcePlaces } from './source-places.ts';

export interface Suppression {
  /** Where the comment begins. */
  readonly at: Location;
  /** Characters of the comment. */
  readonly span: number;
  /** As written, not always ones that exist. Never empty, but for a comment that names none. */
  readonly codes: readonly string[];
  /** What is written behind the codes; may be empty. */
  readonly reason: string;
  /** The line that it is about: its own, or the next one that holds more than a comment. */
  readonly line: number;
}

const MARK = 'dryplane-ignore';
const COMMENT = /(?:^|\s)(#\s*dryplane-ignore\b:?\s*(.*))$/;
const CODE = /^lint\/[\w-]+$/;

/** The codes at the beginning, with commas or blanks between them, and what follows. */
function codesAndReason(text: string): Pick<Suppression, 'codes' | 'reason'> {
  const codes: string[] = [];
  let rest = text.trim();
  for (;;) {
    const [, word = '', after = ''] = /^([^\s,]+)[\s,]*([\s\S]*)$/.exec(rest) ?? [];
    if (!CODE.test(word)) break;
    codes.push(word);
    rest = after;
  }
  return { codes, reason: rest.replace(/^(?:--|:)\s*/, '').trim() };
}

/** All suppressions of the files, in the order of the files and lines. */
export function readSuppressions(sources: SourcePlaces): Suppression[] {
  return sources.files
    .filter(({ bytes }) => bytes.includes(MARK))
    .flatMap(({ name }) => inFile(name, sources));
}

function inFile(file: string, sources: SourcePlaces): Suppression[] {
  const lines = sources.linesOf(file);
  return lines.flatMap((text, index) => {
    const match = COMMENT.exec(text);
    if (match === null) return [];
    const comment = match[1]!;
    const column = text.length - comment.length;
    const isAlone = text.slice(0, column).trim() === '';
    const at = { file, line: index + 1, column: column + 1 };
    const line = isAlone ? nextContent(lines, index + 1) : index + 1;
    return [{ at, span: comment.length, ...codesAndReason(match[2]!), line }];
  });
}

/** The first line from an index on, counted from 1, that is neither empty nor a comment nor a document's marker. */
function nextContent(lines: readonly string[], from: number): number {
  const found = lines.findIndex(
    (text, index) => index >= from && !/^\s*(?:#.*)?$|^---\s*(?:#.*)?$/.test(text),
  );
  return (found < 0 ? lines.length - 1 : found) + 1;
}

/** Suppressions by the line they are about. */
export class SuppressionIndex {
  readonly all: readonly Suppression[];
  readonly #used = new Map<Suppression, Set<string>>();
  readonly #byLine = new Map<string, Suppression[]>();
  readonly #sources: SourcePlaces;

  constructor(sources: SourcePlaces) {
    this.#sources = sources;
    this.all = readSuppressions(sources);
    for (const suppression of this.all) {
      const key = `${suppression.line} ${suppression.at.file}`;
      this.#byLine.set(key, [...(this.#byLine.get(key) ?? []), suppression]);
    }
  }

  /** The suppression of a finding; its own line's goes before the object's. */
  find(code: string, at: Location): Suppression | undefined {
    if (this.all.length === 0) return undefined;
    const lines = [at.line, this.#sources.objectAt(at)?.start.line];
    for (const line of lines) {
      const found = this.#byLine.get(`${line} ${at.file}`)?.find(({ codes }) => codes.includes(code));
      if (found === undefined) continue;
      this.#used.set(found, (this.#used.get(found) ?? new Set()).add(code));
      return found;
    }
    return undefined;
  }

  /** Whether something was found that the suppression is about. */
  isUsed(suppression: Suppression, code: string): boolean {
    return this.#used.get(suppression)?.has(code) ?? false;
  }
}
