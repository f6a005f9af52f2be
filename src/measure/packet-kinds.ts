/** The kinds of packets that a set is measured with, drawn for one world and its tables. */
import type { LookupDesk } from '../dataplane/lookup-desk.ts';
import { addressKey } from '../net/address.ts';
import type { World } from '../policy/world.ts';
import { randomFrom } from '../random/random.ts';
import { workOf } from './lookup-work.ts';
import { choosePackets, type Packets, packetsOf } from './packets.ts';
import { chooseByRank, chooseEvenly, drawPacket, type Ground, shuffled } from './traffic.ts';

export type PacketKind = 'uniform' | 'zipf' | 'adversarial' | 'trace';

/** Packets that a kind is drawn of: their addresses touch far more than a second-level cache holds where tables are that large. */
const DRAWN = 65_536;
/** Of so many candidates for each that is kept, the worst are. */
const CANDIDATES = 4;
const SEED = 1;

/** The candidates that ask most of the tables, in random order. */
function worstPackets(world: World, ground: Ground, desk: LookupDesk): Packets {
  const random = randomFrom(SEED, 3);
  const choose = chooseEvenly(random);
  const candidates = packetsOf(DRAWN, () => drawPacket(random, ground, choose));
  const backends = new Map<string, number>();
  for (const { virtualPorts } of world.book.facts.values())
    for (const { address, port, protocol, backends: list } of virtualPorts)
      backends.set(`${addressKey(address)} ${protocol} ${port}`, list.length);
  const backendsOf = ({ family, protocol, dst, dport }: Packets, row: number): number => {
    if (backends.size === 0) return 1;
    const [a, b, c, d] = dst.subarray(row * 4, row * 4 + 4);
    const address = { family: family[row] as 4 | 6, words: [a!, b!, c!, d!] as const };
    return Math.max(1, backends.get(`${addressKey(address)} ${protocol[row]} ${dport[row]}`) ?? 1);
  };
  const work = workOf(desk, candidates, backendsOf);
  const order = shuffled(random, candidates.count).sort((a, b) => work[b]! - work[a]!);
  const worst = order.subarray(0, candidates.count / CANDIDATES);
  const mixed = shuffled(random, worst.length).map((place) => worst[place]!);
  return choosePackets(candidates, mixed);
}

/** Packets of the three kinds that are drawn. */
export function drawKinds(
  world: World,
  ground: Ground,
  desk: LookupDesk,
): Readonly<Record<'uniform' | 'zipf' | 'adversarial', Packets>> {
  const drawn = (stream: number, kind: typeof chooseEvenly): Packets => {
    const random = randomFrom(SEED, stream);
    const choose = kind(random);
    return packetsOf(DRAWN, () => drawPacket(random, ground, choose));
  };
  return {
    uniform: drawn(1, chooseEvenly),
    zipf: drawn(2, chooseByRank),
    adversarial: worstPackets(world, ground, desk),
  };
}
