/** What every text report is given: its colours, its width, and how the reader calls the program. */
import type { Palette } from '../output/palette.ts';
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

/** What a reader must know before anything else: the first lines of a report, and an empty one behind them. */
export function warningLines(warnings: readonly string[], { palette }: Style): string[] {
  if (warnings.length === 0) return [];
  return [...warnings.map((text) => `${palette.yellow('warning:')} ${visible(text)}`), ''];
}
