import { describe, expect, test } from 'vitest';
import { judgePackets, type Packet } from './desk.ts';
import { sampleTables } from './tables.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const there = (rest: Partial<Packet>): Packet => ({ src: A, dst: B, sport: 40_000, dport: 443, ...rest });
const back = (rest: Partial<Packet>): Packet => ({ src: B, dst: A, sport: 443, dport: 40_000, ...rest });

describe('a connection that is allowed', () => {
  const packets = [
    there({ tcp: 'S', bytes: 60 }),
    back({ tcp: 'SA', bytes: 60 }),
    there({ tcp: 'A', bytes: 52 }),
    there({ tcp: 'PA', bytes: 500 }),
    back({ tcp: 'PA', bytes: 1500 }),
  ];

  test('is judged once; what follows in either direction is established', () => {
    const { rows, asked, counted } = judgePackets(packets);
    expect(rows).toEqual(['allow/policy', ...Array(4).fill('allow/established')]);
    expect(asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443']);
    expect(counted.packets).toEqual([5, 0, 0, 0, 0]);
    expect(counted.bytes).toEqual([2172, 0, 0, 0, 0]);
    expect(counted.flows).toEqual([1, 0, 0, 0, 0]);
  });

  test('credits its outcomes, its flow and its addresses with all of its packets', () => {
    const { counted } = judgePackets(packets);
    expect([...counted.outcomePackets]).toEqual([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 5]);
    expect([...counted.outcomeBytes]).toEqual([0, 0, 0, 2172, 0, 0, 0, 0, 0, 0, 2172]);
    expect([...counted.outcomeFlows]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
    expect(counted.refused).toEqual([]);
    expect(counted.admitted).toMatchObject([
      {
        family: 4,
        protocol: 6,
        dport: 443,
        sport: 40_000,
        packets: 5,
        bytes: 2172,
        connections: 1,
        egress: 3,
      },
    ]);
    expect(counted.addresses.map(({ words, packets: seen }) => [words[0], seen])).toEqual([
      [0x0a000001, 5],
      [0x0a000002, 5],
    ]);
  });

  test('repeats the outcome of its first packet in every row', () => {
    const { batch } = judgePackets(packets, { step: 1 });
    expect([...batch.egress.subarray(0, 5)]).toEqual([3, 3, 3, 3, 3]);
    expect([...batch.judgedDport.subarray(0, 5)]).toEqual([443, 443, 443, 443, 443]);
    expect([...batch.judgedDst.subarray(16, 17)]).toEqual([0x0a000002]);
  });

  test('ends with FIN: a fresh SYN then begins another', () => {
    const { rows, counted } = judgePackets([
      ...packets,
      there({ tcp: 'FA' }),
      back({ tcp: 'FA' }),
      there({ tcp: 'A' }),
      there({ tcp: 'S' }),
      back({ tcp: 'SA' }),
    ]);
    expect(rows.slice(5)).toEqual([
      'allow/established',
      'allow/established',
      'allow/established',
      'allow/policy',
      'allow/established',
    ]);
    expect(counted.flows[0]).toBe(2);
    expect(counted.admitted).toMatchObject([{ packets: 10, connections: 2 }]);
  });

  test('takes a repeated SYN for its own', () => {
    const { rows, counted } = judgePackets([
      there({ tcp: 'S' }),
      there({ at: 1, tcp: 'S' }),
      back({ at: 2, tcp: 'SA' }),
    ]);
    expect(rows).toEqual(['allow/policy', 'allow/established', 'allow/established']);
    expect(counted.flows[0]).toBe(1);
  });
});

describe('a connection that is denied', () => {
  test('stays denied in both directions, and each fresh SYN is judged anew', () => {
    const { rows, counted } = judgePackets(
      [
        there({ tcp: 'S' }),
        back({ tcp: 'SA' }),
        there({ tcp: 'A' }),
        back({ tcp: 'PA' }),
        there({ tcp: 'S' }),
        there({ tcp: 'PA' }),
      ],
      { deny: [443] },
    );
    expect(rows).toEqual([
      'deny/tier-end',
      'deny/denied-connection',
      'deny/denied-connection',
      'deny/denied-connection',
      'deny/tier-end',
      'deny/denied-connection',
    ]);
    expect(counted.packets).toEqual([0, 6, 0, 0, 0]);
    expect(counted.flows).toEqual([0, 2, 0, 0, 0]);
    expect(counted.refused).toMatchObject([{ packets: 6, connections: 2, reason: 2 }]);
  });

  test('is forgotten when it expires, and then picked up again', () => {
    const { rows, counted } = judgePackets([there({ tcp: 'S' }), there({ at: 121, tcp: 'A' })], {
      deny: [443],
    });
    expect(rows).toEqual(['deny/tier-end', 'deny/tier-end']);
    expect(counted.pickedUp).toBe(1);
  });

  test('repeats verdict and reason when nobody knows', () => {
    const { rows } = judgePackets([there({ tcp: 'S' }), back({ tcp: 'SA' }), there({ tcp: 'A' })], {
      undetermined: [443],
    });
    expect(rows).toEqual(Array(3).fill('undetermined/backends-differ'));
  });
});

describe('UDP', () => {
  const udp = { protocol: 17 };

  test('the first packet is the initiator, always', () => {
    const { rows, asked } = judgePackets([back({ ...udp, sport: 53 }), there({ ...udp, dport: 53 })]);
    expect(asked).toEqual(['10.0.0.2:53 > 10.0.0.1:40000']);
    expect(rows).toEqual(['allow/policy', 'allow/established']);
  });

  test('lives for 30 seconds, and for 120 when both have spoken for more than two', () => {
    const unanswered = judgePackets([there(udp), there({ ...udp, at: 29.9 }), there({ ...udp, at: 59.9 })]);
    expect(unanswered.rows).toEqual(['allow/policy', 'allow/established', 'allow/policy']);
    expect(unanswered.counted.admitted).toMatchObject([{ packets: 3, connections: 2 }]);
    const query = [there(udp), back({ ...udp, at: 1 }), there({ ...udp, at: 1.9 })];
    const brief = judgePackets([...query, there({ ...udp, at: 32 })]);
    expect(brief.rows.at(-1)).toBe('allow/policy');
    const stream = judgePackets([...query, back({ ...udp, at: 2.1 }), there({ ...udp, at: 122 })]);
    expect(stream.rows.slice(1)).toEqual(Array(4).fill('allow/established'));
  });

  test('is no TCP connection with the same ports', () => {
    const { rows } = judgePackets([there({ tcp: 'S' }), there(udp)]);
    expect(rows).toEqual(['allow/policy', 'allow/policy']);
  });
});

describe('ICMP', () => {
  const ping = (id: number, type = 8): Packet => ({ src: A, dst: B, icmp: { type, id } });
  const pong = (id: number, type = 0): Packet => ({ src: B, dst: A, icmp: { type, id } });

  test('an echo reply belongs to the request with its identifier', () => {
    const { rows, asked } = judgePackets([ping(1), pong(1), ping(2), { ...ping(1), src: B, dst: A }]);
    expect(rows).toEqual(['allow/policy', 'allow/established', 'allow/policy', 'allow/policy']);
    expect(asked).toEqual([
      '10.0.0.1:1 > 10.0.0.2:2048',
      '10.0.0.1:2 > 10.0.0.2:2048',
      '10.0.0.2:1 > 10.0.0.1:2048',
    ]);
  });

  test('a reply alone is turned round and judged, or invalid as in the kernel', () => {
    const judged = judgePackets([pong(7)], { deny: [2048] });
    expect(judged.rows).toEqual(['deny/tier-end']);
    expect(judged.asked).toEqual(['10.0.0.1:7 > 10.0.0.2:2048']);
    expect(judged.counted.pickedUp).toBe(1);
    expect(judgePackets([pong(7)], { pickup: 'kernel' }).rows).toEqual(['deny/invalid']);
  });

  test('echo of ICMPv6 alike', () => {
    const { rows } = judgePackets([
      { src: 'fd00::1', dst: 'fd00::2', icmp: { type: 128, id: 5 } },
      { src: 'fd00::2', dst: 'fd00::1', icmp: { type: 129, id: 5 } },
    ]);
    expect(rows).toEqual(['allow/policy', 'allow/established']);
  });

  test('neighbour discovery is never tracked', () => {
    const solicitation: Packet = { src: 'fd00::1', dst: 'fd00::2', icmp: { type: 135 } };
    const { rows, asked } = judgePackets([solicitation, solicitation]);
    expect(rows).toEqual(['allow/policy', 'allow/policy']);
    expect(asked).toHaveLength(2);
  });
});

describe('an ICMP error', () => {
  const error = (quote: Packet, src = '10.9.9.9'): Packet => ({
    src,
    dst: quote.src,
    icmp: { type: 3, code: 1 },
    quote,
  });

  test('follows the connection that it quotes, whoever reports', () => {
    const { rows, counted } = judgePackets([
      there({ tcp: 'S' }),
      error(there({ tcp: 'S' })),
      error(back({})),
    ]);
    expect(rows).toEqual(['allow/policy', 'allow/related', 'allow/related']);
    expect(counted.flows[0]).toBe(1);
    expect(counted.admitted).toMatchObject([{ packets: 3, connections: 1 }]);
  });

  test('keeps no connection alive', () => {
    const query = there({ protocol: 17 });
    const { rows } = judgePackets([query, { ...error(query), at: 20 }, { ...query, at: 45 }]);
    expect(rows).toEqual(['allow/policy', 'allow/related', 'allow/policy']);
  });

  test('is denied with it', () => {
    const { rows } = judgePackets([there({ tcp: 'S' }), error(there({}))], { deny: [443] });
    expect(rows).toEqual(['deny/tier-end', 'deny/denied-connection']);
  });

  test('picks up a connection that was not seen; the kernel calls it invalid', () => {
    const unseen = error(there({ protocol: 17 }));
    const judged = judgePackets([unseen, there({ protocol: 17 })]);
    expect(judged.rows).toEqual(['allow/related', 'allow/established']);
    expect(judged.asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443']);
    expect(judged.counted.pickedUp).toBe(1);
    expect(judgePackets([unseen], { pickup: 'kernel' }).rows).toEqual(['deny/invalid']);
  });

  test('of a ping follows the ping', () => {
    const ping: Packet = { src: A, dst: B, icmp: { type: 8, id: 3 } };
    expect(judgePackets([ping, error(ping)]).rows).toEqual(['allow/policy', 'allow/related']);
  });

  test('about an error or about what is not tracked is invalid', () => {
    const unreachable: Packet = { src: A, dst: B, icmp: { type: 3, code: 1 } };
    expect(judgePackets([error(unreachable)]).rows).toEqual(['deny/invalid']);
    const solicitation: Packet = { src: 'fe80::1', dst: 'ff02::2', icmp: { type: 135 } };
    const about: Packet = { src: 'fe80::2', dst: 'fe80::1', icmp: { type: 1 }, quote: solicitation };
    expect(judgePackets([about]).rows).toEqual(['deny/invalid']);
  });

  test('without a quote cannot be placed: unknown when it was cut off, invalid otherwise', () => {
    const bare: Packet = { src: B, dst: A, icmp: { type: 11 } };
    expect(judgePackets([{ ...bare, flags: 8 }, bare]).rows).toEqual([
      'undetermined/missing-field',
      'deny/invalid',
    ]);
  });
});

describe('a connection that is met midway', () => {
  test('SYN and ACK come from the responder', () => {
    const { asked, counted } = judgePackets([back({ sport: 50_000, dport: 443, tcp: 'SA' })]);
    expect(asked).toEqual(['10.0.0.1:443 > 10.0.0.2:50000']);
    expect(counted.pickedUp).toBe(1);
  });

  test('the lower port serves when nothing else is known', () => {
    expect(judgePackets([back({ tcp: 'PA' })]).asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443']);
    expect(judgePackets([there({ tcp: 'PA' })]).asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443']);
  });

  test('a port of the cluster serves before a lower one that nobody names', () => {
    const tables = sampleTables().bytes;
    const { asked } = judgePackets([back({ dport: 100, tcp: 'PA' })], { tables });
    expect(asked).toEqual(['10.0.0.1:100 > 10.0.0.2:443']);
    expect(judgePackets([back({ dport: 100, tcp: 'PA' })]).asked).toEqual(['10.0.0.2:443 > 10.0.0.1:100']);
  });

  test('as the kernel does: the first packet begins it, unless only an answer or an end could look so', () => {
    const kernel = { pickup: 'kernel' } as const;
    const { rows, asked } = judgePackets([back({ tcp: 'PA' }), there({ tcp: 'A' })], kernel);
    expect(rows).toEqual(['allow/policy', 'allow/established']);
    expect(asked).toEqual(['10.0.0.2:443 > 10.0.0.1:40000']);
    for (const tcp of ['SA', 'R', 'RA', 'FA', 'F'])
      expect(judgePackets([back({ tcp })], kernel).rows, tcp).toEqual(['deny/invalid']);
  });

  test('SCTP too', () => {
    const { asked } = judgePackets([back({ protocol: 132 })]);
    expect(asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443']);
  });
});

describe('fragments', () => {
  const first = there({ protocol: 17, flags: 2, fragmentId: 77 });
  const later = there({ protocol: 17, flags: 4, fragmentId: 77 });

  test('follow their first fragment', () => {
    const { rows, asked } = judgePackets([first, later, { ...later, at: 29 }], { deny: [443] });
    expect(rows).toEqual(['deny/tier-end', 'deny/denied-connection', 'deny/denied-connection']);
    expect(asked).toHaveLength(1);
  });

  test('of what opens a connection open none themselves', () => {
    const opening = there({ tcp: 'S', flags: 2, fragmentId: 77 });
    const { rows, counted } = judgePackets(
      [opening, later, opening].map((one) => ({ ...one, protocol: 6 })),
      {
        deny: [443],
      },
    );
    expect(rows).toEqual(['deny/tier-end', 'deny/denied-connection', 'deny/tier-end']);
    expect(counted.flows[1]).toBe(2);
  });

  test('are unknown without it, after it is too old, or with another identification', () => {
    const { rows, counted } = judgePackets([
      later,
      first,
      { ...later, fragmentId: 78 },
      { ...later, at: 31 },
    ]);
    expect(rows).toEqual([
      'skip/unknown-fragment',
      'allow/policy',
      'skip/unknown-fragment',
      'skip/unknown-fragment',
    ]);
    expect(counted.packets).toEqual([1, 0, 0, 0, 3]);
    expect(counted.flows).toEqual([1, 0, 0, 0, 0]);
  });

  test('of an ICMP error are unknown: what it quotes stands in the first one', () => {
    const error = { src: '10.0.0.2', dst: '10.0.0.1', icmp: { type: 3 }, fragmentId: 5 };
    const { rows } = judgePackets([
      there({}),
      { ...error, flags: 2, quote: there({}) },
      { ...error, flags: 4 },
    ]);
    expect(rows).toEqual(['allow/policy', 'allow/related', 'skip/unknown-fragment']);
  });

  test('of IPv6 alike', () => {
    const side = { src: 'fd00::1', dst: 'fd00::2', protocol: 17, sport: 9, dport: 10, fragmentId: 1 };
    const { rows } = judgePackets([
      { ...side, flags: 2 },
      { ...side, flags: 4 },
    ]);
    expect(rows).toEqual(['allow/policy', 'allow/established']);
  });
});

describe('rows that are no packets of connections', () => {
  test('flow records are judged each, weighted', () => {
    const record = there({ flags: 16, packets: 10, bytes: 5000 });
    const { rows, counted } = judgePackets([record, record]);
    expect(rows).toEqual(['allow/policy', 'allow/policy']);
    expect(counted.packets[0]).toBe(20);
    expect(counted.flows[0]).toBe(2);
    expect(counted.admitted).toMatchObject([{ packets: 20, bytes: 10_000, connections: 2 }]);
  });

  test('a guessed initiator is corrected by ports', () => {
    const { asked } = judgePackets([back({ flags: 16 | 64 }), back({ flags: 16 })]);
    expect(asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443', '10.0.0.2:443 > 10.0.0.1:40000']);
  });

  test('the flags of a record are those of all its packets and turn nothing round', () => {
    const { asked } = judgePackets([there({ flags: 16, tcp: 'SAPF' }), there({ flags: 16, tcp: 'SA' })]);
    expect(asked).toEqual(['10.0.0.1:40000 > 10.0.0.2:443', '10.0.0.1:40000 > 10.0.0.2:443']);
  });

  test('skips keep their reason and count as packets only', () => {
    const { rows, counted } = judgePackets([there({ skip: 23 }), there({ skip: 24 })]);
    expect(rows).toEqual(['skip/non-ip', 'skip/malformed']);
    expect(counted.packets).toEqual([0, 0, 0, 0, 2]);
    expect(counted.addresses).toEqual([]);
  });
});
