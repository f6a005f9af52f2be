/**
 * Foreign text on its way to a terminal. Manifests and captures are written by others: what they contain must neither
 * move the cursor nor turn the direction of writing.
 */

const CONTROL = /\p{Cc}|\p{Zl}|\p{Zp}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text with each control or direction character replaced by one visible character; a tab becomes a space. */
export function visible(text: string): string {
  return text.replace(CONTROL, (character) => (character === '\t' ? ' ' : '\ufffd'));
}
