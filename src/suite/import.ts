/**
 * What other tools wrote → the text of a suite: tests of netassert, and tables that cyclonus or the tests of Kubernetes printed. What does not
 * map stands in the text as a comment with its place.
 */
import { readFileSync } from 'node:fs';
import { Document, isScalar, Scalar, visit } from 'yaml';
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { formatFlow, formatSide } from '../flow/notation.ts';
import { protocolName } from '../net/protocol.ts';
import { visible, visibleJson } from '../output/visible.ts';
import type { Cluster } from '../policy/cluster.ts';
import { askedProbes, type ProbeMode } from './asked-probes.ts';
import type { FlowProbe, PairProbe, ProbedPort, Results } from './probe.ts';
import { parseSuite } from './read.ts';
import { parseResults } from './results.ts';
import type { Expectation } from './suite.ts';

/** A suite's fields as YAML has them. */
interface WrittenSuite {
  readonly description: string;
  readonly manifests?: readonly string[];
  readonly flows?: readonly object[];
  readonly tables?: readonly object[];
}

interface PairSides {
  readonly from: string;
  readonly to: string;
}

/** A cell with its sides as the suite writes them. */
interface DrawnPair extends PairSides {
  readonly pair: PairProbe;
}

const MARKS = { allow: '.', deny: 'X', reject: 'reject' } as const;

/** How a file is read, and what the suite says of itself. */
export interface ImportOptions {
  /** As the suite names them. */
  readonly manifests: readonly string[];
  /** What tables that do not say it were probed with. */
  readonly probed: ProbedPort | undefined;
  /** Of the manifests, so that probes go by the Services that they went through; without it they go to pods. */
  readonly cluster: Cluster | undefined;
  readonly mode: ProbeMode;
}

/** The suite's text, and what was found wrong; use it only when no diagnostic is an error. */
export function importSuite(path: string, options: ImportOptions): Checked<string> {
  const { manifests, probed } = options;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = whyUnreadable(error, 'a file of tests or tables');
    return {
      value: '',
      diagnostics: [{ code: 'suite/unreadable', severity: 'error', message: `${path}: ${why}` }],
    };
  }
  const { value: suite, diagnostics } = parseSuite(path, text);
  if (suite.foreign !== undefined) {
    const description = `${suite.foreign.tool}: ${path}`;
    const flows = suite.expectations.map(flowOf);
    const left = diagnostics.filter(({ severity }) => severity === 'warning');
    return { value: suiteText({ description, manifests, flows }, left), diagnostics };
  }
  if (diagnostics.length === 0) return { value: '', diagnostics: [noImport(path)] };
  const results = parseResults(path, text, probed);
  const { pairs, flows } = results.value;
  const { value: sides, diagnostics: unknown } = sidesOf(results.value, options);
  const written = {
    description: `tables of ${path}`,
    manifests,
    flows: flows.map(probeOf),
    tables: tablesOf(pairs.map((pair, at) => ({ pair, ...sides[at]! }))),
  };
  return { value: suiteText(written, []), diagnostics: [...results.diagnostics, ...unknown] };
}

/** The sides of each pair as flows name them. */
function sidesOf(results: Results, { cluster, mode }: ImportOptions): Checked<readonly PairSides[]> {
  const nameOf = ({ namespace, name }: PairProbe['source']): string => `${namespace}/${name}`;
  if (cluster === undefined)
    return {
      value: results.pairs.map(({ source, destination }) => ({
        from: nameOf(source),
        to: nameOf(destination),
      })),
      diagnostics: [],
    };
  const { value, diagnostics } = askedProbes({ ...results, flows: [] }, cluster, mode);
  return {
    value: value.probes.map(({ flow }) => ({
      from: formatSide(flow.source),
      to: formatSide(flow.destination),
    })),
    diagnostics,
  };
}

function noImport(path: string): Diagnostic {
  const message = `${path} is a suite already`;
  return { code: 'suite/foreign', severity: 'error', message, hint: `run it: dryplane test ${path}` };
}

function flowOf({ name, flow, expect }: Expectation): object {
  return { name, flow: formatFlow(flow), expect };
}

function probeOf({ flow, observed }: FlowProbe): object {
  return { flow: formatFlow(flow), expect: observed };
}

/** `TCP/80`. */
function portText({ protocol, port }: ProbedPort): string {
  return `${protocolName(protocol).toUpperCase()}/${typeof port === 'number' ? port : port.name}`;
}

/** A table for each port; ports of which the same was found share one. */
function tablesOf(pairs: readonly DrawnPair[]): object[] {
  const byPort = grouped(pairs, ({ pair }) => portText(pair));
  const drawn = [...byPort].map(([port, probes]) => ({ port, expect: drawing(probes) }));
  return [...grouped(drawn, ({ expect }) => expect)].map(([expect, tables]) => {
    const ports = tables.map(({ port }) => port);
    return ports.length === 1 ? { port: ports[0], expect } : { ports, expect };
  });
}

function grouped<Of>(items: readonly Of[], keyOf: (item: Of) => string): ReadonlyMap<string, readonly Of[]> {
  const groups = new Map<string, Of[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Who was probed as a table: `-` where no result is. */
function drawing(probes: readonly DrawnPair[]): string {
  const rows = [...new Set(probes.map(({ from }) => from))];
  const columns = [...new Set(probes.map(({ to }) => to))];
  const found = new Map(probes.map(({ from, to, pair }) => [`${from} ${to}`, MARKS[pair.observed]]));
  const lines = [
    ['-', ...columns],
    ...rows.map((row) => [row, ...columns.map((column) => found.get(`${row} ${column}`) ?? '-')]),
  ];
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** The file: fields, then what is not in them. */
function suiteText(
  { description, manifests = [], flows = [], tables = [] }: WrittenSuite,
  left: readonly Diagnostic[],
): string {
  const fields = {
    description,
    ...(manifests.length === 0 ? {} : { manifests }),
    ...(flows.length === 0 ? {} : { flows }),
    ...(tables.length === 0 ? {} : { tables }),
  };
  const comments = left.map(({ at, message }) => `# ${visible(`${at!.file}:${at!.line}: ${message}`)}\n`);
  return `${yamlText(fields)}${comments.join('')}`;
}

/** YAML, drawings as blocks; other texts that would move a cursor stand in double quotes, where what does so is an escape. */
function yamlText(fields: object): string {
  const document = new Document(fields);
  visit(document, {
    Pair: (_, { key, value }) =>
      isScalar(key) && key.value === 'expect' && isScalar(value) ? visit.SKIP : undefined,
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && visible(node.value) !== node.value)
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return visibleJson(document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }));
}
