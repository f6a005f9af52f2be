/** Captures for tests: classic pcap, Ethernet, IPv4, written from packets as desk.ts has them. */
import { writeFileSync } from 'node:fs';
import { parseAddress } from '../../src/net/address.ts';
import { pcapHeader } from '../traces/capture-writer.ts';
import { type Packet, protocolOf } from './desk.ts';

const TCP_LETTERS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

function transport(packet: Packet): Buffer {
  const protocol = protocolOf(packet);
  if (packet.icmp !== undefined) {
    const bytes = Buffer.alloc(8);
    bytes[0] = packet.icmp.type;
    bytes[1] = packet.icmp.code ?? 0;
    bytes.writeUInt16BE(packet.icmp.id ?? 0, 4);
    // An error quotes the packet that it is about: its IP header and 8 bytes behind it.
    return packet.quote === undefined
      ? bytes
      : Buffer.concat([bytes, frame(packet.quote, 0).subarray(14, 14 + 28)]);
  }
  const bytes = Buffer.alloc(protocol === 6 ? 20 : 8);
  bytes.writeUInt16BE(packet.sport ?? 0, 0);
  bytes.writeUInt16BE(packet.dport ?? 0, 2);
  if (protocol === 6) {
    bytes[12] = 0x50;
    for (const letter of packet.tcp ?? '') bytes[13]! |= TCP_LETTERS[letter]!;
  } else bytes.writeUInt16BE(8, 4);
  return bytes;
}

/** The Ethernet frame of a packet. */
export function frame(packet: Packet, payloadBytes: number): Buffer {
  const rest = Buffer.concat([transport(packet), Buffer.alloc(payloadBytes)]);
  const bytes = Buffer.alloc(34);
  bytes.writeUInt16BE(0x0800, 12);
  bytes[14] = 0x45;
  bytes.writeUInt16BE(20 + rest.byteLength, 16);
  bytes[22] = 64;
  bytes[23] = protocolOf(packet);
  bytes.writeUInt32BE(parseAddress(packet.src)!.words[0], 26);
  bytes.writeUInt32BE(parseAddress(packet.dst)!.words[0], 30);
  return Buffer.concat([bytes, rest]);
}

const VXLAN_HEADER = Buffer.from('0800000000100000', 'hex');
const UDP_END = 42;

/** A packet in VXLAN between two addresses. */
export function vxlan(src: string, dst: string, inner: Packet): Buffer {
  const carried = Buffer.concat([VXLAN_HEADER, frame(inner, 0)]);
  const outer = frame({ src, dst, protocol: 17, sport: 40_000, dport: 4789 }, carried.length);
  outer.set(carried, UDP_END);
  outer.writeUInt16BE(8 + carried.length, UDP_END - 4);
  return outer;
}

/** A capture of frames and their seconds. */
export function framesBytes(frames: readonly { readonly bytes: Buffer; readonly at: number }[]): Buffer {
  const records = frames.flatMap(({ bytes, at }) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(at), 0);
    record.writeUInt32LE(Math.round((at % 1) * 1e6), 4);
    record.writeUInt32LE(bytes.byteLength, 8);
    record.writeUInt32LE(bytes.byteLength, 12);
    return [record, bytes];
  });
  return Buffer.concat([pcapHeader(), ...records]);
}

/** The bytes of a capture. */
export function captureBytes(packets: readonly Packet[], payloadBytes = 0): Buffer {
  return framesBytes(packets.map((packet) => ({ bytes: frame(packet, payloadBytes), at: packet.at ?? 0 })));
}

export function writeCapture(path: string, packets: readonly Packet[], payloadBytes = 0): string {
  writeFileSync(path, captureBytes(packets, payloadBytes));
  return path;
}
