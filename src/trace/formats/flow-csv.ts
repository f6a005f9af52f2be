/**
 * Flow lists of no known exporter: CSV with a header line, and NDJSON, whose columns are found by name.
 *
 * Source: RFC 4180; the names are those that exporters of flows commonly use.
 */
import { type FlowName, flowName, flowNameOf } from '../../flow/flow-name.ts';

import {
  FLAG_AGGREGATED,
  FLAG_INTERVAL,
  FLAG_SAMPLED,
  OBSERVED_ALLOW,
  OBSERVED_AT_SOURCE,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import { REASONS, type Reason } from '../../tables/verdict.ts';
import { SKIP_NON_IP } from '../../tables/verdict-layout.ts';

import { splitCsv } from '../flow-log/csv.ts';

import {
  type FlowFormat,
  type FlowFound,
  type FlowHead,
  type FlowList,
  type FlowRefused,
  type JsonObject,
  jsonFound,
} from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED } from '../flow-log/flow-record.ts';
import { objectOf } from '../flow-log/json-value.ts';
import { writtenDecider } from '../flow-log/observed-decider.ts';
import { PACKET_CELLS, type PacketCell, packetFieldsOf } from '../flow-log/packet-cells.ts';
import type { PacketFields } from '../flow-log/packet-fields.ts';
import { countOf, tcpFlagsOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

const ALIASES = {
  time: 'time ts timestamp start start_time starttime first first_seen firstseen time_epoch frame.time_epoch',
  source:
    'src src_ip srcip src_addr srcaddr saddr sa source source_ip sourceip source_address ip.src id.orig_h orig_h',
  destination:
    'dst dst_ip dstip dst_addr dstaddr daddr da dest dest_ip destip destination destination_ip destinationip destination_address ip.dst id.resp_h resp_h',
  sourceName:
    'src_name source_name src_pod source_pod srcpod sourcepod src_pod_name source_pod_name src_name_aggr source_name_aggr',
  destinationName:
    'dst_name dest_name destination_name dst_pod dest_pod destination_pod dstpod destinationpod dst_pod_name dest_pod_name destination_pod_name dst_name_aggr dest_name_aggr',
  sourceNamespace:
    'src_namespace source_namespace srcnamespace sourcenamespace src_pod_namespace source_pod_namespace src_ns',
  destinationNamespace:
    'dst_namespace dest_namespace destination_namespace dstnamespace destinationnamespace dst_pod_namespace dest_pod_namespace destination_pod_namespace dst_ns',
  protocol: 'proto protocol ip_proto ip.proto pr l4_proto ip_protocol',
  sourcePort: 'sport src_port srcport sp source_port sourceport id.orig_p orig_p',
  destinationPort:
    'dport dst_port dstport dp dest_port destport destination_port destinationport id.resp_p resp_p port',
  packets: 'packets pkts packet_count num_packets ipkt packets_total',
  bytes: 'bytes octets byte_count num_bytes ibyt bytes_total length',
  icmpType: 'icmp_type icmptype',
  icmpCode: 'icmp_code icmpcode',
  tcpFlags: 'tcp_flags tcpflags flags flg',
  // Of records that `convert` wrote.
  kind: 'kind',
  observed: 'observed',
  observedAt: 'observed_at',
  observedBy: 'observed_by',
  translated: 'translated_dst',
  translatedPort: 'translated_dport',
  trust: 'trust',
  skip: 'skip',
} as const;

type FlowField = keyof typeof ALIASES | PacketCell;
const FIELD_OF: ReadonlyMap<string, FlowField> = new Map<string, FlowField>([
  ...PACKET_CELLS.map((name) => [name, name] as const),
  ...Object.entries(ALIASES).flatMap(([field, aliases]) =>
    aliases.split(' ').map((alias) => [alias, field as keyof typeof ALIASES] as const),
  ),
]);

const fieldOf = (name: string): FlowField | undefined =>
  FIELD_OF.get(name.trim().toLowerCase().replaceAll(' ', '_'));

/** Whether a column of this name is read. */
export const isFlowName = (name: string): boolean => fieldOf(name) !== undefined;

const NEEDED: readonly (keyof typeof ALIASES)[] = ['source', 'destination', 'protocol'];
/** What may stand in the place of an address. */
const INSTEAD: Readonly<Record<string, FlowField>> = {
  source: 'sourceName',
  destination: 'destinationName',
};
const NAMES_SHOWN = 12;

/** What to say of names among which some that a flow cannot do without are missing; undefined when all are there. */
function refusal(kind: string, names: readonly string[]): FlowRefused | undefined {
  const known = new Set(names.map(fieldOf));
  const missing = NEEDED.filter((field) => !known.has(field) && !known.has(INSTEAD[field]));
  if (missing.length === 0) return undefined;
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return {
    problem: `${kind} without a ${missing.join(' and a ')}: ${shown}`,
    hint: missing
      .map((field) => `a ${field} may be called ${ALIASES[field].split(' ').join(', ')}`)
      .join('; '),
  };
}

/** A record that `convert` wrote; of one that is skipped it may hold little else. */
const isConverted = ({ kind, packets }: JsonObject): boolean =>
  (kind === 'packet' || kind === 'flow') && typeof packets === 'number';

/** A list whose first readable records lack what a flow needs is refused; damaged lines are for the reader to count. */
function recogniseNdjson(head: FlowHead): FlowFound | FlowRefused | undefined {
  if (!head.text.startsWith('{') && !head.text.startsWith('[')) return undefined;
  if (head.objects.length === 0) return { ...jsonFound(head), framing: 'lines' };
  const refusals = head.objects.map((record) =>
    isConverted(record) ? undefined : refusal('JSON records', Object.keys(record)),
  );
  if (!refusals.includes(undefined)) return refusals[0];
  // The first records may be of traffic that nobody watched.
  return {
    ...jsonFound(head),
    tellsVerdicts: head.objects.some((record) => 'observed' in record || isConverted(record)),
  };
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
  const start = newline < 0 ? text.length : newline + 1;
  return {
    framing: 'csv',
    delimiter,
    columns,
    noise: [],
    start,
    tellsVerdicts: columns.observed !== undefined,
  };
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

/** `namespace/name`, `node:name`, or a network. */
const isQualified = (text: string): boolean =>
  /^[a-z0-9-]+\/[^/]+$|^node:|^network-set:|^(?:public|private) network$/i.test(text);

/** The name of a side: in columns of its own, or where an address would stand. */
function nameOf(cellOf: Cells, side: 'source' | 'destination'): FlowName | undefined {
  const name = cellOf(`${side}Name`);
  const namespace = cellOf(`${side}Namespace`);
  if (name !== undefined) return namespace === undefined ? flowNameOf(name) : flowName(name, namespace);
  const cell = cellOf(side);
  // A word alone may be anything; a host's name, for one.
  return cell !== undefined && isQualified(cell) ? flowNameOf(cell) : undefined;
}

const OBSERVED: Readonly<Record<string, number>> = { allow: OBSERVED_ALLOW, deny: OBSERVED_DENY };
const OBSERVED_AT: Readonly<Record<string, number>> = {
  source: OBSERVED_AT_SOURCE,
  elsewhere: OBSERVED_ELSEWHERE,
};

function observedOf(cellOf: Cells): number {
  const verdict = OBSERVED[cellOf('observed') ?? ''];
  return verdict === undefined ? OBSERVED_NONE : verdict | (OBSERVED_AT[cellOf('observedAt') ?? ''] ?? 0);
}

const TRUST: Readonly<Record<string, number>> = {
  aggregated: FLAG_AGGREGATED,
  sampled: FLAG_SAMPLED,
  'estimated-time': FLAG_INTERVAL,
};

/** SKIP_ code of a reason in words. */
function skipOf(word: string | undefined): number | undefined {
  const code = word === undefined ? -1 : REASONS.indexOf(word as Reason);
  return code >= SKIP_NON_IP ? code : undefined;
}

function packetOf(cellOf: Cells, trust: readonly string[]): PacketFields | undefined {
  if (cellOf('kind') !== 'packet') return undefined;
  const shared = {
    protocol: cellOf('protocol'),
    sport: cellOf('sourcePort'),
    dport: cellOf('destinationPort'),
    icmpType: cellOf('icmpType'),
    icmpCode: cellOf('icmpCode'),
    tcpFlags: cellOf('tcpFlags'),
    isTruncated: trust.includes('truncated'),
  };
  return packetFieldsOf(shared, cellOf);
}

function translatedOf(cellOf: Cells): FlowRecord['translated'] {
  const address = cellOf('translated');
  return address === undefined ? undefined : { address, port: wholeOf(cellOf('translatedPort'), 65_535) };
}

function readCells(cellOf: Cells | undefined): FlowReading {
  if (cellOf === undefined) return MALFORMED;
  const trust = cellOf('trust')?.split(' ') ?? [];
  return {
    time: parseTime(cellOf('time')),
    source: cellOf('source'),
    destination: cellOf('destination'),
    protocol: cellOf('protocol'),
    sourcePort: wholeOf(cellOf('sourcePort'), 65_535),
    destinationPort: wholeOf(cellOf('destinationPort'), 65_535),
    icmpType: wholeOf(cellOf('icmpType'), 255),
    icmpCode: wholeOf(cellOf('icmpCode'), 255),
    tcpFlags: tcpFlagsOf(cellOf('tcpFlags')),
    packets: countOf(cellOf('packets'), 1),
    bytes: countOf(cellOf('bytes'), 0),
    observed: observedOf(cellOf),
    observedBy: writtenDecider(cellOf('observedBy')),
    initiatorUnknown: trust.includes('initiator-unknown'),
    trust: trust.reduce((flags, word) => flags | (TRUST[word] ?? 0), 0),
    translated: translatedOf(cellOf),
    packet: packetOf(cellOf, trust),
    skip: skipOf(cellOf('skip')),
    sourceName: nameOf(cellOf, 'source'),
    destinationName: nameOf(cellOf, 'destination'),
  };
}

/** CSV with a header line. */
export const CSV: FlowFormat = {
  name: 'csv',
  title: 'CSV with a header line',
  signs: [],
  tellsVerdicts: false,
  namesPods: true,
  recognise: recogniseCsv,
  reader: (list) => (text) => readCells(csvCells(list, text)),
};

/** NDJSON, or a JSON array, of flat records. */
export const GENERIC_JSON: FlowFormat = {
  name: 'ndjson',
  title: 'JSON records',
  signs: [],
  tellsVerdicts: false,
  namesPods: true,
  recognise: recogniseNdjson,
  reader: () => (text) => readCells(jsonCells(text)),
};
