/**
 * Tables in a log, as they are written: grids of `|` and `+` as cyclonus prints them, and columns between tabs as the tests of
 * Kubernetes do. What their cells mean is truth-table.ts's business.
 *
 * Source: mattfenwick/cyclonus pkg/connectivity/printer.go, pkg/connectivity/probe/table.go (which uses olekukonko/tablewriter);
 * kubernetes/kubernetes test/e2e/network/netpol/truthtable.go, reachability.go.
 */
import { complainOf, type ResultsReport, type Token } from './result-report.ts';

export interface WrittenRow {
  readonly name: Token;
  /** The words of each cell, and where the cell begins. */
  readonly cells: readonly (readonly Token[])[];
}

export interface WrittenTable {
  /** The line before it. */
  readonly title: string;
  readonly head: Token;
  /** What each mark of a cell is of, `TCP/80`; empty where cells have one mark, or say it themselves. */
  readonly keys: readonly Token[];
  readonly columns: readonly Token[];
  readonly rows: readonly WrittenRow[];
  /** Counts what the log says began before the table: a state of the policies. */
  readonly step: number;
  /** What that was probed with, where the log says it. */
  readonly probed: readonly Token[];
}

const RULE = /^\s*\+[-+= ]*\+?\s*$/;
const ROW = /^\s*\|/;
/** The head of a table between tabs. */
const MATRIX_HEAD = /^\s*-(?:\s+[\w.-]+\/[\w.-]+)+\s*$/;
/** Source: PrintTestCaseResult and PrintStep of cyclonus. */
const STEP = /^step \d+ on (?:port (\S+), protocol (\w+)|all available)/;
const MARKS = /^(?:\S+: )?[.X?!PN]$/i;

/** What cyclonus and the tests expected, and where that was not found: everything but what the cluster did. */
const NO_RESULT =
  /\b(?:expected|comparison|vs (?:expected|combined))\b.*:\s*$|^\s*(?:ingress|egress|combined):\s*$/i;
/** One of several goes at the same probes. */
const TRY = /\btry \d+:\s*$/i;

export interface FoundTables {
  /** Those of results, in order; of several tries the last. */
  readonly tables: readonly WrittenTable[];
  /** Tables of other things. */
  readonly passedOver: number;
}

/** The tables of a file. */
export function findTables(report: ResultsReport): FoundTables {
  const { lines } = report;
  const tables: WrittenTable[] = [];
  let passedOver = 0;
  let title = '';
  let step = 0;
  let probed: Token[] = [];
  for (let index = 0; index < lines.length; ) {
    const line = lines[index]!;
    const isGrid = ROW.test(line) || RULE.test(line);
    if (!isGrid && !MATRIX_HEAD.test(line)) {
      const begun = STEP.exec(line);
      if (begun !== null) {
        step++;
        probed = begun
          .slice(1, 3)
          .flatMap((text) => (text === undefined ? [] : [tokenOf(text, line, index)]));
      }
      if (line.trim() !== '') title = line;
      index++;
      continue;
    }
    const end = isGrid
      ? endOf(lines, index, (one) => ROW.test(one) || RULE.test(one))
      : endOf(lines, index, nonBlank);
    const about = { title, step, probed };
    const table = isGrid ? gridTable(index, end, about, report) : matrixTable(index, end, about, report);
    if (table === undefined) passedOver++;
    else {
      const before = tables.at(-1);
      const isNextTry = before?.step === step && TRY.test(before.title) && TRY.test(title);
      if (isNextTry) tables.pop();
      tables.push(table);
    }
    title = '';
    index = end;
  }
  return { tables, passedOver };
}

type About = Pick<WrittenTable, 'title' | 'step' | 'probed'>;

const nonBlank = (line: string): boolean => line.trim() !== '';

function endOf(lines: readonly string[], start: number, belongs: (line: string) => boolean): number {
  let end = start;
  while (end < lines.length && belongs(lines[end]!)) end++;
  return end;
}

function tokenOf(text: string, line: string, index: number): Token {
  return { text, line: index + 1, column: line.indexOf(text) + 1 };
}

/** The words of a part of a line that begins at `from`. */
function wordsOf(text: string, index: number, from: number): Token[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    line: index + 1,
    column: from + match.index + 1,
  }));
}

/** The cells between the bars of a line; a bar that is missing at its end ends nothing. */
function cellsOf(line: string, index: number): Token[][] {
  const bars = [...line.matchAll(/\|/g)].map(({ index: at }) => at);
  if (line.slice(bars.at(-1)! + 1).trim() !== '') bars.push(line.length);
  return bars.slice(0, -1).map((bar, at) => wordsOf(line.slice(bar + 1, bars[at + 1]), index, bar + 1));
}

const joined = (words: readonly Token[], otherwise: Token): Token =>
  words.length === 0 ? otherwise : { ...words[0]!, text: words.map(({ text }) => text).join(' ') };

