import { expect, test } from 'vitest';
import { judgePackets, type Packet } from './desk.ts';

/** Connections between one pair of addresses: all of one shard. */
function between(src: string, dst: string, count: number): Packet[] {
  return Array.from({ length: count }, (_, port) => ({ src, dst, sport: 1024 + port, dport: 80, tcp: 'S' }));
}

const answerTo = (packet: Packet, at: number): Packet => ({
  ...packet,
  at,
  src: packet.dst,
  dst: packet.src,
  sport: packet.dport!,
  dport: packet.sport!,
  tcp: 'SA',
});

test('of many connections each is found again, IPv4 and IPv6, and each is forgotten in its time', () => {
  const openings = [
    ...between('10.0.0.1', '10.0.0.2', 30_000),
    ...between('fd00::1', 'fd00::2', 12_000),
    // In the first word alone, as an IPv4 address is.
    ...between('100::', '200::', 12_000),
  ];
  // A handshake is waited for 60 s.
  const again = openings.filter((_, index) => index % 3 === 0).map((packet) => ({ ...packet, at: 80 }));
  const packets = [...openings, ...openings.map((packet) => answerTo(packet, 10)), ...again];
  const { rows, counted } = judgePackets(packets, { input: { connections: 64 * 40_000, flows: 64 * 8 } });
  const kinds = (from: number, to: number): Set<string> => new Set(rows.slice(from, to));
  expect(kinds(0, openings.length)).toEqual(new Set(['allow/policy']));
  expect(kinds(openings.length, 2 * openings.length)).toEqual(new Set(['allow/established']));
  expect(kinds(2 * openings.length, rows.length)).toEqual(new Set(['allow/policy']));
  expect(counted.untrackedConnections).toBe(0);
  expect(counted.flows[0]).toBe(openings.length + again.length);
  expect(counted.packets[0]).toBe(packets.length);
});

test('what a row of connections cannot count is credited beside it', () => {
  const most = 2 ** 48;
  const flow = { src: '10.0.0.1', dst: '10.0.0.2', sport: 1024, dport: 80 };
  const first = { ...flow, tcp: 'S', packets: 2 ** 40, bytes: most };
  const small = { ...answerTo(flow, 1), packets: 3, bytes: 5 };
  const later = { ...flow, at: 2, tcp: 'A', packets: 2 ** 33, bytes: most - 1 };
  for (const step of [1, 3]) {
    const { counted } = judgePackets([first, small, later], { step });
    expect(counted.admitted).toMatchObject([
      { packets: 2 ** 40 + 3 + 2 ** 33, bytes: 2 * most + 4, connections: 1 },
    ]);
  }
});

test('an established connection that was silent for five days is another one', () => {
  const flow = { src: '10.0.0.1', dst: '10.0.0.2', sport: 1024, dport: 80 };
  const handshake: Packet[] = [
    { ...flow, tcp: 'S' },
    answerTo(flow, 1),
    { ...flow, at: 2, tcp: 'A' },
    { ...flow, at: 3, tcp: 'A' },
  ];
  const [inTime, late] = [3 + 431_999, 3 + 431_999 + 432_000];
  const { rows } = judgePackets([
    ...handshake,
    { ...flow, at: inTime, tcp: 'A' },
    { ...flow, at: late, tcp: 'A' },
  ]);
  expect(rows.map((row) => row.split('/')[1])).toEqual([
    'policy',
    'established',
    'established',
    'established',
    'established',
    'policy',
  ]);
});
