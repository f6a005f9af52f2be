/**
 * One frame → what a row must hold, written to be read: the examiner of the decode kernels. It works on a Buffer that ends where the
 * captured bytes end, and gives up by throwing `Cut`.
 */
import {
  SKIP_INNER_TRUNCATED,
  SKIP_MALFORMED,
  SKIP_NON_IP,
  SKIP_TRUNCATED,
} from '../../src/tables/verdict-layout.ts';

export interface SlowRow {
  skip: number;
  family: number;
  protocol: number;
  source: string;
  destination: string;
  sport: number;
  dport: number;
  tcpFlags: number;
  hasPorts: boolean;
  fragment: 'none' | 'first' | 'later';
  fragmentOffset: number;
  quote?: string;
  /** How many tunnels it lay in. */
  depth?: number;
}

class Skip extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`skip ${code}`);
    this.code = code;
  }
}

/** By the type of the first chunk of SCTP. */
const CHUNK_FLAGS: Readonly<Record<number, number>> = {
  1: 0x102,
  2: 0x212,
  6: 0x300,
  7: 0x400,
  8: 0x500,
  9: 0x600,
  10: 0x700,
  11: 0x800,
  14: 0x900,
  4: 0xa00,
  5: 0xb00,
};
const PORTED = [6, 17, 33, 132, 136];
const EXTENSIONS = [0, 43, 44, 51, 60];

function need(bytes: Buffer, count: number, otherwise = SKIP_TRUNCATED): void {
  if (bytes.length < count) throw new Skip(otherwise);
}

const emptyRow = (): SlowRow => ({
  skip: 0,
  family: 0,
  protocol: 0,
  source: '',
  destination: '',
  sport: 0,
  dport: 0,
  tcpFlags: 0,
  hasPorts: false,
  fragment: 'none',
  fragmentOffset: 0,
});

/** An Ethernet frame of which the capture cut something off. */
export function slowDecode(frame: Buffer): SlowRow {
  const row = emptyRow();
  try {
    ethernet(frame, row);
    return row;
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    // Of a tunnel whose inner packet is cut off, the tunnel is known.
    return error.code === SKIP_INNER_TRUNCATED
      ? { ...row, skip: error.code }
      : { ...emptyRow(), skip: error.code };
  }
}

function ethernet(frame: Buffer, row: SlowRow): void {
  need(frame, 14);
  ethertype(frame.readUInt16BE(12), frame.subarray(14), row);
}

function ethertype(type: number, payload: Buffer, row: SlowRow): void {
  for (let depth = 0; depth < 8 && [0x8100, 0x88a8, 0x9100, 0x9200].includes(type); depth++) {
    need(payload, 4);
    type = payload.readUInt16BE(2);
    payload = payload.subarray(4);
  }
  if (type === 0x0800) ipv4(payload, row);
  else if (type === 0x86dd) ipv6(payload, row);
  else if (type === 0x8847 || type === 0x8848) mpls(payload, row);
  else if (type === 0x8864) pppoe(payload, row);
  else if (type <= 1500) llc(payload.subarray(0, type), row);
  else throw new Skip(SKIP_NON_IP);
}

function mpls(payload: Buffer, row: SlowRow): void {
  for (;;) {
    need(payload, 4);
    const isBottom = (payload[2]! & 1) === 1;
    payload = payload.subarray(4);
    if (isBottom) break;
  }
  need(payload, 1);
  if (payload[0]! >> 4 === 4) ipv4(payload, row);
  else if (payload[0]! >> 4 === 6) ipv6(payload, row);
  else throw new Skip(SKIP_NON_IP);
}

function pppoe(payload: Buffer, row: SlowRow): void {
  need(payload, 6);
  if (payload.readUInt16BE(0) !== 0x1100) throw new Skip(SKIP_NON_IP);
  const session = payload.subarray(6, 6 + payload.readUInt16BE(4));
  need(session, 2);
  const isShort = (session[0]! & 1) === 1;
  const protocol = isShort ? session[0]! : session.readUInt16BE(0);
  const rest = session.subarray(isShort ? 1 : 2);
  if (protocol === 0x21) ipv4(rest, row);
  else if (protocol === 0x57) ipv6(rest, row);
  else if (protocol === 0x281 || protocol === 0x283) mpls(rest, row);
  else throw new Skip(SKIP_NON_IP);
}

