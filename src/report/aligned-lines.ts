/** Figures under each other, a name before them. Apart from tables, whose package not every report needs. */
import { stripVTControlCharacters } from 'node:util';

/** Columns are at least as wide: reports of different figures look alike. */
const NAME_WIDTH = 28;
const FIGURE_WIDTH = 9;

/** Names to the left with the spaces before them, figures to the right. */
export function alignedLines(rows: readonly (readonly string[])[]): string[] {
  const length = (cell: string): number => stripVTControlCharacters(cell).length;
  const widths: number[] = [NAME_WIDTH];
  for (const row of rows)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? FIGURE_WIDTH, length(cell));
    });
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const spaces = ' '.repeat(widths[column]! - length(cell));
        return column === 0 ? cell + spaces : spaces + cell;
      })
      .join('   ')
      .trimEnd(),
  );
}
