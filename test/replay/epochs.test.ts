/**
 * Several states of a cluster in one replay: each packet is judged as of its time. Fresh connections fare as in a replay of
 * their epoch alone; what lives on keeps its verdict, unless an address changed hands. `SEED=` repeats a run.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RuleCount } from '../../src/analysis/replay/replay-document.ts';
import { VERDICT_COLUMNS } from '../../src/analysis/replay/verdict-row.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatAddress } from '../../src/net/address.ts';
import { interfaceName } from '../../src/policy/addresses/workload-interfaces.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { drawPackets } from '../properties/comparison.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { Blocks } from '../trace/pcapng-blocks.ts';
import { frame, framesBytes, vxlan, writeCapture } from './capture.ts';
import type { Packet } from './desk.ts';
import { randomPackets } from './random-packets.ts';
import { cellsOf, type Replayed, replayStates, type State } from './several-epochs.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-epochs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const seed = chosenSeed();
const calico = cniProfile('calico')!;

function worldOf(...objects: readonly object[]): World {
  const path = join(folder, 'cluster.json');
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  const { value, diagnostics } = loadCluster([path]);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return createWorld(value, calico);
}

const PENDING = VERDICT_COLUMNS.findIndex(({ name }) => name === 'pending');
const HOUR = 3600;
const NOON = 1_795_000_000;

describe(`random clusters (SEED=${seed})`, () => {
  const sums = (
    documents: readonly { readonly rules: readonly RuleCount[] }[],
  ): Record<string, readonly number[]> => {
    const total: Record<string, readonly number[]> = {};
    for (const rule of documents.flatMap(({ rules }) => rules)) {
      const { direction, kind, namespace, policy, calico_rule: number, action, match, tier } = rule;
      const key = [direction, tier, kind, namespace, policy, number, action, match].join(' ');
      const [packets, flows] = total[key] ?? [0, 0];
      total[key] = [packets! + rule.packets, flows! + rule.flows];
    }
    return total;
  };

  /** A flow list, its times in any order. */
  function writeFlows(name: string, packets: readonly FirstPacket[], times: readonly number[]): string {
    const lines = packets.map(({ source, destination, protocol, sourcePort, destinationPort, icmp }, index) =>
      [
        times[index]!,
        formatAddress(source),
        formatAddress(destination),
        protocol,
        sourcePort ?? '',
        destinationPort ?? '',
        icmp?.type ?? '',
        icmp?.code ?? '',
        3,
        300,
      ].join(','),
    );
    const head = 'time,src,dst,protocol,src_port,dst_port,icmp_type,icmp_code,packets,bytes';
    const path = join(folder, name);
    writeFileSync(path, `${[head, ...lines].join('\n')}\n`);
    return path;
  }

  const drawTime = (draw: Random): number =>
    draw.pick([NOON - HOUR, NOON - 1, NOON, NOON + 1, NOON + HOUR - 1, NOON + HOUR, NOON + 2 * HOUR]);

  test('records fare as in a replay of their epoch alone, and add up to the same rules', async () => {
    for (let round = 0; round < 3; round++) {
      const draw = random(seed + round);
      const clusters = [0, 1, 2].map(() =>
        drawCalicoCluster(draw, { admin: round === 1, hosts: round !== 1 }),
      );
      const worlds = clusters.map((cluster) => createWorld(cluster, calico));
      const packets = clusters.flatMap((cluster) => drawPackets(draw, cluster, 150));
      const times = packets.map(() => drawTime(draw));
      const epochOf = (time: number): number => (time < NOON ? 0 : time < NOON + HOUR ? 1 : 2);
      const where = `SEED=${seed + round}`;
      const trace = writeFlows('all.csv', packets, times);
      const froms = [NOON - HOUR, NOON, NOON + HOUR];
      const states = worlds.map((world, index) => ({ world, from: froms[index]! }));
      const found = await replayStates([trace], states, { rowsPerRound: 128, workers: 2 });
      const alone = await Promise.all(worlds.map((world) => replayStates([trace], [{ world }])));
      // A replay whose own state stages nothing has no pending verdicts to compare.
      const isPending = alone.every(({ document }) => document.staged !== null);
      const shown = ({ rows }: Replayed): string[] =>
        rows.map((row) => row.filter((_, column) => isPending || column !== PENDING).join(' '));
      const texts = alone.map(shown);
      expect(shown(found), where).toEqual(times.map((time, row) => texts[epochOf(time)]![row]));
      const parts = await Promise.all(
        worlds.map((world, epoch) => {
          const isIn = (_: unknown, index: number): boolean => epochOf(times[index]!) === epoch;
          const path = writeFlows(`part-${epoch}.csv`, packets.filter(isIn), times.filter(isIn));
          return replayStates([path], [{ world }]);
        }),
      );
      for (const key of ['packets', 'bytes', 'flows'] as const)
        expect(found.result[key], `${where} ${key}`).toEqual(
          found.result[key].map((_, verdict) =>
            parts.reduce((sum, { result }) => sum + result[key][verdict]!, 0),
          ),
        );
      expect(sums([found.document]), where).toEqual(sums(parts.map(({ document }) => document)));
      expect(found.result.epochs).toEqual({
        packets: parts.map(({ result }) => result.packets.reduce((a, b) => a + b)),
        early: 0,
        timeless: 0,
      });
    }
  });

  test('neither workers nor sizes of rounds and pieces matter', async () => {
    const draw = random(seed);
    const clusters = [0, 1].map(() => drawCalicoCluster(draw, { admin: false, hosts: true }));
    const packets = clusters.flatMap((cluster) => drawPackets(draw, cluster, 600));
    const trace = writeFlows(
      'sizes.csv',
      packets,
      packets.map(() => drawTime(draw)),
    );
    const states = clusters.map((cluster, epoch) => ({
      world: createWorld(cluster, calico),
      from: NOON + epoch * HOUR,
    }));
    const alone = await replayStates([trace], states);
    expect(alone.result.epochs.early).toBeGreaterThan(0);
    for (const [workers, rowsPerRound, chunkBytes] of [
      [2, 64, 4096],
      [3, 1000, 1 << 18],
    ])
      expect(
        await replayStates([trace], states, {
          workers: workers!,
          rowsPerRound: rowsPerRound!,
          chunkBytes: chunkBytes!,
        }),
      ).toEqual(alone);
  });
});

