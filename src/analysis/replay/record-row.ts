/**
 * The common record: one row for each record of a trace, whatever its format, with nothing judged. Columns and their order are what
 * `convert` writes and what the readers of CSV and NDJSON read back; a cell is null where the record does not say.
 */
import { type Address, formatAddress } from '../../net/address.ts';
import { carriesPorts, isIcmp, protocolName } from '../../net/protocol.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import * as B from '../../packet/batch-layout.ts';
import { isNameWords } from '../../packet/name-words.ts';
import { REASONS } from '../../tables/verdict.ts';
import { WrittenNames } from '../written-names.ts';
import type { Cell } from './verdict-row.ts';

/** In the order of the cells. */
export const RECORD_COLUMNS = [
  'time',
  'kind',
  'src',
  'dst',
  'src_name',
  'dst_name',
  'protocol',
  'sport',
  'dport',
  'icmp_type',
  'icmp_code',
  'icmp_id',
  'tcp_flags',
  'fragment',
  'fragment_id',
  'fragment_offset',
  'packets',
  'bytes',
  'observed',
  'observed_at',
  'observed_by',
  'translated_dst',
  'translated_dport',
  'tunnels',
  'outer_src',
  'outer_dst',
  'quoted_protocol',
  'quoted_src',
  'quoted_sport',
  'quoted_dst',
  'quoted_dport',
  'trust',
  'skip',
] as const;

type RecordColumn = (typeof RECORD_COLUMNS)[number];
type Cells = Cell[];

/** The place of each column's cell. */
const AT = Object.fromEntries(RECORD_COLUMNS.map((name, index) => [name, index])) as Readonly<
  Record<RecordColumn, number>
>;

/** What a record may leave open or not quite mean, as words, by FLAG_ bit. */
export const TRUST_WORDS: readonly (readonly [flag: number, word: string])[] = [
  [B.FLAG_AGGREGATED, 'aggregated'],
  [B.FLAG_SAMPLED, 'sampled'],
  [B.FLAG_INITIATOR_UNKNOWN, 'initiator-unknown'],
  [B.FLAG_TRANSLATED, 'translated'],
  [B.FLAG_TRUNCATED, 'truncated'],
  [B.FLAG_INTERVAL, 'estimated-time'],
];

const FLAG_LETTERS = 'FSRPAUEC';
const LETTERED = 0xff;

/** `SA`, `.` for none; hexadecimal digits where one has no letter. */
function tcpFlagsText(flags: number): string {
  if (flags > LETTERED) return `0x${flags.toString(16)}`;
  let text = '';
  for (let bit = 0; bit < FLAG_LETTERS.length; bit++) if ((flags >> bit) & 1) text += FLAG_LETTERS[bit];
  return text === '' ? '.' : text;
}

/** Texts of IPv4 addresses that are remembered. */
const ADDRESSES_KEPT = 1 << 16;

function addressReader(): (family: number, words: Uint32Array, row: number) => string {
  const texts = new Map<number, string>();
  return (family, words, row) => {
    const at = row * 4;
    const first = words[at]!;
    if (family === 6) {
      const all: Address['words'] = [first, words[at + 1]!, words[at + 2]!, words[at + 3]!];
      return formatAddress({ family, words: all });
    }
    const known = texts.get(first);
    if (known !== undefined) return known;
    const text = formatAddress({ family: 4, words: [first, 0, 0, 0] });
    if (texts.size === ADDRESSES_KEPT) texts.clear();
    texts.set(first, text);
    return text;
  };
}

/** Seconds with nine decimals; nanoseconds of a second or more carry over. Null for a list that knows no time. */
function timeCell({ seconds, nanos, flags }: PacketBatch, row: number): string | null {
  const [second, nano] = [seconds[row]!, nanos[row]!];
  if (second === 0 && nano === 0 && (flags[row]! & B.FLAG_CONNECTION) !== 0) return null;
  if (nano < 1e9) return `${second}.${String(nano).padStart(9, '0')}`;
  return `${second + Math.floor(nano / 1e9)}.${String(nano % 1e9).padStart(9, '0')}`;
}

/** Ports, or ICMP's type, code and identifier. */
function setTransport(cells: Cells, batch: PacketBatch, row: number): void {
  const flags = batch.flags[row]!;
  if ((flags & B.FLAG_TCP_FLAGS) !== 0) cells[AT.tcp_flags] = tcpFlagsText(batch.tcpFlags[row]!);
  if ((flags & B.FLAG_PORTS) === 0) return;
  const [sport, dport] = [batch.sport[row]!, batch.dport[row]!];
  if (isIcmp(batch.protocol[row]!)) {
    cells[AT.icmp_type] = dport >> 8;
    cells[AT.icmp_code] = dport & 255;
    if (sport !== 0) cells[AT.icmp_id] = sport;
    return;
  }
  // Lists rarely know the source port; 0 is no port there.
  if (sport !== 0 || (flags & B.FLAG_CONNECTION) === 0) cells[AT.sport] = sport;
  cells[AT.dport] = dport;
}

