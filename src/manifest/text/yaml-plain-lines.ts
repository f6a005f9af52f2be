/** The lines of an unquoted scalar for the fast YAML reader: where its text ends, and whether the next line goes on with it. */
import { isBlank, NEWLINE, REFUSED, SPACE, TAB } from './yaml-text.ts';

const HASH = 35;
const COLON = 58;

/** End of the plain text that begins at `start`, on one line; trailing blanks are not part of it. */
export function plainEnd(text: string, start: number): number {
  let position = start;
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code === NEWLINE) break;
    if (code === TAB) throw REFUSED;
    if (code === COLON && isBlank(text, position + 1)) throw REFUSED;
    if (code === HASH && text.charCodeAt(position - 1) === SPACE) break;
  }
  while (text.charCodeAt(position - 1) === SPACE) position--;
  return position;
}

export interface Continuation {
  /** Where the line's text begins. */
  readonly start: number;
  /** What joins it to the text before; absent when the line is a comment, which ends the scalar. */
  readonly glue?: string;
}

/** The next line of a scalar that goes on behind `end`; undefined when none does. */
export function continuation(text: string, end: number, parentIndent: number): Continuation | undefined {
  let position = end;
  while (text.charCodeAt(position) === SPACE) position++;
  if (text.charCodeAt(position) !== NEWLINE) return undefined;
  let blankLines = -1;
  let lineStart = position;
  while (text.charCodeAt(position) === NEWLINE) {
    blankLines++;
    lineStart = ++position;
    while (text.charCodeAt(position) === SPACE) position++;
  }
  const isMore = position < text.length && position - lineStart > parentIndent;
  if (!isMore) return undefined;
  if (text.charCodeAt(position) === HASH) return { start: position };
  return { start: position, glue: blankLines === 0 ? ' ' : '\n'.repeat(blankLines) };
}