/** Twelve pods, each with the address that is `turned` places from its own; the third of them admit port 443 from some. */
function turnedWorld(turned: number): World {
  const pods = Array.from({ length: 12 }, (_, index) =>
    pod(`pod-${index}`, `10.0.0.${(index + turned) % 12}`, { app: ['a', 'b', 'db'][index % 3] }),
  );
  const spec = {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'a' } } }], ports: [{ port: 443 }] }],
  };
  return worldOf(SHOP, ...pods, { ...POLICY_HEAD, spec });
}

test(`connections over borders are the same for any workers and sizes (SEED=${seed})`, async () => {
  const packets = randomPackets(seed, 6000, { hosts: 12, clients: 6, step: 1 });
  const trace = writeCapture(join(folder, 'random.pcap'), packets);
  const end = packets.at(-1)!.at!;
  const borders = [1000, 1000 + (end - 1000) / 3, 1000 + (2 * (end - 1000)) / 3].map(Math.floor);
  const states = borders.map((from, epoch) => ({ world: turnedWorld(epoch % 2), from }));
  const alone = await replayStates([trace], states);
  const still = await replayStates([trace], [states[0]!]);
  // Connections that live on over a border end at it, since every address has another owner there.
  const flows = ({ result }: Replayed): number => result.flows.reduce((a, b) => a + b);
  expect(flows(alone)).toBeGreaterThan(flows(still));
  for (const [workers, rowsPerRound, chunkBytes] of [
    [2, 100, 4096],
    [3, 1700, 1 << 18],
  ])
    expect(
      await replayStates([trace], states, {
        workers: workers!,
        rowsPerRound: rowsPerRound!,
        chunkBytes: chunkBytes!,
      }),
    ).toEqual(alone);
  const small = { connections: 640, flows: 640, flowsListed: 50 };
  const one = await replayStates([trace], states, small);
  expect(await replayStates([trace], states, { workers: 3, rowsPerRound: 500, ...small })).toEqual(one);
});

