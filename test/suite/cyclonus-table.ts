/**
 * Tables of results as cyclonus and the tests of Kubernetes print them, made of verdicts. Source of the forms: mattfenwick/cyclonus
 * docs/test-runs.md, pkg/connectivity/probe/table.go; kubernetes/kubernetes test/e2e/network/netpol/truthtable.go (PrettyPrint).
 */

/** The mark of one probe: `x/a`, `y/b`, `TCP/80`. */
export type MarkOf = (source: string, destination: string, key: string) => string;

/** Source: olekukonko/tablewriter (Title): heads are in capitals, dots and underscores become spaces. */
const head = (pod: string): string => pod.toUpperCase().replace(/[._]/g, ' ');

function grid(heads: readonly string[][], rows: readonly string[][], hasRules: boolean): string {
  const lines = [...heads, ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const body = rows.flatMap((cells, index) =>
    hasRules && index > 0 && cells[0] !== '' ? [rule, line(cells)] : [line(cells)],
  );
  return [rule, ...heads.map(line), rule, ...body, rule].join('\n');
}

/** One port: a mark a cell. */
export function simpleTable(pods: readonly string[], key: string, markOf: MarkOf): string {
  const rows = pods.map((source) => [source, ...pods.map((destination) => markOf(source, destination, key))]);
  return grid([['', ...pods.map(head)]], rows, false);
}

/** The same ports of every pod: their names in the corner, a mark of each in a cell. */
export function uniformTable(pods: readonly string[], keys: readonly string[], markOf: MarkOf): string {
  const heads = keys.map((key, index) => [key, ...pods.map((pod) => (index === 0 ? head(pod) : ''))]);
  const rows = pods.map((source) => [
    source,
    ...pods.map((destination) => keys.map((key) => markOf(source, destination, key)).join(' ')),
  ]);
  return grid(heads, rows, true);
}

/** Pods with ports of their own: each cell names them, a line each. */
export function labelledTable(pods: readonly string[], keys: readonly string[], markOf: MarkOf): string {
  const rows = pods.flatMap((source) =>
    keys.map((key, index) => [
      index === 0 ? source : '',
      ...pods.map((destination) => `${key}: ${markOf(source, destination, key)}`),
    ]),
  );
  return grid([['', ...pods.map(head)]], rows, true);
}

/** Columns between tabs. */
export function matrix(pods: readonly string[], key: string, markOf: MarkOf): string {
  const rows = pods.map((source) =>
    [source, ...pods.map((destination) => markOf(source, destination, key))].join('\t'),
  );
  return [['-', ...pods].join('\t'), ...rows].join('\n');
}
