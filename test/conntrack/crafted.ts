/**
 * IP packets as bytes from packets as desk.ts has them. Both sides of TCP send a SYN and no data, and acknowledge the other's:
 * sequence numbers always fit. No two segments are the same, so none is a retransmission. Only flags are left to decide.
 */
import { parseAddress } from '../../src/net/address.ts';
import { CHUNKS, type Packet, protocolOf } from '../replay/desk.ts';

const TCP_BITS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16, U: 32 };
const CHUNK_TYPES = [1, 2, 6, 7, 8, 9, 10, 11, 14, 4, 5, 0];
const TAG = 7;

const ISN = 1000;

/** The window that the next segment announces: what tells it from the one before. */
export interface Windows {
  next: number;
}

function segment(packet: Packet, windows: Windows): Buffer {
  const bytes = Buffer.alloc(20);
  const flags = packet.tcp ?? '';
  bytes.writeUInt32BE(flags.includes('S') ? ISN : ISN + 1, 4);
  if (flags.includes('A')) bytes.writeUInt32BE(ISN + 1, 8);
  bytes[12] = 0x50;
  for (const flag of flags) bytes[13]! |= TCP_BITS[flag]!;
  bytes.writeUInt16BE(windows.next++, 14);
  return bytes;
}

function association(packet: Packet): Buffer {
  const chunk = packet.chunk ?? 'DATA';
  const isInit = chunk === 'INIT' || chunk === 'INIT ACK';
  const bytes = Buffer.alloc(isInit ? 32 : 28);
  if (chunk !== 'INIT') bytes.writeUInt32BE(TAG, 4);
  bytes[12] = CHUNK_TYPES[CHUNKS.indexOf(chunk)]!;
  bytes.writeUInt16BE(bytes.byteLength - 12, 14);
  if (isInit) bytes.writeUInt32BE(TAG, 16);
  return bytes;
}

function transport(packet: Packet, windows: Windows): Buffer {
  const protocol = protocolOf(packet);
  if (packet.icmp !== undefined) {
    const head = Buffer.alloc(8);
    head[0] = packet.icmp.type;
    head[1] = packet.icmp.code ?? 0;
    head.writeUInt16BE(packet.icmp.id ?? 0, 4);
    return packet.quote === undefined ? head : Buffer.concat([head, packetBytes(packet.quote, windows)]);
  }
  if (protocol === 47) return Buffer.from([0, 0, 8, 0, 0, 0, 0, 0]);
  const bytes =
    protocol === 6 ? segment(packet, windows) : protocol === 132 ? association(packet) : Buffer.alloc(8);
  if (protocol !== 6 && protocol !== 132 && protocol !== 17) return bytes;
  bytes.writeUInt16BE(packet.sport ?? 0, 0);
  bytes.writeUInt16BE(packet.dport ?? 0, 2);
  if (protocol === 17) bytes.writeUInt16BE(8, 4);
  return bytes;
}

function headerChecksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.byteLength; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The IP packet. */
export function packetBytes(packet: Packet, windows: Windows): Buffer {
  const payload = transport(packet, windows);
  const src = parseAddress(packet.src)!;
  const dst = parseAddress(packet.dst)!;
  const header = Buffer.alloc(src.family === 4 ? 20 : 40);
  const words = (address: typeof src, at: number): void => {
    const count = address.family === 4 ? 1 : 4;
    for (let word = 0; word < count; word++) header.writeUInt32BE(address.words[word]!, at + word * 4);
  };
  if (src.family === 4) {
    header[0] = 0x45;
    header.writeUInt16BE(20 + payload.byteLength, 2);
    header[8] = 64;
    header[9] = protocolOf(packet);
    words(src, 12);
    words(dst, 16);
    header.writeUInt16BE(headerChecksum(header), 10);
  } else {
    header[0] = 0x60;
    header.writeUInt16BE(payload.byteLength, 4);
    header[6] = protocolOf(packet);
    header[7] = 64;
    words(src, 8);
    words(dst, 24);
  }
  return Buffer.concat([header, payload]);
}
