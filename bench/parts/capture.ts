/**
 * A capture of any size for timing: Ethernet, IPv4, TCP and UDP between the pods of a synthetic cluster, frame sizes of an Internet mix,
 * written in pieces. The same arguments give the same bytes.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Cluster } from '#src/policy/cluster.js';
import { randomFrom, synthesizePackets } from './synthetic.ts';

const PIECE_BYTES = 8 << 20;

/** Mostly small, some middling, some full frames: 360 bytes on average. */
function payloadBytes(draw: number): number {
  if (draw < 0.58) return 0;
  return draw < 0.91 ? 300 + Math.floor(draw * 200) : 1400;
}

/**
 * Writes about `bytes` bytes of classic pcap (microseconds, little-endian) with `flows` connections; returns the number of packets.
 * `payloadOf`: bytes that a packet carries, by a number from 0 to 1.
 */
export function writeCapture(
  path: string,
  cluster: Cluster,
  bytes: number,
  flows: number,
  payloadOf: (draw: number) => number = payloadBytes,
): number {
  const random = randomFrom(3);
  const packets = synthesizePackets(cluster, flows, 1000, 4);
  const seen = new Uint8Array(flows);
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(PIECE_BYTES + 2048);
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262144, 16);
  header.writeUInt32LE(1, 20);
  writeSync(file, header);
  let written = 24;
  let count = 0;
  let at = 0;
  while (written + at < bytes) {
    const index = Math.floor(flows * random() ** 3);
    const { source, destination, protocol, sourcePort, destinationPort } = packets[index]!;
    const first = seen[index] === 0;
    seen[index] = 1;
    const reply = !first && random() < 0.5;
    const payload = first ? 0 : payloadOf(random());
    const transport = protocol === 6 ? 20 : 8;
    const frame = 14 + 20 + transport + payload;
    piece.writeUInt32LE(1_700_000_000 + Math.floor(count / 100_000), at);
    piece.writeUInt32LE((count % 100_000) * 10, at + 4);
    piece.writeUInt32LE(frame, at + 8);
    piece.writeUInt32LE(frame, at + 12);
    const ip = at + 30;
    piece.writeUInt16BE(0x0800, ip - 2);
    piece.writeUInt32BE((0x45000000 + 20 + transport + payload) >>> 0, ip);
    piece.writeUInt32BE(((count % 65536) * 65536 + 0x4000) >>> 0, ip + 4);
    piece.writeUInt32BE((0x40000000 + protocol * 65536) >>> 0, ip + 8);
    piece.writeUInt32BE((reply ? destination : source).words[0], ip + 12);
    piece.writeUInt32BE((reply ? source : destination).words[0], ip + 16);
    piece.writeUInt16BE((reply ? destinationPort : sourcePort)!, ip + 20);
    piece.writeUInt16BE((reply ? sourcePort : destinationPort)!, ip + 22);
    if (protocol === 6) piece.writeUInt16BE(0x5000 + (first ? 2 : 16), ip + 32);
    else piece.writeUInt16BE(8 + payload, ip + 24);
    at += 16 + frame;
    count++;
    if (at >= PIECE_BYTES) {
      writeSync(file, piece, 0, at);
      written += at;
      at = 0;
    }
  }
  writeSync(file, piece, 0, at);
  closeSync(file);
  return count;
}
