/** Sound captures of every kind that are to be damaged: each link type, byte order and clock, pcapng with all its blocks, tunnels, compressed. */
import { gzipSync } from 'node:zlib';
import * as L from '../../src/packet/pcap-layout.ts';
import type { Random } from '../random/mulberry.ts';
import { frame as frameOf } from '../replay/capture.ts';
import { randomPackets } from '../replay/random-packets.ts';
import { Blocks } from '../trace/pcapng-blocks.ts';
import { randomFrame } from '../trace/random-frames.ts';
import { zstdFrame } from '../trace/zstd-frame.ts';

export interface Input {
  readonly name: string;
  readonly bytes: Buffer;
}

const FRAMES = 24;
const ETHERNET_BYTES = 14;

/** Frames of the sample cluster's connections, and some of everything else. */
function frames(random: Random): Buffer[] {
  const known = randomPackets(random.below(1 << 30), FRAMES, { hosts: 8, clients: 3 });
  return known.map((packet) =>
    random.chance(0.3) ? randomFrame(random) : frameOf(packet, random.below(40)),
  );
}

const isSix = (frame: Buffer): boolean => frame[12] === 0x86 && frame[13] === 0xdd;

/** Words of a fixed header before the packet. */
const head = (...halves: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(halves.length * 2);
  for (const [index, half] of halves.entries()) bytes.writeUInt16BE(half, index * 2);
  return bytes;
};

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** What stands before an IP packet, by link type. */
const LINK_HEADS: Readonly<Record<number, (six: boolean, packet: Buffer) => Buffer>> = {
  [L.LINK_NULL]: (six) => Buffer.from([six ? 10 : 2, 0, 0, 0]),
  [L.LINK_LOOP]: (six) => Buffer.from([0, 0, 0, six ? 10 : 2]),
  [L.LINK_PPP]: (six) => Buffer.from([0xff, 3, 0, six ? 0x57 : 0x21]),
  [L.LINK_PPP_SERIAL]: (six) => Buffer.from([0x0f, 0, six ? 0x86 : 8, six ? 0xdd : 0]),
  [L.LINK_PPP_ETHERNET]: (six, packet) => head(0x1100, 7, packet.length + 2, six ? 0x57 : 0x21),
  [L.LINK_CISCO_HDLC]: (six) => head(0x0f00, six ? 0x86dd : 0x0800),
  [L.LINK_RAW]: () => Buffer.alloc(0),
  [L.LINK_RAW_BSD]: () => Buffer.alloc(0),
  [L.LINK_RAW_OPENBSD]: () => Buffer.alloc(0),
  [L.LINK_IPV4]: () => Buffer.alloc(0),
  [L.LINK_IPV6]: () => Buffer.alloc(0),
  [L.LINK_LINUX_SLL]: (six) => head(4, 1, 6, 0xeeee, 0xeeee, 0xeeee, 0, six ? 0x86dd : 0x0800),
  [L.LINK_LINUX_SLL2]: (six) => head(six ? 0x86dd : 0x0800, 0, 0, 3, 1, 0x0406, 0xeeee, 0xeeee, 0xeeee, 0),
  [L.LINK_NFLOG]: (six, packet) =>
    Buffer.concat([
      Buffer.from([six ? 10 : 2, 0, 0, 1]),
      attribute(1, Buffer.from([0x08, 0, 1, 0])),
      attribute(10, Buffer.from('DPI|default/knp.default.db\0')),
      attribute(9, packet),
    ]),
};

/** Ethernet, read link types, and one that is not read. */
const LINK_TYPES = [L.LINK_ETHERNET, ...Object.keys(LINK_HEADS).map(Number), 127];

function linked(frame: Buffer, linkType: number): Buffer {
  const headOf = LINK_HEADS[linkType];
  if (headOf === undefined) return frame;
  const packet = frame.subarray(ETHERNET_BYTES);
  return Buffer.concat([headOf(isSix(frame), packet), packet]);
}

