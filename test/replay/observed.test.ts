/** Verdicts beside what the trace says became of the packets, through the kernels: totals of each pair, and flows that disagree. */
import { describe, expect, test } from 'vitest';
import * as B from '../../src/packet/batch-layout.ts';
import type { ObservedResult } from '../../src/replay/result.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
import { judgePackets, type Packet, type Policy } from './desk.ts';

const RECORD = B.FLAG_CONNECTION;
const record = (dport: number, observed: number, more: Partial<Packet> = {}): Packet => ({
  src: '10.0.0.1',
  dst: '10.0.0.2',
  sport: 40_000,
  dport,
  flags: RECORD,
  observed,
  ...more,
});

/** Port 22 is refused by the destination, 53 is left open. */
const POLICY: Policy = { deny: [22], undetermined: [53] };

function observedOf(packets: readonly Packet[], step?: number): ObservedResult {
  const { counted } = judgePackets(packets, {
    ...POLICY,
    ...(step === undefined ? {} : { step }),
    input: { observedKnown: true, rowsWanted: false },
  });
  return counted.observed!;
}

const pairsOf = ({ pairs }: ObservedResult): string[] =>
  pairs.map(
    ({ observed, verdict, packets, bytes, flows }) =>
      `${observed}/${VERDICTS[verdict]} ${packets}p ${bytes}B ${flows}f`,
  );

const flowsOf = ({ disagreed }: ObservedResult): string[] =>
  disagreed.map(
    ({ src, dst, sport, dport, verdict, observed, packets, connections }) =>
      `${src[0] & 255}:${sport} > ${dst[0] & 255}:${dport} ${VERDICTS[verdict]} observed ${observed} ${packets}p ${connections}c`,
  );

