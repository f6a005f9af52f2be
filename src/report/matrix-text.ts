/** The text report of `matrix`: a table where it fits, else a list; what is not said of a pair is denied. */
import { stripVTControlCharacters } from 'node:util';
import type { MatrixCell, MatrixDocument, MatrixParty } from '../analysis/matrix/matrix-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { exposureLines } from './matrix-exposure-text.ts';
import { cellText, isPartial } from './matrix-words.ts';
import { heading, type Style, warningLines } from './style.ts';
import { formatTable } from './table.ts';
import { wrapped } from './wrap.ts';

/** Cells of a list that are shown; the document holds more. */
const CELLS_SHOWN = 500;
/** The most rows and columns of a table. */
const TABLE_ROWS = 40;
const TABLE_COLUMNS = 12;
const NONE = 'none';
/** Where nobody talks to anybody: a pod and itself. */
const NOBODY = '·';

type Document = Pick<MatrixDocument, 'rows' | 'columns' | 'cells'>;

function painted(cell: MatrixCell, { palette }: Style): string {
  const text = visible(cellText(cell));
  return isPartial(cell) ? palette.yellow(text) : palette.green(text);
}

/** What goes from a row to a column; undefined for nothing. */
function cellFinder({ cells }: Document): (row: MatrixParty, column: MatrixParty) => MatrixCell | undefined {
  const byPair = new Map(cells.map((cell) => [JSON.stringify([cell.from, cell.to]), cell]));
  return (row, column) => byPair.get(JSON.stringify([row.name, column.name]));
}

/** A pod, and whatever is no pod, does not talk to itself. */
const isSelf = (row: MatrixParty, column: MatrixParty): boolean =>
  row.name === column.name && row.kind === column.kind && row.pods < 2;

/** One row a source, one column a destination; undefined where it does not fit. */
function tableLines(document: Document, style: Style): string[] | undefined {
  const { rows, columns } = document;
  if (rows.length > TABLE_ROWS || columns.length > TABLE_COLUMNS || rows.length === 0) return undefined;
  const { palette } = style;
  const find = cellFinder(document);
  const lines = rows.map((row) => [
    visible(row.name),
    ...columns.map((column) => {
      const cell = find(row, column);
      if (cell !== undefined) return painted(cell, style);
      return palette.dim(isSelf(row, column) ? NOBODY : NONE);
    }),
  ]);
  const all = [
    [palette.dim('from \\ to'), ...columns.map(({ name }) => palette.bold(visible(name)))],
    ...lines,
  ];
  const width = (column: number): number =>
    Math.max(...all.map((line) => stripVTControlCharacters(line[column]!).length));
  const total = all[0]!.reduce((sum, _, column) => sum + width(column) + 2, 0);
  if (total > style.columns) return undefined;
  const table = formatTable(all, { columns: style.columns, align: 'l'.repeat(all[0]!.length), indent: 2 });
  return [...table.split('\n'), ''];
}

/** Marks of one port's verdicts: on a terminal that shows nothing else, letters. */
const MARKS = { allow: '✓', some: '~', undetermined: '?', unspecified: '?', deny: '✗', none: '·' } as const;
const LETTERS: Readonly<Record<keyof typeof MARKS, string>> = { ...MARKS, allow: 'A', deny: 'x', none: '.' };

/** One mark a pair; columns have numbers, which stand before the rows of the same name. Undefined where it does not fit. */
function truthTableLines(
  document: Document & Pick<MatrixDocument, 'omitted'>,
  style: Style,
): string[] | undefined {
  const { rows, columns, omitted } = document;
  // A pair that was left out would look denied.
  if (omitted > 0) return undefined;
  const { palette } = style;
  const gap = String(columns.length).length + 1;
  const names = Math.max(...rows.map(({ name }) => visible(name).length), 0);
  if (2 + gap + names + 1 + columns.length * gap > style.columns || rows.length === 0) return undefined;
  const find = cellFinder(document);
  const marks = style.ascii === true ? LETTERS : MARKS;
  const paint = (state: keyof typeof MARKS): string => {
    const text = marks[state].padStart(gap);
    if (state === 'allow') return palette.green(text);
    if (state === 'deny') return palette.red(text);
    return state === 'none' ? palette.dim(text) : palette.yellow(text);
  };
  const place = (party: MatrixParty): number =>
    columns.findIndex(({ name, kind }) => name === party.name && kind === party.kind);
  const number = (index: number): string => (index < 0 ? '' : String(index + 1)).padStart(gap);
  const unnamed = columns.filter((column) => !rows.some(({ name }) => name === column.name));
  return [
    `  ${' '.repeat(gap + 1 + names)}${columns.map((_, index) => palette.dim(number(index))).join('')}`,
    ...rows.map((row) => {
      const cells = columns.map((column) =>
        paint(find(row, column)?.verdict ?? (isSelf(row, column) ? 'none' : 'deny')),
      );
      return `  ${palette.dim(number(place(row)))} ${visible(row.name).padEnd(names)}${cells.join('')}`;
    }),
    ...unnamed.map((column) => `  ${palette.dim(number(columns.indexOf(column)))} ${visible(column.name)}`),
    '',
    palette.dim(
      `rows send, columns are reached: ${marks.allow} allowed, ${marks.deny} denied, ${marks.some} between some of their pods or addresses`,
    ),
    '',
  ];
}

