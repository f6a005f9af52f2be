/**
 * nfdump's text: its three CSV dialects (the long one up to 1.7.2, the short one and the fast one since 1.7.4), CSV of columns that the
 * user chose, and JSON. A record is one direction of a conversation, or both where nfdump paired them (`-B`).
 *
 * Source: phaag/nfdump src/output.
 */
import { FLAG_INTERVAL, FLAG_SAMPLED } from '../../packet/batch-layout.ts';
import { splitCsv } from '../flow-log/csv.ts';
import {
  type FlowFormat,
  type FlowFound,
  type FlowHead,
  type FlowList,
  jsonFound,
} from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED } from '../flow-log/flow-record.ts';
import { objectOf } from '../flow-log/json-value.ts';
import { countOf, tcpFlagsOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';

/** What each field is called in the dialects, in JSON, and as an element of a chosen format. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  time: ['ts', 'firstSeen', 'first', 't_first', 'tsfirst'],
  source: ['sa', 'srcAddr', 'src4_addr', 'src6_addr', 'src_addr'],
  destination: ['da', 'dstAddr', 'dst4_addr', 'dst6_addr', 'dst_addr'],
  sourcePort: ['sp', 'srcPort', 'src_port'],
  destinationPort: ['dp', 'dstPort', 'dst_port'],
  protocol: ['pr', 'proto'],
  tcpFlags: ['flg', 'flags', 'tcp_flags'],
  packets: ['ipkt', 'packets', 'in_packets', 'pkt'],
  bytes: ['ibyt', 'bytes', 'in_bytes', 'byt'],
  packetsBack: ['opkt', 'outPackets', 'out_packets'],
  bytesBack: ['obyt', 'outBytes', 'out_bytes'],
  icmpType: ['icmp_type', 'icmpType'],
  icmpCode: ['icmp_code', 'icmpCode'],
};

const FIELD_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
);

/** What stands behind the records: the summary's title, then names and numbers. */
const NOISE = [
  { prefix: 'Summary', lines: 1 },
  { prefix: 'No matching flows', lines: 1 },
  { prefix: 'flows,bytes,packets,', lines: 2 },
];

/** How the header lines of the dialects begin. */
const HEADERS = ['ts,te,td,sa,da,', 'firstSeen,duration,proto,srcAddr,', 'cnt,af,firstSeen,lastSeen,proto,'];

function recogniseCsv({ text, lines }: FlowHead, isGiven: boolean): FlowFound | undefined {
  const header = lines[0] ?? '';
  const isDialect = HEADERS.some((begin) => header.startsWith(begin));
  if (!isDialect && !isGiven && !(header.includes('firstSeen') && header.includes('srcAddr')))
    return undefined;
  const columns: Record<string, number> = {};
  const names = splitCsv(header, ',');
  for (const [column, name] of names.entries()) {
    const field = FIELD_OF.get(name.trim());
    if (field !== undefined) columns[field] ??= column;
  }
  if (columns.source === undefined || columns.destination === undefined) return undefined;
  const newline = text.indexOf('\n');
  const start = newline < 0 ? text.length : newline + 1;
  const noise = [...NOISE, { prefix: header, lines: 1 }];
  return { framing: 'csv', delimiter: ',', columns, noise, start, cells: names.length };
}

const isRecord = (record: Readonly<Record<string, unknown>>): boolean =>
  ('src4_addr' in record && 'dst4_addr' in record) || ('src6_addr' in record && 'dst6_addr' in record);

type Fields = (field: string) => string | undefined;

/** Of ICMP the destination port holds type * 256 + code. */
function transportOf(field: Fields, protocol: string | undefined): Partial<FlowRecord> {
  const port = wholeOf(field('destinationPort'), 65_535);
  if (/^(icmp|icmp6|icmpv6|ipv6-icmp|1|58)$/i.test(protocol ?? '')) {
    // The short dialect writes `type.code`.
    const [type, code] = (field('destinationPort') ?? '').split('.');
    const isPair = code !== undefined;
    const known = isPair ? wholeOf(type, 255) : port === undefined ? undefined : port >> 8;
    return {
      icmpType: wholeOf(field('icmpType'), 255) ?? known,
      icmpCode: wholeOf(field('icmpCode'), 255) ?? (isPair ? wholeOf(code, 255) : (port ?? 0) & 255),
    };
  }
  return { sourcePort: wholeOf(field('sourcePort'), 65_535), destinationPort: port };
}

function readFields(field: Fields | undefined, sampling: number): FlowReading {
  if (field === undefined) return MALFORMED;
  const protocol = field('protocol');
  const flags = tcpFlagsOf(field('tcpFlags'));
  const counted = countOf(field('packets'), 1) + countOf(field('packetsBack'), 0);
  return {
    time: parseTime(field('time')),
    source: field('source'),
    destination: field('destination'),
    protocol,
    ...transportOf(field, protocol),
    tcpFlags: flags,
    packets: counted * sampling,
    bytes: (countOf(field('bytes'), 0) + countOf(field('bytesBack'), 0)) * sampling,
    initiatorUnknown: true,
    trust: FLAG_INTERVAL | (sampling > 1 ? FLAG_SAMPLED : 0),
  };
}

function csvFields({ columns, cells: count = 0 }: FlowList, line: string): Fields | undefined {
  const cells = splitCsv(line, ',');
  if (cells.length < count) return undefined;
  return (field) => {
    const column = columns[field];
    const cell = column === undefined ? undefined : cells[column]?.trim();
    return cell === '' ? undefined : cell;
  };
}

function readJson(text: string): FlowReading {
  const record = objectOf(text);
  if (record === undefined) return MALFORMED;
  const field: Fields = (key) => {
    const name = NAMES[key]?.find((candidate) => record[candidate] !== undefined);
    const value = name === undefined ? undefined : record[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  // `sampled` alone is a mark; the interval is a field of its own where it is known.
  const sampling = wholeOf(record.packet_interval ?? record.sampling, 0xffff_ffff) ?? 1;
  return readFields(field, Math.max(1, sampling));
}

/** Flows that nfdump prints. */
export const NFDUMP: FlowFormat = {
  name: 'nfdump',
  title: "nfdump's CSV or JSON",
  signs: ['firstSeen', 'srcAddr', 'dstAddr', 'src4_addr', 'dst4_addr', 'ts,te,td', 'in_packets', 'tcp_flags'],
  tellsVerdicts: false,
  recognise(head, isGiven) {
    const isJson = head.text.startsWith('{') || head.text.startsWith('[');
    if (!isJson) return recogniseCsv(head, isGiven);
    return isGiven || head.objects.some(isRecord) ? jsonFound(head) : undefined;
  },
  reader: (list) => (list.framing === 'csv' ? (text) => readFields(csvFields(list, text), 1) : readJson),
};
