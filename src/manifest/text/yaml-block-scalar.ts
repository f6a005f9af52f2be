/** Scalars over several lines for the fast YAML reader: literal blocks, and single-quoted text as kubectl folds it. */
import { NEWLINE, REFUSED, SPACE, TAB } from './yaml-text.ts';

export interface BlockScalar {
  readonly value: string;
  /** Behind its last character. */
  readonly end: number;
  /** The line to go on with; absent when the scalar may be followed by a comment on its own line. */
  readonly next?: number;
}

const QUOTE = 39;

/** Offset of the quote that closes a single-quoted text between two offsets; -1 when none does. */
function closingQuote(text: string, from: number, to: number): number {
  for (let position = from; position < to; position++) {
    if (text.charCodeAt(position) !== QUOTE) continue;
    if (text.charCodeAt(position + 1) !== QUOTE) return position;
    position++;
  }
  return -1;
}

/** Where a quoted scalar goes on behind the line end at `newline`. Like libyaml, any column but the first will do. */
function quoteContinuation(text: string, newline: number): { start: number; glue: string } {
  let position = newline;
  let lineStart = newline;
  let blankLines = -1;
  while (text.charCodeAt(position) === NEWLINE) {
    blankLines++;
    lineStart = ++position;
    while (text.charCodeAt(position) === SPACE) position++;
  }
  if (position >= text.length || position === lineStart || text.charCodeAt(position) === TAB) throw REFUSED;
  return { start: position, glue: blankLines === 0 ? ' ' : '\n'.repeat(blankLines) };
}

/** The single-quoted scalar at `start`, which does not close on its line; double-quoted ones are refused. */
export function readFoldedQuote(text: string, start: number): BlockScalar {
  if (text.charCodeAt(start) !== QUOTE) throw REFUSED;
  let value = '';
  let partStart = start + 1;
  for (;;) {
    const newline = text.indexOf('\n', partStart);
    const lineEnd = newline < 0 ? text.length : newline;
    const close = closingQuote(text, partStart, lineEnd);
    if (close >= 0)
      return { value: (value + text.slice(partStart, close)).replaceAll("''", "'"), end: close + 1 };
    const line = text.slice(partStart, lineEnd);
    if (newline < 0 || line.includes('\t')) throw REFUSED;
    const next = quoteContinuation(text, lineEnd);
    value += line.trimEnd() + next.glue;
    partStart = next.start;
  }
}

/** The lines of a literal block as one text, its end as the header's `-` or `+` wants it. */
function chomped(lines: readonly string[], chomping: string): string {
  if (chomping === '+') return lines.map((line) => `${line}\n`).join('');
  let count = lines.length;
  while (count > 0 && lines[count - 1] === '') count--;
  const text = lines.slice(0, count).join('\n');
  return chomping === '-' ? text : `${text}\n`;
}

/** The literal block at `start`: `|`, `|-` or `|+`, without an indentation number. Lines must be deeper than `parentIndent`. */
export function readLiteral(text: string, start: number, parentIndent: number): BlockScalar {
  const header = /\|([-+]?) *(?: #[^\n]*)?\n/y;
  header.lastIndex = start;
  const chomping = header.exec(text)?.[1];
  if (chomping === undefined) throw REFUSED;
  const lines: string[] = [];
  let lineStart = header.lastIndex;
  let contentIndent = -1;
  let end = lineStart;
  while (lineStart < text.length) {
    const newline = text.indexOf('\n', lineStart);
    if (newline < 0) throw REFUSED;
    let position = lineStart;
    while (text.charCodeAt(position) === SPACE) position++;
    const column = position - lineStart;
    const isEmpty = position === newline;
    if (isEmpty && contentIndent < 0 && column > 0) throw REFUSED;
    if (!isEmpty && contentIndent < 0 && column > parentIndent) contentIndent = column;
    if (!isEmpty && (contentIndent < 0 || column < contentIndent)) break;
    lines.push(text.slice(lineStart + Math.min(Math.max(contentIndent, 0), newline - lineStart), newline));
    lineStart = newline + 1;
    if (!isEmpty) end = newline;
  }
  if (contentIndent < 0) throw REFUSED;
  return { value: chomped(lines, chomping), end, next: lineStart };
}
