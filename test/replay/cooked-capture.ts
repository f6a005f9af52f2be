/** Cooked captures (SLL2) for tests: every packet with the interface at which it was seen, its identification, sequence and bytes. */
import { writeFileSync } from 'node:fs';
import { parseAddress } from '../../src/net/address.ts';

/** A packet as it passes one point of a host. */
export interface Sighting {
  /** Milliseconds. */
  readonly at: number;
  /** Number of the interface; the home of the packet when absent. */
  readonly point?: number;
  readonly src: string;
  readonly dst: string;
  readonly sport?: number;
  readonly dport?: number;
  /** 6 when absent. */
  readonly protocol?: number;
  /** IPv4 identification; 0 when absent. */
  readonly id?: number;
  readonly ttl?: number;
  readonly seq?: number;
  /** TCP flags; ACK when absent. */
  readonly flags?: number;
  readonly payload?: Buffer;
  /** Of ICMP. */
  readonly type?: number;
  readonly code?: number;
  /** What an ICMP error quotes. */
  readonly quote?: Sighting;
  /** Offset in bytes and whether more follow, of a fragment. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
}

const NOTHING = Buffer.alloc(0);

function addressBytes(text: string): Buffer {
  const { family, words } = parseAddress(text)!;
  const bytes = Buffer.alloc(family === 4 ? 4 : 16);
  words.slice(0, bytes.length / 4).forEach((word, index) => {
    bytes.writeUInt32BE(word, index * 4);
  });
  return bytes;
}

function transport(packet: Sighting): Buffer {
  const { protocol = 6, sport = 0, dport = 0, seq = 0, flags = 16, payload = NOTHING } = packet;
  if ((packet.fragment?.offset ?? 0) > 0) return payload;
  if (protocol === 1 || protocol === 58) {
    const head = Buffer.alloc(8);
    head[0] = packet.type ?? 8;
    head[1] = packet.code ?? 0;
    head.writeUInt16BE(sport, 4);
    head.writeUInt16BE(seq & 0xffff, 6);
    return Buffer.concat([
      head,
      packet.quote === undefined ? payload : network(packet.quote).subarray(0, 28),
    ]);
  }
  const head = Buffer.alloc(protocol === 6 ? 20 : 8);
  head.writeUInt16BE(sport, 0);
  head.writeUInt16BE(dport, 2);
  if (protocol === 6) {
    head.writeUInt32BE(seq, 4);
    head[12] = 0x50;
    head[13] = flags;
  } else head.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** The packet from its IP header on. */
function network(packet: Sighting): Buffer {
  const { protocol = 6, id = 0, ttl = 64, fragment } = packet;
  const body = transport(packet);
  const [src, dst] = [addressBytes(packet.src), addressBytes(packet.dst)];
  if (src.length === 16) {
    const head = Buffer.alloc(8);
    head[0] = 0x60;
    head.writeUInt16BE(body.length, 4);
    head[6] = protocol;
    head[7] = ttl;
    return Buffer.concat([head, src, dst, body]);
  }
  const head = Buffer.alloc(12);
  head[0] = 0x45;
  head.writeUInt16BE(20 + body.length, 2);
  head.writeUInt16BE(id, 4);
  head.writeUInt16BE((fragment?.more === true ? 0x2000 : 0) | ((fragment?.offset ?? 0) >> 3), 6);
  head[8] = ttl;
  head[9] = protocol;
  return Buffer.concat([head, src, dst, body]);
}

/** Ethernet, IPv4, UDP and VXLAN around a packet. */
export function inVxlan(packet: Sighting): Buffer {
  const inner = Buffer.concat([Buffer.alloc(12), Buffer.from('0800', 'hex'), network(packet)]);
  return network({
    at: packet.at,
    src: '172.18.0.2',
    dst: '172.18.0.3',
    protocol: 17,
    sport: 5000,
    dport: 4789,
    id: (packet.id ?? 0) + 7,
    payload: Buffer.concat([Buffer.from('0800000000100000', 'hex'), inner]),
  });
}

function record(milliseconds: number, point: number, bytes: Buffer): Buffer {
  const head = Buffer.alloc(16);
  const microseconds = Math.round(milliseconds * 1000);
  head.writeUInt32LE(1_700_000_000 + Math.floor(microseconds / 1e6), 0);
  head.writeUInt32LE(microseconds % 1e6, 4);
  head.writeUInt32LE(20 + bytes.length, 8);
  head.writeUInt32LE(20 + bytes.length, 12);
  const cooked = Buffer.alloc(20);
  cooked.writeUInt16BE(bytes[0]! >> 4 === 6 ? 0x86dd : 0x0800, 0);
  cooked.writeUInt32BE(point, 4);
  cooked.writeUInt16BE(1, 8);
  return Buffer.concat([head, cooked, bytes]);
}

/** Writes a capture; what is given as bytes passes a point of its own. */
export function writeCooked(
  path: string,
  packets: readonly (Sighting | { at: number; bytes: Buffer })[],
): string {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(276, 20);
  const records = packets.map((packet) =>
    'bytes' in packet
      ? record(packet.at, 999, packet.bytes)
      : record(packet.at, packet.point ?? 1, network(packet)),
  );
  writeFileSync(path, Buffer.concat([header, ...records]));
  return path;
}