/** Magic numbers as they are written in the capture's own byte order, and the bytes that a record's header has more. */
const MAGICS = [
  [0xa1b2c3d4, 0],
  [0xa1b23c4d, 0],
  [0xa1b2cd34, 8],
] as const;

/** A classic capture. */
function pcap(random: Random, linkType: number, isBig: boolean): Buffer {
  const blocks = new Blocks(isBig);
  const [magic, more] = random.pick(MAGICS);
  const records = frames(random).flatMap((frame, index) => {
    const bytes = linked(frame, linkType);
    const cut = random.chance(0.1) ? random.below(bytes.length + 1) : bytes.length;
    return [
      ...[1_700_000_000 + (index >> 2), index * 1000, cut, bytes.length].map((word) => blocks.word(word)),
      Buffer.alloc(more),
      bytes.subarray(0, cut),
    ];
  });
  return Buffer.concat([
    blocks.word(magic),
    blocks.half(2),
    blocks.half(4),
    ...[0, 0, 262_144, linkType].map((word) => blocks.word(word)),
    ...records,
  ]);
}

const verdictOption = (random: Random): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = random.below(3);
  bytes[1] = random.below(4);
  return bytes;
};

/** Two sections, of both byte orders, each with several interfaces, names, statistics and options. */
function pcapng(random: Random): Buffer {
  const sections = [false, true].map((isBig) => {
    const blocks = new Blocks(isBig);
    const interfaces = [L.LINK_ETHERNET, L.LINK_LINUX_SLL, L.LINK_RAW].map((linkType, index) =>
      blocks.interface(linkType, [
        [2, Buffer.from(`cali${index}`)],
        [9, Buffer.from([random.pick([6, 9, 136])])],
        [14, blocks.long(BigInt(random.below(100)))],
      ]),
    );
    const packets = frames(random).flatMap((frame, index) => {
      const number = random.below(3);
      const bytes = linked(frame, [L.LINK_ETHERNET, L.LINK_LINUX_SLL, L.LINK_RAW][number]!);
      const options = [
        [2, blocks.word(random.below(4))],
        [7, verdictOption(random)],
      ] as const;
      const time = 1_700_000_000_000_000n + BigInt(index);
      const simple = blocks.block(3, [blocks.word(bytes.length), bytes]);
      return random.chance(0.1) ? simple : blocks.packet(number, time, bytes, options);
    });
    const names = Buffer.concat([
      ...[blocks.half(1), blocks.half(9), Buffer.from([10, 0, 0, 1]), Buffer.from('web\0\0\0\0\0')],
      ...[blocks.half(0), blocks.half(0)],
    ]);
    const lost = blocks.options([[5, blocks.long(3n)]]);
    return Buffer.concat([
      blocks.section(),
      ...interfaces,
      blocks.block(4, [names]),
      ...packets,
      blocks.block(0xbad, [blocks.word(32_473), Buffer.from('custom..')]),
      blocks.block(5, [blocks.word(0), blocks.word(0), blocks.word(0), ...lost]),
    ]);
  });
  return Buffer.concat(sections);
}

/** One of each kind, drawn anew. */
export function captureInputs(random: Random): Input[] {
  const classic = LINK_TYPES.flatMap((linkType) =>
    [false, true].map((isBig) => ({
      name: `pcap ${isBig ? 'big' : 'little'}-endian, link type ${linkType}`,
      bytes: pcap(random, linkType, isBig),
    })),
  );
  const plain = pcap(random, L.LINK_ETHERNET, false);
  const half = plain.length >> 1;
  const next = pcapng(random);
  return [
    ...classic,
    { name: 'pcapng', bytes: next },
    { name: 'pcapng in gzip', bytes: gzipSync(next) },
    {
      name: 'pcap in gzip of two members',
      bytes: Buffer.concat([gzipSync(plain.subarray(0, half)), gzipSync(plain.subarray(half))]),
    },
    { name: 'pcap in zstd', bytes: zstdFrame([plain.subarray(0, half), plain.subarray(half)]) },
    { name: 'pcapng in zstd of two frames', bytes: Buffer.concat([zstdFrame([next]), zstdFrame([next])]) },
  ];
}
