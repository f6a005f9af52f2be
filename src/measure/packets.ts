/** First packets in columns, as a batch holds them: drawn once, loaded into the rows of a batch as often as they are measured. */
import type { Address } from '../net/address.ts';
import type { PacketBatch } from '../packet/batch.ts';
import { FLAG_PORTS } from '../packet/batch-layout.ts';

export interface Packets {
  readonly count: number;
  readonly family: Uint8Array;
  readonly protocol: Uint8Array;
  /** Four words a packet. */
  readonly src: Uint32Array;
  readonly dst: Uint32Array;
  readonly sport: Uint16Array;
  readonly dport: Uint16Array;
  /** FLAG_PORTS or nothing. */
  readonly flags: Uint16Array;
}

/** One packet, both addresses of one family. */
export interface Packet {
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: number;
  readonly sourcePort: number;
  /** ICMP: type * 256 + code. */
  readonly destinationPort: number;
}

/** Room for `count` packets. */
export function createPackets(count: number): Packets {
  return {
    count,
    family: new Uint8Array(count),
    protocol: new Uint8Array(count),
    src: new Uint32Array(count * 4),
    dst: new Uint32Array(count * 4),
    sport: new Uint16Array(count),
    dport: new Uint16Array(count),
    flags: new Uint16Array(count),
  };
}

/** `count` packets, each drawn in its turn. */
export function packetsOf(count: number, draw: (index: number) => Packet): Packets {
  const packets = createPackets(count);
  for (let row = 0; row < count; row++) {
    const { source, destination, protocol, sourcePort, destinationPort } = draw(row);
    packets.family[row] = source.family;
    packets.protocol[row] = protocol;
    packets.src.set(source.words, row * 4);
    packets.dst.set(destination.words, row * 4);
    packets.sport[row] = sourcePort;
    packets.dport[row] = destinationPort;
    packets.flags[row] = FLAG_PORTS;
  }
  return packets;
}

/** Copies packets [first, first + rows) into the first rows of a batch. */
export function loadPackets(batch: PacketBatch, packets: Packets, first: number, rows: number): void {
  const end = first + rows;
  batch.family.set(packets.family.subarray(first, end));
  batch.protocol.set(packets.protocol.subarray(first, end));
  batch.src.set(packets.src.subarray(first * 4, end * 4));
  batch.dst.set(packets.dst.subarray(first * 4, end * 4));
  batch.sport.set(packets.sport.subarray(first, end));
  batch.dport.set(packets.dport.subarray(first, end));
  batch.flags.set(packets.flags.subarray(first, end));
}

/** The packets at `places`, in that order. */
export function choosePackets(packets: Packets, places: ArrayLike<number>): Packets {
  const chosen = createPackets(places.length);
  for (let row = 0; row < places.length; row++) {
    const from = places[row]!;
    chosen.family[row] = packets.family[from]!;
    chosen.protocol[row] = packets.protocol[from]!;
    chosen.src.set(packets.src.subarray(from * 4, from * 4 + 4), row * 4);
    chosen.dst.set(packets.dst.subarray(from * 4, from * 4 + 4), row * 4);
    chosen.sport[row] = packets.sport[from]!;
    chosen.dport[row] = packets.dport[from]!;
    chosen.flags[row] = packets.flags[from]!;
  }
  return chosen;
}