const pod = (name: string, address: string, labels: object, startTime?: string): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x' }] },
  status: { phase: 'Running', podIP: address, ...(startTime === undefined ? {} : { startTime }) },
});
const POLICY_HEAD = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'db', namespace: 'shop' },
};
const admits = (app: string): object => ({
  ...POLICY_HEAD,
  spec: {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app } } }], ports: [{ port: 5432 }] }],
  },
});
const SHOP = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const DB = pod('db', '10.0.0.9', { app: 'db' });
const CLIENT = { src: '10.0.0.5', dst: '10.0.0.9', sport: 40_000, dport: 5432 };
const BACK = { src: '10.0.0.9', dst: '10.0.0.5', sport: 5432, dport: 40_000 };
const capture = (packets: readonly Packet[]): string => writeCapture(join(folder, 'moved.pcap'), packets);

describe('a connection that lives on', () => {
  const before = worldOf(SHOP, DB, pod('client-a', '10.0.0.5', { app: 'a' }), admits('a'));
  const begun: readonly Packet[] = [
    { ...CLIENT, tcp: 'S', at: NOON },
    { ...BACK, tcp: 'SA', at: NOON },
    { ...CLIENT, tcp: 'A', at: NOON },
  ];
  const twoStates = (after: World): State[] => [
    { world: before, from: NOON - HOUR },
    { world: after, from: NOON + HOUR },
  ];

  test('keeps its verdict when policy changes; a new one has that of its time', async () => {
    const after = worldOf(SHOP, DB, pod('client-a', '10.0.0.5', { app: 'a' }), admits('b'));
    const trace = capture([
      ...begun,
      { ...CLIENT, tcp: 'A', at: NOON + HOUR },
      { ...BACK, tcp: 'A', at: NOON + 2 * HOUR },
      { ...CLIENT, sport: 40_001, tcp: 'S', at: NOON + 2 * HOUR },
    ]);
    const { document, ...replayed } = await replayStates([trace], twoStates(after));
    expect(cellsOf(replayed, 'verdict', 'reason').slice(3)).toEqual([
      'allow established',
      'allow established',
      'deny tier-end',
    ]);
    expect(document.denied).toMatchObject([{ packets: 1, snapshot: 1 }]);
    expect(document.snapshots.map(({ packets }) => packets)).toEqual([3, 3]);
    // The rule changed: it is another one in each state, the end of the tier is one.
    expect(document.rules.map(({ rule, snapshots, flows }) => [rule, snapshots, flows])).toEqual([
      [0, [0], 1],
      [0, [1], 0],
      [-1, null, 1],
    ]);
  });

  test.each([
    ['cilium', 'deny tier-end'],
    ['kube-network-policies', 'deny tier-end'],
    ['antrea', 'allow established'],
  ])('under %s a change finds it: %s', async (cni, found) => {
    const under = ({ cluster }: World): World => createWorld(cluster, cniProfile(cni)!);
    const after = worldOf(SHOP, DB, pod('client-a', '10.0.0.5', { app: 'a' }), admits('b'));
    const trace = capture([...begun, { ...CLIENT, tcp: 'A', at: NOON + HOUR }]);
    const states = twoStates(after).map(({ world, from }) => ({ world: under(world), from: from! }));
    expect(cellsOf(await replayStates([trace], states), 'verdict', 'reason').at(-1)).toBe(found);
  });

  test.each([
    ['calico', 'deny invalid'],
    ['cilium', 'allow profile'],
    ['kubernetes', 'unspecified none'],
  ])('what is invalid to connection tracking, under %s: %s', async (cni, found) => {
    const world = createWorld(worldOf(SHOP, DB, pod('client-a', '10.0.0.5', {})).cluster, cniProfile(cni)!);
    const trace = capture([{ ...BACK, tcp: 'SA', at: NOON }]);
    const replayed = await replayStates([trace], [{ world }], { pickup: 'kernel' });
    expect(cellsOf(replayed, 'verdict', 'reason')).toEqual([found]);
  });

  test('that was denied is judged anew: the network knows nothing of it', async () => {
    const udp = { ...CLIENT, protocol: 17, dport: 53 };
    const asks = { ...POLICY_HEAD, spec: { podSelector: {}, policyTypes: ['Egress'] } };
    const closed = worldOf(SHOP, DB, pod('client-a', '10.0.0.5', {}), asks);
    const open = worldOf(SHOP, DB, pod('client-a', '10.0.0.5', {}));
    const trace = capture([NOON, NOON + 20, NOON + 40, NOON + 60].map((at) => ({ ...udp, at })));
    const replayed = await replayStates(
      [trace],
      [
        { world: closed, from: NOON },
        { world: open, from: NOON + 30 },
      ],
    );
    expect(cellsOf(replayed, 'verdict', 'reason')).toEqual([
      'deny tier-end',
      'deny denied-connection',
      'allow profile',
      'allow established',
    ]);
    expect(replayed.result.flows.slice(0, 2)).toEqual([1, 1]);
  });

  test('ends when its address went to another pod, in either direction, without a fresh SYN', async () => {
    const after = worldOf(SHOP, DB, pod('client-b', '10.0.0.5', { app: 'b' }), admits('a'));
    for (const next of [CLIENT, BACK]) {
      const trace = capture([...begun, { ...next, tcp: 'A', at: NOON + HOUR }]);
      const replayed = await replayStates([trace], twoStates(after));
      expect(cellsOf(replayed, 'verdict', 'reason')).toEqual([
        'allow policy',
        'allow established',
        'allow established',
        'deny tier-end',
      ]);
      const [denied] = replayed.document.denied;
      expect(denied).toMatchObject({ src_name: 'shop/client-b', dst_name: 'shop/db', snapshot: 1 });
      expect(replayed.result.admitted).toMatchObject([{ packets: 3, epoch: 0, connections: 1 }]);
      expect(cellsOf(replayed, 'src_name', 'dst_name')[0]).toBe('shop/client-a shop/db');
      expect(replayed.document.rules.map(({ rule, snapshots, flows }) => [rule, snapshots, flows])).toEqual([
        [0, null, 1],
        [-1, null, 1],
      ]);
    }
  });

  test('behind a service ends with its backend, where that was the only one', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.1', selector: { app: 'db' }, ports: [{ port: 5432 }] },
    };
    const slice = (...addresses: readonly string[]): object => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
      addressType: 'IPv4',
      ports: [{ port: 5432, protocol: 'TCP' }],
      endpoints: addresses.map((address) => ({ addresses: [address] })),
    });
    const client = pod('client-a', '10.0.0.5', { app: 'a' });
    const second = pod('db-2', '10.0.0.10', { app: 'db' });
    const other = pod('other', '10.0.0.9', { app: 'other' });
    const toService = (at: number, packet: Packet): Packet =>
      packet.dst === BACK.dst ? { ...packet, src: '10.96.0.1', at } : { ...packet, dst: '10.96.0.1', at };
    const trace = capture([
      ...begun.map((packet) => toService(NOON, packet)),
      toService(NOON + HOUR, { ...CLIENT, tcp: 'A' }),
    ]);
    const last = async (backends: readonly string[]): Promise<string> => {
      const states = [
        worldOf(SHOP, DB, second, client, service, slice(...backends), admits('a')),
        worldOf(SHOP, other, second, client, service, slice('10.0.0.10'), admits('b')),
      ].map((world, epoch) => ({ world, from: NOON + epoch * HOUR }));
      return cellsOf(await replayStates([trace], states), 'verdict', 'reason').at(-1)!;
    };
    expect(await last(['10.0.0.9'])).toBe('deny tier-end');
    expect(await last(['10.0.0.10'])).toBe('allow established');
    expect(await last(['10.0.0.9', '10.0.0.10'])).toBe('allow established');
  });

  test('ends when the pod of its address was started anew, as far as both states tell', async () => {
    const withStart = (first: string | undefined, second: string | undefined): State[] =>
      [first, second].map((start, index) => ({
        world: worldOf(
          SHOP,
          DB,
          pod('client', '10.0.0.5', { app: 'a' }, start),
          admits(index === 0 ? 'a' : 'b'),
        ),
        from: NOON + index * HOUR,
      }));
    const trace = capture([...begun, { ...CLIENT, tcp: 'A', at: NOON + HOUR }]);
    const last = async (states: readonly State[]): Promise<string> =>
      cellsOf(await replayStates([trace], states), 'verdict').at(-1)!;
    const [early, late] = ['2026-11-18T09:00:00Z', '2026-11-18T12:00:00Z'];
    expect(await last(withStart(early, late))).toBe('deny');
    expect(await last(withStart(early, early))).toBe('allow');
    expect(await last(withStart(undefined, undefined))).toBe('allow');
  });
});

