/** `matrix --format csv`: a row a pair of parties between which something may go. */
import type { MatrixDocument } from '../analysis/matrix/matrix-document.ts';
import { csvField } from '../output/csv.ts';
import { visible } from '../output/visible.ts';

const COLUMNS = ['from', 'to', 'verdict', 'allow', 'some', 'undetermined', 'unspecified'] as const;

/** The whole table with its header. `verdict` is empty where all ports were asked about. */
export function matrixCsv({ cells }: MatrixDocument): string {
  const rows = cells.map((cell) => COLUMNS.map((column) => csvField(visible(cell[column] ?? ''))).join(','));
  return `${[COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
}
