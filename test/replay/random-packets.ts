/** Packets between few hosts and ports, so that connections meet, end, expire and begin again. Seeded. */
import type { Packet } from './desk.ts';

/** Numbers below `limit`, the same for the same seed. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const FLAGS = ['S', 'S', 'SA', 'A', 'A', 'PA', 'FA', 'R', 'A', 'PA'];
const SERVICES = [80, 443, 8080, 53];

/** `count` packets between `hosts` hosts and `clients` client ports; the clock steps at most `step` seconds a packet. */
export function randomPackets(
  seed: number,
  count: number,
  { hosts = 6, clients = 4, step = 3 }: { hosts?: number; clients?: number; step?: number } = {},
): Packet[] {
  const random = randomFrom(seed);
  let at = 1000;
  return Array.from({ length: count }, () => {
    if (random(4) === 0) at += random(step + 1);
    const [a, b] = [random(hosts), random(hosts)].map((host) => `10.0.${host >> 8}.${host & 255}`) as [
      string,
      string,
    ];
    const client = 40_000 + random(clients);
    const service = SERVICES[random(SERVICES.length)]!;
    const back = random(2) === 1;
    const sides = back
      ? { src: b, dst: a, sport: service, dport: client }
      : { src: a, dst: b, sport: client, dport: service };
    const kind = random(10);
    if (kind < 6) return { ...sides, at, tcp: FLAGS[random(FLAGS.length)]! };
    if (kind < 8) return { ...sides, at, protocol: 17 };
    return { src: sides.src, dst: sides.dst, at, icmp: { type: back ? 0 : 8, id: random(3) } };
  });
}
