/** What the two fast YAML readers share: characters, where a document begins and ends, and how they refuse a text. */

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;
export const DASH = 45;
const DOT = 46;

/** Deeper nesting is left to the complete reader. */
export const MOST_LEVELS = 64;

/** Thrown by the fast readers for texts that they leave to the complete one; never leaves `yaml-plain.ts`. */
export const REFUSED = Symbol('left to the complete reader');

/** Whether a blank, a line end or the end of the text stands at the offset. */
export function isBlank(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code === SPACE || code === NEWLINE || position >= text.length;
}

/** Whether `---` or `...` stands at the start of a line: another document, or the end of this one. */
export function isDocumentMarker(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  if (code !== DASH && code !== DOT) return false;
  return text.startsWith('---', position) || text.startsWith('...', position);
}

/** Offset of the line behind the text's own `---`; -1 when something else stands on it. */
export function afterMarker(text: string): number {
  const pattern = /(?:[ ]*(?:#[^\n]*)?\n)*(?:---[ ]*(?: #[^\n]*)?(?:\n|$))?/y;
  return pattern.exec(text) === null ? -1 : pattern.lastIndex;
}
