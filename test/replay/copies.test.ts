/** A packet that is seen twice is judged once; what copies show of translations is learnt; retransmissions are never taken for copies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { compileTables } from '../../src/compile/compile.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatAddress } from '../../src/net/address.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import { createWorld } from '../../src/policy/world.ts';
import type { ReplayOptions } from '../../src/replay/options.ts';
import { replay } from '../../src/replay/replay.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { openTrace } from '../../src/trace/open.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { inVxlan, type Sighting, writeCooked } from './cooked-capture.ts';
import { copiesOf, inAnyOrder, randomTalk, unhurried } from './random-copies.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-copies-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pod = (name: string, ip: string, app: string, port: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app } },
  spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'x', ports: [{ containerPort: port }] }] },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
});

const service = (
  name: string,
  ip: string,
  app: object,
  protocol: string,
  port: number,
  target: number,
): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP: ip, selector: app, ports: [{ port, targetPort: target, protocol }] },
});

const policy = (name: string, app: string, from: string): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: 'shop' },
  spec: {
    podSelector: { matchLabels: { app } },
    policyTypes: ['Ingress'],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: from } } }] }],
  },
});

/** Clients 10.0.0.1 to 4 (web) and 5, 6 (other); db at 10.0.1.1 to 3, which admits web; dns at 10.0.2.1, 2; mixed: an open and a closed pod. */
const MANIFESTS = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
  ...[1, 2, 3, 4].map((host) => pod(`web-${host}`, `10.0.0.${host}`, 'web', 9)),
  ...[5, 6].map((host) => pod(`other-${host}`, `10.0.0.${host}`, 'other', 9)),
  ...[1, 2, 3].map((host) => pod(`db-${host}`, `10.0.1.${host}`, 'db', 8080)),
  ...[1, 2].map((host) => pod(`dns-${host}`, `10.0.2.${host}`, 'dns', 5353)),
  pod('mixed-open', '10.0.3.1', 'open', 8080),
  pod('mixed-closed', '10.0.3.2', 'closed', 8080),
  service('db', '10.96.0.1', { app: 'db' }, 'TCP', 80, 8080),
  service('dns', '10.96.0.2', { app: 'dns' }, 'UDP', 53, 5353),
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'mixed', namespace: 'shop' },
    spec: { clusterIP: '10.96.0.3', ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'mixed-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'mixed' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: ['10.0.3.1', '10.0.3.2'].map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
  },
  policy('db', 'db', 'web'),
  policy('closed', 'closed', 'nobody'),
];

function compiled() {
  const path = join(folder, 'cluster.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: MANIFESTS }));
  const { value, diagnostics } = loadCluster([path]);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new Error(JSON.stringify(diagnostics));
  return compileTables(createWorld(value, cniProfile('calico')!)).tables;
}
const tables = compiled();

/** `allow/policy`, `skip/duplicate of 1`; behind it where it was judged when that is not where it went. */
async function judged(packets: Parameters<typeof writeCooked>[1], options: ReplayOptions = {}) {
  const path = writeCooked(join(folder, 'capture.pcap'), packets);
  const rows: string[] = [];
  const { traces, timing, ...result } = await replay([openTrace(path).value!], tables, {
    workers: 1,
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++) {
        const words = (column: Uint32Array): string =>
          formatAddress({ family: 4, words: [...column.subarray(row * 4, row * 4 + 4)] as never });
        const reason = REASONS[batch.reason[row]!]!;
        const [dst, there] = [words(batch.dst), words(batch.judgedDst)];
        const isPlain = batch.family[row] !== 4 || reason === 'duplicate' || dst === there;
        const copy = reason === 'duplicate' ? ` of ${batch.duplicateRecord[row]}` : '';
        rows.push(`${VERDICTS[batch.verdict[row]!]}/${reason}${copy}${isPlain ? '' : ` at ${there}`}`);
      }
    },
    ...options,
  });
  expect(traces.length + timing.workers).toBeGreaterThan(0);
  return { rows, result };
}

