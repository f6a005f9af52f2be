/** What the two fast YAML readers share: characters, and how they refuse a text. */

export const TAB = 9;
export const NEWLINE = 10;
export const SPACE = 32;

/** Deeper nesting is left to the complete reader. */
export const MOST_LEVELS = 64;

/** Thrown by the fast readers for texts that they leave to the complete one; never leaves `yaml-plain.ts`. */
export const REFUSED = Symbol('left to the complete reader');

/** Whether a blank, a line end or the end of the text stands at the offset. */
export function isBlank(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code === SPACE || code === NEWLINE || position >= text.length;
}