test('an address that only one state knows is unresolved with the packets of the others', async () => {
  const range = worldOf(SHOP, DB, admits('a'));
  const later = worldOf(SHOP, DB, pod('client', '10.0.0.5', { app: 'a' }), admits('a'));
  const trace = capture([
    { ...CLIENT, tcp: 'S', at: NOON - 1 },
    { ...CLIENT, tcp: 'S', sport: 1, at: NOON },
    { ...CLIENT, tcp: 'S', sport: 2, at: NOON + HOUR },
  ]);
  const { document } = await replayStates(
    [trace],
    [
      { world: range, from: NOON },
      { world: later, from: NOON + HOUR },
    ],
  );
  expect(document.unresolved).toMatchObject([{ address: '10.0.0.5', packets: 2 }]);
  expect(document.addresses).toMatchObject({ seen: 2, known: 2 });
  expect(document.warnings[0]).toMatch(/^earlier than every snapshot, .*: 1 packet$/);
});

test('staged policies of one state change nothing of the other', async () => {
  const staged = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'StagedGlobalNetworkPolicy',
    metadata: { name: 'closed' },
    spec: { order: 1, selector: "app == 'db'", types: ['Ingress'], ingress: [{ action: 'Deny' }] },
  };
  const client = pod('client', '10.0.0.5', { app: 'a' });
  const trace = capture([
    { ...CLIENT, tcp: 'S', at: NOON },
    { ...CLIENT, tcp: 'S', sport: 2, at: NOON + HOUR },
  ]);
  const replayed = await replayStates(
    [trace],
    [
      { world: worldOf(SHOP, DB, client, admits('a')), from: NOON },
      { world: worldOf(SHOP, DB, client, admits('a'), staged), from: NOON + HOUR },
    ],
  );
  expect(cellsOf(replayed, 'verdict', 'pending')).toEqual(['allow allow', 'allow deny']);
  expect(replayed.document.staged).toMatchObject({
    newly_denied: { packets: 1 },
    changed: [{ snapshot: 1, by: { policy: 'closed' }, pending: { decider: { policy: 'closed', rule: 0 } } }],
  });
});

