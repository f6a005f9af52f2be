/**
 * Connection tracking as a walk over a list: what the kernels must agree with. Connections live as Linux's do
 * (slow-conntrack.ts); policy denies by port as the desk's stand-in does; denied connections are remembered.
 */
import { type Packet, type Policy, protocolOf } from './desk.ts';
import { type Heard, type Life, lifeOf, segmentOf } from './slow-conntrack.ts';

interface Connection {
  src: string;
  dst: string;
  sport: number;
  dport: number;
  readonly protocol: number;
  readonly verdict: 'allow' | 'deny';
  readonly life: Life;
}

type Key = Pick<Connection, 'src' | 'dst' | 'sport' | 'dport' | 'protocol'>;

const turned = (key: Key): Key => ({
  ...key,
  src: key.dst,
  dst: key.src,
  sport: key.dport,
  dport: key.sport,
});

const isSame = (a: Key, b: Key): boolean =>
  a.src === b.src &&
  a.dst === b.dst &&
  a.sport === b.sport &&
  a.dport === b.dport &&
  a.protocol === b.protocol;

const isOpeningPacket = (packet: Packet): boolean =>
  protocolOf(packet) === 132
    ? packet.chunk === 'INIT'
    : (packet.tcp?.includes('S') ?? false) && !packet.tcp?.includes('A');

/** True when the packet could not begin a connection with the kernel watching. */
function isInvalidAlone(packet: Packet, pickup: 'judge' | 'kernel'): boolean {
  const protocol = protocolOf(packet);
  if (protocol === 6 && segmentOf(packet.tcp ?? '') === 'broken') return true;
  if (pickup === 'judge') return false;
  if (packet.icmp?.type === 0) return true;
  if (protocol === 6) return !['SYN', 'ACK'].includes(segmentOf(packet.tcp ?? ''));
  const beginnings = ['INIT', 'SHUTDOWN ACK', 'HEARTBEAT', 'HEARTBEAT ACK'];
  return protocol === 132 && !beginnings.includes(packet.chunk ?? 'DATA');
}

/** Towards the initiator, of a connection that is met midway. */
function oriented(packet: Packet, key: Key): Key {
  const protocol = protocolOf(packet);
  if ((protocol !== 6 && protocol !== 132) || isOpeningPacket(packet)) return key;
  const isAnswer = protocol === 6 ? packet.tcp?.includes('S') : packet.chunk === 'INIT ACK';
  return isAnswer || key.sport < key.dport ? turned(key) : key;
}

/** `verdict/reason` of each packet; `lives` gathers the connections that are left. */
export function trackSlowly(
  packets: readonly Packet[],
  policy: Policy,
  pickup: 'judge' | 'kernel' = 'judge',
  lives: Connection[] = [],
): string[] {
  const connections = lives;
  return packets.map((packet) => {
    const now = packet.at ?? 0;
    const isReply = packet.icmp?.type === 0;
    let key: Key = {
      src: packet.src,
      dst: packet.dst,
      sport: packet.icmp?.id ?? packet.sport ?? 0,
      dport: packet.icmp === undefined ? (packet.dport ?? 0) : 2048,
      protocol: protocolOf(packet),
    };
    if (isReply) key = { ...key, src: packet.dst, dst: packet.src };
    const forget = (one: Connection): void => {
      connections.splice(connections.indexOf(one), 1);
    };
    for (const one of [...connections]) if (now >= one.life.deadline) forget(one);
    const known = connections.find((one) => isSame(one, key) || isSame(one, turned(key)));
    const isOpening = isOpeningPacket(packet);
    if (known !== undefined) {
      const denied = known.verdict === 'deny';
      const ended = known.life.ended && (isOpening || pickup === 'kernel');
      let heard: Heard = 'follows';
      if (denied && isOpening) heard = 'fresh';
      else if (ended && !denied) heard = 'fresh';
      else heard = known.life.hear(packet, isReply !== !isSame(known, key), now, pickup);
      if (denied && heard !== 'fresh') return 'deny/denied-connection';
      if (heard === 'invalid') return 'deny/invalid';
      if (heard === 'follows') return 'allow/established';
      if (isInvalidAlone(packet, pickup)) return 'deny/invalid';
      forget(known);
    } else if (isInvalidAlone(packet, pickup)) return 'deny/invalid';
    if (pickup === 'judge') {
      const right = oriented(packet, key);
      const life = lifeOf(packet, isReply !== !isSame(right, key), now);
      key = right;
      const verdict = policy.deny?.includes(key.dport) ? 'deny' : 'allow';
      connections.push({ ...key, verdict, life });
      return verdict === 'allow' ? 'allow/policy' : 'deny/tier-end';
    }
    const verdict = policy.deny?.includes(key.dport) ? 'deny' : 'allow';
    connections.push({ ...key, verdict, life: lifeOf(packet, isReply, now) });
    return verdict === 'allow' ? 'allow/policy' : 'deny/tier-end';
  });
}
