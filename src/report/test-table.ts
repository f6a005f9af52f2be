/**
 * A table of a suite in the text report of `test`: one line when all is as drawn; else the table again, what was expected beside what was
 * found, with the cells that differ in brackets.
 */
import { stripVTControlCharacters } from 'node:util';
import type { TestedExpectation, TestedSuite, TestedTable } from '../analysis/test/test-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { type Style, verdictPaint } from './style.ts';

/** Cells of one table that fail are explained up to so many. */
export const EXPLAINED_CELLS = 3;

const INDENT = 6;
const MARKS: Readonly<Record<string, string>> = { allow: '.', deny: 'X' };

/** The lines of a suite's table by its number. What failed is explained by whoever prints expectations. */
export function tableLines(suite: TestedSuite, number: number, style: Style): string[] {
  const { palette } = style;
  const table = suite.tables[number]!;
  const results = suite.results.filter(({ cell }) => cell?.table === number);
  const failed = results.filter(({ passed }) => !passed);
  const name = visible(table.name === '' ? `table of ${table.ports.join(', ')}` : table.name);
  if (failed.length === 0)
    return [
      `  ${palette.green('✓')} ${name}  ${palette.dim(`all ${countOf(results.length, 'cell')} as drawn`)}`,
    ];
  const ports = table.ports.flatMap((port, index) =>
    failed.some(({ cell }) => cell!.port === index) ? [{ port, index }] : [],
  );
  return [
    `  ${palette.red('✗')} ${palette.bold(name)}  ${failed.length} of ${countOf(results.length, 'cell')} ${failed.length === 1 ? 'differs' : 'differ'}  ${palette.cyan(visible(table.location))}`,
    ...ports.flatMap(({ port, index }) =>
      drawingLines(
        table,
        port,
        results.filter(({ cell }) => cell!.port === index),
        style,
      ),
    ),
  ];
}

/** One port of a table: what was expected beside what was found where both fit, else above it. */
function drawingLines(
  table: TestedTable,
  port: string,
  results: readonly TestedExpectation[],
  style: Style,
): string[] {
  const expected = drawn(table, `${visible(port)} expected`, style, (row, column) => {
    const one = resultAt(results, row, column);
    return one === undefined ? '-' : markText(one.expected.verdict, one.expected.verdict, one.passed, style);
  });
  const found = drawn(table, 'found', style, (row, column) => {
    const one = resultAt(results, row, column);
    return one === undefined ? '-' : markText(one.found.verdict, one.expected.verdict, one.passed, style);
  });
  const width = Math.max(...expected.map(shownLength));
  const beside = expected.map((line, at) => `${line}${' '.repeat(width - shownLength(line))}  ${found[at]!}`);
  const isFitting = beside.every((line) => INDENT + shownLength(line) <= style.columns);
  return (isFitting ? beside : [...expected, ...found]).map((line) => `${' '.repeat(INDENT)}${line}`);
}

/** How wide a text is where it is shown. */
const shownLength = (text: string): number => stripVTControlCharacters(text).length;

function resultAt(
  results: readonly TestedExpectation[],
  row: number,
  column: number,
): TestedExpectation | undefined {
  return results.find(({ cell }) => cell!.row === row && cell!.column === column);
}

/** A verdict as tables draw it; a reject of the suite is a deny that was found. */
function markText(verdict: string, expected: string, passed: boolean, { palette }: Style): string {
  const text = passed ? (MARKS[expected] ?? expected) : `[${MARKS[verdict] ?? verdict}]`;
  return passed ? text : verdictPaint(palette, verdict)(text);
}

function drawn(
  { rows, columns }: TestedTable,
  corner: string,
  { palette }: Style,
  mark: (row: number, column: number) => string,
): string[] {
  const head = [palette.dim(corner), ...columns.map(visible)];
  const body = rows.map((row, at) => [visible(row), ...columns.map((_, column) => mark(at, column))]);
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => shownLength(line[column]!))));
  return lines.map((line) => {
    const cells = line.map((cell, column) => `${cell}${' '.repeat(widths[column]! - shownLength(cell))}`);
    // A name is foreign text: it begins no line.
    return `| ${cells.join('  ')}`.trimEnd();
  });
}
