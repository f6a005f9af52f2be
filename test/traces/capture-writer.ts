/**
 * Writes conversations as an Ethernet capture: whole TCP connections, datagrams with replies, pings, with real
 * checksums and real bytes. Times and sequence numbers come from one seeded sequence: the same calls give the same file.
 */
import { createHash } from 'node:crypto';

/** The header of a classic capture: microseconds, little-endian, Ethernet. */
export function pcapHeader(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(1, 20);
  return header;
}

interface Frame {
  readonly microseconds: number;
  readonly bytes: Buffer;
}

/** What one side of a TCP connection says, in turn; the initiator speaks first. */
export type Exchange = readonly [request: Buffer, response: Buffer];

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const PSH = 0x08;
const ACK = 0x10;
const SEGMENT = 1400;

export class CaptureWriter {
  readonly #frames: Frame[] = [];
  readonly #startSeconds: number;
  #state: number;
  #identification = 1;

  constructor(startSeconds: number, seed: number) {
    this.#startSeconds = startSeconds;
    this.#state = seed >>> 0;
  }

  /** A whole number in 0..below-1 of the seeded sequence. */
  draw(below: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 0x1_0000_0000) * below);
  }

  /** A connection from handshake to the closing FINs. Returns the time behind its last packet. */
  tcp(
    at: number,
    source: string,
    sourcePort: number,
    destination: string,
    port: number,
    talk: readonly Exchange[],
  ) {
    let now = at;
    const next = [this.draw(0x7fff_ffff), this.draw(0x7fff_ffff)];
    const send = (side: 0 | 1, flags: number, payload: Buffer = Buffer.alloc(0)): void => {
      const [from, to] = side === 0 ? [source, destination] : [destination, source];
      const [fromPort, toPort] = side === 0 ? [sourcePort, port] : [port, sourcePort];
      const acknowledged = flags === SYN ? 0 : next[1 - side]!;
      this.#ipv4(
        now,
        from,
        to,
        6,
        tcpSegment(from, to, fromPort, toPort, next[side]!, acknowledged, flags, payload),
      );
      next[side] = (next[side]! + payload.length + (flags & (SYN | FIN) ? 1 : 0)) >>> 0;
      now += 60 + this.draw(400);
    };
    const say = (side: 0 | 1, message: Buffer): void => {
      for (let start = 0; start < message.length; start += SEGMENT)
        send(side, PSH | ACK, message.subarray(start, start + SEGMENT));
      send(side === 0 ? 1 : 0, ACK);
    };
    send(0, SYN);
    send(1, SYN | ACK);
    send(0, ACK);
    for (const [request, response] of talk) {
      say(0, request);
      say(1, response);
      now += 2000 + this.draw(20_000);
    }
    send(0, FIN | ACK);
    send(1, FIN | ACK);
    send(0, ACK);
    return now;
  }

  /** A SYN that nobody answers, repeated as Linux repeats it: after 1, 3, 7 ... seconds. */
  unanswered(
    at: number,
    source: string,
    sourcePort: number,
    destination: string,
    port: number,
    tries: number,
  ): void {
    const sequence = this.draw(0x7fff_ffff);
    for (let attempt = 0; attempt < tries; attempt += 1)
      this.#ipv4(
        at + (2 ** attempt - 1) * 1_000_000,
        source,
        destination,
        6,
        tcpSegment(source, destination, sourcePort, port, sequence, 0, SYN, Buffer.alloc(0)),
      );
  }

  /** A SYN to a port that nobody listens on, and its RST. */
  refused(at: number, source: string, sourcePort: number, destination: string, port: number): void {
    const sequence = this.draw(0x7fff_ffff);
    const none = Buffer.alloc(0);
    this.#ipv4(
      at,
      source,
      destination,
      6,
      tcpSegment(source, destination, sourcePort, port, sequence, 0, SYN, none),
    );
    const reset = tcpSegment(destination, source, port, sourcePort, 0, sequence + 1, RST | ACK, none);
    this.#ipv4(at + 180, destination, source, 6, reset);
  }

  /** A datagram and its answer. */
  udp(
    at: number,
    source: string,
    sourcePort: number,
    destination: string,
    port: number,
    talk: Exchange,
  ): void {
    this.#ipv4(at, source, destination, 17, udpDatagram(source, destination, sourcePort, port, talk[0]));
    const answer = udpDatagram(destination, source, port, sourcePort, talk[1]);
    this.#ipv4(at + 300 + this.draw(900), destination, source, 17, answer);
  }

  /** Echo requests one second apart, each answered. */
  ping(at: number, source: string, destination: string, identifier: number, count: number): void {
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const now = at + (sequence - 1) * 1_000_000;
      this.#ipv4(now, source, destination, 1, echo(8, identifier, sequence));
      this.#ipv4(now + 150 + this.draw(300), destination, source, 1, echo(0, identifier, sequence));
    }
  }

  /** A question who has an address, and the answer. */
  arp(at: number, asker: string, asked: string): void {
    const body = (operation: number, sender: string, target: string, targetMac: Buffer): Buffer =>
      Buffer.concat([
        Buffer.from([0, 1, 8, 0, 6, 4, 0, operation]),
        mac(sender),
        quad(sender),
        targetMac,
        quad(target),
      ]);
    this.#add(at, Buffer.alloc(6, 0xff), mac(asker), 0x0806, body(1, asker, asked, Buffer.alloc(6)));
    this.#add(at + 40, mac(asker), mac(asked), 0x0806, body(2, asked, asker, mac(asker)));
  }

  /** All frames in time order, as classic pcap: microseconds, little-endian, Ethernet. */
  bytes(): Buffer {
    const ordered = this.#frames
      .map((frame, position) => ({ frame, position }))
      .sort((a, b) => a.frame.microseconds - b.frame.microseconds || a.position - b.position);
    return Buffer.concat([
      pcapHeader(),
      ...ordered.flatMap(({ frame }) => [this.#recordHeader(frame), frame.bytes]),
    ]);
  }

  #recordHeader(frame: Frame): Buffer {
    const header = Buffer.alloc(16);
    header.writeUInt32LE(this.#startSeconds + Math.floor(frame.microseconds / 1_000_000), 0);
    header.writeUInt32LE(frame.microseconds % 1_000_000, 4);
    header.writeUInt32LE(frame.bytes.length, 8);
    header.writeUInt32LE(frame.bytes.length, 12);
    return header;
  }

  #ipv4(at: number, source: string, destination: string, protocol: number, payload: Buffer): void {
    const header = Buffer.alloc(20);
    header[0] = 0x45;
    header.writeUInt16BE(20 + payload.length, 2);
    header.writeUInt16BE(this.#identification & 0xffff, 4);
    this.#identification += 1;
    header.writeUInt16BE(0x4000, 6);
    header[8] = 63;
    header[9] = protocol;
    quad(source).copy(header, 12);
    quad(destination).copy(header, 16);
    header.writeUInt16BE(checksum(header), 10);
    this.#add(at, mac(destination), mac(source), 0x0800, Buffer.concat([header, payload]));
  }

  #add(microseconds: number, destination: Buffer, source: Buffer, type: number, payload: Buffer): void {
    const etherType = Buffer.from([type >> 8, type & 0xff]);
    // Ethernet frames have 60 bytes at least: the padding is part of what a reader has to leave out.
    const padding = Buffer.alloc(Math.max(0, 46 - payload.length));
    this.#frames.push({
      microseconds,
      bytes: Buffer.concat([destination, source, etherType, payload, padding]),
    });
  }
}

