/**
 * Suggested rules on random clusters under random CNIs: laid over the cluster as `--add` does it, the judge allows the flow; without
 * any one of them it does not; and unless it is said whom they isolate, nothing that was allowed before is refused. `SEED=` repeats a run.
 */
import { describe, expect, test } from 'vitest';
import { overlayCluster } from '../../src/analysis/overlay/overlay.ts';
import { suggestRules } from '../../src/analysis/suggestion/suggest.ts';
import type { Suggestion } from '../../src/analysis/suggestion/suggestion-document.ts';
import type { Flow } from '../../src/flow/flow.ts';
import { formatFlow } from '../../src/flow/notation.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import { hasPolicyPorts } from '../../src/net/protocol.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { judgeFlow } from '../../src/policy/judge/judge-flow.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { drawCalicoCluster } from '../random/calico-cluster.ts';
import { drawCiliumCluster } from '../random/cilium-policies.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { ANY_WORLD, API_WORLD, CALICO_WORLD, type DrawnWorld } from '../random/worlds.ts';
import { drawPackets } from './comparison.ts';

const VARIANTS: readonly DrawnWorld[] = [
  CALICO_WORLD,
  {
    name: 'Calico 3.31',
    cluster: (draw) => drawCalicoCluster(draw, { admin: true, hosts: false }),
    cni: () => cniProfile('calico@3.31')!,
  },
  {
    name: 'Calico with hosts',
    cluster: (draw) => drawCalicoCluster(draw, { admin: false, hosts: true }),
    cni: () => CALICO,
  },
  API_WORLD,
  {
    name: 'Cilium',
    cluster: (draw) => drawCiliumCluster(draw, (namespaces) => drawNetworkPolicies(draw, namespaces)),
    cni: () => cniProfile('cilium')!,
  },
  ANY_WORLD,
];

/** The flow of a packet, between addresses. */
function flowOf({ source, destination, protocol, destinationPort, icmp }: FirstPacket): Flow {
  return {
    protocol,
    source: { kind: 'address', address: source },
    destination: { kind: 'address', address: destination },
    ...(hasPolicyPorts(protocol) ? { destinationPort: destinationPort ?? '*' } : {}),
    ...(icmp === undefined ? {} : { icmp }),
  };
}

function worldWith({ cluster, profile }: World, objects: Suggestion['objects'], where: string): World {
  const { value, diagnostics } = loadCluster(['-'], { stdin: objects.map(({ yaml }) => yaml).join('---\n') });
  expect(
    diagnostics.filter(({ severity }) => severity === 'error'),
    where,
  ).toEqual([]);
  // Settings of Felix that are drawn come from no object, and are made anew of those that are.
  return createWorld({ ...overlayCluster(cluster, value, []).value, felix: cluster.felix }, profile);
}

interface Seen {
  possible: number;
  hopeless: number;
  several: number;
  readonly kinds: Set<string>;
  readonly whys: Map<string, number>;
}

function examine({ cluster: drawCluster, cni, name }: DrawnWorld, seed: number, seen: Seen): void {
  const draw = random(seed);
  const cluster = drawCluster(draw);
  const world = createWorld(cluster, cni(draw));
  const packets = drawPackets(draw, cluster, 60).map(
    ({ translated: _, sourcePort: __, ...packet }) => packet,
  );
  for (const packet of packets) {
    const flow = flowOf(packet);
    const { value: answer } = judgeFlow(flow, world);
    if (answer === undefined) continue;
    const where = `SEED=${seed} ${name}: ${formatFlow(flow)}`;
    const suggestion = suggestRules(flow, answer, world);
    expect(suggestion === null, where).toBe(answer.verdict !== 'deny');
    if (suggestion === null) continue;
    const { possible, why, objects } = suggestion;
    if (!possible) {
      expect([why !== '', objects], where).toEqual([true, []]);
      const kind = why.replaceAll(/[a-z0-9.:-]*[0-9/][a-z0-9./:-]*/g, '…');
      seen.whys.set(kind, (seen.whys.get(kind) ?? 0) + 1);
      seen.hopeless++;
      continue;
    }
    seen.possible++;
    if (objects.length > 1) seen.several++;
    for (const { kind, yaml } of objects) seen.kinds.add(`${/^apiVersion: ([^/]*)/.exec(yaml)![1]} ${kind}`);
    const after = worldWith(world, objects, where);
    expect(judgeFlow(flow, after).value!.verdict, where).toBe('allow');
    for (const object of objects) {
      const others = objects.filter((one) => one !== object);
      if (others.length > 0)
        expect(
          judgeFlow(flow, worldWith(world, others, where)).value!.verdict,
          `${where} without ${object.name}`,
        ).not.toBe('allow');
    }
    if (objects.some(({ isolates }) => isolates.length > 0)) continue;
    for (const other of packets) {
      if (judge(other, world).verdict !== 'allow') continue;
      const { verdict } = judge(other, after);
      if (verdict !== 'allow') expect(verdict, `${where} closes ${formatFlow(flowOf(other))}`).toBe('allow');
    }
  }
}

const seed = chosenSeed();

describe(`suggested rules (SEED=${seed})`, () => {
  test.each(VARIANTS)('allow what is denied, under $name', (variant) => {
    const seen: Seen = { possible: 0, hopeless: 0, several: 0, kinds: new Set(), whys: new Map() };
    const clusters = drawn(3, 60);
    // Some CNIs deny next to nothing.
    for (let index = 0; index < clusters || (seen.possible === 0 && index < 200); index++)
      examine(variant, seed + index, seen);
    if (process.env.SHOW !== undefined) console.log(variant.name, seen);
    expect(seen.possible).toBeGreaterThan(0);
  });
});
