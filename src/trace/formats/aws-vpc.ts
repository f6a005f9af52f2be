/**
 * AWS VPC flow logs: lines of fields between blanks, in the order that a header line gives, or version 2's order without one; and
 * CloudWatch's JSON and the output of `aws logs` around such lines. A record is one direction of a conversation as an interface's security groups and
 * network ACLs let it pass or not, which says nothing about policy.
 *
 * Source: docs.aws.amazon.com, VPC user guide, flow log records.
 */
import {
  FLAG_INTERVAL,
  OBSERVED_ALLOW,
  OBSERVED_DENY,
  OBSERVED_ELSEWHERE,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import type { FlowFormat, FlowFound, FlowHead, FlowList, FlowRefused } from '../flow-log/flow-format.ts';
import { type FlowReading, type FlowRecord, MALFORMED, turned } from '../flow-log/flow-record.ts';
import { objectOf } from '../flow-log/json-value.ts';
import type { CellScan, ScanRole } from '../flow-log/log-scan.ts';
import { countOf, wholeOf } from '../flow-log/record-values.ts';
import { parseTime } from '../time.ts';
import { AWS_FIELDS, columnsOf, DEFAULT_FIELDS, isRefused } from './aws-fields.ts';

const SYN = 2;
const SYN_ACK = 18;

type Layout = Pick<FlowList, 'delimiter' | 'columns' | 'noise'> & { readonly cells: number };

/** A log without a header whose lines have these fields. */
function headless(fields: readonly string[]): Layout | undefined {
  const columns = columnsOf(fields);
  return isRefused(columns) ? undefined : { delimiter: ' ', columns, noise: [], cells: fields.length };
}

/**
 * The record in a line that a tool printed around it: `aws logs tail` puts a time and a stream's name before it, its tables and
 * texts and CSV of queries put it between others.
 */
function recordIn(line: string, count: number): string | undefined {
  const words = line.split(' ');
  if (words.length === count && !/[\t|,]/.test(line)) return line;
  const before = words.length - count;
  if ((before === 1 || before === 2) && /^\d{4}-\d\d-\d\dT\d\d:/.test(words[0]!))
    return words.slice(before).join(' ');
  return line
    .split(/[\t|,]/)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
    .find((cell) => cell.split(' ').length === count);
}

/** Borders and titles of tables, tokens and names of columns: lines around the records. */
const AROUND = ['-', '+', '|+', '|-', 'NEXTTOKEN', 'EVENTS\t-', '@'].map((prefix) => ({ prefix, lines: 1 }));

/** Whether the cells stand where the layout has them. */
function isRecord(record: string, { columns, cells: count }: Layout): boolean {
  const cells = record.split(' ');
  const isIn = (field: string, pattern: RegExp): boolean => {
    const column = columns[field];
    return column === undefined || pattern.test(cells[column] ?? '');
  };
  const ADDRESS = /^([\d.]+|[\da-fA-F:.]*:[\da-fA-F:.]*|-)$/;
  return (
    cells.length === count &&
    ['srcaddr', 'dstaddr', 'pkt-srcaddr', 'pkt-dstaddr'].every((field) => isIn(field, ADDRESS)) &&
    isIn('protocol', /^(\d{1,3}|-)$/) &&
    isIn('start', /^\d+$/) &&
    isIn('log-status', /^(OK|NODATA|SKIPDATA)$/)
  );
}

/** The messages of CloudWatch, in a subscription's or a query's document. */
function recogniseCloudWatch({ text }: FlowHead, isGiven: boolean, layout: Layout): FlowFound | undefined {
  if (!/"(?:logEvents|events)"\s*:\s*\[/.test(text) && !(isGiven && text.startsWith('{'))) return undefined;
  const message = /"message"\s*:\s*"(?:[^"\\]|\\.)*"/.exec(text);
  if (message === null || !(isGiven || isRecord(messageOf(message[0]).trim(), layout))) return undefined;
  return { ...layout, framing: 'messages' };
}

