/**
 * The rows of Calico's semantics that are about connections (5.6, traps 16 and 24): captures over calico-fixture.yaml,
 * packet by packet. Spoofed sources (trap 17) stand in interfaces.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { clusterFrom } from '../examine.ts';
import { fromWeb, gnp, hostEndpoint, toWeb } from '../policy/calico-cases/manifests.ts';
import { writeCapture } from './capture.ts';
import type { Packet } from './desk.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-traps-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FIXTURE = readFileSync(resolve(import.meta.dirname, '../policy/calico-fixture.yaml'), 'utf8');
const WEB = '10.0.1.1';
const DB = '10.0.1.2';
const HOST = '192.168.0.11';
const OUTSIDE = '192.0.2.9';

let captures = 0;

/** Verdict and reason of every packet, in order. */
async function verdicts(
  manifests: readonly string[],
  packets: readonly Packet[],
  options: Pick<ReplayOptions, 'pickup'> = {},
): Promise<string[]> {
  const world = createWorld(clusterFrom([FIXTURE, ...manifests].join('\n---\n')), cniProfile('calico')!);
  const rows: string[] = [];
  const trace = openTrace(writeCapture(join(folder, `${captures++}.pcap`), packets));
  await replay([trace.value!], compileTables(world).tables, {
    ...options,
    workers: 1,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++)
        rows.push(`${VERDICTS[batch.verdict[row]!]} ${REASONS[batch.reason[row]!]}`);
    },
  });
  return rows;
}

const there = (rest: Partial<Packet>): Packet => ({ src: WEB, dst: DB, sport: 40_000, dport: 80, ...rest });
const back = (rest: Partial<Packet>): Packet => ({ src: DB, dst: WEB, sport: 80, dport: 40_000, ...rest });
const unreachable = (quote: Packet): Packet => ({
  src: quote.dst,
  dst: quote.src,
  icmp: { type: 3, code: 3 },
  quote,
});

/** The pod may ask, and nobody may ask the pod. */
const ASKS_ONLY = [fromWeb('{ action: Allow }'), toWeb('{ action: Deny }').replace('name: p', 'name: q')];

describe('trap 16: established and related packets meet no policy', () => {
  test('replies and later packets of an accepted connection', async () => {
    const packets = [
      there({ tcp: 'S' }),
      back({ tcp: 'SA' }),
      there({ tcp: 'A' }),
      back({ tcp: 'PA' }),
      there({ protocol: 17 }),
      back({ protocol: 17 }),
    ];
    expect(await verdicts(ASKS_ONLY, packets)).toEqual([
      'allow profile',
      'allow established',
      'allow established',
      'allow established',
      'allow profile',
      'allow established',
    ]);
  });

  test('ICMP errors about it, and the answer to a ping', async () => {
    const query = there({ protocol: 17 });
    const ping: Packet = { src: WEB, dst: DB, icmp: { type: 8, id: 7 } };
    const pong: Packet = { src: DB, dst: WEB, icmp: { type: 0, id: 7 } };
    expect(await verdicts(ASKS_ONLY, [query, unreachable(query), ping, pong])).toEqual([
      'allow profile',
      'allow related',
      'allow profile',
      'allow established',
    ]);
  });

  test('the other direction without a request is new, and meets policy', async () => {
    expect(await verdicts(ASKS_ONLY, [back({ protocol: 17 })])).toEqual(['deny policy']);
  });

  test('a packet from the middle is new to the kernel; an answer or an error out of nowhere is invalid', async () => {
    const error = unreachable(there({ protocol: 17 }));
    expect(await verdicts(ASKS_ONLY, [there({ tcp: 'A' }), error], { pickup: 'kernel' })).toEqual([
      'allow profile',
      'deny invalid',
    ]);
    expect(await verdicts(ASKS_ONLY, [back({ tcp: 'SA' })], { pickup: 'kernel' })).toEqual(['deny invalid']);
  });
});

test('trap 24: a SYN on a connection that stands is established', async () => {
  const packets = [
    there({ tcp: 'S' }),
    back({ tcp: 'SA' }),
    there({ tcp: 'A' }),
    there({ tcp: 'S' }),
    back({ tcp: 'A' }),
  ];
  expect((await verdicts(ASKS_ONLY, packets)).slice(1)).toEqual(Array(4).fill('allow established'));
});

test('5.6: what untracked policy allows is no connection: each direction needs its own rule', async () => {
  const host = hostEndpoint('n1-eth0', '{ node: n1, interfaceName: eth0 }', '{ host: n1 }');
  const policy = gnp(
    't',
    `{ selector: "host == 'n1'", doNotTrack: true, applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Allow, protocol: UDP, destination: { ports: [99] } }], egress: [{ action: Allow, protocol: UDP, source: { ports: [99] }, destination: { ports: [5000] } }] }`,
  );
  const to = (sport: number): Packet => ({ src: OUTSIDE, dst: HOST, protocol: 17, sport, dport: 99 });
  const from = (dport: number): Packet => ({ src: HOST, dst: OUTSIDE, protocol: 17, sport: 99, dport });
  expect(await verdicts([host, policy], [to(5000), from(5000), to(5001), from(5001), to(5001)])).toEqual([
    'allow policy',
    'allow policy',
    'allow policy',
    'deny no-profile',
    'allow policy',
  ]);
});

describe('5.6: what connection tracking calls invalid', () => {
  const felix = (name: string): string => `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: ${name} }
spec: { disableConntrackInvalidCheck: true }`;
  const ELSEWHERE = '10.0.2.3';
  const broken = (src: string, dst: string): Packet => ({ src, dst, sport: 1, dport: 2, tcp: 'SF' });
  const packets = [
    broken(WEB, DB),
    broken(OUTSIDE, WEB),
    broken(WEB, OUTSIDE),
    broken(ELSEWHERE, DB),
    broken(WEB, ELSEWHERE),
    broken(OUTSIDE, '192.0.2.10'),
  ];

  test('is dropped by the chains of endpoints, and by no others', async () => {
    expect(await verdicts(ASKS_ONLY, packets)).toEqual([
      ...Array(5).fill('deny invalid'),
      'allow no-endpoint',
    ]);
  });

  test('goes on to policy where Felix does not ask, as a packet of its own', async () => {
    expect(await verdicts([...ASKS_ONLY, felix('default')], packets)).toEqual([
      'allow profile',
      'deny policy',
      'allow policy',
      'allow profile',
      'allow profile',
      'allow no-endpoint',
    ]);
  });

  test('and is dropped where one of two nodes does', async () => {
    expect(await verdicts([...ASKS_ONLY, felix('node.n1')], packets)).toEqual([
      'allow profile',
      'deny policy',
      'allow policy',
      'deny invalid',
      'deny invalid',
      'allow no-endpoint',
    ]);
  });

  test('never befalls a connection that stands, nor ICMP that goes to whom nobody wrote', async () => {
    const query = there({ protocol: 17 });
    const astray: Packet = { ...unreachable(query), dst: OUTSIDE };
    const advertisement: Packet = { src: WEB, dst: DB, icmp: { type: 9 } };
    expect(await verdicts(ASKS_ONLY, [query, astray, advertisement, unreachable(query)])).toEqual([
      'allow profile',
      'deny invalid',
      'deny invalid',
      'allow related',
    ]);
  });
});
