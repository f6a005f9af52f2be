/** Two texts as the lines that differ, with a few around them: what `diff -u` shows. */

const CONTEXT = 2;
/** Beyond so many pairs of lines what lies between the first and the last difference is one piece. */
const PAIRS_MOST = 4_000_000;

export interface DiffLine {
  readonly kind: ' ' | '-' | '+';
  readonly text: string;
}

export interface DiffPiece {
  /** Of its first line, from 1, in the text before and in the one after. */
  readonly before: number;
  readonly after: number;
  readonly lines: readonly DiffLine[];
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.replace(/\r$/, ''));
}

/** The lines of both between equal beginnings and ends: kept, removed, added. */
function script(before: readonly string[], after: readonly string[]): DiffLine[] {
  const [rows, columns] = [before.length, after.length];
  const removed = before.map((text): DiffLine => ({ kind: '-', text }));
  const added = after.map((text): DiffLine => ({ kind: '+', text }));
  if (rows * columns > PAIRS_MOST) return [...removed, ...added];
  // Lengths of what the rest of both has in common.
  const width = columns + 1;
  const common = new Uint32Array((rows + 1) * width);
  for (let row = rows - 1; row >= 0; row--)
    for (let column = columns - 1; column >= 0; column--)
      common[row * width + column] =
        before[row] === after[column]
          ? common[(row + 1) * width + column + 1]! + 1
          : Math.max(common[(row + 1) * width + column]!, common[row * width + column + 1]!);
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < rows && column < columns) {
    if (before[row] === after[column]) {
      lines.push({ kind: ' ', text: before[row]! });
      row++;
      column++;
    } else if (common[(row + 1) * width + column]! >= common[row * width + column + 1]!)
      lines.push(removed[row++]!);
    else lines.push(added[column++]!);
  }
  return [...lines, ...removed.slice(row), ...added.slice(column)];
}

/** The pieces that differ; none of equal texts. */
export function diffLines(before: string, after: string): DiffPiece[] {
  const [old, young] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < young.length && old[start] === young[start]) start++;
  let end = 0;
  while (end < old.length - start && end < young.length - start && old.at(-1 - end) === young.at(-1 - end))
    end++;
  const kept = (text: string): DiffLine => ({ kind: ' ', text });
  const lines = [
    ...old.slice(0, start).map(kept),
    ...script(old.slice(start, old.length - end), young.slice(start, young.length - end)),
    ...old.slice(old.length - end).map(kept),
  ];
  const pieces: { before: number; after: number; lines: DiffLine[] }[] = [];
  let [beforeLine, afterLine, shownUntil] = [1, 1, 0];
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ kind }) => kind !== ' ');
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) {
      if (shownUntil !== index || pieces.length === 0)
        pieces.push({ before: beforeLine, after: afterLine, lines: [] });
      pieces.at(-1)!.lines.push(line);
      shownUntil = index + 1;
    }
    if (line.kind !== '+') beforeLine++;
    if (line.kind !== '-') afterLine++;
  }
  return pieces;
}
