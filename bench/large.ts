/**
 * What do large policy sets cost? Loading and compiling up to 100,000 pods, 10,000 policies and 1,000,000 CIDRs (in network sets, and
 * as ipBlock peers), each in a process of its own; what one more pod, policy or CIDR adds to the tables; and what lookups cost as
 * more of the tables is touched than a cache holds.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTables } from '#src/compile/compile.js';
import type { PolicyKind } from '#src/generate/policy-set.js';
import { requestOf } from '#src/generate/request.js';
import { writeGenerated } from '#src/generate/write.js';
import { loadCluster } from '#src/manifest/load.js';
import type { Address } from '#src/net/address.js';
import type { Cluster, Pod } from '#src/policy/cluster.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { createWorld } from '#src/policy/world.js';
import { randomFrom } from '#src/random/random.js';
import type { LargeSet } from './large-set.ts';
import { classifyBatch, layOut } from './parts/classified.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { printTable } from './parts/table.ts';
import { touchedBytes } from './parts/touched.ts';

const FULL = { pods: 100_000, policies: 10_000, cidrs: 1_000_000 };
const TENTH = { pods: 10_000, policies: 1000, cidrs: 100_000 };
const KINDS: readonly PolicyKind[] = ['calico', 'kubernetes'];
const ROUNDS = 5;
/** Enough that a batch does not leave in the cache what the next pass wants. */
const PACKETS = 131_072;

type Size = typeof FULL;

function write(folder: string, size: Size, kind: PolicyKind): string {
  const into = join(folder, `${kind}-${size.pods}-${size.policies}-${size.cidrs}`);
  writeGenerated(into, requestOf({ ...size, kind, flows: 1 }));
  rmSync(join(into, 'capture.pcap'));
  return into;
}

const words = ({ pods, policies, cidrs }: Size): string =>
  [pods, policies, cidrs].map((count) => count.toLocaleString('en')).join(' / ');

/** As what the policies of a kind name their CIDRs. */
const carrier = (kind: PolicyKind): string => (kind === 'calico' ? 'network sets' : 'ipBlocks');

function measureSet(folder: string, size: Size, kind: PolicyKind): LargeSet {
  const script = fileURLToPath(new URL('large-set.js', import.meta.url));
  const handsOver = size === TENTH ? ['hand-over'] : [];
  const told = execFileSync(process.execPath, [script, write(folder, size, kind), ...handsOver]);
  return JSON.parse(told.toString()) as LargeSet;
}

function printSets(folder: string): void {
  const sets = [TENTH, FULL].flatMap((size) =>
    KINDS.map((kind) => ({ size, kind, figures: measureSet(folder, size, kind) })),
  );
  printTable(
    'Large sets: pods / policies / CIDRs; wall seconds (CPU seconds of the thread) of loading, of the world (who is governed by what), of compiling; peak of the process',
    ['set', 'CIDRs as', 'load', 'world', 'compile', 'peak MB', 'tables MB'],
    sets.map(({ size, kind, figures: { load, world, compile, peakMegabytes, tableBytes } }) => [
      words(size),
      carrier(kind),
      ...[load, world, compile].map(({ wall, thread }) => `${wall.toFixed(1)} (${thread.toFixed(1)})`),
      peakMegabytes.toFixed(0),
      (tableBytes / 1e6).toFixed(1),
    ]),
  );
  const phases = sets[0]!.figures.phases.map(({ name }) => name);
  printTable(
    'The phases of compiling, wall seconds',
    ['set', 'CIDRs as', ...phases],
    sets.map(({ size, kind, figures }) => [
      words(size),
      carrier(kind),
      ...figures.phases.map(({ milliseconds }) => (milliseconds / 1000).toFixed(2)),
    ]),
  );
  printTable(
    'Loading on two threads: half of the cluster handed over by a worker as a structured clone, CPU seconds of a thread',
    ['set', 'CIDRs as', 'load', 'serialize', 'deserialize', 'one thread / two, at best'],
    sets.flatMap(({ size, kind, figures: { load, handOver } }) => {
      if (handOver === undefined) return [];
      const { serialize, deserialize } = handOver;
      const two = (load.thread + serialize.thread + deserialize.thread) / 2;
      return [
        [
          words(size),
          carrier(kind),
          ...[load, serialize, deserialize].map(({ thread }) => thread.toFixed(2)),
          (load.thread / two).toFixed(2),
        ],
      ];
    }),
  );
}

