/**
 * Recommendations for random traces in random clusters: the reader takes what is printed, a replay of the trace against it denies nothing of
 * what is recommended, no rule, peer or port can go, and every flow of the trace is accounted for.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyObject } from '../../src/analysis/recommend/policy-objects.ts';
import { type Recommendation, recommend } from '../../src/analysis/recommend/recommend.ts';
import type { PolicyKind } from '../../src/analysis/recommend/recommend-document.ts';
import { replayFlows } from '../../src/analysis/recommend/replay-flows.ts';
import { summarizeRecommendation } from '../../src/analysis/recommend/summary.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { formatAddress } from '../../src/net/address.ts';
import { hasPolicyPorts, protocolName } from '../../src/net/protocol.ts';
import type { Plain } from '../../src/output/yaml.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { startWorkers, type WorkerPool } from '../../src/replay/worker-pool.ts';
import { recommendYaml } from '../../src/report/recommend-yaml.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawCluster } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';

const seed = chosenSeed();
let folder: string;
let pool: WorkerPool;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-recommend-'));
  pool = startWorkers(1);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await pool.end();
});

function record(packet: FirstPacket, index: number): string {
  const { source, destination, protocol, sourcePort, destinationPort, icmp, translated } = packet;
  return JSON.stringify({
    time: 1000 + index,
    kind: 'flow',
    src: formatAddress(source),
    dst: formatAddress(destination),
    protocol: protocolName(protocol),
    ...(hasPolicyPorts(protocol) ? { sport: sourcePort ?? 0, dport: destinationPort } : {}),
    ...(icmp === undefined ? {} : { icmp_type: icmp.type, icmp_code: icmp.code }),
    ...(translated === undefined
      ? {}
      : { translated_dst: formatAddress(translated.address), translated_dport: translated.port }),
    packets: 1 + (index % 5),
    bytes: 100,
  });
}

/** The trace of random packets in a cluster. */
function drawTrace(draw: Random, cluster: Cluster): TraceSource {
  const addresses = { 4: addressesOf(cluster, 4), 6: addressesOf(cluster, 6) };
  const packets = Array.from({ length: 25 }, () => drawPacket(draw, cluster, addresses));
  const path = join(folder, 'trace.ndjson');
  writeFileSync(path, `${packets.map(record).join('\n')}\n`);
  return openTrace(path).value!;
}

const documentOf = (before: World, recommendation: Recommendation, kind: PolicyKind) =>
  summarizeRecommendation({
    version: '0',
    manifests: [],
    traces: [{ path: 'trace', records: 0, packets: 0 }],
    kind,
    namespaces: [],
    before,
    recommendation,
    wordsOf: () => '',
    skipped: [],
    omitted: 0,
    notes: [],
    warnings: [],
    assumptions: [],
  });

type Json = Record<string, unknown>;

/** The object without one rule, one peer of a rule or one port of it, each in turn. */
function* narrowed(object: Plain): Generator<Plain> {
  const copy = (): { spec: Record<string, Json[] | undefined> } => JSON.parse(JSON.stringify(object));
  for (const direction of ['ingress', 'egress']) {
    const rules = copy().spec[direction] ?? [];
    for (const [index, rule] of rules.entries()) {
      const without = copy();
      without.spec[direction]!.splice(index, 1);
      yield without as unknown as Plain;
      for (const list of ['from', 'to', 'ports']) {
        const members = rule[list];
        if (!Array.isArray(members) || members.length < 2) continue;
        for (const member of members.keys()) {
          const narrower = copy();
          (narrower.spec[direction]![index]![list] as unknown[]).splice(member, 1);
          yield narrower as unknown as Plain;
        }
      }
    }
  }
}

function read(objects: readonly Plain[]): Cluster {
  const bytes = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
  return loadCluster([], { files: [{ name: 'x.json', bytes }] }).value;
}

const VARIANTS = [
  { cni: 'calico', kind: 'networkpolicy', calico: false },
  { cni: 'calico', kind: 'calico', calico: false },
  { cni: 'calico', kind: 'networkpolicy', calico: true },
  { cni: 'calico', kind: 'calico', calico: true },
  { cni: 'cilium', kind: 'networkpolicy', calico: false },
  { cni: 'kubernetes', kind: 'networkpolicy', calico: false },
] as const;

