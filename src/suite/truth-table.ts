/**
 * Tables of results → probes: pods as rows and columns, `.` for what came through and `X` for what did not, of one port or of
 * several in each cell.
 *
 * Source: mattfenwick/cyclonus pkg/connectivity/probe/connectivity.go (marks), table.go (`TCP/80` in the corner or in each cell);
 * kubernetes/kubernetes test/e2e/network/netpol/truthtable.go.
 */
import { protocolNumber } from '../net/protocol.ts';
import type { Observed, PairProbe, ProbedPod, ProbedPort, Results } from './probe.ts';
import { complainOf, placeOf, type ResultsReport, type Token } from './result-report.ts';
import { columnName, isWhole, readCell } from './table-cells.ts';
import type { WrittenTable } from './written-table.ts';

/** `.` and `X`; the others say why there is no result. */
const MARKS: ReadonlyMap<string, Observed | undefined> = new Map([
  ['.', 'allow'],
  ['X', 'deny'],
  ['x', 'deny'],
  ['?', undefined],
  ['!', undefined],
  ['P', undefined],
  ['N', undefined],
]);
const MARK_HINT = '. is allowed, X blocked; ? unknown, ! a probe that failed, P and N no such port';

type TableResults = Pick<Results, 'pairs' | 'unprobed' | 'usesDefaultPort'>;

/** `TCP/80`, `UDP/serve-80-udp`; undefined for anything else. */
export function parseProbedPort(text: string): ProbedPort | undefined {
  const [, name = '', port = ''] = /^([A-Za-z]+)\/([\w-]+)$/.exec(text) ?? [];
  const protocol = ['tcp', 'udp', 'sctp'].includes(name.toLowerCase()) ? protocolNumber(name) : undefined;
  if (protocol === undefined) return undefined;
  if (!/^\d+$/.test(port)) return { protocol, port: { name: port } };
  return Number(port) > 0 && Number(port) < 65536 ? { protocol, port: Number(port) } : undefined;
}

/** The probes of all tables. `probed`: of tables that do not say it. */
export function readTruthTables(
  tables: readonly WrittenTable[],
  probed: ProbedPort | undefined,
  report: ResultsReport,
): TableResults {
  let unprobed = 0;
  let usesDefaultPort = false;
  const pairs: PairProbe[] = [];
  const first = new Map<string, WrittenTable>();
  for (const table of tables) {
    const own = portOfStep(table);
    usesDefaultPort ||= own === undefined && !saysPorts(table);
    const { probes, without } = readTable(table, own ?? probed, report);
    unprobed += without;
    const before = probes.map((probe) => first.get(keyOf(probe))).find((one) => one !== undefined);
    if (before !== undefined) complainOfSecond(table, before, report);
    for (const probe of probes) first.set(keyOf(probe), table);
    pairs.push(...probes);
  }
  return { pairs, unprobed, usesDefaultPort };
}

function keyOf({ source, destination, protocol, port }: PairProbe): string {
  const number = typeof port === 'number' ? port : port.name;
  return `${source.namespace}/${source.name} ${destination.namespace}/${destination.name} ${protocol}/${number}`;
}

function complainOfSecond({ head }: WrittenTable, before: WrittenTable, report: ResultsReport): void {
  complainOf(
    report,
    head,
    'results/twice',
    `a second table of the same probes, the first one is in line ${before.head.line}`,
    { hint: 'the manifests are of one state of the policies: leave the tables of that state' },
  );
}

function portOfStep({ probed: [port, protocol] }: WrittenTable): ProbedPort | undefined {
  return port === undefined || protocol === undefined
    ? undefined
    : parseProbedPort(`${protocol.text}/${port.text}`);
}

/** Whether the corner or the cells name ports. */
function saysPorts({ keys, rows }: WrittenTable): boolean {
  return keys.length > 0 || rows.some(({ cells }) => cells.some((cell) => cell[0]?.text.endsWith(':')));
}

function readTable(
  table: WrittenTable,
  probed: ProbedPort | undefined,
  report: ResultsReport,
): { readonly probes: PairProbe[]; readonly without: number } {
  const none = { probes: [], without: 0 };
  if (probed === undefined && !saysPorts(table)) {
    complainOf(report, table.head, 'results/no-port', 'the table does not say which port was probed', {
      hint: 'say it with --probe TCP/80',
    });
    return none;
  }
  const context = {
    table,
    ports: table.keys.length > 0 ? table.keys.map((key) => portOfKey(key, report)) : [probed],
    portOf: (key: Token) => portOfKey(key, report),
    marks: MARKS,
    hint: MARK_HINT,
  };
  const sources = table.rows.map(({ name }) => podOf(name, name.text, report));
  const destinations = table.columns.map((column) => podOf(column, columnName(column, table), report));
  complainOfTwins(table, sources, destinations, report);
  let without = 0;
  const probes = table.rows.flatMap((row, at) => {
    const source = sources[at];
    if (!isWhole(row, table, report) || source === undefined) return [];
    return row.cells.flatMap((cell, column) => {
      const destination = destinations[column];
      return readCell(cell, row, context, report).flatMap(({ mark, value: observed, port }): PairProbe[] => {
        if (observed === undefined) without++;
        if (observed === undefined || destination === undefined) return [];
        return [{ source, destination, ...port, observed, at: placeOf(mark, report) }];
      });
    });
  });
  return { probes, without };
}

function portOfKey(key: Token, report: ResultsReport): ProbedPort | undefined {
  const port = parseProbedPort(key.text.replace(/:$/, ''));
  if (port === undefined)
    complainOf(report, key, 'table/bad-port', `${JSON.stringify(key.text)} is no protocol and port`, {
      hint: 'expected TCP/80',
    });
  return port;
}

function podOf(token: Token, text: string, report: ResultsReport): ProbedPod | undefined {
  const [, namespace, name] = /^([^/\s]+)\/([^/\s]+)$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined) {
    complainOf(report, token, 'results/bad-name', `${JSON.stringify(token.text)} names no pod`, {
      hint: 'expected namespace/pod',
    });
    return undefined;
  }
  return { namespace, name, at: placeOf(token, report), sourceLine: report.lines[token.line - 1]! };
}

/** Pods that stand twice, or on one side only: a table that was cut. */
function complainOfTwins(
  { rows, columns }: WrittenTable,
  sources: readonly (ProbedPod | undefined)[],
  destinations: readonly (ProbedPod | undefined)[],
  report: ResultsReport,
): void {
  const nameOf = (pod: ProbedPod | undefined): string =>
    pod === undefined ? '' : `${pod.namespace}/${pod.name}`;
  const from = sources.map(nameOf);
  const to = destinations.map(nameOf);
  const tokens = [...rows.map(({ name }) => name), ...columns];
  for (const [at, name] of [...from, ...to].entries()) {
    if (name === '') continue;
    const isRow = at < from.length;
    const [side, own, other] = isRow ? (['row', from, to] as const) : (['column', to, from] as const);
    const place = isRow ? at : at - from.length;
    const token = tokens[at]!;
    if (own.indexOf(name) < place) complainOf(report, token, 'table/twice', `a second ${side} of ${name}`);
    else if (!other.includes(name))
      complainOf(
        report,
        token,
        'results/one-sided',
        `${name} has a ${side} and no ${isRow ? 'column' : 'row'}: these probes are missing`,
        { severity: 'warning' },
      );
  }
}
