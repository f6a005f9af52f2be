/** Random talk between clients and services, as it is seen at the clients' interfaces, and copies of it from elsewhere on the host. */
import type { Random } from '../random/mulberry.ts';
import type { Sighting } from './cooked-capture.ts';

interface Server {
  readonly address: string;
  readonly port: number;
  readonly protocol: number;
  /** Behind a virtual address. */
  readonly backends?: readonly string[];
  readonly backendPort?: number;
}

const SERVERS: readonly Server[] = [
  {
    address: '10.96.0.1',
    port: 80,
    protocol: 6,
    backends: ['10.0.1.1', '10.0.1.2', '10.0.1.3'],
    backendPort: 8080,
  },
  { address: '10.96.0.2', port: 53, protocol: 17, backends: ['10.0.2.1', '10.0.2.2'], backendPort: 5353 },
  { address: '10.0.1.1', port: 8080, protocol: 6 },
  { address: '10.0.2.1', port: 5353, protocol: 17 },
  { address: '10.0.0.1', port: 9, protocol: 6 },
];

/** One connection: what its packets have, and where DNAT takes them. */
interface Talk {
  readonly client: string;
  readonly port: number;
  readonly server: Server;
  readonly backend: string | undefined;
  begun: boolean;
}

/** A packet at its home, and the same behind DNAT where there is any. */
export interface Spoken extends Sighting {
  readonly translated?: Sighting;
}

function packetOf(
  draw: Random,
  { client, port, server, backend, begun }: Talk,
  at: number,
  id: number,
): Spoken {
  const { protocol } = server;
  const isReply = begun && draw.chance(0.5);
  const isBare = isReply && draw.chance(0.3);
  // Two datagrams without a number and a payload are the same packet, and a copy is one of either.
  const length = (isBare ? 8 : 0) + draw.below(30);
  const payload = Buffer.from(Array.from({ length }, () => draw.below(256)));
  const home = Number(client.split('.')[3]);
  const flags = begun ? draw.pick([16, 16, 16, 24, 17]) : 2;
  const rest = {
    at,
    point: home,
    protocol,
    id: isBare ? 0 : id,
    seq: draw.below(2 ** 31),
    flags: isReply && draw.chance(0.2) ? 18 : flags,
    payload,
  };
  const between = (address: string, servicePort: number): Sighting =>
    isReply
      ? { ...rest, src: address, sport: servicePort, dst: client, dport: port }
      : { ...rest, src: client, sport: port, dst: address, dport: servicePort };
  const there = between(server.address, server.port);
  return backend === undefined ? there : { ...there, translated: between(backend, server.backendPort!) };
}

/** A datagram in two pieces. */
function inPieces(packet: Spoken): Spoken[] {
  const piece = (of: Sighting, offset: number): Sighting => ({
    ...of,
    id: (of.id ?? 0) || 1,
    at: of.at + offset / 1000,
    fragment: { offset, more: offset === 0 },
  });
  return [0, 64].map((offset) => {
    const { translated, ...home } = packet;
    return {
      ...piece(home, offset),
      ...(translated === undefined ? {} : { translated: piece(translated, offset) }),
    };
  });
}

/** `count` packets or pieces of them, by time. */
export function randomTalk(draw: Random, count: number): Spoken[] {
  const talks: Talk[] = [];
  const packets: Spoken[] = [];
  let at = 0;
  let id = 1 + draw.below(60_000);
  while (packets.length < count) {
    at += draw.pick([0.1, 0.3, 1, 4, 30, 300]);
    id = (id % 65_000) + 1;
    if (talks.length === 0 || draw.chance(0.12)) {
      const server = draw.pick(SERVERS);
      const backend = server.backends === undefined ? undefined : draw.pick(server.backends);
      const port = 20_000 + talks.length;
      talks.push({ client: `10.0.0.${2 + draw.below(5)}`, port, server, backend, begun: false });
    }
    const talk = draw.chance(0.8) ? talks.at(-1 - draw.below(Math.min(4, talks.length)))! : draw.pick(talks);
    const packet = packetOf(draw, talk, at, id);
    talk.begun = true;
    packets.push(...(talk.server.protocol === 17 && draw.chance(0.1) ? inPieces(packet) : [packet]));
  }
  return packets;
}

export interface Seen {
  readonly sighting: Sighting;
  readonly isCopy: boolean;
  /** The place of the first one. */
  readonly of?: number;
}

/** The talk with up to three copies of each packet within 50 ms, behind translations where there are any, by time. */
export function copiesOf(draw: Random, talk: readonly Spoken[]): Seen[] {
  const all = talk.flatMap((packet, index) => {
    const count = draw.pick([0, 1, 1, 2, 3]);
    const copies = Array.from({ length: count }, (_, copy) => {
      const point = 100 + copy;
      const { translated = packet } = packet;
      const of = copy === 0 && draw.chance(0.5) ? packet : translated;
      return {
        sighting: { ...of, at: packet.at + 0.01 + draw.below(45), point, ttl: 63 - copy },
        of: index,
        isCopy: true,
      };
    });
    return [{ sighting: packet as Sighting, of: index, isCopy: false }, ...copies];
  });
  all.sort((a, b) => a.sighting.at - b.sighting.at);
  const places = new Map(all.flatMap(({ isCopy, of }, place) => (isCopy ? [] : [[of, place] as const])));
  return all.map(({ sighting, isCopy, of }) =>
    isCopy ? { sighting, isCopy, of: places.get(of)! } : { sighting, isCopy },
  );
}

/** The talk a packet every 60 ms, so that no two of them cross. */
export function unhurried(talk: readonly Spoken[]): Spoken[] {
  return talk.map(({ translated, ...packet }, index) => {
    const at = index * 60;
    return { ...packet, at, ...(translated === undefined ? {} : { translated: { ...translated, at } }) };
  });
}

/** Unhurried talk, each packet seen before and behind its translation and perhaps elsewhere, whichever comes first. */
export function inAnyOrder(draw: Random, talk: readonly Spoken[]): Seen[] {
  return talk.flatMap((packet) => {
    const { translated, ...home } = packet;
    const sightings: Sighting[] = [
      home,
      ...(translated === undefined ? [] : [{ ...translated, point: 100 }]),
    ];
    if (draw.chance(0.4)) sightings.push({ ...draw.pick(sightings), point: 101 });
    const order = sightings
      .map((sighting) => ({ ...sighting, at: packet.at + draw.below(400) / 10 }))
      .sort((a, b) => a.at - b.at);
    return order.map((sighting, index) => ({ sighting, isCopy: index > 0 }));
  });
}