function llc(payload: Buffer, row: SlowRow): void {
  if (payload.subarray(0, 3).equals(Buffer.from([6, 6, 3]))) ipv4(payload.subarray(3), row);
  else if (
    payload.length >= 8 &&
    payload.subarray(0, 6).equals(Buffer.from([0xaa, 0xaa, 3, 0, 0, 0])) &&
    payload.readUInt16BE(6) > 1500
  )
    ethertype(payload.readUInt16BE(6), payload.subarray(8), row);
  else throw new Skip(SKIP_NON_IP);
}

function ipv4(packet: Buffer, row: SlowRow): void {
  need(packet, 1);
  const header = (packet[0]! & 15) * 4;
  if (packet[0]! >> 4 !== 4 || header < 20) throw new Skip(SKIP_MALFORMED);
  need(packet, header);
  const total = packet.readUInt16BE(2);
  if (total > 0 && total < header) throw new Skip(SKIP_MALFORMED);
  const whole = total === 0 ? packet : packet.subarray(0, total);
  row.family = 4;
  row.source = packet.subarray(12, 16).toString('hex');
  row.destination = packet.subarray(16, 20).toString('hex');
  const fragment = packet.readUInt16BE(6);
  markFragment(row, (fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0);
  row.protocol = packet[9]!;
  let payload = whole.subarray(header);
  while (row.protocol === 51 && row.fragmentOffset === 0 && payload.length >= 2) {
    row.protocol = payload[0]!;
    payload = payload.subarray((payload[1]! + 2) * 4);
  }
  if (row.fragmentOffset === 0) transport(payload, row);
}

function ipv6(packet: Buffer, row: SlowRow): void {
  need(packet, 1);
  if (packet[0]! >> 4 !== 6) throw new Skip(SKIP_MALFORMED);
  need(packet, 40);
  const length = packet.readUInt16BE(4);
  let payload = length === 0 ? packet.subarray(40) : packet.subarray(40, 40 + length);
  const short = length > 0 && packet.length >= 40 + length ? SKIP_MALFORMED : SKIP_TRUNCATED;
  row.family = 6;
  row.source = packet.subarray(8, 24).toString('hex');
  row.destination = packet.subarray(24, 40).toString('hex');
  row.protocol = packet[6]!;
  while (EXTENSIONS.includes(row.protocol)) {
    need(payload, 8, short);
    const extension = row.protocol;
    row.protocol = payload[0]!;
    if (extension === 44) {
      const word = payload.readUInt16BE(2);
      markFragment(row, word & 0xfff8, (word & 1) === 1);
      payload = payload.subarray(8);
      if (row.fragmentOffset > 0) return;
    } else {
      const bytes = extension === 51 ? (payload[1]! + 2) * 4 : (payload[1]! + 1) * 8;
      need(payload, bytes, short);
      payload = payload.subarray(bytes);
    }
  }
  transport(payload, row);
}

function markFragment(row: SlowRow, offset: number, more: boolean): void {
  if (offset === 0 && !more) return;
  row.fragment = offset === 0 ? 'first' : 'later';
  row.fragmentOffset = offset;
}

function transport(payload: Buffer, row: SlowRow): void {
  const isIcmp = row.protocol === 1 || row.protocol === 58;
  if (PORTED.includes(row.protocol) && payload.length >= 4) {
    row.hasPorts = true;
    row.sport = payload.readUInt16BE(0);
    row.dport = payload.readUInt16BE(2);
    if (row.protocol === 6 && payload.length >= 14) row.tcpFlags = payload.readUInt16BE(12) & 0xfff;
    if (row.protocol === 132 && payload.length >= 13) row.tcpFlags = CHUNK_FLAGS[payload[12]!] ?? 0;
  } else if (isIcmp && payload.length >= 2) icmp(payload, row);
  openTunnel(payload, row);
}

/** Reads what a tunnel carries; the way in, or undefined when the transport is none. */
function tunnelOf(payload: Buffer, { protocol, dport }: SlowRow): ((row: SlowRow) => void) | undefined {
  if (protocol === 4) return (row) => ipv4(payload, row);
  if (protocol === 41) return (row) => ipv6(payload, row);
  if (protocol === 47) return (row) => gre(payload, row);
  if (protocol !== 17 || payload.length < 8 || ![4789, 8472, 6081].includes(dport)) return undefined;
  const length = payload.readUInt16BE(4);
  const datagram = length >= 8 ? payload.subarray(8, length) : payload.subarray(8);
  return dport === 6081 ? (row) => geneve(datagram, row) : (row) => vxlan(datagram, row);
}

function vxlan(bytes: Buffer, row: SlowRow): void {
  need(bytes, 8);
  if ((bytes[0]! & 8) === 0) throw new Skip(SKIP_MALFORMED);
  ethernet(bytes.subarray(8), row);
}

function geneve(bytes: Buffer, row: SlowRow): void {
  need(bytes, 8);
  if (bytes[0]! >> 6 !== 0 || (bytes[1]! & 0x80) !== 0) throw new Skip(SKIP_MALFORMED);
  carried(bytes.readUInt16BE(2), bytes.subarray(8 + (bytes[0]! & 63) * 4), row);
}

function gre(bytes: Buffer, row: SlowRow): void {
  need(bytes, 4);
  const flags = bytes.readUInt16BE(0);
  if ((flags & 0x4007) !== 0) throw new Skip(SKIP_MALFORMED);
  const fields = [0x8000, 0x2000, 0x1000].filter((flag) => (flags & flag) !== 0).length;
  carried(bytes.readUInt16BE(2), bytes.subarray(4 + fields * 4), row);
}

function carried(type: number, bytes: Buffer, row: SlowRow): void {
  if (type === 0x6558) ethernet(bytes, row);
  else if (type === 0x0800) ipv4(bytes, row);
  else if (type === 0x86dd) ipv6(bytes, row);
  else if (type === 0x8847) mpls(bytes, row);
  else throw new Skip(SKIP_MALFORMED);
}

/** The row becomes what the tunnel carries; where that cannot be read it stays, unless the capture ends too early. */
function openTunnel(payload: Buffer, row: SlowRow): void {
  const enter = row.fragmentOffset === 0 ? tunnelOf(payload, row) : undefined;
  if (enter === undefined || (row.depth ?? 0) >= 8) return;
  const inner: SlowRow = { ...emptyRow(), depth: (row.depth ?? 0) + 1 };
  try {
    enter(inner);
  } catch (error) {
    if (!(error instanceof Skip)) throw error;
    if (error.code === SKIP_TRUNCATED || error.code === SKIP_INNER_TRUNCATED)
      throw new Skip(SKIP_INNER_TRUNCATED);
    return;
  }
  delete row.quote;
  Object.assign(row, inner);
}

const isEcho = (protocol: number, type: number): boolean =>
  (protocol === 1 ? [0, 8] : [128, 129]).includes(type);

function icmp(message: Buffer, row: SlowRow): void {
  const type = message[0]!;
  row.hasPorts = true;
  row.dport = message.readUInt16BE(0);
  if (isEcho(row.protocol, type) && message.length >= 6) row.sport = message.readUInt16BE(4);
  const errors = row.protocol === 1 ? [3, 4, 5, 11, 12] : [1, 2, 3, 4];
  if (!errors.includes(type) || message.length <= 8) return;
  const quoted = message.subarray(8);
  if (quoted[0]! >> 4 !== row.family) return;
  const text = row.family === 4 ? quoteIpv4(quoted) : quoteIpv6(quoted);
  if (text !== undefined) row.quote = text;
}

function quoteIpv4(packet: Buffer): string | undefined {
  const header = (packet[0]! & 15) * 4;
  if (header < 20 || packet.length < header || (packet.readUInt16BE(6) & 0x1fff) !== 0) return undefined;
  const ends = `${packet.subarray(12, 16).toString('hex')} ${packet.subarray(16, 20).toString('hex')}`;
  return quoteTransport(packet[9]!, packet.subarray(header), ends);
}

function quoteIpv6(packet: Buffer): string | undefined {
  if (packet.length < 40) return undefined;
  const ends = `${packet.subarray(8, 24).toString('hex')} ${packet.subarray(24, 40).toString('hex')}`;
  let protocol = packet[6]!;
  let payload = packet.subarray(40);
  while (EXTENSIONS.includes(protocol)) {
    if (payload.length < 8 || (protocol === 44 && (payload.readUInt16BE(2) & 0xfff8) !== 0)) return undefined;
    const bytes = protocol === 44 ? 8 : protocol === 51 ? (payload[1]! + 2) * 4 : (payload[1]! + 1) * 8;
    protocol = payload[0]!;
    payload = payload.subarray(bytes);
  }
  return quoteTransport(protocol, payload, ends);
}

function quoteTransport(protocol: number, payload: Buffer, ends: string): string | undefined {
  if (protocol === 1 || protocol === 58) {
    if (payload.length < 6) return undefined;
    const id = isEcho(protocol, payload[0]!) ? payload.readUInt16BE(4) : 0;
    return `${protocol} ${ends} ${id} ${payload.readUInt16BE(0)}`;
  }
  if (!PORTED.includes(protocol)) return `${protocol} ${ends} 0 0`;
  if (payload.length < 4) return undefined;
  return `${protocol} ${ends} ${payload.readUInt16BE(0)} ${payload.readUInt16BE(2)}`;
}