/** Columns that are left to ports beside long names, such as those of a Deployment's pods. */
const PORTS_LEAST = 36;

/** One paragraph a source, one line a destination that it reaches. */
function listLines({ rows, cells }: Document, style: Style): string[] {
  const { palette } = style;
  const shown = cells.slice(0, CELLS_SHOWN);
  const most = Math.max(44, style.columns - PORTS_LEAST);
  const width = Math.min(most, Math.max(...shown.map(({ to }) => visible(to).length), 0));
  const byRow = new Map<string, MatrixCell[]>();
  for (const cell of shown) {
    const list = byRow.get(cell.from);
    if (list === undefined) byRow.set(cell.from, [cell]);
    else list.push(cell);
  }
  const isCut = shown.length < cells.length;
  return [
    ...rows.flatMap(({ name }) => {
      const list = byRow.get(name);
      if (list === undefined)
        return isCut ? [] : [`${heading(palette, visible(name))}  ${palette.dim(NONE)}`];
      return [
        heading(palette, visible(name)),
        ...list.flatMap((cell) => {
          const [first = '', ...rest] = wrapped(
            visible(cellText(cell)),
            ' '.repeat(width + 6),
            style.columns,
          );
          return [`  → ${visible(cell.to).padEnd(width)}  ${first.trimStart()}`, ...rest];
        }),
      ];
    }),
    '',
  ];
}

function titleLines(document: MatrixDocument, { palette }: Style): string[] {
  const { by, port, rows, manifests, cni } = document;
  const pods = rows.reduce((sum, row) => sum + row.pods, 0);
  const what = `${port === null ? '' : `${port}, `}by ${by}`;
  return [
    `${palette.bold('matrix')} ${manifests.map(visible).join(', ')}  ${what}, ${countOf(pods, 'pod')} as ${pods === 1 ? 'sender' : 'senders'}, CNI ${visible(cni)}`,
    '',
  ];
}

function countLines(matrix: MatrixDocument, style: Style): string[] {
  const { palette } = style;
  const { counts, cells, omitted, refused, let_through: through, port, by } = matrix;
  const more = cells.length + omitted - Math.min(cells.length, CELLS_SHOWN);
  const isPartly = cells.some((cell) => cell.some !== '' || cell.verdict === 'some');
  return [
    `${countOf(counts.pairs, 'pair')}: ${formatCount(counts.all)} ${port === null ? 'with everything' : 'allowed'}, ${formatCount(counts.partly)} with a part, ${formatCount(counts.none)} with nothing`,
    ...(isPartly
      ? [
          palette.dim(
            `some: between some of their pods or addresses, not between others${by === 'pod' ? '' : ` (--by ${by === 'namespace' ? 'workload' : 'pod'} is finer)`}`,
          ),
        ]
      : []),
    ...(refused === '' || port !== null
      ? []
      : [palette.dim(`the CNI lets no pod send ${refused}, which is not told above`)]),
    ...(through === '' || port !== null
      ? []
      : [palette.dim(`the CNI lets ${through} through whatever the policies say, which is not told above`)]),
    ...(more > 0
      ? [
          palette.dim(
            `and ${countOf(more, 'more pair')} (--format json or csv lists them; --from and --to narrow it)`,
          ),
        ]
      : []),
  ];
}

/** The whole report. */
export function matrixText(document: MatrixDocument, style: Style): string {
  const { enumerated, warnings } = document;
  const packets = enumerated.reduce((sum, one) => sum + one.packets, 0);
  const drawn = (document.port === null ? tableLines : truthTableLines)(document, style);
  const lines = [
    ...warningLines(warnings, style),
    ...titleLines(document, style),
    ...(drawn ?? listLines(document, style)),
    ...countLines(document, style),
    ...(document.exposure === null ? [] : ['', ...exposureLines(document.exposure, style)]),
    style.palette.dim(`complete over all new packets: ${countOf(packets, 'packet')} stand for them`),
  ];
  return `${lines.join('\n')}\n`;
}