function quad(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** A stable, locally administered hardware address for an IPv4 address. */
function mac(address: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x02, 0x42]),
    createHash('sha256').update(address).digest().subarray(0, 4),
  ]);
}

function checksum(...parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let offset = 0; offset < bytes.length; offset += 2)
    sum += (bytes[offset]! << 8) | (bytes[offset + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function pseudoHeader(source: string, destination: string, protocol: number, length: number): Buffer {
  return Buffer.concat([
    quad(source),
    quad(destination),
    Buffer.from([0, protocol, length >> 8, length & 0xff]),
  ]);
}

function tcpSegment(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
  sequence: number,
  acknowledgement: number,
  flags: number,
  payload: Buffer,
): Buffer {
  const options = (flags & SYN) !== 0 ? Buffer.from([2, 4, 0x05, 0x78, 4, 2, 1, 1]) : Buffer.alloc(0);
  const header = Buffer.alloc(20 + options.length);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header.writeUInt32BE(acknowledgement >>> 0, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = flags;
  header.writeUInt16BE(64_240, 14);
  options.copy(header, 20);
  const length = header.length + payload.length;
  header.writeUInt16BE(checksum(pseudoHeader(source, destination, 6, length), header, payload), 16);
  return Buffer.concat([header, payload]);
}

function udpDatagram(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
  payload: Buffer,
): Buffer {
  const header = Buffer.alloc(8);
  const length = 8 + payload.length;
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(length, 4);
  header.writeUInt16BE(checksum(pseudoHeader(source, destination, 17, length), header, payload) || 0xffff, 6);
  return Buffer.concat([header, payload]);
}

function echo(type: number, identifier: number, sequence: number): Buffer {
  const message = Buffer.alloc(64, 0x61);
  message.writeUInt32BE(type << 24, 0);
  message.writeUInt16BE(identifier, 4);
  message.writeUInt16BE(sequence, 6);
  message.writeUInt16BE(checksum(message), 2);
  return message;
}
