/** Packets between few hosts and ports, so that connections meet, end, expire and begin again. Seeded. */
import { random } from '../random/mulberry.ts';
import { CHUNKS, type Packet } from './desk.ts';

const FLAGS = ['S', 'S', 'S', 'SA', 'SA', 'A', 'A', 'A', 'PA', 'PA', 'FA', 'FA', 'R', 'RA', 'SF', 'F', 'AU'];
const SERVICES = [80, 443, 8080, 53];

/** `count` packets between `hosts` hosts and `clients` client ports; the clock steps at most `step` seconds a packet. */
export function randomPackets(
  seed: number,
  count: number,
  { hosts = 6, clients = 4, step = 3 }: { hosts?: number; clients?: number; step?: number } = {},
): Packet[] {
  const { below, pick, chance } = random(seed);
  let at = 1000;
  return Array.from({ length: count }, () => {
    if (chance(0.25)) at += below(16 * (step + 1)) / 16;
    const [a, b] = [below(hosts), below(hosts)].map((host) => `10.0.${host >> 8}.${host & 255}`) as [
      string,
      string,
    ];
    const client = 40_000 + below(clients);
    const service = pick(SERVICES);
    const back = chance(0.5);
    const sides = back
      ? { src: b, dst: a, sport: service, dport: client }
      : { src: a, dst: b, sport: client, dport: service };
    const kind = below(12);
    if (kind >= 10) return { ...sides, at, protocol: 132, chunk: pick(CHUNKS) };
    if (kind < 6) return { ...sides, at, tcp: pick(FLAGS) };
    if (kind < 8) return { ...sides, at, protocol: 17 };
    return { src: sides.src, dst: sides.dst, at, icmp: { type: back ? 0 : 8, id: below(3) } };
  });
}
