/**
 * The meaning of policy stands twice; here both read the same random clusters, policies and packets, and must agree on
 * verdict, reason, hook, decider and judged destination. `SEED=` repeats a run; the seed of a failure is printed.
 */
import { expect, test } from 'vitest';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { KUBERNETES } from '../../src/policy/cni/kubernetes.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import type { Governed } from '../../src/policy/policy.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { createClassifier } from '../classifier.ts';
import { drawCluster } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';
import { drawProfile } from '../random/profiles.ts';
import { drawGoverned } from '../random/rules.ts';
import { classifiedText, judgedText, packetText } from './agreement.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(40, 100));
const PACKETS = 60;

/** Judges and classifies packets between the addresses of a world. */
function examine(world: World, draw: Random, counts: Map<string, number>, where: string): void {
  const { classifyAll } = createClassifier(world);
  const addresses = { 4: addressesOf(world.cluster, 4), 6: addressesOf(world.cluster, 6) };
  const packets: FirstPacket[] = Array.from({ length: PACKETS }, () =>
    drawPacket(draw, world.cluster, addresses),
  );
  const found = classifyAll(packets);
  packets.forEach((packet, index) => {
    const expected = judge(packet, world);
    expect(expected.open !== undefined, `${where}: ${packetText(packet)}`).toBe(
      expected.verdict === 'unspecified',
    );
    const key = `${expected.verdict} ${expected.reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const answer = classifiedText(found[index]!, packet);
    expect(answer, `${where}: ${packetText(packet)}`).toBe(judgedText(expected, packet));
  });
}

function report(title: string, counts: ReadonlyMap<string, number>): void {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts]
    .sort(([, left], [, right]) => right - left)
    .map(([key, count]) => `${key} ${count}`);
  console.log(`${title}: SEED=${seed}, ${total} packets: ${parts.join(', ')}`);
}

test.each([CALICO, KUBERNETES])('NetworkPolicy under $name', (profile: CniProfile) => {
  const counts = new Map<string, number>();
  for (let index = 0; index < CLUSTERS; index++) {
    const draw = random(seed + index);
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    examine(createWorld(cluster, profile), draw, counts, `SEED=${seed + index}, first cluster`);
  }
  report(`NetworkPolicy, ${profile.name}`, counts);
});

test('NetworkPolicy under any knobs', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < CLUSTERS; index++) {
    const draw = random(seed + 2_000_000 + index);
    const cluster = drawCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces));
    const profile = drawProfile(draw);
    examine(createWorld(cluster, profile), draw, counts, `SEED=${seed + index}, first cluster`);
  }
  report('NetworkPolicy, drawn knobs', counts);
});

test.each([CALICO, KUBERNETES])('every field of the policy model under $name', (profile: CniProfile) => {
  const counts = new Map<string, number>();
  for (let index = 0; index < CLUSTERS; index++) {
    const draw = random(seed + 1_000_000 + index);
    const cluster = drawCluster(draw, () => []);
    const world = createWorld(cluster, profile);
    const kinds: Governed[] = [drawGoverned(draw), drawGoverned(draw), drawGoverned(draw)];
    const chosen = world.book.endpoints.map(() => ({ ingress: draw.pick(kinds), egress: draw.pick(kinds) }));
    const resolved = {
      ...world.resolved,
      governing: ({ index: at }: { index: number }, direction: 'ingress' | 'egress') =>
        chosen[at]![direction],
    };
    examine({ ...world, resolved }, draw, counts, `SEED=${seed + index}, first cluster`);
  }
  report(`the whole model, ${profile.name}`, counts);
});