function clusterOf(folder: string): Cluster {
  const { value, diagnostics } = loadCluster([folder]);
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
  return value;
}

/** What doubling one number adds to the tables, for each more of it. */
function printGrowth(folder: string): void {
  const bytesOf = (size: Size, kind: PolicyKind): number => {
    const world = createWorld(clusterOf(write(folder, size, kind)), cniProfile('calico')!);
    return compileTables(world).tables.bytes.byteLength;
  };
  const rows = KINDS.map((kind) => {
    const base = bytesOf(TENTH, kind);
    const added = (['pods', 'policies', 'cidrs'] as const).map((what) => {
      const more = bytesOf({ ...TENTH, [what]: TENTH[what] * 2 }, kind);
      return ((more - base) / TENTH[what]).toFixed(0);
    });
    return [carrier(kind), (base / 1e6).toFixed(2), ...added];
  });
  printTable(
    `Bytes of tables that one more adds to ${words(TENTH)} (pods / policies / CIDRs), by doubling one of them`,
    ['CIDRs as', 'tables MB', 'a pod', 'a policy', 'a CIDR'],
    rows,
  );
}

/** Packets between the first `hot` pods in a scattered order, one in four from a block that some policy names. */
function packetsAmong(cluster: Cluster, hot: number, blocks: number): FirstPacket[] {
  const random = randomFrom(1);
  const below = (limit: number): number => Math.floor(random() * limit);
  // 7919 and the number of pods have no common divisor: neighbours in a trie are not neighbours here.
  const pod = (): Pod => cluster.pods[(below(hot) * 7919) % cluster.pods.length]!;
  const block = (): Address => ({ family: 4, words: [0x40000000 + below(blocks) * 256 + 1, 0, 0, 0] });
  return Array.from({ length: PACKETS }, () => {
    const { addresses, ports } = pod();
    return {
      source: random() < 0.25 ? block() : pod().addresses[0]!,
      destination: addresses[0]!,
      protocol: 6,
      sourcePort: 40_000,
      destinationPort: ports[0]?.port ?? 80,
    };
  });
}

function printReach(folder: string): void {
  const cluster = clusterOf(join(folder, `calico-${FULL.pods}-${FULL.policies}-${FULL.cidrs}`));
  const hot = [100, 1000, 10_000, 100_000];
  const world = createWorld(cluster, cniProfile('calico')!);
  const compilation = compileTables(world);
  const sets = hot.map((count) =>
    layOut(world, compilation, packetsAmong(cluster, count, count * 10), PACKETS),
  );
  const nanos = interleave(
    Object.fromEntries(
      sets.map((set, index) => [hot[index]!, { units: PACKETS, run: () => classifyBatch(set) }]),
    ),
    ROUNDS,
  );
  printTable(
    `Lookups of ${words(FULL)} (network sets) as packets touch more of the tables; ns per first packet, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['pods / blocks touched', 'lines touched', 'ns/packet', 'times the fewest'],
    sets.map(({ compilation: { tables }, packets }, index) => {
      const count = hot[index]!;
      return [
        `${count.toLocaleString('en')} / ${(count * 10).toLocaleString('en')}`,
        `${(touchedBytes(tables, packets) / 1024).toFixed(0)} KB`,
        median(nanos[count]!).toFixed(1),
        ratio(nanos[count]!, nanos[hot[0]!]!),
      ];
    }),
  );
}

export function run(): void {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    printSets(folder);
    printGrowth(folder);
    printReach(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
