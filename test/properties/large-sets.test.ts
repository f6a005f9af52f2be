/**
 * Judge and classifier on sets of a size that small random clusters never have: thousands of pods, hundreds of policies,
 * blocks by the ten thousand, of which some lie in each other and in several policies. Flows that were planned must also be
 * answered as they were planned. `SEED=` repeats a run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type PolicySet, planPolicies } from '../../src/generate/policy-set.ts';
import { requestOf } from '../../src/generate/request.ts';
import { drawTopology } from '../../src/generate/topology.ts';
import { generateFlows } from '../../src/generate/traffic.ts';
import { writeGenerated } from '../../src/generate/write.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import type { Address } from '../../src/net/address.ts';
import { cidrOf } from '../../src/net/cidr.ts';
import type { NetworkPolicyPeer } from '../../src/policy/api/network-policy.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { createClassifier } from '../classifier.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { classifiedText, judgedText, packetText } from './agreement.ts';

const seed = chosenSeed();
const SIZE = { pods: 2000, policies: 500, cidrs: 20_000 };
const PLANNED = 1500;
const DRAWN = 1500;

const folder = mkdtempSync(join(tmpdir(), 'large-sets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ipv4 = (word: number): Address => ({ family: 4, words: [word >>> 0, 0, 0, 0] });

/** The generated blocks are apart; a peer more for some policies, around or inside of blocks that others name. */
function overlapping(cluster: Cluster, draw: Random): Cluster {
  const peer = (from: NetworkPolicyPeer): NetworkPolicyPeer => {
    const near = ipv4(0x40000000 + draw.below(SIZE.cidrs * 256));
    const bits = 12 + draw.below(19);
    const except = draw.chance(0.5) ? [cidrOf(near, Math.min(32, bits + 1 + draw.below(6)))] : [];
    return { ...from, ipBlock: { cidr: cidrOf(near, bits), except } };
  };
  return {
    ...cluster,
    networkPolicies: cluster.networkPolicies.map((policy) => ({
      ...policy,
      ingress: policy.ingress.map((rule) => {
        const last = rule.peers.findLast(({ ipBlock }) => ipBlock !== undefined);
        if (last === undefined || draw.chance(0.7)) return rule;
        return { ...rule, peers: [...rule.peers, peer(last), last] };
      }),
    })),
  };
}

function plannedPackets(set: PolicySet): { packet: FirstPacket; admitted: boolean }[] {
  const { traffic } = requestOf({ ...SIZE, flows: PLANNED, stray: 0.3, scans: 0.05, seed });
  return [...generateFlows(set, traffic)].map((flow) => ({
    packet: {
      source: ipv4(flow.source),
      destination: ipv4(flow.destination),
      protocol: flow.protocol,
      sourcePort: flow.sourcePort,
      destinationPort: flow.destinationPort,
    },
    admitted: flow.admitted,
  }));
}

/** Packets to pods, from anywhere near the blocks and from other pods, on ports that policies know. */
function drawnPackets(draw: Random, cluster: Cluster): FirstPacket[] {
  const pods = cluster.pods.flatMap(({ addresses }) => addresses);
  const ports = [...new Set(cluster.pods.flatMap((pod) => pod.ports.map(({ port }) => port))), 53, 20_005];
  return Array.from({ length: DRAWN }, () => {
    const outside = ipv4(0x40000000 + draw.below((SIZE.cidrs + 8) * 256));
    return {
      source: draw.chance(0.7) ? outside : draw.pick(pods),
      destination: draw.chance(0.9) ? draw.pick(pods) : outside,
      protocol: draw.pick([6, 6, 6, 17, 132]),
      sourcePort: 1024 + draw.below(60_000),
      destinationPort: draw.chance(0.9) ? draw.pick(ports) : draw.below(65_536),
    };
  });
}

test.each([
  ['kubernetes', CALICO],
  ['kubernetes', KUBERNETES],
  ['calico', CALICO],
] as const)('2,000 pods, 500 policies of %s and 20,000 blocks', { timeout: 120_000 }, (kind, profile) => {
  const request = requestOf({ ...SIZE, kind, flows: 1, seed });
  const into = join(folder, `${kind}-${profile.name}`);
  writeGenerated(into, request);
  const { value, diagnostics } = loadCluster([join(into, 'cluster.json'), join(into, 'policies.json')]);
  expect(diagnostics).toEqual([]);
  const where = `SEED=${seed}`;

  const set = planPolicies(drawTopology(request.cluster), request.policies);
  const planned = plannedPackets(set);
  const plain = createClassifier(createWorld(value, profile));
  const verdicts = plain.classifyAll(planned.map(({ packet }) => packet)).map(({ verdict }) => verdict);
  expect(verdicts, where).toEqual(planned.map(({ admitted }) => (admitted ? 'allow' : 'deny')));

  const draw = random(seed);
  const cluster = overlapping(value, draw);
  const world = createWorld(cluster, profile);
  const packets = [...planned.map(({ packet }) => packet), ...drawnPackets(draw, cluster)];
  const found = createClassifier(world).classifyAll(packets);
  packets.forEach((packet, index) => {
    const expected = judgedText(judge(packet, world), packet);
    expect(classifiedText(found[index]!, packet), `${where}: ${packetText(packet)}`).toBe(expected);
  });
});
