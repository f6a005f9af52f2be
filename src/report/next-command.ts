/** The last line of a report: the next command, ready to paste. */
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import type { Palette } from '../output/palette.ts';
import { shellWord } from '../output/shell.ts';
import { visible } from '../output/visible.ts';

/** Words after the program, quoted for a shell; the program itself may be two words and stays as it is. */
export function commandLine(words: readonly string[]): string {
  const [program, ...rest] = words;
  return [program, ...rest.map(shellWord)].join(' ');
}

/** `why: dryplane explain -f cluster.yaml tcp shop/web to shop/db:5432`. A flow stays as it is: its words are joined again. */
export function nextCommand(
  label: string,
  words: readonly string[],
  flow: string | undefined,
  palette: Palette,
): string {
  const flowWords = flow === undefined ? [] : flow.split(' ').map(shellWord);
  return `${palette.bold(`${label}:`)} ${visible([commandLine(words), ...flowWords].join(' '))}`;
}

/** The words of `explain` for the snapshot at a place of the document's; none where it has none. */
export function snapshotWords(
  { snapshots }: Pick<ReplayDocument, 'snapshots'>,
  place: number | null,
): string[] {
  const snapshot = place === null ? undefined : snapshots[place];
  return snapshot === undefined ? [] : ['--at', snapshot.time];
}
