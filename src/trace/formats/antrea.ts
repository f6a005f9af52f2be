/**
 * Records of Antrea's flow exporter as JSON, under the names that its aggregator gives them: connections that the node tracks, and those
 * that a policy refused, with who decided at either end.
 *
 * Source: antrea-io/antrea docs/network-flow-visibility.md (information elements); antrea-io/theia, the columns of its flows.
 */
import { flowName } from '../../flow/flow-name.ts';
import {
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_DENY,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { objectOf, textAt } from '../flow-log/json-value.ts';
import { NO_DECIDER, type ObservedDecider } from '../flow-log/observed-decider.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

type Side = 'ingress' | 'egress';

const ACTION_ALLOW = 1;
const ACTION_DROP = 2;
const ACTION_REJECT = 3;

/** Kinds of policies, by their numbers. */
const KINDS: Readonly<Record<number, string>> = {
  1: 'KubernetesNetworkPolicy',
  2: 'AntreaNetworkPolicy',
  3: 'AntreaClusterNetworkPolicy',
};

const addressOf = (record: JsonObject, side: 'source' | 'destination'): string | undefined =>
  textAt(record, `${side}IP`) ?? textAt(record, `${side}IPv4Address`) ?? textAt(record, `${side}IPv6Address`);

const isRecord = (record: JsonObject): boolean =>
  addressOf(record, 'source') !== undefined &&
  addressOf(record, 'destination') !== undefined &&
  'protocolIdentifier' in record;

const actionAt = (record: JsonObject, side: Side): number =>
  wholeOf(record[`${side}NetworkPolicyRuleAction`], 255) ?? 0;

function deciderAt(record: JsonObject, side: Side): ObservedDecider {
  const policy = textAt(record, `${side}NetworkPolicyName`);
  if (policy === undefined) return NO_DECIDER;
  const kind = KINDS[wholeOf(record[`${side}NetworkPolicyType`], 255) ?? 0] ?? '';
  return { ...NO_DECIDER, kind, namespace: textAt(record, `${side}NetworkPolicyNamespace`) ?? '', policy };
}

/** What became of it, and by whom. Without a policy at the destination, an answer shows that nobody stood in the way. */
function observedOf(record: JsonObject): { observed: number; observedBy: ObservedDecider } {
  const isRefused = (side: Side): boolean =>
    actionAt(record, side) === ACTION_DROP || actionAt(record, side) === ACTION_REJECT;
  if (isRefused('egress'))
    return { observed: OBSERVED_DENY | OBSERVED_AT_SOURCE, observedBy: deciderAt(record, 'egress') };
  if (isRefused('ingress')) return { observed: OBSERVED_DENY, observedBy: deciderAt(record, 'ingress') };
  if (actionAt(record, 'ingress') === ACTION_ALLOW)
    return { observed: OBSERVED_ALLOW, observedBy: deciderAt(record, 'ingress') };
  if (countOf(record.reversePacketTotalCount, 0) > 0)
    return { observed: OBSERVED_ALLOW, observedBy: NO_DECIDER };
  if (actionAt(record, 'egress') === ACTION_ALLOW)
    return { observed: OBSERVED_ALLOW | OBSERVED_AT_SOURCE, observedBy: deciderAt(record, 'egress') };
  return { observed: OBSERVED_NONE, observedBy: NO_DECIDER };
}

/** Of this record alone where that is told, else of the whole connection so far; both directions. */
function sumOf(record: JsonObject, what: 'Packet' | 'Octet'): number {
  const forward = what === 'Packet' ? 'packet' : 'octet';
  const [own, reverse] =
    `${forward}DeltaCount` in record
      ? [record[`${forward}DeltaCount`], record[`reverse${what}DeltaCount`]]
      : [record[`${forward}TotalCount`], record[`reverse${what}TotalCount`]];
  return countOf(own, 0) + countOf(reverse, 0);
}

function read(text: string): FlowReading {
  const record = objectOf(text);
  if (record === undefined || !isRecord(record)) return MALFORMED;
  const nameOf = (side: 'source' | 'destination') =>
    flowName(textAt(record, `${side}PodName`), textAt(record, `${side}PodNamespace`), 'workload');
  return {
    time: parseTime(textAt(record, 'flowStartSeconds') ?? textAt(record, 'flowEndSeconds')),
    source: addressOf(record, 'source'),
    destination: addressOf(record, 'destination'),
    sourceName: nameOf('source'),
    destinationName: nameOf('destination'),
    protocol: textAt(record, 'protocolIdentifier'),
    sourcePort: wholeOf(record.sourceTransportPort, 65_535),
    destinationPort: wholeOf(record.destinationTransportPort, 65_535),
    packets: sumOf(record, 'Packet'),
    bytes: sumOf(record, 'Octet'),
    ...observedOf(record),
  };
}

/** Records of Antrea. */
export const ANTREA: FlowFormat = {
  name: 'antrea',
  title: "records of Antrea's flow exporter as JSON",
  signs: [
    '"sourceTransportPort"',
    '"destinationTransportPort"',
    '"protocolIdentifier"',
    '"flowStartSeconds"',
    '"ingressNetworkPolicyRuleAction"',
    '"egressNetworkPolicyRuleAction"',
  ],
  tellsVerdicts: true,
  recognise: (head, isGiven) => (isGiven || head.objects.some(isRecord) ? jsonFound(head) : undefined),
  reader: () => read,
};