test('interfaces are those of the pods that have them in each state, whatever their numbers', async () => {
  const blocks = new Blocks(false);
  const own = interfaceName('cali', 'shop', 'm');
  const path = join(folder, 'interfaces.pcapng');
  const packet = (src: string, index: number, at: number): Buffer =>
    blocks.packet(
      0,
      BigInt(at) * 1_000_000n,
      frame({ src, dst: '10.0.0.9', sport: index, dport: 80, tcp: 'S' }, 0),
    );
  const times = [NOON, NOON, NOON + HOUR, NOON + HOUR];
  writeFileSync(
    path,
    Buffer.concat([
      blocks.section(),
      blocks.interface(1, [[2, Buffer.from(own)]]),
      ...times.map((at, index) => packet(index % 2 === 0 ? '10.0.0.5' : '10.0.0.6', index + 1, at)),
    ]),
  );
  const named = pod('m', '10.0.0.5', {});
  const replayed = await replayStates(
    [path],
    [
      { world: worldOf(SHOP, DB, named), from: NOON },
      // Sorted before it: the pod has another number here, and another address.
      { world: worldOf(SHOP, DB, pod('a', '10.0.0.7', {}), pod('m', '10.0.0.6', {})), from: NOON + HOUR },
    ],
  );
  expect(cellsOf(replayed, 'verdict', 'reason')).toEqual([
    'allow profile',
    'deny spoofed',
    'deny spoofed',
    'allow profile',
  ]);
});

test('a tunnel is opened while its ends are no pods', async () => {
  const path = join(folder, 'tunnel.pcap');
  const bytes = vxlan('10.0.0.7', '192.168.0.2', { ...CLIENT, tcp: 'S' });
  writeFileSync(path, framesBytes([NOON, NOON + HOUR].map((at) => ({ bytes, at }))));
  const replayed = await replayStates(
    [path],
    [
      { world: worldOf(SHOP, DB, admits('a')), from: NOON },
      { world: worldOf(SHOP, DB, admits('a'), pod('tunnel', '10.0.0.7', {})), from: NOON + HOUR },
    ],
  );
  expect(cellsOf(replayed, 'src', 'outer_src', 'verdict', 'reason')).toEqual([
    '10.0.0.5 10.0.0.7 deny tier-end',
    '10.0.0.7  deny workload-encap',
  ]);
});
