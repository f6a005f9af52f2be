/**
 * Rules that are wider than a trace needed, of random clusters and the packets that these allow: with all narrower rules in their
 * place every packet of the trace has the verdict that it had, and no packet that was denied is allowed. `SEED=` repeats a run.
 */
import { expect, test } from 'vitest';
import { compareWorlds, compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import type { TraceFlow } from '../../src/analysis/recommend/trace-flows.ts';
import { traceUse, withNarrower } from '../../src/analysis/rules/narrower-rules.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { verdictChanges } from '../analysis/diff-areas.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawCluster } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(6, 60));
const PACKETS = 200;

const VARIANTS: readonly { readonly name: string; readonly cluster: (draw: Random) => Cluster }[] = [
  {
    name: 'NetworkPolicies',
    cluster: (draw) => drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces)),
  },
  { name: 'Calico', cluster: (draw) => drawCalicoCluster(draw, { admin: true, hosts: false }) },
];

test.each(VARIANTS)('narrower rules deny nothing of the trace: $name', ({ name, cluster: drawOne }) => {
  const counts = { flows: 0, wide: 0, narrower: 0, unused: 0, closed: 0 };
  // Wide rules that can be written again are rare among drawn ones.
  const goesOn = (index: number): boolean => counts.closed === 0 && index < 1000;
  for (let index = 0; index < CLUSTERS || goesOn(index); index++) {
    const where = `SEED=${(seed + index) >>> 0}, ${name}`;
    const draw = random((seed + index) >>> 0);
    const cluster = drawOne(draw);
    const world = createWorld(cluster, CALICO);
    const addresses = { 4: addressesOf(cluster, 4), 6: addressesOf(cluster, 6) };
    const flows = Array.from({ length: PACKETS }, (_, number): TraceFlow => {
      const { translated: __, ...packet } = drawPacket(draw, cluster, addresses);
      const sums = { connections: 1, packets: 1, bytes: 1 };
      return { text: `flow ${number}`, protocol: 'tcp', port: null, ...sums, firstPackets: [packet] };
    }).filter(({ firstPackets: [packet] }) => judge(packet!, world).verdict === 'allow');
    const { wide, unused } = traceUse(world, flows);
    const narrowed = createWorld(withNarrower(cluster, wide), CALICO);
    for (const { firstPackets } of flows)
      expect(judge(firstPackets[0]!, narrowed).verdict, `${where}: ${JSON.stringify(firstPackets)}`).toBe(
        'allow',
      );
    const { changes, numbers } = verdictChanges();
    compareWorlds(compileSide(world), compileSide(narrowed), numbers);
    expect(
      changes.filter((change) => change === 'deny → allow'),
      where,
    ).toEqual([]);
    counts.flows += flows.length;
    counts.wide += wide.length;
    counts.narrower += wide.filter(({ narrower }) => narrower.length > 0).length;
    counts.unused += unused.length;
    counts.closed += Number(changes.includes('allow → deny'));
  }
  console.log(`narrower rules: SEED=${seed}, ${name}: ${JSON.stringify(counts)}`);
  expect(counts.narrower).toBeGreaterThan(0);
  expect(counts.closed).toBeGreaterThan(0);
});
