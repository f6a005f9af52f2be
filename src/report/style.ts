/** What every text report is given: its colours, its width, and how the reader calls the program. */
import { createPalette, type Palette } from '../output/palette.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';

export interface Style {
  readonly palette: Palette;
  /** Columns of the terminal; 100 where there is none. */
  readonly columns: number;
  /** What the reader types to run dryplane here: `dryplane`, `npx dryplane` or `node dist/main.js`. */
  readonly invocation: string;
  /** True on a terminal that may not show other characters; bars are drawn with letters there. */
  readonly ascii?: boolean;
  /** Whose words say who decides; Calico's when absent. */
  readonly terms?: Terms;
}

/** `calico`: tiers with orders, profiles behind them. `kubernetes`: policies that isolate, as all others say it. */
export type Terms = 'calico' | 'kubernetes';

/** The colour of a verdict: green is allowed, red is denied, yellow is anything that needs a look. */
export function verdictPaint(palette: Palette, verdict: string): (text: string) => string {
  if (verdict === 'allow') return palette.green;
  return verdict === 'deny' ? palette.red : palette.yellow;
}

/** A heading of a section. */
export function heading(palette: Palette, text: string): string {
  return palette.bold(text);
}

/** A line that a reader should not miss. */
export function warningLine(text: string, { palette }: Pick<Style, 'palette'>): string {
  return `${palette.yellow('warning:')} ${visible(text)}`;
}

/** What a reader must know before anything else: the first lines of a report, and an empty one behind them. */
export function warningLines(warnings: readonly string[], style: Style): string[] {
  if (warnings.length === 0) return [];
  return [...warnings.map((text) => warningLine(text, style)), ''];
}

/** A text with its `file:line` behind it. */
export function located(text: string, location: string, { palette }: Pick<Style, 'palette'>): string {
  return location === '' ? text : `${text}  ${palette.cyan(visible(location))}`;
}

/** Lines with a text and its place behind it, or below it where the line would be too long. */
export function placedLines(text: string, place: string, indent: string, style: Style): string[] {
  const { palette, columns } = style;
  const shown = visible(place);
  const isFitting = indent.length + text.length + 2 + shown.length <= columns;
  if (shown === '' || isFitting) return [`${indent}${located(text, place, style)}`];
  return [`${indent}${text}`, `${indent}${palette.cyan(shown)}`];
}

/** The line behind a list of which not all is shown: `  and 3 more flows (--format json lists them)`; none where nothing is missing. */
export function moreLines(
  count: number,
  noun: string,
  { palette }: Pick<Style, 'palette'>,
  { plural = `${noun}s`, indent = '  ' }: { readonly plural?: string; readonly indent?: string } = {},
): string[] {
  if (count <= 0) return [];
  return [
    palette.dim(
      `${indent}and ${countOf(count, `more ${noun}`, `more ${plural}`)} (--format json lists them)`,
    ),
  ];
}

/** The same for what is no terminal: without colours, lines as long as they are. */
export function plainStyle(style: Style): Style {
  return { ...style, palette: createPalette(false), columns: Number.POSITIVE_INFINITY };
}
