/**
 * AWS VPC flow logs: lines of fields between blanks, in the order that a header line gives, or version 2's order without one; and
 * CloudWatch's JSON around such lines. A record is one direction of a conversation as an interface's security groups and
 * network ACLs let it pass or not, which says nothing about policy.
 *
 * Source: docs.aws.amazon.com, VPC user guide, flow log records.
 */
import {
  OBSERVED_ALLOW,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import type { FlowFormat, FlowFound, FlowHead, FlowList, FlowRefused } from '../flow-log/flow-format.ts';
import {
  countOf,
  type FlowReading,
  type FlowRecord,
  MALFORMED,
  turned,
  wholeOf,
} from '../flow-log/flow-record.ts';
import { objectOf } from '../flow-log/json-value.ts';
import { parseTime } from '../time.ts';
import { awsVpcScan } from './aws-vpc-scan.ts';

/** The default, version 2. */
const DEFAULT_FIELDS =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'.split(
    ' ',
  );

/** Fields that a flow is read from. */
export const AWS_FIELDS_READ: ReadonlySet<string> = new Set(
  'srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol packets bytes start action log-status tcp-flags'.split(
    ' ',
  ),
);

/** Names that only these logs have: three of them make a header line. */
const NAMES = new Set([
  ...DEFAULT_FIELDS,
  ...AWS_FIELDS_READ,
  ...'vpc-id subnet-id instance-id type region az-id sublocation-type sublocation-id flow-direction traffic-path'.split(
    ' ',
  ),
  ...'resource-type tgw-id tgw-attachment-id tgw-src-vpc-id tgw-dst-vpc-id packets-lost-no-route'.split(' '),
]);

/** A line in version 2's order. */
const DEFAULT_LINE =
  /^\d+ \S+ \S+ [0-9a-fA-F.:-]+ [0-9a-fA-F.:-]+ (\d+|-) (\d+|-) (\d+|-) (\d+|-) (\d+|-) \d+ \d+ \S+ (OK|NODATA|SKIPDATA)$/;

const SYN = 2;
const SYN_ACK = 18;

/** Columns of the fields that are read, or what is missing of them. */
function columnsOf(fields: readonly string[]): Record<string, number> | FlowRefused {
  const columns: Record<string, number> = {};
  for (const [column, field] of fields.entries()) if (AWS_FIELDS_READ.has(field)) columns[field] ??= column;
  const isThere = (field: string): boolean =>
    columns[field] !== undefined || columns[`pkt-${field}`] !== undefined;
  const missing = ['srcaddr', 'dstaddr', 'protocol'].filter((field) => !isThere(field));
  if (missing.length === 0) return columns;
  return {
    problem: `an AWS VPC flow log without ${missing.join(' and ')}: ${fields.slice(0, 12).join(', ')}`,
    hint: 'choose a format with srcaddr, dstaddr, protocol, srcport and dstport',
  };
}

const isRefused = (columns: Record<string, number> | FlowRefused): columns is FlowRefused =>
  'problem' in columns;

const DEFAULT = {
  delimiter: ' ',
  columns: Object.fromEntries(DEFAULT_FIELDS.map((field, column) => [field, column])),
  noise: [],
  cells: DEFAULT_FIELDS.length,
};

/** The messages of CloudWatch, in a subscription's or a query's document. */
function recogniseCloudWatch({ text }: FlowHead, isGiven: boolean): FlowFound | undefined {
  if (!/"(?:logEvents|events)"\s*:\s*\[/.test(text) && !(isGiven && text.startsWith('{'))) return undefined;
  const message = /"message"\s*:\s*"(?:[^"\\]|\\.)*"/.exec(text);
  if (message === null || !(isGiven || DEFAULT_LINE.test(messageOf(message[0])))) return undefined;
  return { ...DEFAULT, framing: 'messages' };
}

function recognise(head: FlowHead, isGiven: boolean): FlowFound | FlowRefused | undefined {
  const header = head.lines[0] ?? '';
  const fields = header.split(' ');
  if (fields.filter((field) => NAMES.has(field)).length >= 3) {
    const columns = columnsOf(fields);
    if (isRefused(columns)) return columns;
    // Objects of a bucket that were put together repeat it.
    return {
      framing: 'lines',
      delimiter: ' ',
      columns,
      noise: [{ prefix: header, lines: 1 }],
      cells: fields.length,
    };
  }
  if (isGiven || head.lines.slice(0, 8).some((line) => DEFAULT_LINE.test(line))) {
    if (!head.text.startsWith('{')) return { ...DEFAULT, framing: 'lines' };
  }
  return recogniseCloudWatch(head, isGiven);
}

function observedOf(action: string | undefined): number {
  if (action === 'ACCEPT') return OBSERVED_ALLOW | OBSERVED_ELSEWHERE;
  return action === 'REJECT' ? OBSERVED_DENY | OBSERVED_ELSEWHERE : OBSERVED_NONE;
}

function read({ columns, cells: count = 0 }: FlowList, line: string): FlowReading {
  const cells = line.split(' ');
  if (cells.length < count) return MALFORMED;
  const cellOf = (field: string): string | undefined => {
    const column = columns[field];
    const cell = column === undefined ? undefined : cells[column];
    return cell === '-' || cell === '' ? undefined : cell;
  };
  const status = cellOf('log-status');
  if (status === 'NODATA') return { note: 'no-data' };
  if (status === 'SKIPDATA') return { note: 'lost-data' };
  if (status !== undefined && status !== 'OK') return MALFORMED;
  const flags = wholeOf(cellOf('tcp-flags'), 255);
  const record: FlowRecord = {
    time: parseTime(cellOf('start')),
    // What the packet says, where the interface's own address stands in the other field.
    source: cellOf('pkt-srcaddr') ?? cellOf('srcaddr'),
    destination: cellOf('pkt-dstaddr') ?? cellOf('dstaddr'),
    // Of ICMP no type is recorded.
    protocol: wholeOf(cellOf('protocol'), 255),
    sourcePort: wholeOf(cellOf('srcport'), 65_535),
    destinationPort: wholeOf(cellOf('dstport'), 65_535),
    packets: countOf(cellOf('packets'), 1),
    bytes: countOf(cellOf('bytes'), 0),
    observed: observedOf(cellOf('action')),
    initiatorUnknown: true,
  };
  if (flags === undefined || (flags & SYN) === 0) return record;
  // Who answers sends SYN and ACK together.
  const known = { ...record, initiatorUnknown: false };
  return (flags & SYN_ACK) === SYN_ACK ? turned(known) : { ...known, tcpFlags: flags };
}

/** A JSON text that holds a line, as CloudWatch's `"message": "..."`. */
function messageOf(text: string): string {
  return String(objectOf(`{${text}}`)?.message ?? '');
}

/** Flow logs of AWS. */
export const AWS_VPC: FlowFormat = {
  name: 'aws-vpc',
  title: 'AWS VPC flow logs',
  signs: ['srcaddr', 'dstaddr', 'log-status', 'interface-id', 'account-id', 'logEvents', 'NODATA'],
  tellsVerdicts: true,
  recognise,
  reader: (list) =>
    list.framing === 'messages' ? (text) => read(list, messageOf(text).trim()) : (text) => read(list, text),
  scan: awsVpcScan,
};