const SYN: Sighting = {
  at: 0,
  src: '10.0.0.1',
  dst: '10.0.1.1',
  sport: 4000,
  dport: 8080,
  id: 77,
  seq: 5,
  flags: 2,
};
const udp: Sighting = { ...SYN, protocol: 17, payload: Buffer.from('a question') };
const rowsOf = async (
  packets: Parameters<typeof writeCooked>[1],
  options?: ReplayOptions,
): Promise<readonly string[]> => (await judged(packets, options)).rows;

describe('a copy', () => {
  test('is what is seen at another point within 50 ms; a third and a fourth name the first', async () => {
    const later = [1, 2, 3].map((index) => ({ ...SYN, at: index, point: 1 + index, ttl: 64 - index }));
    const names = 'skip/duplicate of 1';
    expect(await rowsOf([SYN, ...later])).toEqual(['allow/policy', names, names, names]);
    expect(
      await rowsOf([
        { ...SYN, at: 100 },
        { ...SYN, point: 2, at: 51 },
      ]),
    ).toEqual(['allow/policy', names]);
    expect(await rowsOf([SYN, { ...SYN, point: 2, at: 51 }])).toEqual(['allow/policy', 'allow/established']);
  });

  test('is judged as any packet when it is asked for', async () => {
    const both = [SYN, { ...SYN, at: 1, point: 2 }];
    expect(await rowsOf(both, { duplicates: 'judge' })).toEqual(['allow/policy', 'allow/established']);
  });

  test('may lie in a tunnel when the first one did not', async () => {
    expect(await rowsOf([SYN, { at: 1, bytes: inVxlan(SYN) }])).toEqual([
      'allow/policy',
      'skip/duplicate of 1',
    ]);
  });

  test('at the same point is one with the same identification alone', async () => {
    expect(await rowsOf([SYN, { ...SYN, at: 1 }])).toEqual(['allow/policy', 'skip/duplicate of 1']);
    const other = [
      { ...SYN, at: 1, id: 78 },
      { ...SYN, at: 2, seq: 6 },
    ];
    expect(await rowsOf([SYN, ...other])).toEqual(['allow/policy', 'allow/established', 'allow/established']);
  });

  test('is told by what it says, too', async () => {
    const others = [
      { ...udp, id: 0, at: 1, point: 2, payload: Buffer.from('b question') },
      { ...udp, id: 0, at: 1, point: 2, payload: Buffer.from('a question!') },
      { ...udp, id: 0, at: 1, point: 2, sport: 4001 },
      { ...udp, id: 0, at: 1, point: 2, dst: '10.0.1.2' },
    ];
    for (const other of others)
      expect((await rowsOf([{ ...udp, id: 0 }, other]))[1]).not.toContain('duplicate');
    expect(
      (
        await rowsOf([
          { ...udp, id: 0 },
          { ...udp, id: 0, at: 1, point: 2 },
        ])
      )[1],
    ).toBe('skip/duplicate of 1');
  });
});

describe('a retransmission is no copy', () => {
  const six: Sighting = { ...SYN, src: 'fd00::1', dst: 'fd00::2' };
  test('with IPv4 by its new identification, wherever it is seen', async () => {
    const [again, elsewhere] = [
      { ...SYN, at: 5, id: 78 },
      { ...SYN, at: 6, id: 78, point: 2 },
    ];
    expect(await rowsOf([SYN, { ...SYN, at: 1, point: 2 }, again, elsewhere])).toEqual([
      'allow/policy',
      'skip/duplicate of 1',
      'allow/established',
      'skip/duplicate of 3',
    ]);
  });

  test.each([
    ['IPv6', six],
    [
      'SYN and ACK without identification',
      { ...SYN, id: 0, flags: 18, src: SYN.dst, dst: SYN.src, sport: 8080, dport: 4000 },
    ],
    ['a datagram of the same bytes over IPv6', { ...six, protocol: 17, payload: Buffer.from('again') }],
  ])('%s: each is seen once at each point', async (_, packet) => {
    const rows = await rowsOf([
      packet,
      { ...packet, at: 1 },
      { ...packet, at: 2, point: 2 },
      { ...packet, at: 3 },
      { ...packet, at: 4, point: 2 },
      { ...packet, at: 5, point: 2 },
    ]);
    expect(rows.map((row) => row.replace(/^allow.*/, 'allow'))).toEqual([
      'allow',
      'allow',
      'skip/duplicate of 1',
      'allow',
      'skip/duplicate of 2',
      'skip/duplicate of 4',
    ]);
  });
});

