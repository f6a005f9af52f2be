/**
 * A table that a suite draws → expectations, one for each mark. Drawn as those that clusters print are (written-table.ts): words in columns,
 * or a grid, so that a table of cyclonus or of the tests of Kubernetes can be pasted. An expectation stands where its mark is.
 */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow, Side } from '../flow/flow.ts';
import { parseFlow } from '../flow/notation.ts';
import { complainOf, placeOf, type ResultsReport, type Token } from './result-report.ts';
import { parseSide } from './short-names.ts';
import { type Drawing, EXPECTED, type Expectation, type ExpectedVerdict } from './suite.ts';
import { columnName, isWhole, readCell } from './table-cells.ts';
import { drawnTable, type WrittenTable } from './written-table.ts';

/** Undefined: not checked, like all that is not drawn. */
const MARKS: ReadonlyMap<string, ExpectedVerdict | undefined> = new Map<string, ExpectedVerdict | undefined>([
  ['.', 'allow'],
  ['X', 'deny'],
  ['x', 'deny'],
  ...EXPECTED.map((word) => [word, word] as const),
  ...['-', '?', '!', 'P', 'N'].map((mark) => [mark, undefined] as const),
]);
const MARK_HINT = `. is allow, X deny, - not checked; or a word: ${EXPECTED.join(', ')}`;

/** What a mark is of, beside its sides. */
export interface DrawnPort extends Pick<Flow, 'protocol' | 'destinationPort'> {
  /** `TCP/80`, `ICMP`. */
  readonly text: string;
}

/** What the suite says of a table beside what is drawn. */
export interface DrawnTable {
  /** Empty when it has none. */
  readonly name: string;
  /** What short names stand for. */
  readonly names: ReadonlyMap<string, string>;
  /** Empty where the drawing says it. */
  readonly ports: readonly DrawnPort[];
  /** What holds for all expectations of it. */
  readonly said: Pick<Expectation, 'tags' | 'state' | 'when' | 'why'>;
  readonly at: Location;
}

/** A name that stands before a row or above a column. */
interface NamedSide {
  readonly text: string;
  /** Undefined where that was complained of. */
  readonly side: Side | undefined;
}

/** `TCP/80`, `UDP/dns`, `ICMP`, and `80` for TCP; undefined for anything else. */
export function parseDrawnPort(text: string): DrawnPort | undefined {
  const [protocol, port, ...rest] = /^\d+$/.test(text) ? ['TCP', text] : text.split('/');
  if (rest.length > 0 || /[\s>]/.test(text)) return undefined;
  const parsed = parseFlow(`${protocol} 10.0.0.1 to 10.0.0.2${port === undefined ? '' : `:${port}`}`);
  if (!('flow' in parsed)) return undefined;
  const { flow } = parsed;
  return {
    protocol: flow.protocol,
    text: [protocol!.toUpperCase(), ...(port === undefined ? [] : [port])].join('/'),
    ...(flow.destinationPort === undefined ? {} : { destinationPort: flow.destinationPort }),
  };
}

/** A mark that says something, with what it is of. */
interface DrawnMark {
  readonly row: number;
  readonly column: number;
  readonly port: DrawnPort;
  readonly verdict: ExpectedVerdict;
  readonly mark: Token;
}

/**
 * The expectations of a drawing, for one CNI or for all; none when nothing is drawn. `report` holds the drawing's lines where they stand in
 * the file, `lineStart` says where in the file a line begins.
 */
