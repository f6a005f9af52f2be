/**
 * Flows of Calico's Goldmane, as Whisker's API lists or streams them and as Goldmane's emitter posts them: aggregated over pods and
 * source ports, with names in the place of addresses. A record is what one of the two ends saw in its interval: at the source its
 * egress, at the destination the whole way. The emitter leaves zero values out and writes enumerations as numbers.
 *
 * Source: projectcalico/calico whisker-backend/pkg/apis/v1, goldmane/pkg/emitter, goldmane/proto/api.proto.
 */
import { type FlowName, type FlowNameKind, flowName } from '../../flow/flow-name.ts';
import { FLAG_AGGREGATED, FLAG_INTERVAL, OBSERVED_NONE } from '../../packet/batch-layout.ts';
import { deciderOfHits } from '../flow-log/calico-decider.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { hasObject, objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import type { ScanRole, ScanTree } from '../flow-log/log-scan.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { reporterOf } from '../flow-log/reporter.ts';
import { parseTime } from '../time.ts';
import { observedOf } from './calico-enterprise.ts';

/** The flow itself: results of Goldmane's API wrap it. */
const innerOf = (flow: JsonObject): JsonObject => (hasObject(flow, 'flow') ? objectAt(flow, 'flow') : flow);

const keyOf = (flow: JsonObject): JsonObject => (hasObject(flow, 'Key') ? objectAt(flow, 'Key') : flow);

const isFlow = (line: JsonObject): boolean => {
  const key = keyOf(innerOf(line));
  return 'source_name' in key && 'dest_name' in key;
};

const KINDS: Readonly<Record<string, FlowNameKind>> = {
  '1': 'workload',
  workloadendpoint: 'workload',
  '2': 'host',
  hostendpoint: 'host',
  '3': 'network-set',
  networkset: 'network-set',
  '4': 'network',
  network: 'network',
};

/** Whisker gives no type: the name has to tell. */
function nameOf(key: JsonObject, side: 'source' | 'dest'): FlowName | undefined {
  const kind = KINDS[textAt(key, `${side}_type`)?.toLowerCase() ?? ''];
  return flowName(textAt(key, `${side}_name`), textAt(key, `${side}_namespace`), kind);
}

const ACTIONS: Readonly<Record<string, string>> = { '1': 'allow', '2': 'deny', allow: 'allow', deny: 'deny' };

const REPORTERS: Readonly<Record<string, 'source' | 'destination'>> = {
  '1': 'source',
  src: 'source',
  '2': 'destination',
  dst: 'destination',
};

/** Which end saw the flow; undefined when it is not said. */
const endOf = (key: JsonObject): 'source' | 'destination' | undefined =>
  REPORTERS[textAt(key, 'reporter')?.toLowerCase() ?? ''];

function observedHere(key: JsonObject): number {
  const action = ACTIONS[textAt(key, 'action')?.toLowerCase() ?? ''];
  const end = endOf(key);
  return end === undefined ? OBSERVED_NONE : observedOf(action, end === 'source');
}

/** What both ends say alike. */
const SHARED_KEYS = ['source', 'dest']
  .flatMap((side) => ['name', 'namespace', 'type'].map((key) => `${side}_${key}`))
  .concat('dest_port', 'protocol', 'proto');

function read(text: string): FlowReading {
  const line = objectOf(text);
  if (line === undefined || !isFlow(line)) return MALFORMED;
  const flow = innerOf(line);
  const key = keyOf(flow);
  const sum = (what: string): number => countOf(flow[`${what}_in`], 0) + countOf(flow[`${what}_out`], 0);
  const policies = objectAt(key, 'policies');
  const port = wholeOf(key.dest_port, 65_535);
  return {
    time: parseTime(textAt(flow, 'start_time')),
    source: undefined,
    destination: undefined,
    sourceName: nameOf(key, 'source'),
    destinationName: nameOf(key, 'dest'),
    protocol: textAt(key, 'protocol') ?? textAt(key, 'proto'),
    // A port of 0 is none: that of ICMP, or one that was aggregated away.
    destinationPort: port === 0 ? undefined : port,
    packets: sum('packets'),
    bytes: sum('bytes'),
    trust: FLAG_AGGREGATED | FLAG_INTERVAL,
    observed: observedHere(key),
    reporter: reporterOf(endOf(key), ...SHARED_KEYS.map((name) => key[name])),
    observedBy: deciderOfHits(policies.enforced ?? policies.enforced_policies),
  };
}

/** What `read` looks at, of the flow and of its key. */
const KEY_TREE = {
  source_name: 'sourceName',
  source_namespace: 'sourceNamespace',
  source_type: 'sourceKind',
  dest_name: 'destinationName',
  dest_namespace: 'destinationNamespace',
  dest_type: 'destinationKind',
  dest_port: 'destinationPort',
  protocol: 'protocol',
  proto: 'refused',
  reporter: 'key',
  action: 'key',
  policies: 'key',
} as const satisfies ScanTree;
const COUNT_TREE = {
  start_time: 'time',
  packets_in: 'packets',
  packets_out: 'replyPackets',
  bytes_in: 'bytes',
  bytes_out: 'replyBytes',
} as const satisfies ScanTree;
const PLAIN_TREE: ScanTree = { ...COUNT_TREE, ...KEY_TREE };
const KEYED_TREE: ScanTree = { ...COUNT_TREE, Key: KEY_TREE };

function treeOf(line: JsonObject): ScanTree {
  const flow = innerOf(line);
  const tree = hasObject(flow, 'Key') ? KEYED_TREE : PLAIN_TREE;
  return flow === line ? tree : { flow: tree };
}

/** Flows of Whisker and Goldmane. */
export const CALICO_WHISKER: FlowFormat = {
  name: 'calico-whisker',
  title: "Whisker's or Goldmane's flows as JSON",
  signs: [
    '"source_name"',
    '"dest_name"',
    '"source_namespace"',
    '"dest_namespace"',
    '"reporter"',
    '"policies"',
    '"Key"',
  ],
  tellsVerdicts: true,
  hasReporters: true,
  namesPods: true,
  recognise(head, isGiven) {
    const isEmpty = /^\{\s*"total"\s*:\s*\{[^}]*\}\s*,\s*"items"\s*:\s*(null|\[\s*\])\s*\}/.test(head.text);
    if (isEmpty) return { ...jsonFound(head), framing: 'objects', start: head.text.length };
    return isGiven || head.objects.some(isFlow) ? jsonFound(head) : undefined;
  },
  reader: () => read,
  scan: () => ({
    treeOf,
    alike: SHARED_KEYS.map((key) => (key === 'proto' ? undefined : (PLAIN_TREE[key] as ScanRole))),
  }),
};