describe('fragments and errors', () => {
  const first: Sighting = { ...udp, dst: '10.0.2.1', dport: 5353, fragment: { offset: 0, more: true } };
  const last: Sighting = {
    ...first,
    payload: Buffer.from('the rest'),
    fragment: { offset: 64, more: false },
  };
  test('fragments have copies of their own, behind a translation as well', async () => {
    const virtual = { dst: '10.96.0.2', dport: 53 };
    expect(
      await rowsOf([
        { ...first, ...virtual },
        { ...last, ...virtual },
        { ...first, at: 1, point: 2 },
        { ...last, at: 1, point: 2 },
      ]),
    ).toEqual([
      'allow/profile at 10.0.2.1',
      'allow/established at 10.0.2.1',
      'skip/duplicate of 1',
      'skip/duplicate of 2',
    ]);
  });

  test('a later fragment follows a first one that was a copy', async () => {
    expect(
      await rowsOf([
        { ...first, dst: '10.96.0.2', dport: 53 },
        { ...first, at: 1, point: 2 },
        { ...last, at: 2, point: 2 },
      ]),
    ).toEqual(['allow/profile at 10.0.2.1', 'skip/duplicate of 1', 'allow/established']);
  });

  test('a later fragment that begins a connection is judged where it goes itself, whatever the copy told of its own translation', async () => {
    const late = 30_000.5;
    expect(
      await rowsOf([
        { ...first, dst: '10.96.0.2', dport: 53 },
        { ...first, at: 1, point: 2 },
        // The connection is over by now; its first fragment is still remembered.
        { ...last, at: late, point: 2 },
      ]),
    ).toEqual(['allow/profile at 10.0.2.1', 'skip/duplicate of 1', 'allow/profile']);
  });

  test('an ICMP error is seen from behind the translation, and before it', async () => {
    const asked = { ...udp, dst: '10.96.0.2', dport: 53 };
    const passed = { ...asked, at: 1, point: 2, dst: '10.0.2.1', dport: 5353 };
    const error: Sighting = {
      at: 2,
      src: '10.0.2.1',
      dst: '10.0.0.1',
      protocol: 1,
      type: 3,
      code: 3,
      id: 9,
      quote: passed,
    };
    expect(
      await rowsOf([asked, passed, error, { ...error, at: 3, point: 3, src: '10.96.0.2', quote: asked }]),
    ).toEqual([
      'allow/profile at 10.0.2.1',
      'skip/duplicate of 1',
      'allow/related at 10.0.2.1',
      'skip/duplicate of 3',
    ]);
  });
});

describe('a translation that copies show', () => {
  const dialled: Sighting = { ...SYN, dst: '10.96.0.3', dport: 80 };
  const behind = (backend: number): Sighting => ({ ...SYN, at: 1, point: 2, dst: `10.0.3.${backend}` });
  const answer = (src: string, sport: number, at: number): Sighting => ({
    ...{ at, point: at, src, sport, dst: '10.0.0.1', dport: 4000, id: 0, seq: 9, flags: 18 },
  });

  test.each([
    [1, 'allow/established', [1, 0]],
    [2, 'deny/denied-connection', [0, 1]],
  ])('judges the connection at backend %i, and no row twice', async (backend, later, flows) => {
    const { rows, result } = await judged([
      dialled,
      behind(backend),
      answer(`10.0.3.${backend}`, 8080, 3),
      answer('10.96.0.3', 80, 4),
      { ...dialled, at: 5, id: 78, flags: 16 },
    ]);
    expect(rows).toEqual([
      'undetermined/backends-differ',
      'skip/duplicate of 1',
      `${later} at 10.0.3.${backend}`,
      'skip/duplicate of 3',
      `${later} at 10.0.3.${backend}`,
    ]);
    expect(result.flows.slice(0, 3)).toEqual([...flows, 0]);
    expect(result.flows.reduce((sum, count) => sum + count)).toBe(1);
    const [flow] = [...result.admitted, ...result.refused];
    expect([flow!.packets, flow!.judgedDst[0] & 255]).toEqual([3, backend]);
  });

  test('holds when what lies behind it comes first', async () => {
    const { rows, result } = await judged([
      behind(1),
      { ...dialled, at: 2 },
      { ...dialled, at: 3, id: 78, flags: 16 },
      answer('10.96.0.3', 80, 4),
    ]);
    expect(rows.map((row) => row.replace(/ at .*/, ''))).toEqual([
      'allow/profile',
      'skip/duplicate of 1',
      'allow/established',
      'allow/established',
    ]);
    expect(result.flows.reduce((sum, count) => sum + count)).toBe(1);
  });

  test('is forgotten when the port is used again', async () => {
    const again = { at: 200_000, id: 90, seq: 1000 };
    const { rows, result } = await judged([
      behind(1),
      { ...dialled, at: 2 },
      answer('10.0.3.1', 8080, 3),
      { ...dialled, ...again },
      { ...behind(2), ...again, at: 200_001 },
      { ...dialled, at: 200_002, id: 91, flags: 16 },
    ]);
    expect(rows).toEqual([
      'allow/profile',
      'skip/duplicate of 1',
      'allow/established at 10.0.3.1',
      'undetermined/backends-differ',
      'skip/duplicate of 4',
      'deny/denied-connection at 10.0.3.2',
    ]);
    expect(result.flows.slice(0, 3)).toEqual([1, 1, 0]);
  });
});

