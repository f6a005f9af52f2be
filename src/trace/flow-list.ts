/**
 * Flow lists: CSV with a header line, and NDJSON, whose columns are found by name. A record is a whole connection, so it
 * is judged once and not tracked.
 *
 * Source: RFC 4180; the names are those that exporters of flows commonly use.
 */
import { type Address, parseAddress } from '../net/address.ts';
import { carriesPorts, isIcmp, protocolNumber } from '../net/protocol.ts';
import { ICMP, ICMPV6, TCP } from '../net/protocol-layout.ts';
import type { PacketBatch } from '../packet/batch.ts';
import { FLAG_CONNECTION, FLAG_PORTS, FLAG_TCP_FLAGS } from '../packet/batch-layout.ts';
import { SKIP_MALFORMED } from '../tables/verdict-layout.ts';
import { splitCsv } from './csv.ts';
import { parseTime } from './time.ts';

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

export type FlowField = keyof typeof ALIASES;
const FIELDS = Object.keys(ALIASES) as FlowField[];
const FIELD_OF: ReadonlyMap<string, FlowField> = new Map(
  FIELDS.flatMap((field) => ALIASES[field].split(' ').map((alias) => [alias, field] as const)),
);

/** How the lines of a flow list are read. */
export interface FlowList {
  readonly kind: 'csv' | 'ndjson';
  /** CSV only. */
  readonly delimiter: string;
  /** CSV only: the column of each field. */
  readonly columns: Readonly<Partial<Record<FlowField, number>>>;
}

type Refused = { readonly problem: string; readonly hint: string };
type Found = (FlowList & { readonly start: number }) | Refused;

const fieldOf = (name: string): FlowField | undefined =>
  FIELD_OF.get(name.trim().toLowerCase().replaceAll(' ', '_'));

const NEEDED: readonly FlowField[] = ['source', 'destination', 'protocol'];
const NAMES_SHOWN = 12;

/** What to say of names among which some that a flow cannot do without are missing; undefined when all are there. */
function refusal(kind: string, names: readonly string[]): Refused | undefined {
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
function recogniseNdjson(head: Uint8Array): FlowList | Refused {
  const list: FlowList = { kind: 'ndjson', delimiter: '', columns: {} };
  const lines = Buffer.from(head).toString('utf8').split('\n');
  // The last line may be cut.
  const records = (lines.length === 1 ? lines : lines.slice(0, -1)).flatMap((line) => objectOf(line) ?? []);
  const refusals = records.map((record) => refusal('JSON records', Object.keys(record)));
  return refusals.includes(undefined) ? list : (refusals[0] ?? list);
}

function objectOf(line: string): object | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Looks for a flow list in a file's first bytes; undefined when they are nothing like one. */
export function readFlowList(head: Uint8Array): Found | undefined {
  const skipped = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  let begin = skipped;
  while (begin < head.length && (head[begin] === 10 || head[begin] === 13 || head[begin] === 32)) begin++;
  if (head[begin] === 123) return { ...recogniseNdjson(head.subarray(begin)), start: begin };
  const newline = head.indexOf(10, begin);
  const end = newline < 0 ? head.length : newline;
  const line = Buffer.from(head.subarray(begin, end)).toString('utf8').trimEnd();
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
  return { kind: 'csv', delimiter, columns, start: newline < 0 ? head.length : newline + 1 };
}

/** What became of a record. `named`: malformed, because a pod's name stands where an address must. */
export type FlowOutcome = 'written' | 'malformed' | 'named';

/** Writes one record into a row: the flow, or a malformed record. */
export function writeFlowRow(list: FlowList, text: string, batch: PacketBatch, row: number): FlowOutcome {
  clearFlowRow(batch, row);
  const cellOf = list.kind === 'csv' ? csvCells(list, text) : jsonCells(text);
  if (cellOf !== undefined && writeCells(cellOf, batch, row)) return 'written';
  batch.family[row] = 0;
  batch.skip[row] = SKIP_MALFORMED;
  const isNamed = (field: FlowField): boolean => POD_NAME.test(cellOf?.(field) ?? '');
  return isNamed('source') || isNamed('destination') ? 'named' : 'malformed';
}

/** `namespace/pod`. */
const POD_NAME = /^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*$/;

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

/** A whole number of 0..`largest`; undefined when it is none. */
function whole(text: string | undefined, largest: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= largest ? value : undefined;
}

/** A count, `missing` without one; undefined when it is no whole number. */
const countOf = (text: string | undefined, missing: number): number | undefined =>
  text === undefined ? missing : whole(text, Number.MAX_SAFE_INTEGER);

function protocolOf(text: string | undefined, family: 4 | 6): number | undefined {
  if (text === undefined) return undefined;
  const number = whole(text, 255) ?? protocolNumber(text);
  return number === ICMP && family === 6 ? ICMPV6 : number;
}

const TCP_FLAG_LETTERS = 'FSRPAUEC';

/** A number, 0x and hex digits, or letters as `S`, `SA`, `...AP.SF`. */
function tcpFlagsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = whole(text, 0xfff);
  if (number !== undefined) return number;
  if (!/^[FSRPAUECWN.·]+$/i.test(text)) return undefined;
  let flags = 0;
  for (const letter of text.toUpperCase()) {
    const bit = TCP_FLAG_LETTERS.indexOf(letter);
    if (bit >= 0) flags |= 1 << bit;
  }
  return flags;
}

