/**
 * GCP VPC flow logs: entries of Cloud Logging as JSON, or their payloads alone. A record is one direction of a conversation as one of
 * the two ends reports it, sampled and scaled up by the exporter; it tells no verdict. Beside these stand records of firewall rules: a
 * connection each, with what the cloud's firewall made of it, which says nothing about policy.
 *
 * Source: cloud.google.com, VPC Flow Logs records, Firewall Rules Logging.
 */
import { type FlowName, flowName } from '../../flow/flow-name.ts';
import {
  FLAG_INTERVAL,
  FLAG_SAMPLED,
  OBSERVED_ALLOW,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
} from '../../packet/batch-layout.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { hasObject, objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { reporterOf } from '../flow-log/reporter.ts';
import { parseTime } from '../time.ts';

const payloadOf = (entry: JsonObject): JsonObject => {
  const wrapped = ['jsonPayload', 'json_payload'].find((key) => hasObject(entry, key));
  return wrapped === undefined ? entry : objectAt(entry, wrapped);
};

const isRecord = (entry: JsonObject): boolean =>
  ['src_ip', 'dest_ip'].some((key) => textAt(objectAt(payloadOf(entry), 'connection'), key) !== undefined);

/** The pod at a side: what its address was, whoever has it now. */
function podOf(payload: JsonObject, side: 'src' | 'dest'): FlowName | undefined {
  const pod = objectAt(objectAt(payload, `${side}_gke_details`), 'pod');
  return flowName(textAt(pod, 'pod_name'), textAt(pod, 'pod_namespace'), 'workload');
}

const DISPOSITIONS: Readonly<Record<string, number>> = {
  ALLOWED: OBSERVED_ALLOW | OBSERVED_ELSEWHERE,
  DENIED: OBSERVED_DENY | OBSERVED_ELSEWHERE,
};

/** What a firewall made of the connection; undefined in records of flows. */
const dispositionOf = (payload: JsonObject): number | undefined =>
  DISPOSITIONS[textAt(payload, 'disposition') ?? ''];

const REPORTERS: Readonly<Record<string, 'source' | 'destination'>> = { SRC: 'source', DEST: 'destination' };

function read(text: string): FlowReading {
  const entry = objectOf(text);
  if (entry === undefined) return MALFORMED;
  const payload = payloadOf(entry);
  // Audit entries stand in the same logs.
  if (!hasObject(payload, 'connection'))
    return hasObject(entry, 'resource') ? { note: 'no-flow' } : MALFORMED;
  const connection = objectAt(payload, 'connection');
  const disposition = dispositionOf(payload);
  return {
    time: parseTime(
      textAt(payload, 'start_time') ?? textAt(payload, 'end_time') ?? textAt(entry, 'timestamp'),
    ),
    source: textAt(connection, 'src_ip'),
    destination: textAt(connection, 'dest_ip'),
    sourceName: podOf(payload, 'src'),
    destinationName: podOf(payload, 'dest'),
    protocol: wholeOf(connection.protocol, 255),
    sourcePort: wholeOf(connection.src_port, 65_535),
    destinationPort: wholeOf(connection.dest_port, 65_535),
    packets: countOf(payload.packets_sent, 1),
    bytes: countOf(payload.bytes_sent, 0),
    ...(disposition === undefined
      ? { initiatorUnknown: true, trust: FLAG_SAMPLED | FLAG_INTERVAL }
      : { observed: disposition }),
    reporter: reporterOf(
      REPORTERS[textAt(payload, 'reporter') ?? ''],
      connection.src_ip,
      connection.dest_ip,
      connection.protocol,
    ),
  };
}

/** Flow logs of Google Cloud. */
export const GCP_VPC: FlowFormat = {
  name: 'gcp-vpc',
  title: 'GCP VPC flow logs',
  signs: [
    '"jsonPayload"',
    '"connection"',
    '"src_ip"',
    '"dest_ip"',
    'vpc_flows',
    '"packets_sent"',
    '"reporter"',
  ],
  tellsVerdicts: false,
  hasReporters: true,
  namesPods: true,
  recognise: (head, isGiven) =>
    isGiven || head.objects.some(isRecord)
      ? {
          ...jsonFound(head),
          tellsVerdicts: head.objects.some((entry) => dispositionOf(payloadOf(entry)) !== undefined),
        }
      : undefined,
  reader: () => read,
};
