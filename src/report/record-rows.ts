/**
 * Rows of the common record as CSV or NDJSON, streamed to wherever text goes. The one free text of a row, who decided by the trace's word,
 * is JSON in itself: what would move a cursor is an escape of it.
 */
import type { Cell } from '../analysis/replay/verdict-row.ts';
import { csvField } from '../output/csv.ts';
import { visibleJson } from '../output/visible.ts';

export type RecordFormat = 'csv' | 'ndjson';

/** Texts that neither format has to escape: nearly all. */
const PLAIN = /^[A-Za-z0-9.:][A-Za-z0-9.: _/-]*$/;

export interface RecordText {
  /** What stands before the rows. */
  readonly head: string;
  readonly row: (cells: readonly Cell[]) => string;
}

/** How rows with these columns are written. NDJSON leaves out what a record does not say. */
export function recordText(format: RecordFormat, columns: readonly string[]): RecordText {
  if (format === 'csv')
    return {
      head: `${columns.join(',')}\n`,
      row: (cells) => {
        let line = '';
        for (let index = 0; index < cells.length; index++) {
          const cell = cells[index]!;
          if (index > 0) line += ',';
          if (cell !== null)
            line += typeof cell === 'number' || PLAIN.test(cell) ? cell : csvField(visibleJson(cell));
        }
        return `${line}\n`;
      },
    };
  const keys = columns.map((name) => `${JSON.stringify(name)}:`);
  return {
    head: '',
    row: (cells) => {
      let line = '';
      for (let index = 0; index < cells.length; index++) {
        const cell = cells[index]!;
        if (cell === null) continue;
        const value =
          typeof cell === 'number'
            ? cell
            : PLAIN.test(cell)
              ? `"${cell}"`
              : visibleJson(JSON.stringify(cell));
        line += line === '' ? `{${keys[index]}${value}` : `,${keys[index]}${value}`;
      }
      return `${line}}\n`;
    },
  };
}
