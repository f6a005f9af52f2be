/**
 * Flow lists of no known exporter: CSV with a header line, and NDJSON, whose columns are found by name.
 *
 * Source: RFC 4180; the names are those that exporters of flows commonly use.
 */
import { splitCsv } from '../flow-log/csv.ts';
import {
  type FlowFormat,
  type FlowFound,
  type FlowHead,
  type FlowList,
  type FlowRefused,
  jsonFound,
} from '../flow-log/flow-format.ts';
import { countOf, type FlowReading, MALFORMED, tcpFlagsOf, wholeOf } from '../flow-log/flow-record.ts';
import { objectOf } from '../flow-log/json-value.ts';
import { parseTime } from '../time.ts';

const ALIASES = {
  time: 'time ts timestamp start start_time starttime first first_seen firstseen time_epoch frame.time_epoch',
  source:
    'src src_ip srcip src_addr srcaddr saddr sa source source_ip sourceip source_address ip.src id.orig_h orig_h',
  destination:
    'dst dst_ip dstip dst_addr dstaddr daddr da dest dest_ip destip destination destination_ip destinationip destination_address ip.dst id.resp_h resp_h',
  protocol: 'proto protocol ip_proto ip.proto pr l4_proto ip_protocol',
  sourcePort: 'sport src_port srcport sp source_port sourceport id.orig_p orig_p',
  destinationPort:
    'dport dst_port dstport dp dest_port destport destination_port destinationport id.resp_p resp_p port',
  packets: 'packets pkts packet_count num_packets ipkt packets_total',
  bytes: 'bytes octets byte_count num_bytes ibyt bytes_total length',
  icmpType: 'icmp_type icmptype',
  icmpCode: 'icmp_code icmpcode',
  tcpFlags: 'tcp_flags tcpflags flags flg',
} as const;

type FlowField = keyof typeof ALIASES;
const FIELDS = Object.keys(ALIASES) as FlowField[];
const FIELD_OF: ReadonlyMap<string, FlowField> = new Map(
  FIELDS.flatMap((field) => ALIASES[field].split(' ').map((alias) => [alias, field] as const)),
);

const fieldOf = (name: string): FlowField | undefined =>
  FIELD_OF.get(name.trim().toLowerCase().replaceAll(' ', '_'));

const NEEDED: readonly FlowField[] = ['source', 'destination', 'protocol'];
const NAMES_SHOWN = 12;

/** What to say of names among which some that a flow cannot do without are missing; undefined when all are there. */
function refusal(kind: string, names: readonly string[]): FlowRefused | undefined {
  const known = new Set(names.map(fieldOf));
  const missing = NEEDED.filter((field) => !known.has(field));
  if (missing.length === 0) return undefined;
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return {
    problem: `${kind} without a ${missing.join(' and a ')}: ${shown}`,
    hint: missing
      .map((field) => `a ${field} may be called ${ALIASES[field].split(' ').join(', ')}`)
      .join('; '),
  };
}

/** A list whose first readable records lack what a flow needs is refused; damaged lines are for the reader to count. */
function recogniseNdjson(head: FlowHead): FlowFound | FlowRefused | undefined {
  if (!head.text.startsWith('{') && !head.text.startsWith('[')) return undefined;
  const refusals = head.objects.map((record) => refusal('JSON records', Object.keys(record)));
  if (head.objects.length === 0) return { ...jsonFound(head), framing: 'lines' };
  return refusals.includes(undefined) ? jsonFound(head) : refusals[0];
}

function recogniseCsv({ text }: FlowHead): FlowFound | FlowRefused | undefined {
  const newline = text.indexOf('\n');
  const line = (newline < 0 ? text : text.slice(0, newline)).trimEnd();
  if (line === '' || [...line].some((character) => character < ' ' && character !== '\t')) return undefined;
  const delimiter = [',', ';', '\t'].find((candidate) => line.includes(candidate));
  if (delimiter === undefined) return undefined;
  const names = splitCsv(line, delimiter);
  const columns: Partial<Record<FlowField, number>> = {};
  for (const [column, name] of names.entries()) {
    const field = fieldOf(name);
    if (field !== undefined) columns[field] ??= column;
  }
  if (Object.keys(columns).length === 0) return undefined;
  const refused = refusal('a header line', names);
  if (refused !== undefined) return refused;
  return { framing: 'csv', delimiter, columns, noise: [], start: newline < 0 ? text.length : newline + 1 };
}

type Cells = (field: FlowField) => string | undefined;

function csvCells({ columns, delimiter }: FlowList, line: string): Cells {
  const cells = splitCsv(line, delimiter);
  return (field) => {
    const column = columns[field];
    const cell = column === undefined ? undefined : cells[column]?.trim();
    return cell === '' || cell === '-' ? undefined : cell;
  };
}

function jsonCells(line: string): Cells | undefined {
  const record = objectOf(line);
  if (record === undefined) return undefined;
  const cells = new Map<FlowField, string>();
  for (const [name, value] of Object.entries(record)) {
    const field = fieldOf(name);
    const isScalar = typeof value === 'string' || typeof value === 'number';
    if (field !== undefined && isScalar && value !== '' && !cells.has(field)) cells.set(field, String(value));
  }
  return (field) => cells.get(field);
}

/** `namespace/pod`. */
const POD_NAME = /^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*$/;

function readCells(cellOf: Cells | undefined): FlowReading {
  if (cellOf === undefined) return MALFORMED;
  const [source, destination] = [cellOf('source'), cellOf('destination')];
  return {
    time: parseTime(cellOf('time')),
    source,
    destination,
    protocol: cellOf('protocol'),
    sourcePort: wholeOf(cellOf('sourcePort'), 65_535),
    destinationPort: wholeOf(cellOf('destinationPort'), 65_535),
    icmpType: wholeOf(cellOf('icmpType'), 255),
    icmpCode: wholeOf(cellOf('icmpCode'), 255),
    tcpFlags: tcpFlagsOf(cellOf('tcpFlags')),
    packets: countOf(cellOf('packets'), 1),
    bytes: countOf(cellOf('bytes'), 0),
    named: [source, destination].some((name) => POD_NAME.test(name ?? '')),
  };
}

/** CSV with a header line. */
export const CSV: FlowFormat = {
  name: 'csv',
  title: 'CSV with a header line',
  signs: [],
  tellsVerdicts: false,
  recognise: recogniseCsv,
  reader: (list) => (text) => readCells(csvCells(list, text)),
};

/** NDJSON, or a JSON array, of flat records. */
export const GENERIC_JSON: FlowFormat = {
  name: 'ndjson',
  title: 'JSON records',
  signs: [],
  tellsVerdicts: false,
  recognise: recogniseNdjson,
  reader: () => (text) => readCells(jsonCells(text)),
};
