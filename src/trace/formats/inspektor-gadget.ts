/**
 * Inspektor Gadget's trace_tcp and trace_tcpconnect as JSON, one event a line: what a process asked of its socket. Who connects began
 * the connection; the destination stands before translation; what became of the connection is not told.
 *
 * Source: inspektor-gadget/inspektor-gadget gadgets/trace_tcp, gadgets/trace_tcpconnect.
 */
import { type FlowName, flowName } from '../../flow/flow-name.ts';
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED } from '../flow-log/flow-record.ts';
import { objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import { wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

const TCP = 6;

const isEvent = (event: JsonObject): boolean =>
  ['src', 'dst'].every((side) => textAt(objectAt(event, side), 'addr') !== undefined);

/** The pod that a part of the event tells of. */
function podOf(part: JsonObject): FlowName | undefined {
  const k8s = objectAt(part, 'k8s');
  const kind = textAt(k8s, 'kind');
  if (kind !== undefined && kind !== 'pod') return undefined;
  return flowName(textAt(k8s, 'podName') ?? textAt(k8s, 'name'), textAt(k8s, 'namespace'), 'workload');
}

function read(text: string): FlowReading {
  const event = objectOf(text);
  if (event === undefined) return MALFORMED;
  const [source, destination] = [objectAt(event, 'src'), objectAt(event, 'dst')];
  const type = textAt(event, 'type') ?? textAt(event, 'operation');
  return {
    time: parseTime(textAt(event, 'timestamp')),
    source: textAt(source, 'addr'),
    destination: textAt(destination, 'addr'),
    // The event's own pod is who connects, or who accepted: then its sides stand as the socket has them.
    sourceName: podOf(source) ?? podOf(event),
    destinationName: podOf(destination),
    protocol: textAt(destination, 'proto') ?? textAt(source, 'proto') ?? TCP,
    sourcePort: wholeOf(source.port, 65_535),
    destinationPort: wholeOf(destination.port, 65_535),
    packets: 1,
    bytes: 0,
    initiatorUnknown: type !== undefined && type !== 'connect',
    // The connection was told of when it began.
    repeated: type === 'close',
  };
}

/** Events of Inspektor Gadget. */
export const INSPEKTOR_GADGET: FlowFormat = {
  name: 'inspektor-gadget',
  title: 'Inspektor Gadget events as JSON',
  signs: ['"src"', '"dst"', '"addr"', '"k8s"', '"mntns_id"', '"netns_id"', '"comm"'],
  tellsVerdicts: false,
  namesPods: true,
  recognise: (head, isGiven) => (isGiven || head.objects.some(isEvent) ? jsonFound(head) : undefined),
  reader: () => read,
};
