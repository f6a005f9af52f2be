/** Columns that line up. The last column takes what is left of the width and wraps. */
import { stripVTControlCharacters } from 'node:util';
import cliui from 'cliui';

export interface TableOptions {
  readonly columns: number;
  /** One letter a column: l or r. */
  readonly align: string;
  /** Spaces before every row. */
  readonly indent: number;
}

const GAP = 2;

/** Rows as lines without trailing spaces; no newline at the end. Cells may hold colours, no line breaks. */
export function formatTable(rows: readonly (readonly string[])[], options: TableOptions): string {
  if (rows.length === 0) return '';
  const count = options.align.length;
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => stripVTControlCharacters(row[column] ?? '').length)),
  );
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP, options.indent);
  const last = Math.min(widths[count - 1]!, Math.max(20, options.columns - before));
  const ui = cliui({ width: before + last });
  for (const row of rows) {
    ui.div(
      ...widths.map((width, column) => {
        const left = column === 0 ? options.indent : 0;
        const isLast = column === count - 1;
        return {
          text: row[column] ?? '',
          width: (isLast ? last : width + GAP) + left,
          align: options.align[column] === 'r' ? ('right' as const) : ('left' as const),
          padding: [0, isLast ? 0 : GAP, 0, left] as [number, number, number, number],
        };
      }),
    );
  }
  return ui
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * Rows whose last cell is a place: behind the others, or all of them below: a list that changes its shape reads badly.
 * `align` is one letter a column, the place's included.
 */
export function placedRows(rows: readonly (readonly string[])[], options: TableOptions): string[] {
  const unbounded = { ...options, columns: Number.MAX_SAFE_INTEGER };
  const behind = formatTable(rows, unbounded).split('\n');
  if (behind.every((line) => stripVTControlCharacters(line).length <= options.columns)) return behind;
  const without = rows.map((row) => row.slice(0, -1));
  const lines = formatTable(without, { ...unbounded, align: options.align.slice(0, -1) }).split('\n');
  const indent = ' '.repeat(options.indent + 2);
  return lines.flatMap((line, index) => {
    const place = rows[index]!.at(-1)!;
    return place === '' ? [line] : [line, `${indent}${place}`];
  });
}
