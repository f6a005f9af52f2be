import { describe, expect, test } from 'vitest';
import { VERDICT_SKIP } from '../../src/tables/verdict-layout.ts';
import { chosenSeed } from '../random/mulberry.ts';
import { type Judged, judgePackets, type Packet } from './desk.ts';
import { randomPackets } from './random-packets.ts';
import { trackSlowly } from './slow-tracker.ts';

const seed = chosenSeed();
const policy = { deny: [443, 53, 2048] };

/** What must not depend on how rows are handed over. */
const essence = ({ rows, counted }: Judged): unknown => ({ rows, counted });

describe(`random packets (SEED=${seed})`, () => {
  test.each(['judge', 'kernel'] as const)('get what a slow tracker gives them, pickup %s', (pickup) => {
    for (let round = 0; round < 12; round++) {
      const packets = randomPackets(seed + round, 1500, { step: 2 * round });
      const slow = trackSlowly(packets, policy, pickup);
      const { rows } = judgePackets(packets, { ...policy, pickup });
      const first = rows.findIndex((row, at) => row !== slow[at]);
      expect(first, `SEED=${seed + round}: ${rows[first]}, not ${slow[first]}`).toBe(-1);
    }
  });

  test('and the same when few shards hold many, grow, and are swept of what expired', () => {
    for (const step of [1, 8]) {
      const packets = randomPackets(seed, 3000, { hosts: 3, clients: 600, step });
      const { rows, counted } = judgePackets(packets, { ...policy, input: { flows: 65_536 } });
      expect(rows).toEqual(trackSlowly(packets, policy));
      expect(counted.untrackedConnections).toBe(0);
    }
  });

  test('get the same whatever the number of rows handed over at a time, full tables included', () => {
    for (const input of [{}, { connections: 512, flows: 256, addresses: 256, flowsListed: 100 }]) {
      const packets = randomPackets(seed, 6000, { hosts: 200, clients: 50 });
      const whole = essence(judgePackets(packets, { ...policy, input }));
      for (const step of [1, 7, 300, 1024, 1500])
        expect(essence(judgePackets(packets, { ...policy, step, input })), `step ${step}`).toEqual(whole);
    }
  });

  test('are counted the same when nobody asks for rows: the usual ones then at once', () => {
    for (let round = 0; round < 6; round++) {
      const packets = randomPackets(seed + round, 3000, { hosts: 3 + 20 * round, step: 2 * round });
      for (const pickup of ['judge', 'kernel'] as const) {
        const [asked, unasked] = [true, false].map(
          (rowsWanted) => judgePackets(packets, { ...policy, pickup, input: { rowsWanted } }).counted,
        );
        expect(unasked, `SEED=${seed + round}`).toEqual(asked);
      }
    }
  });

  test('are never lost: five verdicts, reasons and flows add up', () => {
    const packets = randomPackets(seed, 6000, { hosts: 100 });
    const { counted } = judgePackets(packets, { ...policy, input: { flows: 65_536, flowsListed: 6000 } });
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    expect(sum(counted.packets)).toBe(packets.length);
    expect(sum(counted.reasons.map((reason) => reason.packets))).toBe(packets.length);
    const flows = [...counted.admitted, ...counted.refused];
    expect(sum(flows.map((flow) => flow.packets))).toBe(packets.length - counted.packets[VERDICT_SKIP]);
    expect(sum(flows.map((flow) => flow.connections))).toBe(sum(counted.flows));
  });
});

test('connections that live on are found again after the others were swept', () => {
  const sides = { src: '10.0.0.1', dst: '10.0.0.2' };
  const lasting = Array.from({ length: 60 }, (_, port) => ({ ...sides, sport: 2000 + port, dport: 80 }));
  const waves = Array.from({ length: 20 }, (_, wave) => [
    ...Array.from({ length: 60 }, (_, port) => ({
      ...sides,
      sport: 10_000 + wave * 100 + port,
      dport: 9,
      protocol: 17,
      at: wave * 1000,
    })),
    ...lasting.map((one) => ({ ...one, tcp: 'A', at: wave * 1000 })),
  ]);
  const answers = lasting.map(({ sport, dport }) => ({
    src: '10.0.0.2',
    dst: '10.0.0.1',
    sport: dport,
    dport: sport,
  }));
  const beginnings = [
    ...lasting.map((one) => ({ ...one, tcp: 'S' })),
    ...answers.map((one) => ({ ...one, tcp: 'SA' })),
  ];
  const { rows } = judgePackets([...beginnings, ...waves.flat()]);
  const wave = [...Array(60).fill('allow/policy'), ...Array(60).fill('allow/established')];
  expect(rows.slice(120)).toEqual(waves.flatMap(() => wave));
});