function setFragment(cells: Cells, batch: PacketBatch, row: number): void {
  const flags = batch.flags[row]!;
  if ((flags & B.FLAG_FRAGMENT_FIRST) !== 0) cells[AT.fragment] = 'first';
  else if ((flags & B.FLAG_FRAGMENT_LATER) !== 0) cells[AT.fragment] = 'later';
  if (batch.fragmentId[row] !== 0) cells[AT.fragment_id] = batch.fragmentId[row]!;
  if (batch.fragmentOffset[row] !== 0) cells[AT.fragment_offset] = batch.fragmentOffset[row]!;
}

function setObserved(cells: Cells, code: number): void {
  const verdict = code & B.OBSERVED_MASK;
  if (verdict === B.OBSERVED_NONE) return;
  cells[AT.observed] = verdict === B.OBSERVED_DENY ? 'deny' : 'allow';
  cells[AT.observed_at] =
    (code & B.OBSERVED_ELSEWHERE) !== 0
      ? 'elsewhere'
      : (code & B.OBSERVED_AT_SOURCE) !== 0
        ? 'source'
        : 'path';
}

function trustCell(flags: number): string | null {
  let words = '';
  for (const [flag, word] of TRUST_WORDS) if ((flags & flag) !== 0) words += words === '' ? word : ` ${word}`;
  return words === '' ? null : words;
}

type AddressReader = ReturnType<typeof addressReader>;

function setTunnel(cells: Cells, batch: PacketBatch, row: number, addressOf: AddressReader): void {
  const family = batch.outerFamily[row]!;
  cells[AT.tunnels] = batch.tunnel[row]!;
  cells[AT.outer_src] = addressOf(family, batch.outerSrc, row);
  cells[AT.outer_dst] = addressOf(family, batch.outerDst, row);
}

function setQuote(cells: Cells, batch: PacketBatch, row: number, addressOf: AddressReader): void {
  const family = batch.family[row]!;
  cells[AT.quoted_protocol] = protocolName(batch.quotedProtocol[row]!);
  cells[AT.quoted_src] = addressOf(family, batch.quotedSrc, row);
  cells[AT.quoted_sport] = batch.quotedSport[row]!;
  cells[AT.quoted_dst] = addressOf(family, batch.quotedDst, row);
  cells[AT.quoted_dport] = batch.quotedDport[row]!;
}

/**
 * Reads rows that decode filled; `names`: those that stand in the place of addresses, `deciderOf`: the text of who decided by the trace's word,
 * by its number. The cells are the same array each time.
 */
export function createRecordReader(
  names = new WrittenNames(),
  deciderOf: (number: number) => string = () => '',
): (batch: PacketBatch, row: number) => readonly Cell[] {
  const addressOf = addressReader();
  const cells: Cells = RECORD_COLUMNS.map(() => null);
  return (batch, row) => {
    const family = batch.family[row]!;
    const flags = batch.flags[row]!;
    const skip = batch.skip[row]!;
    cells.fill(null);
    cells[AT.time] = timeCell(batch, row);
    cells[AT.kind] = (flags & B.FLAG_CONNECTION) === 0 ? 'packet' : 'flow';
    cells[AT.packets] = batch.packets[row]!;
    cells[AT.bytes] = batch.bytes[row]!;
    if (family !== 0) {
      const [src, dst] = [isNameWords(batch.src, row * 4), isNameWords(batch.dst, row * 4)];
      if (src) cells[AT.src_name] = names.textAt(batch.src, row * 4) ?? null;
      else cells[AT.src] = addressOf(family, batch.src, row);
      if (dst) cells[AT.dst_name] = names.textAt(batch.dst, row * 4) ?? null;
      else cells[AT.dst] = addressOf(family, batch.dst, row);
      cells[AT.protocol] = protocolName(batch.protocol[row]!);
      setTransport(cells, batch, row);
      setFragment(cells, batch, row);
    }
    setObserved(cells, batch.observed[row]!);
    if (batch.observed[row] !== B.OBSERVED_NONE)
      cells[AT.observed_by] = deciderOf(batch.observedBy[row]!) || null;
    if ((flags & B.FLAG_TRANSLATED) !== 0) {
      cells[AT.translated_dst] = addressOf(family, batch.translatedDst, row);
      // Port 0 too: where none is written, the port before translation is meant.
      if (carriesPorts(batch.protocol[row]!)) cells[AT.translated_dport] = batch.translatedDport[row]!;
    }
    if ((flags & B.FLAG_TUNNEL) !== 0) setTunnel(cells, batch, row, addressOf);
    if ((flags & B.FLAG_QUOTE) !== 0) setQuote(cells, batch, row, addressOf);
    cells[AT.trust] = trustCell(flags);
    if (skip !== 0) cells[AT.skip] = REASONS[skip]!;
    return cells;
  };
}
