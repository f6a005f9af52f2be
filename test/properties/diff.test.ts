/**
 * Two sets compared over all new packets, held against the judge: of random pairs of worlds, random packets and the packets of every
 * class. A packet that the judge finds otherwise lies in exactly one area with that change, and one that it finds alike in none.
 */
import { expect, test } from 'vitest';
import { ANY_RELATION, type Rectangle } from '../../src/analysis/diff-fold.ts';
import { firstPacketOf } from '../../src/analysis/diff-knobs.ts';
import { compareWorlds, compileSide } from '../../src/analysis/diff-worlds.ts';
import { jointClasses, relationOf } from '../../src/analysis/joint-classes.ts';
import { jointWorlds } from '../../src/analysis/joint-worlds.ts';
import { formatAddress, sameAddress } from '../../src/net/address.ts';
import { DISCOVERY_FIRST, DISCOVERY_LAST, DISCOVERY_REPORT } from '../../src/net/protocol-layout.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld } from '../../src/policy/world.ts';
import { lookupTrie4, lookupTrie6 } from '../../src/tables/address-trie.ts';
import { SECTION_TRIE4, SECTION_TRIE6 } from '../../src/tables/directory-layout.ts';
import { portGroup } from '../../src/tables/program-tables.ts';
import { sectionOf, type Tables } from '../../src/tables/tables.ts';
import { VERDICTS } from '../../src/tables/verdict.ts';
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

function entryOf({ bytes }: Tables, packet: FirstPacket, side: 'source' | 'destination'): number {
  const { family, words } = packet[side];
  return family === 4
    ? lookupTrie4(sectionOf({ bytes }, SECTION_TRIE4), words[0])
    : lookupTrie6(sectionOf({ bytes }, SECTION_TRIE6), words);
}

/** Whether a packet is in the space that is enumerated: all of its fields are known, and its protocol is of its family. */
function isAsked({ source, destination, protocol, sourcePort, destinationPort, icmp }: FirstPacket): boolean {
  if (sameAddress(source, destination)) return false;
  const group = portGroup(protocol);
  if (group <= 2)
    return destinationPort !== undefined && sourcePort !== undefined && destinationPort > 0 && sourcePort > 0;
  if (group === 5) return true;
  if (icmp === undefined || (group === 3) !== (source.family === 4)) return false;
  const isDiscovery = icmp.type >= DISCOVERY_FIRST && icmp.type <= DISCOVERY_LAST;
  return protocol === 1 || !(isDiscovery || icmp.type === DISCOVERY_REPORT);
}

const keyOf = ({ protocol, destinationPort, icmp }: FirstPacket): number => {
  if (icmp !== undefined) return icmp.type * 256 + icmp.code;
  return portGroup(protocol) === 5 ? protocol : destinationPort!;
};

/** Compares one pair of worlds; how many packets differed. */
function examine({ cnis, ...features }: Variant, clusterSeed: number): number {
  const draw = random(clusterSeed);
  const cluster = drawCalicoCluster(draw, features);
  const other = changed(draw, cluster, drawCalicoCluster(draw, features));
  const [one, two] = cnis(draw);
  const before = compileSide(createWorld(cluster, one));
  const after = compileSide(createWorld(other, two));
  const changes: string[] = [];
  const { families, sets } = compareWorlds(before, after, (was, is) => {
    const text = `${VERDICTS[was.verdict]} → ${VERDICTS[is.verdict]}`;
    return changes.includes(text) ? changes.indexOf(text) : changes.push(text) - 1;
  });
  const worlds = jointWorlds(before, after);
  const where = `SEED=${clusterSeed}, ${features.name}`;
  const textOf = (packet: FirstPacket): string =>
    `${where}: ${JSON.stringify({ ...packet, source: formatAddress(packet.source), destination: formatAddress(packet.destination) })}`;

  const areasAround = (packet: FirstPacket): string[] => {
    const { points, rectangles } = families[packet.source.family === 4 ? 0 : 1]!;
    const at = (side: 'source' | 'destination'): number => {
      const [left, right] = [entryOf(before.tables, packet, side), entryOf(after.tables, packet, side)];
      return points.findIndex((point) => point.before === left && point.after === right);
    };
    const [from, to] = [at('source'), at('destination')];
    const relation = relationOf(worlds.entries, points[from]!, points[to]!);
    const holds = (lists: readonly (readonly number[])[], point: number): boolean =>
      lists.some((list) => list.includes(point));
    return rectangles
      .filter(({ sources, destinations }: Rectangle) => holds(sources, from) && holds(destinations, to))
      .flatMap(({ items }) => items)
      .filter((item) => item.relation === ANY_RELATION || item.relation === relation)
      .filter((item) =>
        item.sets
          .flatMap((set) => sets.sets[set]!)
          .some(({ group, first, last, firstSource, lastSource }) => {
            const [key, source] = [keyOf(packet), group <= 2 ? packet.sourcePort! : 0];
            return (
              group === portGroup(packet.protocol) &&
              key >= first &&
              key <= last &&
              source >= firstSource &&
              source <= lastSource
            );
          }),
      )
      .map(({ change }) => changes[change]!);
  };

  let differing = 0;
  const check = (packet: FirstPacket): void => {
    const [was, is] = [judge(packet, before.world).verdict, judge(packet, after.world).verdict];
    if (was !== is) differing++;
    const expected = was === is ? [] : [`${was} → ${is}`];
    const found = areasAround(packet);
    if (found.join() !== expected.join()) expect(found, textOf(packet)).toEqual(expected);
  };
  const addresses = { 4: [...addressesOf(cluster, 4), ...addressesOf(other, 4)], 6: addressesOf(cluster, 6) };
  for (let index = 0; index < PACKETS; index++) {
    // Where a trace tells that a packet went is nothing that a new packet has.
    const { translated: _, ...packet } = drawPacket(draw, draw.chance(0.5) ? cluster : other, addresses);
    if (isAsked(packet)) check(packet);
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
        if (draw.chance(0.3) && isAsked(packet)) check(packet);
      }
    for (const { items } of families.flatMap(({ rectangles }) => rectangles))
      for (const { example, change } of items) {
        const packet = firstPacketOf(example);
        const found = `${judge(packet, before.world).verdict} → ${judge(packet, after.world).verdict}`;
        if (found !== changes[change]) expect(found, textOf(packet)).toBe(changes[change]);
      }
  }
  return differing;
}

test.each(VARIANTS)(
  'what the judge finds otherwise is what is enumerated: $name',
  (variant) => {
    let differing = 0;
    for (let index = 0; index < CLUSTERS; index++) differing += examine(variant, (seed + index) >>> 0);
    console.log(`diff: SEED=${seed}, ${variant.name}: ${differing} packets differed`);
    if (process.env.CLUSTERS === undefined) expect(differing).toBeGreaterThan(10);
  },
  120_000,
);
