/** Words that all reports of `matrix` share. */
import type { MatrixCell } from '../analysis/matrix-document.ts';

const VERDICT_WORDS: Readonly<Record<NonNullable<MatrixCell['verdict']>, string>> = {
  allow: 'allow',
  some: 'some',
  deny: 'none',
  undetermined: 'undetermined',
  unspecified: 'unspecified',
};

/** What a cell says in one line: `tcp 80, 443; some: udp 53`; of one port `allow`. */
export function cellText(cell: MatrixCell): string {
  if (cell.verdict !== null) return VERDICT_WORDS[cell.verdict];
  return [
    cell.allow,
    ...(['some', 'undetermined', 'unspecified'] as const).map((state) =>
      cell[state] === '' ? '' : `${state}: ${cell[state]}`,
    ),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

/** Nothing of it is certain for all of their pods. */
export const isPartial = ({ verdict, allow }: MatrixCell): boolean =>
  verdict === null ? allow === '' : verdict !== 'allow';
