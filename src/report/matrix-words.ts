/** Words that all reports of `matrix` share. */
import type { MatrixCell, PortWords } from '../analysis/matrix/matrix-document.ts';

const VERDICT_WORDS: Readonly<Record<NonNullable<MatrixCell['verdict']>, string>> = {
  allow: 'allow',
  some: 'some',
  deny: 'none',
  undetermined: 'undetermined',
  unspecified: 'unspecified',
};

/** What a cell says in one line: `tcp 80, 443; some: udp 53`; of one port `allow`. */
export function cellText(cell: MatrixCell): string {
  return cell.verdict === null ? portsText(cell) : VERDICT_WORDS[cell.verdict];
}

/** Ports by what becomes of their packets; `none` for nothing. */
export function portsText(words: PortWords): string {
  const texts = [
    words.allow,
    ...(['some', 'undetermined', 'unspecified'] as const).map((state) =>
      words[state] === '' ? '' : `${state}: ${words[state]}`,
    ),
  ].filter((text) => text !== '');
  return texts.length === 0 ? 'none' : texts.join('; ');
}

/** Nothing of it is certain for all of their pods. */
export const isPartial = ({ verdict, allow }: MatrixCell): boolean =>
  verdict === null ? allow === '' : verdict !== 'allow';
