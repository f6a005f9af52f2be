/** Ethernet frames that mostly make sense: tags, both families, extension headers, fragments, every transport, cut anywhere. */
import type { Random } from '../random/mulberry.ts';

const bytes = (random: Random, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => random.below(256)));

function ethernet(random: Random): Buffer {
  const isFour = random.chance(0.5);
  const head = bytes(random, 14);
  head.writeUInt16BE(isFour ? 0x0800 : 0x86dd, 12);
  return Buffer.concat([head, network(random, isFour)]);
}

/** UDP with VXLAN or Geneve in it. */
function datagram(random: Random): Buffer {
  const port = random.pick([4789, 8472, 6081]);
  const head = bytes(random, 16);
  head.writeUInt16BE(port, 2);
  if (port === 6081) {
    head.writeUInt16BE(random.pick([0, 0x0100, 0x0080]), 8);
    head.writeUInt16BE(random.pick([0x6558, 0x6558, 0x0800]), 10);
  } else head[8] = random.pick([8, 8, 8, 0]);
  const carried = Buffer.concat([
    head,
    bytes(random, port === 6081 ? (head[8]! & 63) * 4 : 0),
    random.chance(0.8) ? ethernet(random) : network(random, true),
  ]);
  carried.writeUInt16BE(random.pick([carried.length, carried.length, 0, 20]), 4);
  return carried;
}

function gre(random: Random): Buffer {
  const flags = random.pick([0, 0x2000, 0xb000, 0x4000, 1]);
  const fields = [0x8000, 0x2000, 0x1000].filter((flag) => (flags & flag) !== 0).length;
  const head = bytes(random, 4 + fields * 4);
  head.writeUInt16BE(flags);
  const isFour = random.chance(0.5);
  const type = random.pick([0x6558, isFour ? 0x0800 : 0x86dd, 0x88be, 0x8847]);
  head.writeUInt16BE(type, 2);
  const label = type === 0x8847 ? Buffer.from([0, 1, 1, 64]) : Buffer.alloc(0);
  return Buffer.concat([head, label, type === 0x6558 ? ethernet(random) : network(random, isFour)]);
}

function transport(random: Random, protocol: number): Buffer {
  if (protocol === 4 || protocol === 41) return network(random, protocol === 4);
  if (protocol === 47) return gre(random);
  if (protocol === 17 && random.chance(0.3)) return datagram(random);
  const payload = bytes(random, random.pick([0, 3, 8, 13, 14, 20, 60]));
  if ((protocol === 1 || protocol === 58) && payload.length >= 8) {
    payload[0] = random.pick(protocol === 1 ? [0, 3, 8, 11, 13] : [1, 3, 128, 129, 135]);
    return random.chance(0.6)
      ? Buffer.concat([payload.subarray(0, 8), network(random, random.chance(0.9) === (protocol === 1))])
      : payload;
  }
  if (protocol === 132 && payload.length > 12) payload[12] = random.below(4);
  return payload;
}

function ipv4(random: Random): Buffer {
  const options = random.pick([0, 0, 0, 4, 12]);
  const header = bytes(random, 20 + options);
  header[0] = 0x40 + (20 + options) / 4;
  header[9] = random.pick([1, 6, 6, 17, 17, 132, 33, 136, 51, 47, 58, 4, 41]);
  header.writeUInt16BE(random.pick([0, 0, 0, 0x4000, 0x2000, 0x2003, 5]), 6);
  const payload = transport(random, header[9]!);
  header.writeUInt16BE(
    random.pick([header.length + payload.length, header.length + payload.length, 0, 30, 9000]),
    2,
  );
  return Buffer.concat([header, payload]);
}

function ipv6(random: Random): Buffer {
  const header = bytes(random, 40);
  header[0] = 0x60;
  const chain = random.some([0, 60, 43, 44, 51, 60], 0.25);
  const last = random.pick([58, 6, 17, 17, 132, 59, 1, 41]);
  const parts: Buffer[] = [];
  chain.forEach((type, index) => {
    const part = bytes(random, type === 44 ? 8 : 8 * (1 + random.below(3)));
    part[0] = chain[index + 1] ?? last;
    if (type === 44) part.writeUInt16BE(random.pick([0, 1, 0, 0x10, 0x11]), 2);
    else part[1] = type === 51 ? part.length / 4 - 2 : part.length / 8 - 1;
    parts.push(part);
  });
  header[6] = chain[0] ?? last;
  const payload = Buffer.concat([...parts, transport(random, last)]);
  header.writeUInt16BE(random.pick([payload.length, payload.length, 0, 12]), 4);
  return Buffer.concat([header, payload]);
}

const network = (random: Random, isFour: boolean): Buffer => (isFour ? ipv4(random) : ipv6(random));

/** Ethertypes for a packet, and what stands before it then: nothing, most of the time; labels, or a PPPoE session. */
function lines(random: Random, isFour: boolean, type: number): (readonly [type: number, before: Buffer])[] {
  const plain = [type, Buffer.alloc(0)] as const;
  const labels = bytes(random, 4 * (1 + random.below(3)));
  for (let at = 2; at < labels.length; at += 4) labels[at]! &= 0xfe;
  labels[labels.length - 2]! |= 1;
  const protocol = isFour ? 0x21 : 0x57;
  const session = Buffer.from([0x11, random.pick([0, 0, 9]), 0, 7, random.pick([0, 5]), 200]);
  return [
    ...Array.from({ length: 6 }, () => plain),
    [random.pick([0x8847, 0x8848]), labels],
    [0x8864, Buffer.concat([session, Buffer.from(random.chance(0.5) ? [protocol] : [0, protocol])])],
  ];
}

/** A frame, now and then cut or with a byte changed. */
export function randomFrame(random: Random): Buffer {
  const isFour = random.chance(0.5);
  const packet = network(random, isFour);
  const type = random.chance(0.05) ? random.pick([0x0806, 0x88cc, 40]) : isFour ? 0x0800 : 0x86dd;
  const [outer, label] = random.pick(lines(random, isFour, type));
  const tags = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => random.pick([0x8100, 0x88a8]));
  const words = [...tags.flatMap((tag) => [tag, random.below(4096)]), outer];
  const head = Buffer.alloc(12 + words.length * 2);
  for (const [index, word] of words.entries()) head.writeUInt16BE(word, 12 + index * 2);
  let frame = Buffer.concat([head, label, packet]);
  if (random.chance(0.2)) frame = frame.subarray(0, random.below(frame.length + 1));
  if (random.chance(0.1) && frame.length > 14)
    frame[12 + random.below(frame.length - 12)] = random.below(256);
  return frame;
}