export function readDrawing(
  report: ResultsReport,
  drawn: DrawnTable,
  cni: string | undefined,
  lineStart: (line: number) => number,
): Expectation[] {
  const { name, names, said, at } = drawn;
  const sideOf = (word: string): Side | undefined => parseSide(names.get(word) ?? word);
  const table = drawnTable(report, (word) => sideOf(word) !== undefined);
  if (table === undefined) return [];
  const rows = namedSides(
    table.rows.map((row) => row.name),
    'row',
    sideOf,
    report,
  );
  const heads = table.columns.map((column) => ({ ...column, text: columnName(column, table) }));
  const columns = namedSides(heads, 'column', sideOf, report);
  const { ports, marks } = readMarks(table, drawn.ports, report);
  const drawing: Drawing = {
    name,
    at,
    rows: rows.map(({ text }) => text),
    columns: columns.map(({ text }) => text),
    ports: ports.map(({ text }) => text),
  };
  return marks.flatMap(({ row, column, port, verdict, mark }): Expectation[] => {
    const [source, destination] = [rows[row]!.side, columns[column]!.side];
    if (source === undefined || destination === undefined) return [];
    const about = `${rows[row]!.text} to ${columns[column]!.text}${ports.length > 1 ? ` ${port.text}` : ''}`;
    const start = lineStart(mark.line) + mark.column - 1;
    return [
      {
        ...said,
        name: name === '' ? '' : `${name}: ${about}`,
        flow: flowOf(source, destination, port),
        expect: cni === undefined ? verdict : new Map([[cni, verdict]]),
        written: new Map([[cni ?? '', { start, end: start + mark.text.length }]]),
        cell: { drawing, row, column, port: ports.indexOf(port) },
        at: placeOf(mark, report),
      },
    ];
  });
}

function flowOf(source: Side, destination: Side, { protocol, destinationPort }: DrawnPort): Flow {
  return { protocol, source, destination, ...(destinationPort === undefined ? {} : { destinationPort }) };
}

/** The marks of all cells, and of which ports they are: those that the suite names, then those that the drawing does. */
function readMarks(
  table: WrittenTable,
  given: readonly DrawnPort[],
  report: ResultsReport,
): { readonly ports: readonly DrawnPort[]; readonly marks: readonly DrawnMark[] } {
  const ports = [...given];
  const portOf = (key: Token): DrawnPort | undefined => {
    const port = readPort(key, report);
    const known = ports.find(({ text }) => text === port?.text);
    if (port !== undefined && known === undefined) ports.push(port);
    return known ?? port;
  };
  const keyed = table.keys.map(portOf);
  const inOrder = keyed.length > 0 ? keyed : given;
  const isLabelled = table.rows.some(({ cells }) => cells.some((cell) => cell[0]?.text.endsWith(':')));
  if (inOrder.length === 0 && !isLabelled) {
    complainOf(report, table.head, 'suite/no-port', 'the table does not say of which port it is', {
      hint: 'port: TCP/80',
    });
    return { ports, marks: [] };
  }
  const context = { table, ports: inOrder, portOf, marks: MARKS, hint: MARK_HINT };
  const marks = table.rows.flatMap((row, rowAt) => {
    if (!isWhole(row, table, report)) return [];
    return row.cells.flatMap((cell, column) =>
      readCell(spread(cell, inOrder.length), row, context, report).flatMap(
        ({ mark, value: verdict, port }): DrawnMark[] =>
          verdict === undefined ? [] : [{ row: rowAt, column, port, verdict, mark }],
      ),
    );
  });
  return { ports, marks };
}

function readPort(key: Token, report: ResultsReport): DrawnPort | undefined {
  const port = parseDrawnPort(key.text.replace(/:$/, ''));
  if (port === undefined) {
    const message = `${JSON.stringify(key.text)} is no protocol and port`;
    complainOf(report, key, 'table/bad-port', message, { hint: 'expected TCP/80' });
  }
  return port;
}

/** The marks of a cell that is one word: `.X` is a mark for each of two ports, a single mark is that of all of them. */
function spread(cell: readonly Token[], count: number): readonly Token[] {
  const [word] = cell;
  if (word === undefined || cell.length > 1 || count < 2) return cell;
  if (MARKS.has(word.text)) return Array.from({ length: count }, () => word);
  return [...word.text].map((text, at) => ({ text, line: word.line, column: word.column + at }));
}

/** Names before rows or above columns; what is no side, or stands twice, is complained of. */
function namedSides(
  names: readonly Token[],
  what: 'row' | 'column',
  sideOf: (word: string) => Side | undefined,
  report: ResultsReport,
): NamedSide[] {
  return names.map((name, at): NamedSide => {
    const { text } = name;
    const side = sideOf(text);
    if (side === undefined)
      complainOf(report, name, 'suite/bad-side', `${JSON.stringify(text)} is no side of a flow`, {
        hint: "expected NAMESPACE/POD, NAMESPACE/KIND/NAME, NAMESPACE/*, an address, or a word of the suite's names:",
      });
    else if (names.findIndex((one) => one.text === text) < at)
      complainOf(report, name, 'table/twice', `a second ${what} of ${text}`);
    return { text, side };
  });
}
