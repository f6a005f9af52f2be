/**
 * Cilium's policies: judge and classifier agree on random clusters that hold them beside NetworkPolicies, and what they say at a pod is what
 * an evaluator of the API objects says that knows nothing of the model. `SEED=` repeats a run.
 */
import { expect, test } from 'vitest';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { factsAbout } from '../../src/policy/addresses/address-book.ts';
import { CILIUM, CILIUM_LEGACY } from '../../src/policy/cni/cilium.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { beginWalk, seenPacket } from '../../src/policy/judge/packet-walk.ts';
import { walkHook } from '../../src/policy/judge/walk-hook.ts';
import { createWorld } from '../../src/policy/world.ts';
import { ciliumSays } from '../policy/cilium-meaning.ts';
import { drawCiliumCluster } from '../random/cilium-policies.ts';
import { PORTS } from '../random/cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { drawNetworkPolicies } from '../random/network-policies.ts';
import { addressesOf } from '../random/packets.ts';
import { drawProfile } from '../random/profiles.ts';
import { Counts, compareCluster } from './comparison.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(40, 100));
const PACKETS = 60;

const withSome = (draw: Random) => (namespaces: readonly string[]) =>
  drawNetworkPolicies(draw, namespaces).slice(0, draw.below(3));

test.each([CILIUM, CILIUM_LEGACY])('judge and classifier agree under $name', (profile: CniProfile) => {
  const counts = new Counts();
  for (let index = 0; index < CLUSTERS; index++) {
    const draw = random(seed + index);
    const cluster = drawCiliumCluster(draw, withSome(draw));
    compareCluster(cluster, profile, draw, PACKETS, counts, `SEED=${seed + index}, ${profile.name}`);
  }
  console.log(`Cilium: SEED=${seed}, ${counts.packets} packets: ${counts.text('verdict ')}`);
});

test('judge and classifier agree under any knobs', () => {
  const counts = new Counts();
  for (let index = 0; index < CLUSTERS; index++) {
    const draw = random(seed + 3_000_000 + index);
    const cluster = drawCiliumCluster(draw, withSome(draw));
    const drawn = drawProfile(draw);
    const profile: CniProfile = { ...drawn, enforces: [...drawn.enforces, 'Cilium'] };
    compareCluster(cluster, profile, draw, PACKETS, counts, `SEED=${seed + index}, drawn knobs`);
  }
});

test('the model says what an evaluator of the API objects says', () => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 2 * CLUSTERS; index++) {
    const draw = random(seed + index);
    const cluster = drawCiliumCluster(draw, () => []);
    const world = createWorld(cluster, { ...CILIUM, podGuards: [] });
    for (const endpoint of world.book.endpoints)
      for (const own of endpoint.addresses) {
        // Names of ports are those of every pod at an address that is not one pod's alone.
        if (factsAbout(world.book, own).holders.length > 1) continue;
        const peers = addressesOf(cluster, own.family);
        for (let asked = 0; asked < 8; asked++) {
          const direction = draw.pick(['ingress', 'egress'] as const);
          const peer = draw.pick(peers);
          const protocol = draw.pick([TCP, TCP, TCP, UDP, SCTP, own.family === 4 ? ICMP : ICMPV6]);
          const known =
            protocol === ICMP || protocol === ICMPV6
              ? { icmp: { type: draw.pick([0, 1, 3, 8, 128]), code: 0 } }
              : { port: draw.pick([...PORTS, 100, 7]) };
          const [source, destination] = direction === 'ingress' ? [peer, own] : [own, peer];
          const { icmp, port } = { icmp: undefined, port: undefined, ...known };
          const packet = {
            source,
            destination,
            protocol,
            ...(icmp && { icmp }),
            ...(port && { destinationPort: port }),
          };
          const target = { address: destination, ...(port && { port }) };
          const seen = seenPacket(beginWalk(packet, target, world), { source, destination: 'target' });
          const { verdict, tiers } = walkHook(direction, endpoint, seen, world);
          const says = ciliumSays({ direction, pod: endpoint.pod!, peer, protocol, ...known }, cluster);
          counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
          const where = `SEED=${seed + index}, ${direction} of ${endpoint.name}, ${JSON.stringify(packet)}: ${JSON.stringify(tiers, null, 1)}`;
          if (verdict !== says) expect(verdict, where).toBe(says);
        }
      }
  }
  console.log(`SEED=${seed}`, counts);
  expect([...counts.keys()].sort()).toEqual(['allow', 'deny', 'undetermined']);
});