describe('tables that are full', () => {
  const opening = (
    port: number,
    at = 0,
  ): { src: string; dst: string; sport: number; dport: number; tcp: string; at: number } => ({
    src: '10.0.0.1',
    dst: '10.0.0.2',
    sport: port,
    dport: 80,
    tcp: 'S',
    at,
  });

  test('judge without an entry and say so; the expired make room first', () => {
    const many = Array.from({ length: 40 }, (_, port) => opening(1000 + port));
    const { rows, counted } = judgePackets(many, { input: { connections: 64 * 8 } });
    expect(new Set(rows)).toEqual(new Set(['allow/policy']));
    expect(counted.untrackedConnections).toBe(32);
    expect(counted.flows[0]).toBe(40);
    const later = [...many.slice(0, 8), ...many.map((_, port) => opening(2000 + port, 121)).slice(0, 8)];
    expect(judgePackets(later, { input: { connections: 64 * 8 } }).counted.untrackedConnections).toBe(0);
  });

  test('as the kernel: what is not assured makes room, what is closing too, and when all are kept the packet is dropped', () => {
    const turned = ({ src, dst, sport, dport, at }: ReturnType<typeof opening>): Packet => ({
      ...{ src: dst, dst: src, sport: dport, dport: sport, at },
    });
    const shake = (port: number): Packet[] => [
      opening(port),
      { ...turned(opening(port)), tcp: 'SA' },
      { ...opening(port), tcp: 'A' },
    ];
    const input = { connections: 64 * 8, conntrack: { max: 64 * 8 } };
    const kept = Array.from({ length: 8 }, (_, port) => shake(1000 + port)).flat();
    const late = [opening(2000), opening(2001)];
    const full = judgePackets([...kept, ...late, { ...opening(1000), tcp: 'PA' }], { input });
    expect(full.rows.slice(24)).toEqual(['deny/table-full', 'deny/table-full', 'allow/established']);
    expect(full.counted.conntrack).toMatchObject({ earlyDropped: 0 });
    expect(full.counted.flows[0]).toBe(8);
    const closing = judgePackets([...kept, { ...opening(1003), tcp: 'FA' }, ...late], { input });
    expect(closing.rows.slice(24)).toEqual(['allow/established', 'allow/policy', 'allow/policy']);
    // The second took the place of the first, which nobody had answered.
    expect(closing.counted.conntrack).toMatchObject({ earlyDropped: 2 });
    const denied = judgePackets([...kept.slice(3), ...late], { input, deny: [80] });
    expect(new Set(denied.rows)).toEqual(new Set(['deny/tier-end', 'deny/denied-connection']));
  });

  test('count no flow for what is met midway and finds no room', () => {
    const many = Array.from({ length: 40 }, (_, port) => ({ ...opening(1000 + port), tcp: 'PA' }));
    const { rows, counted } = judgePackets(many, { input: { connections: 64 * 8 } });
    expect(rows).toHaveLength(40);
    expect(counted.packets[0]).toBe(40);
    expect(counted.flows[0]).toBe(8);
  });

  test('keep the heaviest flows and count the others', () => {
    const heavy = Array.from({ length: 50 }, () => ({ ...opening(1, 0), tcp: 'A' }));
    const light = Array.from({ length: 40 }, (_, port) => ({
      ...opening(1),
      dport: 100 + port,
      sport: 5000 + port,
    }));
    const { counted } = judgePackets([...heavy, ...light, ...heavy], { input: { flows: 64 * 8 } });
    expect(counted.admitted[0]).toMatchObject({ packets: 100 });
    expect(counted.omitted.admitted + counted.admitted.length).toBe(41);
    expect(counted.packets[0]).toBe(140);
  });
});