/** Undefined for a grid that is no table of results. */
function gridTable(
  start: number,
  end: number,
  about: About,
  report: ResultsReport,
): WrittenTable | undefined {
  const table = gridOf(start, end, about, report);
  if (table === undefined) return undefined;
  const { columns, rows } = table;
  const named = columns.filter(({ text }) => text.includes('/')).length;
  if (named === 0 || named * 2 < columns.length) {
    const words = columns.map(({ text, ...place }) =>
      text.split(' ').map((word) => ({ ...place, text: word })),
    );
    const isOfMarks = [words, ...rows.map(({ cells }) => cells)].some(
      (cells) => cells.length > 1 && cells.every(isMarks),
    );
    if (isOfMarks)
      complainOf(report, table.corner, 'results/no-head', 'a table of results whose head names no pods');
    return undefined;
  }
  return NO_RESULT.test(about.title) ? undefined : table;
}

interface Grid extends WrittenTable {
  /** Where the table begins. */
  readonly corner: Token;
}

/** A grid's head and rows, whatever they say; undefined where it has rules only. */
function gridOf(start: number, end: number, about: About, report: ResultsReport): Grid | undefined {
  const lines = report.lines.slice(start, end).map((text, at) => ({ text, index: start + at }));
  const firstRow = lines.findIndex(({ text }) => ROW.test(text));
  if (firstRow < 0) return undefined;
  const rule = lines.findIndex(({ text }, at) => at > firstRow && !ROW.test(text));
  const headEnd = rule < 0 ? firstRow + 1 : rule;
  const head = lines.slice(firstRow, headEnd).map(({ text, index }) => cellsOf(text, index));
  const corner: Token = { text: '|', line: lines[firstRow]!.index + 1, column: 1 };
  const width = Math.max(...head.map((cells) => cells.length));
  const column = (at: number): Token[] => head.flatMap((cells) => cells[at] ?? []);
  const columns = Array.from({ length: width - 1 }, (_, at) => joined(column(at + 1), corner));
  const rows = gridRows(lines.slice(headEnd).filter(({ text }) => ROW.test(text)));
  const keys = column(0).filter(({ text }) => text !== '-');
  return { ...about, head: joined(columns, corner), corner, keys, columns, rows };
}

const isMarks = (cell: readonly Token[]): boolean =>
  cell.length > 0 && cell.every(({ text }) => MARKS.test(text));

/** Rows of a grid: a line without a name goes on with the row before it. */
function gridRows(lines: readonly { readonly text: string; readonly index: number }[]): WrittenRow[] {
  const rows: { name: Token; cells: Token[][] }[] = [];
  for (const { text, index } of lines) {
    const [name = [], ...cells] = cellsOf(text, index);
    const last = rows.at(-1);
    const start: Token = { text: '|', line: index + 1, column: 1 };
    if (name.length > 0 || last === undefined) rows.push({ name: joined(name, start), cells });
    else for (const [at, cell] of cells.entries()) last.cells[at] = [...(last.cells[at] ?? []), ...cell];
  }
  return rows;
}

/** Lines below the head as long as they look like rows. */
function matrixTable(
  start: number,
  end: number,
  about: About,
  report: ResultsReport,
): WrittenTable | undefined {
  if (NO_RESULT.test(about.title)) return undefined;
  const [, ...columns] = wordsOf(report.lines[start]!, start, 0);
  const rows: WrittenRow[] = [];
  for (let index = start + 1; index < end; index++) {
    const [name, ...marks] = wordsOf(report.lines[index]!, index, 0);
    if (name === undefined || marks.filter(({ text }) => MARKS.test(text)).length * 2 < marks.length) break;
    rows.push({ name, cells: marks.map((mark) => [mark]) });
  }
  return { ...about, head: columns[0]!, keys: [], columns, rows };
}

const WHOLLY_DRAWN: About = { title: '', step: 0, probed: [] };
/** What stands in a corner: of which ports the marks are. */
const PORT = /^(?:tcp|udp|sctp)\/[\w-]+$/i;

/**
 * The table of a text that is nothing else: a grid, or words in columns, the first of them a corner unless it is a name. Undefined where
 * nothing is drawn.
 */
export function drawnTable(
  report: ResultsReport,
  isName: (word: string) => boolean,
): WrittenTable | undefined {
  const lines = [...report.lines.entries()].filter(([, line]) => nonBlank(line) && !/^\s*#/.test(line));
  const [start] = lines[0] ?? [];
  if (start === undefined) return undefined;
  if (ROW.test(report.lines[start]!) || RULE.test(report.lines[start]!))
    return gridOf(start, lines.at(-1)![0] + 1, WHOLLY_DRAWN, report);
  const [head = [], ...others] = lines.map(([index, line]) => wordsOf(line, index, 0));
  const hasCorner = PORT.test(head[0]!.text) || !isName(head[0]!.text);
  const rows = others.map(([name, ...marks]) => ({ name: name!, cells: marks.map((mark) => [mark]) }));
  return {
    ...WHOLLY_DRAWN,
    head: head[0]!,
    keys: hasCorner && PORT.test(head[0]!.text) ? [head[0]!] : [],
    columns: hasCorner ? head.slice(1) : head,
    rows,
  };
}
