/** The row of a common record, which is judged once and not tracked. */
import type { FlowName } from '../../flow/flow-name.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import { carriesPorts, isIcmp, protocolNumber } from '../../net/protocol.ts';
import { ICMP, ICMPV6, TCP } from '../../net/protocol-layout.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import {
  FLAG_CONNECTION,
  FLAG_INITIATOR_UNKNOWN,
  FLAG_NAMED,
  FLAG_PORTS,
  FLAG_TCP_FLAGS,
  FLAG_TRANSLATED,
  OBSERVED_NONE,
} from '../../packet/batch-layout.ts';
import type { TextTable } from '../../packet/text-table.ts';
import { SKIP_DUPLICATE, SKIP_MALFORMED, SKIP_NON_IP } from '../../tables/verdict-layout.ts';
import type { FlowNote } from './flow-notes.ts';
import type { FlowReading, FlowRecord } from './flow-record.ts';
import type { NameReader } from './name-reader.ts';
import { deciderText, NO_DECIDER } from './observed-decider.ts';
import { writePacketFields } from './packet-fields.ts';
import { wholeOf } from './record-values.ts';
import { writeReporter } from './reporter.ts';

const SKIP_OF: Readonly<Record<FlowNote, number>> = {
  malformed: SKIP_MALFORMED,
  named: SKIP_MALFORMED,
  'no-data': SKIP_NON_IP,
  'lost-data': SKIP_NON_IP,
  'lost-events': SKIP_NON_IP,
  'no-flow': SKIP_NON_IP,
  repeated: SKIP_DUPLICATE,
};

/** Gives texts of deciders their numbers. */
export type Deciders = Pick<TextTable, 'intern'>;

/**
 * Writes a record into a row; returns the note of one that is skipped. `deciders`: where the texts of who decided go; absent where
 * nobody asks. Without `names` a record needs its addresses.
 */
export function writeFlowRow(
  reading: FlowReading,
  batch: PacketBatch,
  row: number,
  deciders: Deciders | undefined,
  names?: NameReader,
): FlowNote | undefined {
  clearFlowRow(batch, row);
  if (deciders !== undefined && !('note' in reading))
    batch.observedBy[row] = deciders.intern(deciderText(reading.observedBy ?? NO_DECIDER));
  const note = 'note' in reading ? reading.note : writeFlow(reading, batch, row, names);
  if (!('note' in reading) && reading.skip !== undefined) {
    skipFlow(reading, reading.skip, note, batch, row);
    return undefined;
  }
  if (note === undefined) return undefined;
  batch.skip[row] = SKIP_OF[note];
  if (note === 'repeated') return note;
  batch.family[row] = 0;
  if (SKIP_OF[note] === SKIP_NON_IP) batch.packets[row] = 0;
  return note;
}

/** A record that was skipped before it was written down: it keeps its time and counts, and its addresses if it has any. */
function skipFlow(
  flow: FlowRecord,
  skip: number,
  note: FlowNote | undefined,
  batch: PacketBatch,
  row: number,
): void {
  batch.skip[row] = skip;
  if (note === undefined || note === 'repeated') return;
  batch.family[row] = 0;
  if (!isCount(flow.packets) || !isCount(flow.bytes)) return;
  batch.seconds[row] = flow.time.seconds;
  batch.nanos[row] = flow.time.nanos;
  batch.packets[row] = flow.packets;
  batch.bytes[row] = flow.bytes;
  if (flow.packet !== undefined) batch.flags[row] = flow.packet.flags;
}

/** A row of a flow log as it is before anything is known of the record. */
function clearFlowRow(batch: PacketBatch, row: number): void {
  batch.seconds[row] = 0;
  batch.nanos[row] = 0;
  batch.skip[row] = 0;
  batch.protocol[row] = 0;
  batch.tcpFlags[row] = 0;
  // A call of fill would cost more than all of these.
  for (let word = row * 4; word < row * 4 + 4; word++) {
    batch.src[word] = 0;
    batch.dst[word] = 0;
  }
  batch.sport[row] = 0;
  batch.dport[row] = 0;
  batch.flags[row] = FLAG_CONNECTION;
  batch.fragmentId[row] = 0;
  batch.fragmentOffset[row] = 0;
  batch.packets[row] = 1;
  batch.bytes[row] = 0;
  batch.observed[row] = OBSERVED_NONE;
  batch.observedBy[row] = 0;
  batch.fingerprint[row] = 0;
}

const addressOf = (text: string | undefined): Address | undefined =>
  text === undefined ? undefined : parseAddress(text);

function protocolOf(protocol: string | number | undefined, family: 4 | 6): number | undefined {
  if (protocol === undefined) return undefined;
  const number = wholeOf(protocol, 255) ?? protocolNumber(String(protocol));
  return number === ICMP && family === 6 ? ICMPV6 : number;
}

/** What one record may count: 256 TB, so that sums stay exact whole numbers. */
const LARGEST_COUNT = 2 ** 48;

const isCount = (count: number): boolean =>
  Number.isSafeInteger(count) && count >= 0 && count <= LARGEST_COUNT;

