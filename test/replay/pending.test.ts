import { describe, expect, test } from 'vitest';
import { SKIP_NON_IP } from '../../src/tables/verdict-layout.ts';
import { chosenSeed } from '../random/mulberry.ts';
import { judgePackets, type Packet } from './desk.ts';
import { randomPackets } from './random-packets.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const there = (rest: Partial<Packet>): Packet => ({ src: A, dst: B, sport: 40_000, dport: 443, ...rest });
const back = (rest: Partial<Packet>): Packet => ({ src: B, dst: A, sport: 443, dport: 40_000, ...rest });
const exchange = [there({ tcp: 'S' }), back({ tcp: 'SA' }), there({ tcp: 'A' }), back({ tcp: 'PA' })];

describe('a second set of tables', () => {
  test('that denies what is allowed has all packets of the connection for denied', () => {
    const { rows, pending, counted } = judgePackets(exchange, { pending: { deny: [443] } });
    expect(rows).toEqual(['allow/policy', ...Array(3).fill('allow/established')]);
    expect(pending).toEqual(Array(4).fill('deny'));
    expect(counted.packets).toEqual([4, 0, 0, 0, 0]);
    expect(counted.pending).toMatchObject({
      packets: [0, 4, 0, 0, 0],
      bytes: [0, 400, 0, 0, 0],
      flows: [0, 1, 0, 0, 0],
      changes: [{ verdict: 0, pending: 1, packets: 4, bytes: 400, flows: 1 }],
      changed: [{ dport: 443, verdict: 0, pendingVerdict: 1, packets: 4, connections: 1 }],
      omitted: 0,
    });
    // Who decides: the tier's end, at ingress, by the second tables' outcome.
    expect(counted.pending!.changed[0]).toMatchObject({
      pendingReason: 2,
      pendingHook: 2,
      pendingOutcome: 10,
    });
  });

  test('that allows what is denied has the replies for allowed too, though they belong to a denied connection', () => {
    const { rows, pending, counted } = judgePackets([...exchange, there({ tcp: 'S' })], {
      deny: [443],
      pending: {},
    });
    expect(rows.slice(1, 4)).toEqual(Array(3).fill('deny/denied-connection'));
    expect(rows[4]).toBe('deny/tier-end');
    expect(pending).toEqual(Array(5).fill('allow'));
    expect(counted.pending).toMatchObject({ packets: [5, 0, 0, 0, 0], flows: [2, 0, 0, 0, 0] });
    expect(counted.pending!.changed).toMatchObject([{ packets: 5, connections: 2, pendingVerdict: 0 }]);
  });

  test('is asked about connections that never got beyond their opening', () => {
    const { pending, counted } = judgePackets([there({ tcp: 'S' }), there({ tcp: 'S', sport: 40_001 })], {
      pending: { deny: [443] },
    });
    expect(pending).toEqual(['deny', 'deny']);
    expect(counted.pending!.changed).toMatchObject([{ packets: 2, connections: 2 }]);
  });

  test('that agrees changes nothing, and what nobody judges has one verdict', () => {
    const odd: Packet[] = [
      { src: A, dst: B, skip: SKIP_NON_IP },
      { src: A, dst: B, icmp: { type: 3, code: 1 } },
    ];
    const { pending, counted } = judgePackets([...exchange, ...odd], { pending: {} });
    expect(pending).toEqual([...Array(4).fill('allow'), 'skip', 'deny']);
    expect(counted.pending!.changed).toEqual([]);
    expect(counted.pending!.packets).toEqual(counted.packets);
    expect(counted.paths).toEqual([]);
  });

  test('credits the rules that are enforced, whatever it says itself', () => {
    const plain = judgePackets(exchange).counted;
    const { counted } = judgePackets(exchange, { pending: { deny: [443] } });
    expect([...plain.outcomePackets]).toEqual([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 4]);
    expect(counted.paths).toEqual([{ outcomes: [3, 10], packets: 4, bytes: 400, flows: 1 }]);
    expect([...counted.outcomePackets]).toEqual(Array(11).fill(0));
  });

  test('does not touch the first verdicts, gives the same for any number of rows at a time, and loses nothing', () => {
    const seed = chosenSeed();
    for (const input of [{ flows: 65_536 }, { connections: 512, flows: 256, flowsListed: 100 }]) {
      const packets = randomPackets(seed, 5000, { hosts: 120, clients: 40 });
      const policy = { deny: [443, 53], pending: { deny: [80, 53], undetermined: [2048] }, input };
      const whole = judgePackets(packets, policy);
      const alone = judgePackets(packets, { deny: [443, 53], input });
      expect(whole.rows, `SEED=${seed}`).toEqual(alone.rows);
      expect(whole.counted.packets).toEqual(alone.counted.packets);
      const { changes, packets: after, flows } = whole.counted.pending!;
      const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
      expect(sum(after)).toBe(packets.length);
      expect(sum(flows)).toBe(sum(whole.counted.flows));
      expect(sum(changes.map((change) => change.packets))).toBe(packets.length);
      for (const step of [1, 7, 300, 1024]) {
        const { pending, counted } = judgePackets(packets, { ...policy, step });
        expect({ pending, counted }, `SEED=${seed}, step ${step}`).toEqual({
          pending: whole.pending,
          counted: whole.counted,
        });
      }
    }
  });
});