describe('what was observed', () => {
  test('of later packets stands in the direction of their connection, whether or not they were judged together with the first', () => {
    const there = { src: '10.0.0.1', dst: '10.0.0.2', observed: B.OBSERVED_DENY };
    const back = { src: '10.0.0.2', dst: '10.0.0.1', observed: B.OBSERVED_DENY };
    const packets: Packet[] = [
      { ...there, sport: 40_000, dport: 80, tcp: 'S' },
      { ...back, sport: 80, dport: 40_000, tcp: 'SA' },
      { ...there, icmp: { type: 8, id: 7 } },
      { ...back, icmp: { type: 0, id: 7 } },
    ];
    const whole = observedOf(packets);
    expect([
      ...new Set(whole.disagreed.map(({ src, dst, dport }) => `${src[0]} ${dst[0]} ${dport}`)),
    ]).toEqual(['167772161 167772162 2048', '167772161 167772162 80']);
    for (const step of [1, 2, 3]) expect(observedOf(packets, step)).toEqual(whole);
  });

  test('is counted by what is judged, in packets, bytes and flows; what disagrees is listed, heaviest first', () => {
    const result = observedOf([
      record(80, B.OBSERVED_ALLOW, { packets: 5, bytes: 500 }),
      record(80, B.OBSERVED_DENY, { packets: 2, bytes: 50 }),
      record(22, B.OBSERVED_ALLOW, { packets: 7, bytes: 70 }),
      record(22, B.OBSERVED_ALLOW, { packets: 1, bytes: 10, sport: 40_001 }),
      record(22, B.OBSERVED_DENY),
      record(53, B.OBSERVED_DENY),
      record(80, B.OBSERVED_NONE),
      record(80, B.OBSERVED_DENY, { skip: 24 }),
    ]);
    expect(pairsOf(result)).toEqual([
      'allow/allow 5p 500B 1f',
      'allow/deny 8p 80B 2f',
      'deny/allow 2p 50B 1f',
      'deny/deny 1p 100B 1f',
      'deny/undetermined 1p 100B 1f',
    ]);
    expect(flowsOf(result)).toEqual([
      '1:40000 > 2:22 deny observed 1 8p 2c',
      '1:40000 > 2:80 allow observed 2 2p 1c',
    ]);
    expect(result.omitted).toBe(0);
  });

  test('of a reply belongs to the connection in its other direction', () => {
    const flags = RECORD | B.FLAG_INITIATOR_UNKNOWN;
    const result = observedOf([
      { src: '10.0.0.2', dst: '10.0.0.1', sport: 22, dport: 40_000, flags, observed: B.OBSERVED_ALLOW },
    ]);
    expect(pairsOf(result)).toEqual(['allow/deny 1p 100B 1f']);
    expect(flowsOf(result)).toEqual(['1:40000 > 2:22 deny observed 1 1p 1c']);
  });

  test('at the source is held against the source alone: the stand-in refuses at the destination', () => {
    const result = observedOf([
      record(22, B.OBSERVED_ALLOW | B.OBSERVED_AT_SOURCE),
      record(22, B.OBSERVED_DENY | B.OBSERVED_AT_SOURCE),
    ]);
    expect(pairsOf(result)).toEqual(['allow/allow 1p 100B 1f', 'deny/allow 1p 100B 1f']);
    expect(flowsOf(result)).toEqual([
      `1:40000 > 2:22 deny observed ${B.OBSERVED_DENY | B.OBSERVED_AT_SOURCE} 1p 1c`,
    ]);
  });

  test('of another mechanism is counted, never compared', () => {
    const result = observedOf([record(22, B.OBSERVED_ALLOW | B.OBSERVED_ELSEWHERE, { packets: 9 })]);
    expect(result).toEqual({
      pairs: [],
      elsewhere: { packets: 9, bytes: 100, flows: 1 },
      disagreed: [],
      omitted: 0,
      decided: [],
      omittedDecided: 0,
      decidersFull: false,
    });
  });

  test('is told apart by who decided: all of what disagrees, and what agrees where somebody is named', () => {
    const result = observedOf([
      record(22, B.OBSERVED_ALLOW, { packets: 5, by: 'a' }),
      record(22, B.OBSERVED_ALLOW, { packets: 2, sport: 40_001 }),
      record(22, B.OBSERVED_ALLOW, { packets: 1, by: 'a', dst: '10.0.0.3' }),
      record(22, B.OBSERVED_DENY, { packets: 4, by: 'b' }),
      record(80, B.OBSERVED_ALLOW, { packets: 9 }),
      record(80, B.OBSERVED_ALLOW | B.OBSERVED_AT_SOURCE, { packets: 3, by: 'b' }),
      record(53, B.OBSERVED_DENY, { by: 'b' }),
    ]);
    expect(
      result.decided.map(
        ({ observed, by, verdict, outcome, packets, flows, example }) =>
          `${observed} by ${by}, ${VERDICTS[verdict]} by ${outcome}: ${packets}p ${flows}f, ${example.dst[0] & 255}:${example.dport}`,
      ),
    ).toEqual([
      '1 by a, deny by 10: 6p 2f, 2:22',
      '2 by b, deny by 10: 4p 1f, 2:22',
      // At the source, its own outcome decides.
      '5 by b, allow by 0: 3p 1f, 2:80',
      '1 by , deny by 10: 2p 1f, 2:22',
    ]);
    expect(result.disagreed.map(({ by, packets }) => `${by} ${packets}`)).toEqual(['a 5', ' 2', 'a 1']);
  });

  test('of packets counts those of later packets with their connection', () => {
    const packet: Packet = { src: '10.0.0.1', dst: '10.0.0.2', sport: 1, dport: 22, tcp: 'S' };
    const result = observedOf([
      { ...packet, observed: B.OBSERVED_ALLOW },
      { ...packet, tcp: 'A', observed: B.OBSERVED_ALLOW },
    ]);
    expect(pairsOf(result)).toEqual(['allow/deny 2p 200B 0f']);
  });

  test('is the same whatever the number of rows handed over at a time', () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      record([22, 53, 80][index % 3]!, index % 4, { sport: 40_000 + (index % 7), packets: index + 1 }),
    );
    const whole = observedOf(records);
    expect(pairsOf(whole).length).toBeGreaterThan(4);
    for (const step of [1, 7]) expect(observedOf(records, step)).toEqual(whole);
  });

  test('costs nothing where no trace tells: there is no result', () => {
    expect(judgePackets([record(22, B.OBSERVED_ALLOW)], POLICY).counted.observed).toBeUndefined();
  });
});
