/**
 * Connections for a real kernel: each has two addresses of its own, one behind either device, and its packets come in any
 * order that chance makes of likely and unlikely ones.
 */
import { random } from '../random/mulberry.ts';
import { CHUNKS, type ChunkName, type Packet } from '../replay/desk.ts';
import { packetBytes, type Windows } from './crafted.ts';
import type { Step } from './forwarder.ts';

/** A packet, and the step that sends it. */
export interface Sent {
  readonly packet: Packet;
  readonly step: Step;
  /** Which scenario it belongs to. */
  readonly scenario: number;
  /** Of the two sides of the scenario. */
  readonly addresses: readonly string[];
}

/** A packet of a scenario: who sends it, and what it is beside addresses and ports. */
export interface Move {
  readonly from: 'client' | 'server';
  readonly packet: Partial<Packet>;
  /** An ICMP error about the packet that the other side would have sent; `astray`: to a third. */
  readonly error?: 'about' | 'astray';
}

const client = (packet: Partial<Packet>): Move => ({ from: 'client', packet });
const server = (packet: Partial<Packet>): Move => ({ from: 'server', packet });
const c = (tcp: string): Move => client({ tcp });
const s = (tcp: string): Move => server({ tcp });

/** What is worth telling one by one. */
export const TOLD: Readonly<Record<string, readonly Move[]>> = {
  'opens and closes': [c('S'), s('SA'), c('A'), c('PA'), s('A'), c('FA'), s('A'), s('FA'), c('A'), c('A')],
  'closes from both sides at once': [c('S'), s('SA'), c('A'), c('FA'), s('FA'), c('A'), s('A')],
  'is opened again after it was closed': [
    ...[c('S'), s('SA'), c('A'), c('FA'), s('A'), s('FA'), c('A'), c('S'), s('SA'), c('A')],
  ],
  'is refused, and tried again': [c('S'), s('RA'), c('S'), s('RA'), c('A')],
  'is reset by the server, and opened again': [c('S'), s('SA'), c('A'), s('R'), c('S'), s('SA'), c('A')],
  'is reset by the client, and opened again': [c('S'), s('SA'), c('A'), c('R'), c('S'), s('SA'), c('A')],
  'is opened by both sides at once': [c('S'), s('S'), c('SA'), s('SA'), c('A'), s('A')],
  'is opened by both, and acknowledged by the second alone': [c('S'), s('S'), c('SA'), s('A'), c('PA')],
  'meets a fresh SYN while established, which is answered': [
    c('S'),
    s('SA'),
    c('A'),
    c('S'),
    s('SA'),
    c('A'),
  ],
  'meets a fresh SYN while established, which is reset': [c('S'), s('SA'), c('A'), c('S'), s('RA'), c('S')],
  'meets a SYN while waiting for the last ACK, which is challenged': [
    ...[c('S'), s('SA'), c('A'), c('FA'), s('FA'), c('S'), s('A'), s('A'), c('A')],
  ],
  'is met at its end, and a SYN is challenged before anything else was answered': [
    ...[c('A'), c('FA'), c('FA'), c('S'), s('A'), c('A'), c('FA'), s('RA'), s('A')],
  ],
  'is met midway, and closes': [c('PA'), s('A'), c('A'), c('FA'), s('FA'), c('A')],
  'is met midway from the server': [s('PA'), c('A'), s('A'), c('S'), s('SA')],
  'is met at its end': [s('FA'), c('FA'), c('R'), s('SA'), c('A'), s('FA')],
  'repeats its SYN': [c('S'), c('S'), c('S'), s('SA'), s('SA'), c('A')],
  'is half open': [c('S'), s('A'), c('R'), c('S'), s('SA')],
  'has flags that nobody sends': [
    c('S'),
    c('SF'),
    c('F'),
    c(''),
    s('SRA'),
    c('FPU'),
    s('SA'),
    c('AU'),
    c('SU'),
  ],
  'is told of errors': [
    ...[c('S'), { from: 'server', packet: {}, error: 'about' } as const, s('SA'), c('A')],
    ...[{ from: 'server', packet: {}, error: 'astray' } as const, c('PA')],
  ],
  'has no connection for its error': [{ from: 'server', packet: {}, error: 'about' }, c('S')],
};

