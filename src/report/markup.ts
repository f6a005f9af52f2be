/**
 * The colours of text reports as marks that a page turns into elements. A mark begins with a control character; foreign texts have
 * none, since `visible` stands before every report, so that nobody else can write one.
 */
import type { Palette } from '../output/palette.ts';

/** Begins a mark; the letter behind it says which. */
export const MARK_BEGIN = '\u0001';
export const MARK_END = '\u0002';

const mark =
  (letter: string) =>
  (text: string): string =>
    text === '' ? '' : `${MARK_BEGIN}${letter}${text}${MARK_END}`;

/** A palette that marks instead of painting. */
export const MARKUP: Palette = {
  bold: mark('b'),
  dim: mark('d'),
  red: mark('r'),
  green: mark('g'),
  yellow: mark('y'),
  cyan: mark('c'),
};
