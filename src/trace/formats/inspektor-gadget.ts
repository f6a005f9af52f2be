/**
 * Inspektor Gadget's trace_tcp and trace_tcpconnect as JSON, one event a line: what a process asked of its socket. Who connects began
 * the connection; the destination stands before translation; what became of the connection is not told.
 *
 * Source: inspektor-gadget/inspektor-gadget gadgets/trace_tcp, gadgets/trace_tcpconnect.
 */
import { type FlowFormat, type JsonObject, jsonFound } from '../flow-log/flow-format.ts';
import { type FlowReading, MALFORMED, wholeOf } from '../flow-log/flow-record.ts';
import { objectAt, objectOf, textAt } from '../flow-log/json-value.ts';
import { parseTime } from '../time.ts';

const TCP = 6;

const isEvent = (event: JsonObject): boolean =>
  ['src', 'dst'].every((side) => textAt(objectAt(event, side), 'addr') !== undefined);

function read(text: string): FlowReading {
  const event = objectOf(text);
  if (event === undefined) return MALFORMED;
  const [source, destination] = [objectAt(event, 'src'), objectAt(event, 'dst')];
  const type = textAt(event, 'type') ?? textAt(event, 'operation');
  return {
    time: parseTime(textAt(event, 'timestamp')),
    source: textAt(source, 'addr'),
    destination: textAt(destination, 'addr'),
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
  recognise: (head, isGiven) => (isGiven || head.objects.some(isEvent) ? jsonFound(head) : undefined),
  reader: () => read,
};