/** Lines at the head of a file, among which a record must stand. */
const LINES_SEEN = 12;

function recognise(
  head: FlowHead,
  isGiven: boolean,
  fields: readonly string[] = DEFAULT_FIELDS,
): FlowFound | FlowRefused | undefined {
  const header = head.lines[0] ?? '';
  const names = header.split(' ');
  if (names.filter((name) => AWS_FIELDS.has(name)).length >= 3) {
    const columns = columnsOf(names);
    if (isRefused(columns)) return columns;
    // Objects of a bucket that were put together repeat it.
    const noise = [{ prefix: header, lines: 1 }];
    return { framing: 'lines', delimiter: ' ', columns, noise, cells: names.length };
  }
  const layout = headless(fields);
  if (layout === undefined) return undefined;
  if (head.text.startsWith('{')) return recogniseCloudWatch(head, isGiven, layout);
  const lines = head.lines.slice(0, LINES_SEEN);
  const isPlain = lines.some((line) => isRecord(line, layout));
  const isWrapped = !isPlain && lines.some((line) => isRecord(recordIn(line, fields.length) ?? '', layout));
  if (!isPlain && !isWrapped && !isGiven) return undefined;
  return { ...layout, framing: 'lines', ...(isWrapped ? { noise: AROUND, isWrapped } : {}) };
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
    trust: FLAG_INTERVAL,
  };
  if (flags === undefined || (flags & SYN) === 0) return record;
  // Who answers sends SYN and ACK together.
  const known = { ...record, initiatorUnknown: false };
  return (flags & SYN_ACK) === SYN_ACK ? turned(known) : { ...known, tcpFlags: flags };
}

/** What a tool printed: lines without a record are no loss. */
function readWrapped(list: FlowList, line: string): FlowReading {
  const record = recordIn(line, list.cells ?? 0);
  return record === undefined ? { note: 'no-flow' } : read(list, record);
}

/** A JSON text that holds a line, as CloudWatch's `"message": "..."`. */
function messageOf(text: string): string {
  return String(objectOf(`{${text}}`)?.message ?? '');
}

const ROLES: Readonly<Record<string, ScanRole>> = {
  start: 'time',
  srcport: 'sourcePort',
  dstport: 'destinationPort',
  packets: 'packets',
  bytes: 'bytes',
  protocol: 'key',
  action: 'key',
  'log-status': 'key',
  'tcp-flags': 'key',
};

/** The same straight from the bytes: what `read` looks at. */
function scan({ columns }: FlowList): CellScan {
  const cells: Record<number, ScanRole> = {};
  for (const [field, column] of Object.entries(columns)) {
    const role = ROLES[field];
    if (role !== undefined) cells[column] = role;
  }
  for (const [side, own, seen] of [
    ['source', 'pkt-srcaddr', 'srcaddr'],
    ['destination', 'pkt-dstaddr', 'dstaddr'],
  ] as const) {
    const [first, second] = [columns[own], columns[seen]];
    if (second !== undefined) cells[second] = side;
    if (first === undefined) continue;
    if (second !== undefined) cells[second] = side === 'source' ? 'otherSource' : 'otherDestination';
    cells[first] = side;
  }
  return { cells };
}

/** Flow logs of AWS. */
export const AWS_VPC: FlowFormat = {
  name: 'aws-vpc',
  title: 'AWS VPC flow logs',
  signs: ['srcaddr', 'dstaddr', 'log-status', 'interface-id', 'account-id', 'logEvents', 'NODATA'],
  tellsVerdicts: true,
  recognise,
  reader: (list) =>
    list.framing === 'messages'
      ? (text) => read(list, messageOf(text).trim())
      : list.isWrapped === true
        ? (text) => readWrapped(list, text)
        : (text) => read(list, text),
  scan,
};