test.each(VARIANTS)(
  `a recommendation allows the trace, and nothing of it can go: $cni, $kind, other policies: $calico (SEED=${seed})`,
  async ({ cni, kind, calico }) => {
    const counts = { recommended: 0, rules: 0, refused: 0 };
    const rounds = drawn(5, 40);
    // A few clusters may have no flow that is left out.
    const goesOn = (round: number): boolean => Object.values(counts).includes(0) && round < 200;
    for (let round = 0; round < rounds || goesOn(round); round++) {
      const clusterSeed = (seed + round) >>> 0;
      const draw = random(clusterSeed);
      const cluster = calico
        ? drawCalicoCluster(draw, { admin: false, hosts: draw.chance(0.3) })
        : drawCluster(draw, (namespaces) => (draw.chance(0.5) ? drawNetworkPolicies(draw, namespaces) : []));
      const world = createWorld(cluster, cniProfile(cni)!);
      const source = drawTrace(draw, cluster);
      const where = `SEED=${clusterSeed}, ${cni}, ${kind}`;
      const includeDenied = draw.chance(0.7);
      const { flows, result } = await replayFlows([source], world, { pool, includeDenied });
      const input = { world, flows, kind, isolateRest: draw.chance(0.2), outside: {} };
      const found = recommend(input);
      const document = documentOf(world, found, kind);

      // Every connection of the trace is somewhere.
      const { total, recommended, no_rule_needed, elsewhere, left_out } = document.flows;
      const tallied = [...result.admitted, ...result.refused].reduce((sum, { packets }) => sum + packets, 0);
      expect(total.packets, where).toBe(tallied);
      const parts = [recommended, no_rule_needed, elsewhere, left_out];
      expect(
        parts.reduce((sum, one) => sum + one.packets, 0),
        where,
      ).toBe(tallied);

      // What is printed is what was checked.
      const yaml = recommendYaml(document);
      const printed = loadCluster([], { files: [{ name: 'x.yaml', bytes: Buffer.from(yaml) }] });
      expect(printed.diagnostics, `${where}\n${yaml}`).toEqual([]);
      const objects = found.policies.map((policy) => policyObject(policy, kind));
      const bare = (value: Cluster) =>
        JSON.stringify([value.networkPolicies, value.calicoPolicies], (key, member) =>
          key === 'at' ? undefined : member,
        );
      expect(bare(printed.value), where).toBe(bare(read(objects)));

      // A replay denies nothing that is recommended.
      expect(found.denied, where).toEqual([]);
      const again = await replayFlows([source], found.world, { pool, includeDenied: true });
      const wanted = new Set(found.recommended.map(({ text }) => text));
      const free = new Set([...wanted, ...found.noRuleNeeded.map(({ text }) => text)]);
      const spared = new Set(found.leftOut.map(({ flow }) => flow.text));
      for (const { text, count } of again.flows)
        if (free.has(text) && !spared.has(text))
          expect(count?.verdict, `${where}: ${text} ${count?.reason}\n${yaml}`).toBe('allow');

      // Nothing can go.
      for (const [index, object] of objects.entries())
        for (const narrower of narrowed(object)) {
          const others = objects.map((one, place) => (place === index ? narrower : one));
          const policies = read(others);
          const { networkPolicies, calicoPolicies } = found.replaced;
          const less = createWorld(
            {
              ...cluster,
              networkPolicies: [
                ...cluster.networkPolicies.filter((one) => !networkPolicies.includes(one)),
                ...policies.networkPolicies,
              ],
              calicoPolicies: [
                ...cluster.calicoPolicies.filter((one) => !calicoPolicies.includes(one)),
                ...policies.calicoPolicies,
              ],
            },
            world.profile,
          );
          const isMissed = found.recommended.some(({ firstPackets }) =>
            firstPackets.some((packet) => judge(packet, less).verdict !== 'allow'),
          );
          if (!isMissed)
            expect.fail(`${where}: in vain\n${JSON.stringify(object)}\nnot in\n${JSON.stringify(narrower)}`);
        }
      counts.recommended += found.recommended.length;
      counts.refused += found.leftOut.length;
      counts.rules += document.policies.reduce((sum, { rules }) => sum + rules.length, 0);
    }
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  },
);
