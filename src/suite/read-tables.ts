/**
 * The `tables` of a suite, or of a step of it → expectations, one for each mark that is drawn. What a table's text says is drawing.ts's
 * business; this file reads the YAML around it.
 */
import { isMap, isScalar, type Node, Scalar } from 'yaml';
import { type DrawnPort, type DrawnTable, parseDrawnPort, readDrawing } from './drawing.ts';
import {
  complainAbout,
  locate,
  readList,
  readMapping,
  readTags,
  readText,
  readWord,
  type SuiteReport,
} from './fields.ts';
import type { ExpectationContext } from './read-expectations.ts';
import type { ResultsReport } from './result-report.ts';
import { CIRCUMSTANCES, type Circumstance, type Expectation } from './suite.ts';

const TABLE_FIELDS = ['name', 'tags', 'port', 'ports', 'expect', 'when', 'why'];

/** The expectations of all tables that a mapping lists. */
export function readTables(
  values: ReadonlyMap<string, Node>,
  context: ExpectationContext,
  report: SuiteReport,
): Expectation[] {
  return readList(values, 'tables', report).flatMap((node) => readTable(node, context, report));
}

function readTable(node: Node, context: ExpectationContext, report: SuiteReport): Expectation[] {
  const values = readMapping(node, TABLE_FIELDS, 'a table', report);
  if (values === undefined) return [];
  const why = readText(values, 'why', report)?.text;
  const when = readWord<Circumstance>(values, 'when', CIRCUMSTANCES, report);
  const table: DrawnTable = {
    name: readText(values, 'name', report)?.text ?? '',
    names: context.names,
    ports: readPorts(values, report),
    said: {
      tags: readTags(values, context.tags, report),
      state: context.state,
      ...(when === undefined ? {} : { when }),
      ...(why === undefined ? {} : { why }),
    },
    at: locate(report, node.range?.[0] ?? 0),
  };
  const expect = values.get('expect');
  if (expect === undefined) {
    const message = 'the table has no field expect';
    complainAbout(report, node, 'suite/missing-field', message, 'expect: | and the table below it');
    return [];
  }
  if (!isMap(expect)) return readDrawn(expect, table, undefined, report);
  const named = readMapping(expect, context.cnis, 'expect', report) ?? new Map<string, Node>();
  return [...named].flatMap(([cni, drawn]) => readDrawn(drawn, table, cni, report));
}

/** `port: TCP/80`, or `ports` with several. */
function readPorts(values: ReadonlyMap<string, Node>, report: SuiteReport): DrawnPort[] {
  const one = values.get('port');
  if (one !== undefined && values.has('ports'))
    complainAbout(report, one, 'suite/unknown-field', 'port beside ports', 'write one of them');
  const nodes = [...(one === undefined ? [] : [one]), ...readList(values, 'ports', report)];
  return nodes.flatMap((node) => {
    const text = isScalar(node) ? String(node.value) : '';
    const port = parseDrawnPort(text);
    if (port !== undefined) return [port];
    const message = `${JSON.stringify(text)} is no protocol and port`;
    complainAbout(
      report,
      node,
      'suite/bad-port',
      message,
      'expected TCP/80, UDP/dns, ICMP, or 80 for TCP/80',
    );
    return [];
  });
}

/** The lines of a block of text where they stand in the file, all others empty; undefined for any other node. */
function blockLines(node: Node, { path, text, lines, diagnostics }: SuiteReport): ResultsReport | undefined {
  const isBlock = isScalar(node) && (node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED);
  if (!isBlock) return undefined;
  const [start, end] = node.range ?? [0, 0];
  const first = lines.linePos(start).line;
  const block = text.slice(0, end).split('\n');
  return {
    path,
    lines: block.map((line, at) => (at < first ? '' : line.replace(/\r$/, ''))),
    diagnostics,
  };
}

function readDrawn(
  node: Node,
  table: DrawnTable,
  cni: string | undefined,
  report: SuiteReport,
): Expectation[] {
  const drawn = blockLines(node, report);
  if (drawn === undefined) {
    const hint = 'draw it below expect: | with names above the columns and before the rows';
    complainAbout(report, node, 'suite/wrong-type', 'no drawn table', hint);
    return [];
  }
  const before = report.diagnostics.length;
  const found = readDrawing(drawn, table, cni, (line) => report.lines.lineStarts[line - 1]!);
  if (found.length === 0 && report.diagnostics.length === before)
    complainAbout(
      report,
      node,
      'suite/empty',
      'the table checks nothing',
      'names above the columns, a name before each row, and marks: . allow, X deny',
    );
  return found;
}
