/**
 * Cilium's Hubble: `hubble observe -o json` and the exporter's files, one event a line, with the flow under the key `flow` or bare.
 * An event is a packet; replies are turned into their connection's direction. Of the events about one packet, those at other
 * points than its delivery are told as repeated.
 *
 * Source: cilium/cilium api/v1/flow/flow.proto (protojson: zero values are left out, numbers of 64 bits are text).
 */
import { type FlowName, flowName } from '../../flow/flow-name.ts';
import {
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_DENY,
  OBSERVED_MASK,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import type { FlowFormat, FlowHead, JsonObject } from '../flow-log/flow-format.ts';
import { jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED, turned } from '../flow-log/flow-record.ts';
import { hasObject, objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import type { ScanTree } from '../flow-log/log-scan.ts';
import {
  DROP_REASON,
  type NamedPolicy,
  NO_DECIDER,
  type ObservedDecider,
} from '../flow-log/observed-decider.ts';
import { wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

/** Keys of lines that tell of something else than a flow. */
const OTHERS = ['node_status', 'agent_event', 'debug_event'];

const EVENT_DROP = 1;
const EVENT_TRACE = 4;
const EVENT_POLICY_VERDICT = 5;
const EVENT_L7 = 129;

const FLAG_BITS: Readonly<Record<string, number>> = {
  FIN: 1,
  SYN: 2,
  RST: 4,
  PSH: 8,
  ACK: 16,
  URG: 32,
  ECE: 64,
  CWR: 128,
  NS: 256,
};

/** Drops that are decisions of policy; others say nothing about it. */
const POLICY_DROPS = new Set(['POLICY_DENIED', 'POLICY_DENY', 'AUTH_REQUIRED', '133', '181', '189']);

const isFlow = (flow: JsonObject): boolean =>
  (hasObject(flow, 'IP') || hasObject(flow, 'l4') || hasObject(flow, 'event_type')) &&
  (typeof flow.verdict === 'string' || hasObject(flow, 'source') || hasObject(flow, 'destination'));

const isOther = (line: JsonObject): boolean =>
  hasObject(line, 'lost_events') || OTHERS.some((key) => hasObject(line, key));

const isLine = (line: JsonObject): boolean =>
  hasObject(line, 'flow') ? isFlow(objectAt(line, 'flow')) : isFlow(line) || isOther(line);

/** Type of the event; undefined when a field mask took it away. */
function eventType(flow: JsonObject): number | undefined {
  return hasObject(flow, 'event_type') ? wholeOf(objectAt(flow, 'event_type').type ?? 0, 255) : undefined;
}

/** Whether the event repeats one that is counted elsewhere: the same packet at another hop, or before its translation. */
function isRepeated(flow: JsonObject, type: number | undefined): boolean {
  if (type === undefined) return flow.verdict === 'TRANSLATED' || flow.Type === 'SOCK';
  if (type === EVENT_DROP || type === EVENT_POLICY_VERDICT || type === EVENT_L7) return false;
  if (type !== EVENT_TRACE) return true;
  const point = flow.trace_observation_point;
  return (
    point !== 'TO_ENDPOINT' && !(point === undefined && (objectAt(flow, 'event_type').sub_type ?? 0) === 0)
  );
}

/** Whether a packet was dropped because policy said so. */
function isPolicyDrop(flow: JsonObject, type: number | undefined): boolean {
  return flow.verdict === 'DROPPED' && type !== EVENT_L7 && POLICY_DROPS.has(dropReason(flow) ?? '');
}

/** OBSERVED_ code of an event. What an egress event says of a destination behind another node's policy is nothing. */
function observedOf(flow: JsonObject, type: number | undefined): number {
  const side = flow.traffic_direction === 'EGRESS' && type !== EVENT_TRACE ? OBSERVED_AT_SOURCE : 0;
  switch (flow.verdict) {
    case 'FORWARDED':
    case 'REDIRECTED':
      return OBSERVED_ALLOW | side;
    // What would be denied, were the endpoint not in audit mode.
    case 'AUDIT':
      return OBSERVED_DENY | side;
    case 'DROPPED': {
      if (type === EVENT_L7) return OBSERVED_NONE;
      const isPolicy =
        dropReason(flow) === undefined ? type === EVENT_POLICY_VERDICT : isPolicyDrop(flow, type);
      return isPolicy ? OBSERVED_DENY | side : OBSERVED_NONE;
    }
    default:
      return OBSERVED_NONE;
  }
}

const DERIVED_FROM = 'k8s:io.cilium.k8s.policy.derived-from=';

/** A policy of an event; older releases say its kind in a label alone. */
function policyOf(value: unknown): NamedPolicy[] {
  if (typeof value !== 'object' || value === null) return [];
  const policy = value as JsonObject;
  const name = textAt(policy, 'name');
  if (name === undefined) return [];
  const labels = Array.isArray(policy.labels) ? policy.labels : [];
  const derived = labels.find((label) => typeof label === 'string' && label.startsWith(DERIVED_FROM)) as
    | string
    | undefined;
  const kind = textAt(policy, 'kind') ?? derived?.slice(DERIVED_FROM.length) ?? '';
  // What Calico calls otherwise than its own.
  const isKubernetes = /^(?:Cluster|Admin|BaselineAdmin)?NetworkPolicy$/.test(kind);
  return [
    {
      kind: isKubernetes ? `Kubernetes${kind}` : kind,
      namespace: textAt(policy, 'namespace') ?? '',
      policy: name,
    },
  ];
}

const nameOf = ({ kind, namespace, policy }: NamedPolicy): string => `${namespace}/${policy} ${kind}`;

/** Who decided: the policies that the event names on its side, in the order of their names, else the reason of a drop. */
function deciderOf(flow: JsonObject, observed: number): ObservedDecider {
  if (observed === OBSERVED_NONE) return NO_DECIDER;
  const side = flow.traffic_direction === 'EGRESS' ? 'egress' : 'ingress';
  const isDenied = (observed & OBSERVED_MASK) === OBSERVED_DENY;
  const list = flow[`${side}_${isDenied ? 'denied' : 'allowed'}_by`];
  const [first, ...others] = (Array.isArray(list) ? list.flatMap(policyOf) : []).sort((a, b) =>
    nameOf(a) < nameOf(b) ? -1 : 1,
  );
  if (first !== undefined) return { ...NO_DECIDER, ...first, ...(others.length === 0 ? {} : { others }) };
  const reason = isDenied ? dropReason(flow) : undefined;
  return reason === undefined ? NO_DECIDER : { ...NO_DECIDER, kind: DROP_REASON, policy: reason };
}

/** Why a packet was dropped: a name, or its number in older events. */
const dropReason = (flow: JsonObject): string | undefined =>
  textAt(flow, 'drop_reason_desc') ?? textAt(flow, 'drop_reason');

/** Protocol, ports and flags: exactly one key of `l4` is there. */
function transportOf(flow: JsonObject): Partial<FlowRecord> {
  const l4 = objectAt(flow, 'l4');
  const name = Object.keys(l4)[0];
  if (name === undefined) return {};
  const header = objectAt(l4, name);
  if (name === 'ICMPv4' || name === 'ICMPv6')
    return {
      protocol: name === 'ICMPv4' ? 'icmp' : 'icmpv6',
      icmpType: wholeOf(header.type ?? 0, 255),
      icmpCode: wholeOf(header.code ?? 0, 255),
    };
  const flags = Object.entries(objectAt(header, 'flags')).reduce(
    (bits, [flag, isSet]) => (isSet === true ? bits | (FLAG_BITS[flag] ?? 0) : bits),
    0,
  );
  return {
    protocol: name,
    sourcePort: wholeOf(header.source_port, 65_535),
    destinationPort: wholeOf(header.destination_port, 65_535),
    tcpFlags: flags === 0 ? undefined : flags,
  };
}

/** True for a reply, false for a packet of the initiator, undefined when nothing tells. */
function isReply(flow: JsonObject, flags: number, type: number | undefined): boolean | undefined {
  if (typeof flow.is_reply === 'boolean') return flow.is_reply;
  if (flow.reply === true) return true;
  if ((flags & 18) !== 0 && (flags & 2) !== 0) return (flags & 16) !== 0;
  // Policy is asked about packets of no connection that is known, which its source begins then, whichever port is the lower.
  return type === EVENT_POLICY_VERDICT || isPolicyDrop(flow, type) ? false : undefined;
}

/** The pod at a side: for events whose addresses were masked away. */
function podOf(flow: JsonObject, side: 'source' | 'destination'): FlowName | undefined {
  const end = objectAt(flow, side);
  return flowName(textAt(end, 'pod_name'), textAt(end, 'namespace'), 'workload');
}

function readFlow(flow: JsonObject, line: JsonObject): FlowReading {
  const ip = objectAt(flow, 'IP');
  const type = eventType(flow);
  const transport = transportOf(flow);
  const reply = isReply(flow, transport.tcpFlags ?? 0, type);
  const repeated = isRepeated(flow, type);
  // What repeats an event at another hop says no more than that the packet came so far.
  const observed = repeated ? OBSERVED_NONE : observedOf(flow, type);
  const record: FlowRecord = {
    time: parseTime(textAt(flow, 'time') ?? textAt(line, 'time')),
    source: textAt(ip, 'source'),
    destination: textAt(ip, 'destination'),
    protocol: undefined,
    ...transport,
    packets: 1,
    bytes: 0,
    observed,
    observedBy: deciderOf(flow, observed),
    initiatorUnknown: reply === undefined,
    repeated,
    sourceName: podOf(flow, 'source'),
    destinationName: podOf(flow, 'destination'),
  };
  if (reply !== true || transport.icmpType !== undefined) return record;
  return turned({ ...record, tcpFlags: undefined });
}

function read(text: string): FlowReading {
  const line = objectOf(text);
  if (line === undefined) return MALFORMED;
  if (hasObject(line, 'flow')) return readFlow(objectAt(line, 'flow'), line);
  if (hasObject(line, 'lost_events')) {
    const amount = wholeOf(objectAt(line, 'lost_events').num_events_lost, 0xffff_ffff);
    return { note: 'lost-events', amount: amount ?? 1 };
  }
  return isOther(line) ? { note: 'no-flow' } : readFlow(line, line);
}

const L4_REFUSED = { '*': 'refused' } as const;
const PORTS: ScanTree = { source_port: 'sourcePort', destination_port: 'destinationPort', flags: 'key' };

/** What `readFlow` looks at. Of `l4` the first key counts, whatever it is. */
const FLOW_TREE: ScanTree = {
  time: 'time',
  verdict: 'key',
  drop_reason: 'key',
  drop_reason_desc: 'key',
  IP: { source: 'source', destination: 'destination' },
  l4: { TCP: PORTS, UDP: PORTS, SCTP: PORTS, ICMPv4: 'key', ICMPv6: 'key', ...L4_REFUSED },
  source: { pod_name: 'sourceName', namespace: 'sourceNamespace' },
  destination: { pod_name: 'destinationName', namespace: 'destinationNamespace' },
  Type: 'key',
  event_type: 'key',
  trace_observation_point: 'key',
  traffic_direction: 'key',
  is_reply: 'key',
  reply: 'key',
  egress_allowed_by: 'key',
  egress_denied_by: 'key',
  ingress_allowed_by: 'key',
  ingress_denied_by: 'key',
};
const WRAPPED_TREE: ScanTree = { flow: FLOW_TREE, time: 'otherTime' };

function treeOf(line: JsonObject): ScanTree | undefined {
  if (hasObject(line, 'flow')) return WRAPPED_TREE;
  return isOther(line) ? undefined : FLOW_TREE;
}

/** Events of Hubble. */
export const HUBBLE: FlowFormat = {
  name: 'hubble',
  title: 'Cilium Hubble events as JSON',
  signs: ['"flow"', '"l4"', '"IP"', '"verdict"', '"node_name"', '"traffic_direction"', '"event_type"'],
  tellsVerdicts: true,
  namesPods: true,
  recognise(head: FlowHead, isGiven) {
    return isGiven || head.objects.some(isLine) ? jsonFound(head) : undefined;
  },
  reader: () => read,
  scan: () => ({ treeOf }),
};
