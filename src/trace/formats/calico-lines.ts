/**
 * Lines of text that releases of Calico Enterprise wrote before its JSON: flows with a field a column, and the metrics that Felix sends to
 * syslog on hosts outside of a cluster, as keys and values. The reporter is `in` at the destination, `out` at the source.
 *
 * Source: docs.tigera.io, flow logs (file output of release 2.4), and policy metrics in syslog.
 */
import { type FlowName, type FlowNameKind, flowName } from '../../flow/flow-name.ts';
import { FLAG_AGGREGATED, FLAG_INTERVAL } from '../../packet/batch-layout.ts';
import { legacyDecider } from '../flow-log/calico-decider.ts';
import { type FlowFormat, NDJSON } from '../flow-log/flow-format.ts';
import { countOf, type FlowReading, MALFORMED, wholeOf } from '../flow-log/flow-record.ts';
import { NO_DECIDER } from '../flow-log/observed-decider.ts';
import { parseTime } from '../time.ts';
import { observedOf } from './calico-enterprise.ts';

const COLUMNS = 24;
const KINDS: Readonly<Record<string, FlowNameKind>> = {
  wep: 'workload',
  hep: 'host',
  ns: 'network-set',
  net: 'network',
};

/** Labels stand in brackets and may hold blanks. */
const cellsOf = (line: string): string[] => line.match(/\[[^\]]*\]|\S+/g) ?? [];

const isColumns = (cells: readonly string[]): boolean =>
  cells.length === COLUMNS &&
  /^\d+$/.test(cells[0]!) &&
  cells[2]! in KINDS &&
  cells[6]! in KINDS &&
  /^(?:allow|deny)$/.test(cells[23]!);

/** A dash is nothing. */
const given = (cell: string | undefined): string | undefined =>
  cell === undefined || cell === '' || cell === '-' ? undefined : cell;

function sideName(cells: readonly string[], first: number): FlowName | undefined {
  return flowName(given(cells[first + 2]), given(cells[first + 1]), KINDS[cells[first]!]);
}

function readColumns(cells: readonly string[]): FlowReading {
  const [source, destination] = [given(cells[10]), given(cells[11])];
  const isSource = /^(?:out|src)$/.test(cells[18]!);
  return {
    time: parseTime(cells[0]),
    source,
    destination,
    sourceName: sideName(cells, 2),
    destinationName: sideName(cells, 6),
    protocol: given(cells[12]),
    sourcePort: wholeOf(given(cells[13]), 65_535),
    destinationPort: wholeOf(given(cells[14]), 65_535),
    packets: countOf(cells[19], 0) + countOf(cells[20], 0),
    bytes: countOf(cells[21], 0) + countOf(cells[22], 0),
    trust: (source === undefined || destination === undefined ? FLAG_AGGREGATED : 0) | FLAG_INTERVAL,
    observed: observedOf(cells[23], isSource),
  };
}

/** Keys and values, quoted or bare. */
function pairsOf(line: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [, key, quoted, bare] of line.matchAll(/(\w+)=(?:"([^"]*)"|([^\s"]+))/g))
    pairs.set(key!, quoted ?? bare!);
  return pairs;
}

const isPairs = (pairs: ReadonlyMap<string, string>): boolean =>
  ['action', 'srcIP', 'dstIP', 'proto', 'ruleDir'].every((key) => pairs.has(key));

function readPairs(pairs: ReadonlyMap<string, string>, line: string): FlowReading {
  const sum = (what: string): number =>
    countOf(pairs.get(`in${what}`), 0) + countOf(pairs.get(`out${what}`), 0);
  const policy = pairs.get('policy') ?? '';
  const rule = Number(pairs.get('rule') ?? Number.NaN);
  return {
    // What the syslog daemon wrote before the line.
    time: parseTime(/^\S+/.exec(line)?.[0]),
    source: pairs.get('srcIP'),
    destination: pairs.get('dstIP'),
    protocol: pairs.get('proto'),
    sourcePort: wholeOf(pairs.get('srcPort'), 65_535),
    destinationPort: wholeOf(pairs.get('dstPort'), 65_535),
    packets: sum('Packets'),
    bytes: sum('Bytes'),
    trust: FLAG_INTERVAL,
    observed: observedOf(pairs.get('action'), pairs.get('ruleDir') === 'egress'),
    observedBy:
      policy === ''
        ? NO_DECIDER
        : legacyDecider(policy, pairs.get('tier') ?? '', Number.isInteger(rule) ? rule : null),
  };
}

function read(line: string): FlowReading {
  const cells = cellsOf(line);
  if (isColumns(cells)) return readColumns(cells);
  const pairs = pairsOf(line);
  return isPairs(pairs) ? readPairs(pairs, line) : MALFORMED;
}

const isRecord = (line: string): boolean => isColumns(cellsOf(line)) || isPairs(pairsOf(line));

/** Lines of text of older releases. */
export const CALICO_LINES: FlowFormat = {
  name: 'calico-lines',
  title: "Calico's flow logs and metrics as lines of text",
  signs: [' wep ', ' hep ', 'ruleDir=', 'trafficDir=', 'updateType='],
  tellsVerdicts: true,
  namesPods: true,
  recognise: (head, isGiven) => (isGiven || head.lines.some(isRecord) ? NDJSON : undefined),
  reader: () => read,
};
