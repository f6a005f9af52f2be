/**
 * Lines of text that releases of Calico Enterprise wrote before its JSON: flows with a field a column, and the metrics that Felix sends to
 * syslog on hosts outside of a cluster, as keys and values. The reporter is `in` at the destination, `out` at the source.
 *
 * Source: docs.tigera.io, flow logs (file output of release 2.4), and policy metrics in syslog; projectcalico/calico felix/collector/flowlog,
 * which takes such a line apart.
 */
import { type FlowName, type FlowNameKind, flowName } from '../../flow/flow-name.ts';
import { FLAG_AGGREGATED, FLAG_INTERVAL } from '../../packet/batch-layout.ts';
import { deciderOfStrings, legacyDecider, ruleOf } from '../flow-log/calico-decider.ts';
import { type FlowFormat, NDJSON } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { NO_DECIDER } from '../flow-log/observed-decider.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';
import { observedOf } from './calico-enterprise.ts';

/** Of the documented layout; the other one has the aggregated name behind each end's own, and policies behind the action. */
const COLUMNS = 24;
const NAMED_COLUMNS = 26;
const KINDS: Readonly<Record<string, FlowNameKind>> = {
  wep: 'workload',
  hep: 'host',
  ns: 'network-set',
  net: 'network',
};

/** No such line is longer; and what the patterns below look for is bounded, so that damaged lines cost no more than others. */
const LINE_MOST = 65_536;

/** Labels stand in brackets and may hold blanks. */
const cellsOf = (line: string): string[] => line.match(/\[[^\]]{0,4096}\]|\S+/g) ?? [];

const KINDS_OF_ENDS = new Set([...Object.keys(KINDS), 'pvt', 'pub']);

/** An end's own name, unless it was aggregated away. */
const nameOf = (cells: readonly string[], at: number): string =>
  cells[at] === '-' ? cells[at + 1]! : cells[at]!;

/** The cells in the documented layout; undefined when the line is no flow. */
function columnsOf(all: readonly string[]): readonly string[] | undefined {
  const isNamed = all.length >= NAMED_COLUMNS && KINDS_OF_ENDS.has(all[7]!);
  const cells = isNamed
    ? [...all.slice(0, 4), nameOf(all, 4), ...all.slice(6, 9), nameOf(all, 9), ...all.slice(11)]
    : all;
  const isFlow =
    cells.length >= COLUMNS &&
    /^\d+$/.test(cells[0]!) &&
    KINDS_OF_ENDS.has(cells[2]!) &&
    KINDS_OF_ENDS.has(cells[6]!) &&
    /^(?:allow|deny)$/.test(cells[23]!);
  return isFlow ? cells : undefined;
}

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
    observedBy: deciderOfStrings(policiesOf(cells[24])),
  };
}

/** The strings of `["0|tier|namespace/tier.policy|allow|0"]`. */
function policiesOf(cell: string | undefined): readonly string[] {
  return cell === undefined ? [] : [...cell.matchAll(/"([^"]*)"/g)].map(([, text]) => text!);
}

/** Keys and values, quoted or bare. */
function pairsOf(line: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [, key, quoted, bare] of line.matchAll(/\b(\w{1,64})=(?:"([^"]*)"|([^\s"]+))/g))
    pairs.set(key!, quoted ?? bare!);
  return pairs;
}

const isPairs = (pairs: ReadonlyMap<string, string>): boolean =>
  ['action', 'srcIP', 'dstIP', 'proto', 'ruleDir'].every((key) => pairs.has(key));

function readPairs(pairs: ReadonlyMap<string, string>, line: string): FlowReading {
  const sum = (what: string): number =>
    countOf(pairs.get(`in${what}`), 0) + countOf(pairs.get(`out${what}`), 0);
  const policy = pairs.get('policy') ?? '';
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
      policy === '' ? NO_DECIDER : legacyDecider(policy, pairs.get('tier') ?? '', ruleOf(pairs.get('rule'))),
  };
}

function read(line: string): FlowReading {
  if (line.length > LINE_MOST) return MALFORMED;
  const cells = columnsOf(cellsOf(line));
  if (cells !== undefined) return readColumns(cells);
  const pairs = pairsOf(line);
  return isPairs(pairs) ? readPairs(pairs, line) : MALFORMED;
}

const isRecord = (line: string): boolean =>
  line.length <= LINE_MOST && (columnsOf(cellsOf(line)) !== undefined || isPairs(pairsOf(line)));

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
