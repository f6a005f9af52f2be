/**
 * NetObserv's and goflow's records as JSON, one a line. A record is one direction of a conversation as one interface saw it, scaled by the
 * sampling that it names.
 *
 * Source: netobserv/flowlogs-pipeline and netobserv/goflow2, field names of their outputs.
 */
import { type FlowName, flowName } from '../../flow/flow-name.ts';
import { FLAG_INTERVAL, FLAG_SAMPLED, OBSERVED_DENY } from '../../packet/batch-layout.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED } from '../flow-log/flow-record.ts';
import { objectOf, textAt } from '../flow-log/json-value.ts';
import { DROP_REASON, NO_DECIDER } from '../flow-log/observed-decider.ts';
import { countOf, tcpFlagsOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime, type TraceTime } from '../time.ts';

const isRecord = (record: JsonObject): boolean =>
  textAt(record, 'SrcAddr') !== undefined && textAt(record, 'DstAddr') !== undefined;

/** The first of these that is not 0: times that an exporter does not know are 0. */
const TIMES = [
  'TimeFlowStartNs',
  'TimeFlowStartMs',
  'TimeFlowStart',
  'TimeFlowEndMs',
  'TimeFlowEnd',
  'TimeReceived',
  'TimeReceivedNs',
];

function timeOf(record: JsonObject): TraceTime {
  const key = TIMES.find((name) => Number(record[name] ?? 0) > 0);
  return parseTime(key === undefined ? undefined : textAt(record, key));
}

/** What stands behind the address of a side: a pod or a node. Services and others are told by their addresses alone. */
function nameOf(record: JsonObject, side: 'Src' | 'Dst'): FlowName | undefined {
  const kind = textAt(record, `${side}K8S_Type`);
  const name = textAt(record, `${side}K8S_Name`);
  if (kind === 'Node') return flowName(name, '', 'host');
  if (kind !== undefined && kind !== 'Pod') return undefined;
  const namespace = textAt(record, `${side}K8S_Namespace`) ?? textAt(record, `${side}Namespace`);
  return flowName(name ?? textAt(record, `${side}Pod`), namespace, 'workload');
}

/** Why the kernel drops what a firewall's rule refuses; other causes say nothing about policy. */
const REFUSED = 'SKB_DROP_REASON_NETFILTER_DROP';

const isTelling = (record: JsonObject): boolean => 'PktDropPackets' in record;

/** What became of packets that were dropped. */
function droppedOf(record: JsonObject): Pick<FlowRecord, 'observed' | 'observedBy'> {
  const cause = textAt(record, 'PktDropLatestDropCause');
  if (cause !== REFUSED || countOf(record.PktDropPackets, 0) === 0) return {};
  return { observed: OBSERVED_DENY, observedBy: { ...NO_DECIDER, kind: DROP_REASON, policy: cause } };
}

function read(text: string): FlowReading {
  const record = objectOf(text);
  if (record === undefined) return MALFORMED;
  const protocol = record.Proto ?? record.Protocol;
  const flags = tcpFlagsOf(record.TCPFlags ?? record.Flags);
  const sampling = Math.max(1, countOf(record.SamplingRate ?? record.Sampling, 1));
  return {
    time: timeOf(record),
    source: textAt(record, 'SrcAddr'),
    destination: textAt(record, 'DstAddr'),
    sourceName: nameOf(record, 'Src'),
    destinationName: nameOf(record, 'Dst'),
    protocol: typeof protocol === 'string' || typeof protocol === 'number' ? protocol : undefined,
    sourcePort: wholeOf(record.SrcPort, 65_535),
    destinationPort: wholeOf(record.DstPort, 65_535),
    icmpType: wholeOf(record.IcmpType, 255),
    icmpCode: wholeOf(record.IcmpCode, 255),
    // 0 says that the exporter keeps no flags.
    tcpFlags: flags === 0 ? undefined : flags,
    packets: countOf(record.Packets, 1) * sampling,
    bytes: countOf(record.Bytes, 0) * sampling,
    ...droppedOf(record),
    initiatorUnknown: true,
    trust: FLAG_INTERVAL | (sampling > 1 ? FLAG_SAMPLED : 0),
    repeated: record.Duplicate === true,
  };
}

/** Records of NetObserv and goflow. */
export const NETOBSERV: FlowFormat = {
  name: 'netobserv',
  title: 'NetObserv or goflow records as JSON',
  signs: [
    '"SrcAddr"',
    '"DstAddr"',
    '"Proto"',
    '"Etype"',
    '"TimeReceived"',
    '"SamplerAddress"',
    '"FlowDirection"',
  ],
  tellsVerdicts: false,
  namesPods: true,
  recognise: (head, isGiven) =>
    isGiven || head.objects.some(isRecord)
      ? { ...jsonFound(head), tellsVerdicts: head.objects.some(isTelling) }
      : undefined,
  reader: () => read,
};