/** A scenario's packets as they are sent. */
function send(moves: readonly Move[], scenario: number, family: 4 | 6): Sent[] {
  const windows: Windows = { next: 1000 };
  const low = `${scenario >> 8}.${scenario & 255}`;
  const near = family === 4 ? `10.1.${low}` : `fd01::${(scenario + 1).toString(16)}`;
  const far = family === 4 ? `10.2.${low}` : `fd02::${(scenario + 1).toString(16)}`;
  const full = (address: string): string =>
    address.replace(
      /^(fd0[12])::(.*)$/,
      (_, net, host) => `${net}:0000:0000:0000:0000:0000:0000:${host.padStart(4, '0')}`,
    );
  return moves.map(({ from, packet, error }) => {
    const isClient = from === 'client';
    const ports = { sport: isClient ? 40_000 : 80, dport: isClient ? 80 : 40_000 };
    const sides = { src: isClient ? near : far, dst: isClient ? far : near };
    let sent: Packet = { ...sides, ...(packet.icmp === undefined ? ports : {}), ...packet };
    if (error !== undefined) {
      const quote: Packet = {
        src: sides.dst,
        dst: sides.src,
        sport: ports.dport,
        dport: ports.sport,
        tcp: 'A',
      };
      const type = family === 4 ? 3 : 1;
      const astray = family === 4 ? '10.1.255.9' : 'fd01::ff:9';
      const to = error === 'astray' ? { src: sides.src, dst: astray } : sides;
      sent = { ...to, icmp: { type, code: 1 }, quote };
    }
    const bytes = packetBytes(sent, windows);
    const step: Step = { side: isClient ? 'left' : 'right', bytes, show: `=${full(near)} ` };
    return { packet: sent, step, scenario, addresses: [near, far] };
  });
}

const FLAGS = [
  'S',
  'S',
  'S',
  'SA',
  'SA',
  'SA',
  'A',
  'A',
  'A',
  'PA',
  'FA',
  'FA',
  'R',
  'RA',
  'F',
  'AU',
  'SF',
  '',
];
const LIVE = CHUNKS.filter((chunk) => chunk !== 'DATA');

type Draw = ReturnType<typeof random>;

function tcpMoves({ pick, chance }: Draw, length: number): Move[] {
  const likely = chance(0.6) ? [c('S'), s('SA'), c('A'), c('FA'), s('A'), s('FA'), c('A')] : [];
  const kept = likely.filter(() => chance(0.9));
  const wild = Array.from({ length }, (): Move => {
    if (chance(0.04)) return { from: 'server', packet: {}, error: chance(0.7) ? 'about' : 'astray' };
    return chance(0.5) ? c(pick(FLAGS)) : s(pick(FLAGS));
  });
  const cut = Math.floor(kept.length * (chance(0.5) ? 1 : 0.5));
  return [...kept.slice(0, cut), ...wild];
}

function sctpMoves({ pick, chance, below }: Draw, length: number): Move[] {
  const chunk = (from: 'client' | 'server', name: ChunkName): Move => ({
    from,
    packet: { protocol: 132, chunk: name },
  });
  const opening: Move[] = [chunk('client', 'INIT'), chunk('server', 'INIT ACK')];
  const order = [
    'COOKIE ECHO',
    'COOKIE ACK',
    'DATA',
    'SHUTDOWN',
    'SHUTDOWN ACK',
    'SHUTDOWN COMPLETE',
  ] as const;
  const likely = order
    .slice(0, below(order.length + 1))
    .map((name, at) => chunk(at % 2 === 0 ? 'client' : 'server', name));
  const wild = Array.from({ length }, () => chunk(chance(0.5) ? 'client' : 'server', pick(LIVE)));
  return [...opening, ...likely, ...wild];
}

function otherMoves({ pick, chance }: Draw, length: number, family: 4 | 6): Move[] {
  const [ask, answer] = family === 4 ? [8, 0] : [128, 129];
  const kind = pick(['udp', 'udp', 'icmp', 'gre', 'generic']);
  return Array.from({ length }, () => {
    const from = chance(0.5) ? 'client' : 'server';
    if (kind === 'udp') return { from, packet: { protocol: 17 } };
    if (kind === 'gre') return { from, packet: { protocol: 47, sport: 0, dport: 0 } };
    if (kind === 'generic') return { from, packet: { protocol: 89, sport: 0, dport: 0 } };
    const icmp = { type: chance(0.1) ? (family === 4 ? 9 : 141) : chance(0.5) ? ask! : answer!, id: 5 };
    return { from, packet: { icmp } };
  });
}

/** Scenarios of chance, one after the other or turn by turn. */
export function drawScenarios(
  seed: number,
  count: number,
  { length, family, turns }: { length: number; family: 4 | 6; turns: boolean },
): Sent[] {
  const draw = random(seed);
  const scenarios = Array.from({ length: count }, (_, scenario) => {
    // An association that was forgotten depends on its tags, which nobody here looks at.
    const kind = draw.below(turns ? 8 : 10);
    const others = kind < 8 ? otherMoves(draw, length, family) : sctpMoves(draw, length);
    const moves = kind < 5 ? tcpMoves(draw, length) : others;
    return send(moves, scenario, family);
  });
  if (!turns) return scenarios.flat();
  const longest = Math.max(...scenarios.map((one) => one.length));
  return Array.from({ length: longest }, (_, turn) =>
    scenarios.flatMap((one) => one.slice(turn, turn + 1)),
  ).flat();
}

/** The scenarios that are told, in order. */
export function toldScenarios(family: 4 | 6): Sent[] {
  return Object.values(TOLD).flatMap((moves, scenario) => send(moves, scenario, family));
}
