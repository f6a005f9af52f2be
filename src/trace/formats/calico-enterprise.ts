/**
 * Calico Enterprise's and Cloud's flows.log: JSON, one aggregated flow a line. What is aggregated away is null; the action is what the
 * reporter saw: at the source its egress, at the destination the whole way.
 *
 * Source: docs.tigera.io, flow log data types; projectcalico/calico felix/collector/flowlog.
 */
import { type FlowName, type FlowNameKind, flowName } from '../../flow/flow-name.ts';
import {
  FLAG_AGGREGATED,
  FLAG_INTERVAL,
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_DENY,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import { deciderOfStrings } from '../flow-log/calico-decider.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import type { ScanRole, ScanTree } from '../flow-log/log-scan.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { reporterOf } from '../flow-log/reporter.ts';
import { parseTime } from '../time.ts';

/** Elasticsearch's documents hold the record itself under this key. */
const WRAPPER = '_source';

const recordOf = (line: JsonObject): JsonObject => {
  const wrapped = line[WRAPPER];
  return typeof wrapped === 'object' && wrapped !== null ? (wrapped as JsonObject) : line;
};

const isRecord = (line: JsonObject): boolean => {
  const record = recordOf(line);
  const ends = ['source_name_aggr', 'dest_name_aggr', 'source_type', 'dest_type', 'source_ip', 'dest_ip'];
  return 'reporter' in record && 'action' in record && ends.filter((key) => key in record).length >= 2;
};

/** OBSERVED_ code of an action as this reporter saw it. */
export function observedOf(action: string | undefined, isSource: boolean): number {
  if (action === 'allow') return OBSERVED_ALLOW | (isSource ? OBSERVED_AT_SOURCE : 0);
  return action === 'deny' ? OBSERVED_DENY | (isSource ? OBSERVED_AT_SOURCE : 0) : OBSERVED_NONE;
}

/** The strings of what was enforced; the list of older releases holds staged policies too. */
function policiesOf(record: JsonObject): unknown {
  const policies = objectAt(record, 'policies');
  const { enforced_policies: enforced, all_policies: all } = policies;
  return Array.isArray(enforced) ? enforced : all;
}

const KINDS: Readonly<Record<string, FlowNameKind>> = {
  wep: 'workload',
  hep: 'host',
  ns: 'network-set',
  net: 'network',
};

/** The name of a side: of the pod itself, unless it was aggregated away. */
function nameOf(record: JsonObject, side: 'source' | 'dest'): FlowName | undefined {
  const own = textAt(record, `${side}_name`);
  const name = own === undefined || own === '-' ? textAt(record, `${side}_name_aggr`) : own;
  const kind = KINDS[textAt(record, `${side}_type`)?.toLowerCase() ?? ''];
  return flowName(name, textAt(record, `${side}_namespace`), kind);
}

/** What both ends say alike. */
const SHARED_KEYS = ['source', 'dest']
  .flatMap((side) => ['ip', 'name_aggr', 'namespace', 'port', 'type'].map((key) => `${side}_${key}`))
  .concat('proto');

/** Whether addresses or ports were merged away: a flow of several is told as one. */
function isAggregated(record: JsonObject): boolean {
  const hasPorts = /^(?:tcp|udp|sctp|6|17|132)$/i.test(textAt(record, 'proto') ?? '');
  const parts = ['source_ip', 'dest_ip', ...(hasPorts ? ['source_port', 'dest_port'] : [])];
  return parts.some((part) => textAt(record, part) === undefined);
}

function read(text: string): FlowReading {
  const line = objectOf(text);
  if (line === undefined) return MALFORMED;
  const record = recordOf(line);
  const reporter = textAt(record, 'reporter')?.toLowerCase() ?? '';
  const sum = (key: string): number => countOf(record[`${key}_in`], 0) + countOf(record[`${key}_out`], 0);
  const source = textAt(record, 'source_ip');
  const destination = textAt(record, 'dest_ip');
  return {
    time: parseTime(
      textAt(record, 'start_time') ?? textAt(record, 'startTime') ?? textAt(record, '@timestamp'),
    ),
    source,
    destination,
    protocol: textAt(record, 'proto'),
    sourcePort: wholeOf(record.source_port, 65_535),
    destinationPort: wholeOf(record.dest_port, 65_535),
    packets: record.packets_in === undefined && record.packets_out === undefined ? 1 : sum('packets'),
    bytes: sum('bytes'),
    trust: FLAG_INTERVAL | (isAggregated(record) ? FLAG_AGGREGATED : 0),
    // `fwd` reports what a host's forward policy made of it, which is neither side's.
    observed: /src|dst/.test(reporter)
      ? observedOf(textAt(record, 'action')?.toLowerCase(), !reporter.includes('dst'))
      : OBSERVED_NONE,
    observedBy: deciderOfStrings(policiesOf(record)),
    reporter: reporterOf(
      reporter.includes('dst') ? 'destination' : reporter === 'src' ? 'source' : undefined,
      ...SHARED_KEYS.map((key) => record[key]),
    ),
    sourceName: nameOf(record, 'source'),
    destinationName: nameOf(record, 'dest'),
  };
}

/** What `read` looks at. */
const TREE: ScanTree = {
  _source: 'refused',
  start_time: 'time',
  source_ip: 'source',
  source_name: 'sourceName',
  source_name_aggr: 'sourceNames',
  source_namespace: 'sourceNamespace',
  source_type: 'sourceKind',
  source_port: 'sourcePort',
  dest_ip: 'destination',
  dest_name: 'destinationName',
  dest_name_aggr: 'destinationNames',
  dest_namespace: 'destinationNamespace',
  dest_type: 'destinationKind',
  dest_port: 'destinationPort',
  proto: 'protocol',
  reporter: 'key',
  action: 'key',
  policies: 'key',
  packets_in: 'packets',
  packets_out: 'replyPackets',
  bytes_in: 'bytes',
  bytes_out: 'replyBytes',
};

/** Flow logs of Calico Enterprise. */
export const CALICO_ENTERPRISE: FlowFormat = {
  name: 'calico-enterprise',
  title: "Calico Enterprise's flows.log",
  signs: [
    '"source_ip"',
    '"dest_ip"',
    '"source_name_aggr"',
    '"dest_name_aggr"',
    '"reporter"',
    '"num_flows"',
    '"dest_type"',
  ],
  tellsVerdicts: true,
  hasReporters: true,
  namesPods: true,
  recognise: (head, isGiven) => (isGiven || head.objects.some(isRecord) ? jsonFound(head) : undefined),
  reader: () => read,
  scan: () => ({ treeOf: () => TREE, alike: SHARED_KEYS.map((key) => TREE[key] as ScanRole) }),
};
