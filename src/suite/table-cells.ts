/**
 * Rows and cells of a table of marks, whatever the marks mean and whoever wrote it: a cluster's tools in a log, or a person in a suite.
 *
 * Source: mattfenwick/cyclonus pkg/connectivity/probe/table.go (marks in a row, or behind their ports).
 */
import { complainOf, type ResultsReport, type Token } from './result-report.ts';
import type { WrittenRow, WrittenTable } from './written-table.ts';

/** What the marks of a table mean. */
export interface CellContext<Value, Port> {
  readonly table: WrittenTable;
  /** What the marks of a cell are of, in order; undefined where that was complained of. */
  readonly ports: readonly (Port | undefined)[];
  /** Of a port that stands in a cell before its mark. */
  readonly portOf: (key: Token) => Port | undefined;
  readonly marks: ReadonlyMap<string, Value>;
  /** Which marks there are, in words. */
  readonly hint: string;
}

/** A mark, what it means, and of which port. */
export interface Marked<Value, Port> {
  readonly mark: Token;
  readonly value: Value;
  readonly port: Port;
}

/** Heads of cyclonus are in capitals, and dots and underscores are lost in them. */
const headForm = (name: string): string => name.replace(/[._]/g, ' ').toUpperCase();

/** A column's name as the rows write it. */
export function columnName({ text }: Token, { rows }: WrittenTable): string {
  const row =
    rows.find(({ name }) => name.text === text) ??
    rows.find(({ name }) => headForm(name.text) === headForm(text));
  return row?.name.text ?? (/[a-z]/.test(text) ? text : text.toLowerCase());
}

/** Whether a row has a cell for each column; else that is complained of. */
export function isWhole(
  { name, cells }: WrittenRow,
  { columns }: WrittenTable,
  report: ResultsReport,
): boolean {
  if (cells.length === columns.length) return true;
  complainOf(
    report,
    name,
    'table/cells',
    `${cells.length} ${cells.length === 1 ? 'cell' : 'cells'} in the row, expected ${columns.length}: one for each column`,
  );
  return false;
}

/** The marks of a cell with what they are of; what is wrong with it is complained of. */
export function readCell<Value, Port>(
  cell: readonly Token[],
  { name }: WrittenRow,
  { table, ports: inOrder, portOf, marks: known, hint }: CellContext<Value, Port>,
  report: ResultsReport,
): Marked<Value, Port>[] {
  const place = cell[0] ?? name;
  const isLabelled = place.text.endsWith(':') && cell.length > 0;
  const marks = isLabelled ? cell.filter((_, at) => at % 2 === 1) : cell;
  const ports = isLabelled ? cell.filter((_, at) => at % 2 === 0).map(portOf) : inOrder;
  const expected =
    table.keys.length > 0 && !isLabelled
      ? `, one for each of ${table.keys.map(({ text }) => text).join(', ')}`
      : '';
  if (marks.length !== ports.length) {
    const found = `${marks.length} ${marks.length === 1 ? 'mark' : 'marks'} in a cell of ${name.text}`;
    complainOf(report, place, 'table/marks', `${found}, expected ${ports.length}${expected}`);
    return [];
  }
  return marks.flatMap((mark, at) => {
    const value = known.get(mark.text);
    if (value === undefined && !known.has(mark.text)) {
      complainOf(report, mark, 'table/bad-mark', `${JSON.stringify(mark.text)} is no mark`, { hint });
      return [];
    }
    const port = ports[at];
    return port === undefined ? [] : [{ mark, value: value as Value, port }];
  });
}