function clearFlowRow(batch: PacketBatch, row: number): void {
  batch.seconds[row] = 0;
  batch.nanos[row] = 0;
  batch.skip[row] = 0;
  batch.protocol[row] = 0;
  batch.tcpFlags[row] = 0;
  batch.src.fill(0, row * 4, row * 4 + 4);
  batch.dst.fill(0, row * 4, row * 4 + 4);
  batch.sport[row] = 0;
  batch.dport[row] = 0;
  batch.flags[row] = FLAG_CONNECTION;
  batch.fragmentId[row] = 0;
  batch.fragmentOffset[row] = 0;
  batch.packets[row] = 1;
  batch.bytes[row] = 0;
}

function writeCells(cellOf: Cells, batch: PacketBatch, row: number): boolean {
  const source = addressOf(cellOf('source'));
  const destination = addressOf(cellOf('destination'));
  if (source === undefined || destination === undefined || source.family !== destination.family) return false;
  const { family } = source;
  const protocol = protocolOf(cellOf('protocol'), family);
  if (protocol === undefined) return false;
  // A count that cannot be read would make totals lie; one that is not there is 1 packet, of bytes nobody counted.
  const packets = countOf(cellOf('packets'), 1);
  const bytes = countOf(cellOf('bytes'), 0);
  if (packets === undefined || bytes === undefined) return false;
  const time = parseTime(cellOf('time'));
  batch.seconds[row] = time.seconds;
  batch.nanos[row] = time.nanos;
  batch.family[row] = family;
  batch.protocol[row] = protocol;
  batch.src.set(source.words, row * 4);
  batch.dst.set(destination.words, row * 4);
  batch.packets[row] = packets;
  batch.bytes[row] = bytes;
  writeTransport(cellOf, protocol, batch, row);
  return true;
}

const addressOf = (text: string | undefined): Address | undefined =>
  text === undefined ? undefined : parseAddress(text);

function writeTransport(cellOf: Cells, protocol: number, batch: PacketBatch, row: number): void {
  if (isIcmp(protocol)) {
    const type = whole(cellOf('icmpType'), 255);
    if (type === undefined) return;
    batch.dport[row] = type * 256 + (whole(cellOf('icmpCode'), 255) ?? 0);
    batch.flags[row]! |= FLAG_PORTS;
    return;
  }
  const destinationPort = whole(cellOf('destinationPort'), 65_535);
  if (!carriesPorts(protocol) || destinationPort === undefined) return;
  batch.sport[row] = whole(cellOf('sourcePort'), 65_535) ?? 0;
  batch.dport[row] = destinationPort;
  batch.flags[row]! |= FLAG_PORTS;
  const tcpFlags = protocol === TCP ? tcpFlagsOf(cellOf('tcpFlags')) : undefined;
  if (tcpFlags === undefined) return;
  batch.tcpFlags[row] = tcpFlags;
  batch.flags[row]! |= FLAG_TCP_FLAGS;
}
