/**
 * Connection tracking as a walk over a list: what the kernels must agree with. It knows TCP, UDP and echo, denies by port
 * as the desk's stand-in does, and forgets nothing but what has expired.
 */
import { type Packet, type Policy, protocolOf } from './desk.ts';

interface Connection {
  src: string;
  dst: string;
  sport: number;
  dport: number;
  readonly protocol: number;
  verdict: 'allow' | 'deny';
  state: 'opening' | 'answered' | 'established' | 'closing' | 'closed' | 'udp' | 'udp-replied' | 'icmp';
  last: number;
}

const KEPT = {
  opening: 120,
  answered: 60,
  established: 432_000,
  closing: 120,
  closed: 10,
  udp: 30,
  'udp-replied': 120,
  icmp: 30,
};

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

function stateAfter(state: Connection['state'], tcp: string, reply: boolean): Connection['state'] {
  if (state === 'udp' || state === 'udp-replied') return reply ? 'udp-replied' : state;
  if (state === 'icmp') return state;
  if (state === 'closed' || tcp.includes('R')) return 'closed';
  if (state === 'closing' || tcp.includes('F')) return 'closing';
  if (tcp.includes('S')) return tcp.includes('A') && state === 'opening' ? 'answered' : state;
  return tcp.includes('A') ? 'established' : state;
}

/** `verdict/reason` of each packet. */
export function trackSlowly(packets: readonly Packet[], policy: Policy): string[] {
  let connections: Connection[] = [];
  return packets.map((packet) => {
    const now = packet.at ?? 0;
    const protocol = protocolOf(packet);
    const tcp = packet.tcp ?? '';
    const isReply = packet.icmp?.type === 0;
    let key: Key = {
      src: packet.src,
      dst: packet.dst,
      sport: packet.icmp?.id ?? packet.sport ?? 0,
      dport: packet.icmp === undefined ? (packet.dport ?? 0) : 2048,
      protocol,
    };
    if (isReply) key = { ...key, src: packet.dst, dst: packet.src };
    connections = connections.filter(({ last, state }) => now - last <= KEPT[state]);
    const isOpening = protocol === 6 && tcp.includes('S') && !tcp.includes('A');
    const known = connections.find((one) => isSame(one, key) || isSame(one, turned(key)));
    if (known !== undefined) {
      const over = known.verdict === 'deny' || known.state === 'closing' || known.state === 'closed';
      if (!isOpening || !over) {
        const reply = isReply !== !isSame(known, key);
        known.state = stateAfter(known.state, tcp, reply);
        known.last = Math.max(known.last, now);
        return known.verdict === 'allow' ? 'allow/established' : 'deny/denied-connection';
      }
      connections.splice(connections.indexOf(known), 1);
    }
    let reply = isReply;
    if (protocol === 6 && !isOpening && (tcp.includes('S') || key.sport < key.dport)) {
      key = turned(key);
      reply = true;
    }
    const verdict = policy.deny?.includes(key.dport) ? 'deny' : 'allow';
    const first =
      protocol === 17
        ? 'udp'
        : protocol === 1
          ? 'icmp'
          : isOpening
            ? 'opening'
            : tcp.includes('S')
              ? 'answered'
              : stateAfter('established', tcp, reply);
    connections.push({ ...key, verdict, state: first, last: now });
    return verdict === 'allow' ? 'allow/policy' : 'deny/tier-end';
  });
}
