/**
 * Does a CNI's profile slow another down? Lookups of the same packets and replays of the same capture under the tables of each CNI, in
 * turns, beside calico's; and beside tables of a profile without a departure, which is what calico's own knobs cost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileTables } from '#src/compile/compile.js';
import type { NetworkPolicyRule } from '#src/policy/api/network-policy.js';
import type { Cluster } from '#src/policy/cluster.js';
import { ADDRESS_BASED } from '#src/policy/cni/address-based.js';
import { type CniProfile, departing } from '#src/policy/cni/profile.js';
import { BUILT_IN_PROFILES } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { replay } from '#src/replay/replay.js';
import { startWorkers } from '#src/replay/worker-pool.js';
import type { Tables } from '#src/tables/tables.js';
import { openTrace } from '#src/trace/open.js';
import { writeCapture } from './parts/capture.ts';
import { type Classified, classifyBatch, layOut } from './parts/classified.ts';
import { clockName, interleave, median, ratio } from './parts/clock.ts';
import { synthesizeCluster, synthesizePackets } from './parts/synthetic.ts';
import { printTable } from './parts/table.ts';

const ROUNDS = 7;
const PASSES = 16;
const CALICO = 'calico';
/** A capture that a replay is done with in a fraction of a second, so that all CNIs have their turn within seconds. */
const BYTES = 60e6;
const CONNECTIONS = 50_000;

const NO_DEPARTURE = 'no departures';
const PROFILES: readonly CniProfile[] = [
  ...BUILT_IN_PROFILES,
  departing(ADDRESS_BASED, { name: NO_DEPARTURE, title: 'as most CNIs' }, {}),
];

/** The cluster without names of ports: a CNI that refuses policies for them would have next to nothing to look up. */
function withoutNames(cluster: Cluster): Cluster {
  const numbered = (rules: readonly NetworkPolicyRule[]): NetworkPolicyRule[] =>
    rules.map((rule) => ({ ...rule, ports: rule.ports.filter(({ port }) => typeof port !== 'string') }));
  return {
    ...cluster,
    networkPolicies: cluster.networkPolicies.map((policy) => ({
      ...policy,
      ingress: numbered(policy.ingress),
      egress: numbered(policy.egress),
    })),
  };
}

/** How many verdicts differ from calico's. */
function differing({ batch, packets }: Classified, than: Classified): number {
  return packets.filter((_, row) => batch.verdict[row] !== than.batch.verdict[row]).length;
}

function lookups(): void {
  const cluster = withoutNames(
    synthesizeCluster({ pods: 10_000, namespaces: 10, policies: 1000, cidrs: 10_000 }),
  );
  const packets = synthesizePackets(cluster, 8192, 1000);
  const all = new Map(
    PROFILES.map((profile) => {
      const world = createWorld(cluster, profile);
      return [profile.name, layOut(world, compileTables(world), packets)];
    }),
  );
  const nanos = interleave(
    Object.fromEntries(
      [...all].map(([name, classified]) => [
        name,
        {
          units: packets.length * PASSES,
          run: () => {
            for (let pass = 0; pass < PASSES; pass++) classifyBatch(classified);
          },
        },
      ]),
    ),
    ROUNDS,
  );
  const calico = all.get(CALICO)!;
  printTable(
    `Profiles: first packets among 1,000 of 10,000 pods, 1,000 policies, 10,000 CIDRs; ns per packet, ${clockName()}, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['CNI', 'tables', 'ns/packet', 'this / calico', 'other verdicts'],
    [...all].map(([name, classified]) => [
      name,
      `${(classified.compilation.tables.bytes.byteLength / 1024).toFixed(0)} KB`,
      median(nanos[name]!).toFixed(1),
      ratio(nanos[name]!, nanos[CALICO]!),
      String(differing(classified, calico)),
    ]),
  );
}

/** CPU nanoseconds of the process, all threads together, that a replay takes for each packet. */
async function replayNanos(
  path: string,
  tables: Tables,
  packets: number,
  pool: ReturnType<typeof startWorkers>,
): Promise<number> {
  const before = process.cpuUsage();
  await replay([openTrace(path).value!], tables, { pool });
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / packets;
}

async function replays(path: string, packets: number, cluster: Cluster): Promise<void> {
  const tables = new Map(
    PROFILES.map((profile) => [profile.name, compileTables(createWorld(cluster, profile)).tables]),
  );
  const pool = startWorkers(1);
  const nanos: Record<string, number[]> = Object.fromEntries([...tables.keys()].map((name) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, own] of tables) {
      const taken = await replayNanos(path, own, packets, pool);
      if (round > 0) nanos[name]!.push(taken);
    }
  await pool.end();
  printTable(
    `Profiles: replay of ${packets} packets, ${BYTES / 1e6} MB, ${CONNECTIONS} connections, one worker; CPU time of the process, medians of ${ROUNDS} rounds (smallest to largest)`,
    ['CNI', 'ns/packet', 'this / calico'],
    [...tables.keys()].map((name) => [
      name,
      median(nanos[name]!).toFixed(0),
      ratio(nanos[name]!, nanos[CALICO]!),
    ]),
  );
}

export async function run(): Promise<void> {
  lookups();
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-bench-'));
  try {
    const path = join(folder, 'capture.pcap');
    const cluster = withoutNames(
      synthesizeCluster({ pods: 1000, namespaces: 10, policies: 100, cidrs: 1000 }),
    );
    const packets = writeCapture(path, cluster, BYTES, CONNECTIONS);
    await replays(path, packets, cluster);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