/** A side as a row holds it. */
export interface Side {
  readonly family: 4 | 6 | undefined;
  readonly words: Address['words'];
  /** Of the name that goes for what the address does not say; 0 without. */
  readonly name: number;
}

/** What stands for a side in a row, by its address as text and its name; undefined where neither stands. */
export function sideOf(
  text: string | undefined,
  name: FlowName | undefined,
  names: NameReader | undefined,
): Side | undefined {
  const address = addressOf(text);
  if (address !== undefined) {
    const { family, words } = address;
    const beside = name === undefined ? 0 : (names?.besideAddress(name, address) ?? 0);
    return typeof beside === 'number' ? { family, words, name: beside } : { family: undefined, ...beside };
  }
  if (name === undefined || names === undefined) return undefined;
  return { family: undefined, ...names.sideOf(name) };
}

/** Names tell no family: both are judged where no address stands. */
function familyOf(source: Side, destination: Side, protocol: FlowRecord['protocol']): 4 | 6 {
  return source.family ?? destination.family ?? (protocolOf(protocol, 4) === ICMPV6 ? 6 : 4);
}

function writeFlow(
  flow: FlowRecord,
  batch: PacketBatch,
  row: number,
  names: NameReader | undefined,
): FlowNote | undefined {
  const { sourceName, destinationName } = flow;
  const source = sideOf(flow.source, sourceName, names);
  const destination = sideOf(flow.destination, destinationName, names);
  if (source === undefined || destination === undefined)
    return names === undefined && (sourceName !== undefined || destinationName !== undefined)
      ? 'named'
      : 'malformed';
  const family = familyOf(source, destination, flow.protocol);
  if ((source.family ?? family) !== family || (destination.family ?? family) !== family) return 'malformed';
  const protocol = protocolOf(flow.protocol, family);
  // A count that cannot be read would make totals lie.
  if (protocol === undefined || !isCount(flow.packets) || !isCount(flow.bytes)) return 'malformed';
  batch.seconds[row] = flow.time.seconds;
  batch.nanos[row] = flow.time.nanos;
  batch.family[row] = family;
  batch.protocol[row] = protocol;
  for (let word = 0; word < 4; word++) {
    batch.src[row * 4 + word] = source.words[word]!;
    batch.dst[row * 4 + word] = destination.words[word]!;
  }
  if (source.family === undefined || destination.family === undefined || source.name + destination.name > 0) {
    batch.flags[row]! |= FLAG_NAMED;
    batch.srcName[row] = source.name;
    batch.dstName[row] = destination.name;
  }
  batch.packets[row] = flow.packets;
  batch.bytes[row] = flow.bytes;
  batch.observed[row] = flow.observed ?? OBSERVED_NONE;
  if (flow.initiatorUnknown === true) batch.flags[row]! |= FLAG_INITIATOR_UNKNOWN;
  batch.flags[row]! |= flow.trust ?? 0;
  if (flow.packet === undefined) writeTransport(flow, protocol, batch, row);
  else writePacketFields(flow.packet, batch, row);
  writeTranslation(flow, batch, row);
  writeReporter(flow.reporter, batch, row);
  return flow.repeated === true ? 'repeated' : undefined;
}

function writeTransport(flow: FlowRecord, protocol: number, batch: PacketBatch, row: number): void {
  if (isIcmp(protocol)) {
    const type = wholeOf(flow.icmpType, 255);
    if (type === undefined) return;
    batch.dport[row] = type * 256 + (wholeOf(flow.icmpCode, 255) ?? 0);
    batch.flags[row]! |= FLAG_PORTS;
    return;
  }
  const destinationPort = wholeOf(flow.destinationPort, 65_535);
  if (!carriesPorts(protocol) || destinationPort === undefined) return;
  batch.sport[row] = wholeOf(flow.sourcePort, 65_535) ?? 0;
  batch.dport[row] = destinationPort;
  batch.flags[row]! |= FLAG_PORTS;
  const tcpFlags = protocol === TCP ? wholeOf(flow.tcpFlags, 0xfff) : undefined;
  if (tcpFlags === undefined) return;
  batch.tcpFlags[row] = tcpFlags;
  batch.flags[row]! |= FLAG_TCP_FLAGS;
}

/** Nothing is said of a destination whose own ports are not known. */
function writeTranslation({ translated }: FlowRecord, batch: PacketBatch, row: number): void {
  batch.flags[row]! &= ~FLAG_TRANSLATED;
  const address = addressOf(translated?.address);
  if (address === undefined || address.family !== batch.family[row]) return;
  const hasPorts = carriesPorts(batch.protocol[row]!);
  if (hasPorts && (batch.flags[row]! & FLAG_PORTS) === 0) return;
  const port = hasPorts ? (translated?.port ?? batch.dport[row]!) : 0;
  const own = batch.dst.subarray(row * 4, row * 4 + 4);
  const isSame = address.words.every((word, index) => word === own[index]);
  if (isSame && (!hasPorts || port === batch.dport[row])) return;
  batch.flags[row]! |= FLAG_TRANSLATED;
  batch.translatedDst.set(address.words, row * 4);
  batch.translatedDport[row] = port;
}
