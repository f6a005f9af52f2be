/**
 * Two sets compared over all new packets, held against the judge: of random pairs of worlds, random packets and the packets of every
 * class. A packet that the judge finds otherwise lies in exactly one area with that change, and one that it finds alike in none.
 */
import { expect, test } from 'vitest';
import { exampleOf } from '../../src/analysis/diff/diff-fold.ts';
import { firstPacketOf } from '../../src/analysis/diff/diff-knobs.ts';
import { compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import { jointClasses } from '../../src/analysis/joint/joint-classes.ts';
import { formatAddress } from '../../src/net/address.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { compareAreas, isEnumerated } from '../analysis/diff-areas.ts';
import { drawCalicoCluster, type Features } from '../random/calico-cluster.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { addressesOf, drawPacket } from '../random/packets.ts';
import { drawProfile } from '../random/profiles.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? 12);
const PACKETS = Number(process.env.PACKETS ?? 150);

type Variant = Features & {
  readonly name: string;
  readonly cnis: (draw: Random) => readonly [CniProfile, CniProfile];
};

const same = (profile: CniProfile) => () => [profile, profile] as const;
const VARIANTS: readonly Variant[] = [
  { name: 'Calico', admin: false, hosts: false, cnis: same(CALICO) },
  { name: 'Calico with hosts', admin: true, hosts: true, cnis: same(CALICO) },
  { name: 'the API', admin: true, hosts: false, cnis: same(cniProfile('kubernetes')!) },
  { name: 'two CNIs', admin: true, hosts: false, cnis: (draw) => [drawProfile(draw), drawProfile(draw)] },
  {
    name: 'Calico to Cilium',
    admin: true,
    hosts: true,
    cnis: () => [CALICO, cniProfile('cilium')!],
  },
];

/** The same cluster with other policies, and now and then without a pod or a service. */
function changed(draw: Random, cluster: Cluster, other: Cluster): Cluster {
  const some = <T>(list: readonly T[], left: number): T[] => list.filter(() => draw.chance(left));
  const isState = draw.chance(0.3);
  return {
    ...cluster,
    networkPolicies: some(cluster.networkPolicies, 0.7),
    adminPolicies: some(cluster.adminPolicies, 0.7),
    calicoPolicies: [
      ...some(cluster.calicoPolicies, 0.7),
      ...(draw.chance(0.2)
        ? some(
            other.calicoPolicies.filter(
              ({ name }) => !cluster.calicoPolicies.some((one) => one.name === name),
            ),
            0.3,
          )
        : []),
    ],
    pods: isState ? some(cluster.pods, 0.9) : cluster.pods,
    services: isState ? some(cluster.services, 0.9) : cluster.services,
    hostEndpoints: isState ? some(cluster.hostEndpoints, 0.8) : cluster.hostEndpoints,
  };
}

/** Compares one pair of worlds; how many packets differed. */
function examine({ cnis, ...features }: Variant, clusterSeed: number): number {
  const draw = random(clusterSeed);
  const cluster = drawCalicoCluster(draw, features);
  const other = changed(draw, cluster, drawCalicoCluster(draw, features));
  const [one, two] = cnis(draw);
  const before = compileSide(createWorld(cluster, one));
  const after = compileSide(createWorld(other, two));
  const { worlds, compared, changes, around } = compareAreas(before, after);
  const { families } = compared;
  const where = `SEED=${clusterSeed}, ${features.name}`;
  const textOf = (packet: FirstPacket): string =>
    `${where}: ${JSON.stringify({ ...packet, source: formatAddress(packet.source), destination: formatAddress(packet.destination) })}`;

  let differing = 0;
  const check = (packet: FirstPacket): void => {
    const [was, is] = [judge(packet, before.world).verdict, judge(packet, after.world).verdict];
    if (was !== is) differing++;
    const expected = was === is ? [] : [`${was} → ${is}`];
    const found = around(packet);
    if (found.join() !== expected.join()) expect(found, textOf(packet)).toEqual(expected);
  };
  const addresses = { 4: [...addressesOf(cluster, 4), ...addressesOf(other, 4)], 6: addressesOf(cluster, 6) };
  for (let index = 0; index < PACKETS; index++) {
    // Where a trace tells that a packet went is nothing that a new packet has.
    const { translated: _, ...packet } = drawPacket(draw, draw.chance(0.5) ? cluster : other, addresses);
    if (isEnumerated(packet)) check(packet);
  }
  // Every pair of classes by its own packets, at a port that some rule may name and at one that none does.
  for (const { points } of families) {
    const classes = jointClasses(points, worlds.entries);
    for (const source of classes.sources.classes)
      for (const destination of classes.destinations.classes) {
        const packet: FirstPacket = {
          source: points[draw.pick(source.members)]!.addresses[0]!,
          destination: points[draw.pick(destination.members)]!.addresses[0]!,
          protocol: draw.pick([6, 17, 132]),
          destinationPort: draw.pick([53, 80, 8080, 443, 9090, 31_111]),
          sourcePort: draw.pick([53, 40_000]),
        };
        if (draw.chance(0.3) && isEnumerated(packet)) check(packet);
      }
    for (const rectangle of families.flatMap(({ rectangles }) => rectangles))
      for (const item of rectangle.items) {
        const packet = firstPacketOf(exampleOf(rectangle, item));
        const found = `${judge(packet, before.world).verdict} → ${judge(packet, after.world).verdict}`;
        if (found !== changes[item.change]) expect(found, textOf(packet)).toBe(changes[item.change]);
      }
  }
  return differing;
}

test.each(VARIANTS)(
  'what the judge finds otherwise is what is enumerated: $name',
  (variant) => {
    const isWhole = process.env.CLUSTERS === undefined;
    let differing = 0;
    const goesOn = (index: number): boolean => isWhole && differing <= 10 && index < 10 * CLUSTERS;
    for (let index = 0; index < CLUSTERS || goesOn(index); index++)
      differing += examine(variant, (seed + index) >>> 0);
    console.log(`diff: SEED=${seed}, ${variant.name}: ${differing} packets differed`);
    if (isWhole) expect(differing).toBeGreaterThan(10);
  },
  120_000,
);