const seed = chosenSeed();
test(`random talk with copies is judged as it is without them (SEED=${seed})`, async () => {
  let copied = 0;
  for (let round = 0; round < 3; round++) {
    const draw = random(seed + round);
    const talk = randomTalk(draw, 1200);
    const seen = copiesOf(draw, talk);
    const where = `SEED=${seed + round}`;
    const plain = await judged(talk);
    const { rows, result } = await judged(seen.map(({ sighting }) => sighting));
    const kept = rows.filter((_, index) => !seen[index]!.isCopy);
    const verdictOf = (row: string): string => row.replace(/ at .*/, '');
    expect(kept.map(verdictOf), where).toEqual(plain.rows.map(verdictOf));
    rows.forEach((row, index) => {
      if (seen[index]!.isCopy)
        expect(row, `${where}, record ${index + 1}`).toBe(`skip/duplicate of ${seen[index]!.of! + 1}`);
    });
    copied += rows.length - kept.length;
    expect(result.flows, where).toEqual(plain.result.flows);
    expect(result.packets.slice(0, 4), where).toEqual(plain.result.packets.slice(0, 4));
    expect(result.pickedUp).toBe(plain.result.pickedUp);
    for (const options of [
      { workers: 3, rowsPerRound: 64 },
      { workers: 1, rowsPerRound: 7, chunkBytes: 2048 },
      { workers: 2, chunkBytes: 1024 },
    ])
      expect(
        await judged(
          seen.map(({ sighting }) => sighting),
          options,
        ),
        where,
      ).toEqual({ rows, result });
  }
  expect(copied).toBeGreaterThan(1000);
});

test(`whichever side of a translation is seen first (SEED=${seed})`, async () => {
  for (let round = 0; round < 3; round++) {
    const draw = random(seed + round);
    const talk = unhurried(randomTalk(draw, 500));
    const seen = inAnyOrder(draw, talk);
    const where = `SEED=${seed + round}`;
    const plain = await judged(talk);
    const { rows, result } = await judged(seen.map(({ sighting }) => sighting));
    const verdictOf = (row: string): string => row.replace(/ (at|of) .*/, '');
    const kept = rows.filter((_, index) => !seen[index]!.isCopy).map(verdictOf);
    expect(kept, where).toEqual(plain.rows.map(verdictOf));
    const copies = rows.filter((_, index) => seen[index]!.isCopy).map(verdictOf);
    expect(new Set(copies), where).toEqual(new Set(['skip/duplicate']));
    expect(result.flows, where).toEqual(plain.result.flows);
    expect(result.pickedUp, where).toBe(plain.result.pickedUp);
    const other = await judged(
      seen.map(({ sighting }) => sighting),
      { workers: 2, rowsPerRound: 16 },
    );
    expect(other, where).toEqual({ rows, result });
  }
});
