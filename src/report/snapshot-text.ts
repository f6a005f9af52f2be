/** The text report of `snapshot`: what was written and the command that uses it, or what would be asked. */
import type { SnapshotDocument } from '../analysis/snapshot-document.ts';
import { countOf, formatBytes } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { commandLine, nextCommand } from './next-command.ts';
import { type Style, warningLine } from './style.ts';
import { formatTable } from './table.ts';

/** A list of commands, ready to paste and run one by one. */
function plannedText({ commands }: SnapshotDocument, { palette }: Style): string {
  const isOptional = ({ asked }: SnapshotDocument['commands'][number]): boolean => asked === 'where-served';
  const lines = (chosen: SnapshotDocument['commands']): string[] =>
    chosen.map(({ words }) => visible(commandLine(words)));
  return [
    palette.bold('# what the cluster serves, and what every cluster has'),
    ...lines(commands.filter((command) => !isOptional(command))),
    palette.bold('# where it is served'),
    ...lines(commands.filter(isOptional)),
  ].join('\n');
}

function takenText({ folder, files, time, without, warnings }: SnapshotDocument, style: Style): string {
  const { palette, columns } = style;
  return [
    `${palette.bold('snapshot')} ${visible(folder!)}, ${time}`,
    '',
    formatTable(
      files.map(({ path, objects, bytes }) => [
        countOf(objects, 'object'),
        formatBytes(bytes),
        visible(path),
      ]),
      { columns, align: 'rrl', indent: 2 },
    ),
    ...(without.length === 0 ? [] : ['', `left out: ${visible(without.join(', '))}`]),
    ...warnings.map((text) => warningLine(text, style)),
    '',
    nextCommand('try', [style.invocation, 'matrix', '-f', folder!], undefined, palette),
  ].join('\n');
}

/** The whole report, newline at the end. */
export function snapshotText(document: SnapshotDocument, style: Style): string {
  return `${document.folder === null ? plannedText(document, style) : takenText(document, style)}\n`;
}
