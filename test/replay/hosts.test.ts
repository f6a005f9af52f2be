import { describe, expect, test } from 'vitest';
import { REASON_INVALID } from '../../src/tables/verdict-layout.ts';
import { chosenSeed } from '../random/mulberry.ts';
import { judgePackets, type Packet } from './desk.ts';
import { randomPackets } from './random-packets.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const there = (rest: Partial<Packet>): Packet => ({ src: A, dst: B, sport: 40_000, dport: 443, ...rest });
const back = (rest: Partial<Packet>): Packet => ({ src: B, dst: A, sport: 443, dport: 40_000, ...rest });
const exchange = [there({ tcp: 'S' }), back({ tcp: 'SA' }), there({ tcp: 'A' }), back({ tcp: 'PA' })];

describe('programs beside the two that decide', () => {
  test('are credited with the whole connection, on one path with those two', () => {
    const { counted } = judgePackets(exchange, { extras: () => [1, 7] });
    expect(counted.paths).toEqual([{ outcomes: [1, 3, 7, 10], packets: 4, bytes: 400, flows: 1 }]);
    expect([...counted.outcomePackets]).toEqual(Array(11).fill(0));
    expect(counted.omittedPaths).toBe(0);
  });

  test('that were not met leave the connection to its two outcomes', () => {
    const { counted } = judgePackets(exchange, { extras: (port) => (port === 80 ? [1] : []) });
    expect(counted.paths).toEqual([]);
    expect(counted.outcomePackets[3]).toBe(4);
  });

  test('are credited once when one outcome was met twice', () => {
    const { counted } = judgePackets(exchange, { extras: () => [10, 1, 1] });
    expect(counted.paths).toEqual([{ outcomes: [1, 3, 10], packets: 4, bytes: 400, flows: 1 }]);
  });

  test('tell flows apart that are the same but for what they met', () => {
    const packets = [
      there({ tcp: 'S' }),
      there({ tcp: 'S', sport: 40_001 }),
      there({ tcp: 'S', sport: 40_003 }),
    ];
    const { counted } = judgePackets(packets, { extras: (_, sourcePort) => [sourcePort % 2] });
    expect(counted.admitted.map(({ connections }) => connections)).toEqual([2, 1]);
    expect(counted.paths.map(({ outcomes, flows }) => [outcomes[0], flows])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  test('get what their connections add up to, however many rows come at a time', () => {
    const seed = chosenSeed();
    const packets = randomPackets(seed, 5000, { hosts: 100, clients: 40 });
    const options = {
      deny: [53],
      extras: (port: number) => (port % 2 === 0 ? [port % 7] : []),
      input: { flows: 65_536, flowsListed: 6000 },
    };
    const { rows, counted } = judgePackets(packets, options);
    const credited = counted.paths.reduce((sum, path) => sum + path.packets, 0);
    const flows = [...counted.admitted, ...counted.refused];
    const met = flows.filter(({ dport, reason }) => dport % 2 === 0 && reason !== REASON_INVALID);
    expect(credited, `SEED=${seed}`).toBe(met.reduce((sum, flow) => sum + flow.packets, 0));
    expect(credited).toBeGreaterThan(500);
    for (const step of [1, 7, 1024]) {
      const other = judgePackets(packets, { ...options, step });
      expect({ rows: other.rows, counted: other.counted }, `SEED=${seed}, step ${step}`).toEqual({
        rows,
        counted,
      });
    }
  });

  test('are never for nothing: without room for their path they get the first packet, and it is said', () => {
    const many = Array.from({ length: 900 }, (_, port) => there({ dport: 1000 + port, tcp: 'S' }));
    const twice = many.flatMap((packet) => [packet, { ...packet, tcp: 'A' }]);
    // Ten outcomes of egress and seven others make seventy paths, of which one shard keeps four.
    const { counted } = judgePackets(twice, { extras: (port) => [port % 7], input: { flows: 256 } });
    expect(counted.paths).toHaveLength(4);
    const onPaths = counted.paths.reduce((sum, path) => sum + path.flows, 0);
    expect(counted.omittedPaths).toBe(900 - onPaths);
    expect(counted.outcomeFlows[10]).toBe(counted.omittedPaths);
    expect(counted.outcomePackets[10]).toBe(2 * counted.omittedPaths);
  });
});

describe('a connection that untracked policy allows', () => {
  const untracked = [443];

  test('has each packet judged in its own direction', () => {
    const { rows, asked, counted } = judgePackets(exchange, { untracked });
    expect(asked).toEqual([
      '10.0.0.1:40000 > 10.0.0.2:443',
      '10.0.0.2:443 > 10.0.0.1:40000',
      '10.0.0.1:40000 > 10.0.0.2:443',
      '10.0.0.2:443 > 10.0.0.1:40000',
    ]);
    expect(rows).toEqual(Array(4).fill('allow/policy'));
    expect(counted.flows).toEqual([1, 0, 0, 0, 0]);
    expect(counted.admitted.map(({ dport, packets, connections }) => [dport, packets, connections])).toEqual([
      [443, 2, 1],
      [40_000, 2, 0],
    ]);
  });

  test('needs a rule for its replies', () => {
    const { rows, counted } = judgePackets(exchange, { untracked, deny: [40_000] });
    expect(rows).toEqual(['allow/policy', 'deny/tier-end', 'allow/policy', 'deny/tier-end']);
    expect(counted.packets).toEqual([2, 2, 0, 0, 0]);
    expect(counted.refused).toMatchObject([{ dport: 40_000, packets: 2, connections: 0 }]);
  });

  test('that begins before the capture is judged as it is seen, not as it may have begun', () => {
    const { rows, asked, counted } = judgePackets(exchange.slice(1), { untracked, deny: [40_000] });
    expect(asked.slice(0, 2)).toEqual(['10.0.0.1:40000 > 10.0.0.2:443', '10.0.0.2:443 > 10.0.0.1:40000']);
    expect(rows).toEqual(['deny/tier-end', 'allow/policy', 'deny/tier-end']);
    expect(counted.flows).toEqual([0, 1, 0, 0, 0]);
    expect(counted.packets).toEqual([1, 2, 0, 0, 0]);
  });

  test('has errors about it judged as packets of their own, and replies to echo requests as replies', () => {
    const error: Packet = {
      src: '10.0.9.9',
      dst: A,
      icmp: { type: 3, code: 1 },
      quote: there({}),
    };
    const { rows, asked } = judgePackets([there({ tcp: 'S' }), error], { untracked, deny: [769] });
    expect(asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443', '10.0.9.9:0 > 10.0.0.1:769']);
    expect(rows).toEqual(['allow/policy', 'deny/tier-end']);
    const echo = [
      { src: A, dst: B, icmp: { type: 8, id: 7 } },
      { src: B, dst: A, icmp: { type: 0, id: 7 } },
    ];
    const pinged = judgePackets(echo, { untracked: [2048] });
    expect(pinged.asked).toEqual(['10.0.0.1:7 > 10.0.0.2:2048', '10.0.0.2:7 > 10.0.0.1:0']);
  });

  test('leaves all others as they are, and everything as it is for any number of rows at a time', () => {
    const seed = chosenSeed();
    for (const input of [{ flows: 65_536 }, { connections: 512, flows: 256, flowsListed: 100 }]) {
      const packets = randomPackets(seed, 4000, { hosts: 40, clients: 20 });
      const options = { deny: [53], untracked: [80, 2048], input };
      const whole = judgePackets(packets, options);
      expect(whole.counted.packets.reduce((a, b) => a + b)).toBe(packets.length);
      for (const step of [1, 5, 600, 1024]) {
        const { rows, counted } = judgePackets(packets, { ...options, step });
        expect({ rows, counted }, `SEED=${seed}, step ${step}`).toEqual({
          rows: whole.rows,
          counted: whole.counted,
        });
      }
      const others = packets.map(
        ({ sport, dport, icmp }) => ![sport, dport].includes(80) && icmp === undefined,
      );
      const tracked = judgePackets(packets, { deny: [53], input }).rows;
      if (input.flows === 65_536)
        expect(whole.rows.filter((_, row) => others[row])).toEqual(tracked.filter((_, row) => others[row]));
    }
  });
});
