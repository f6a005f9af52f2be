/**
 * Who can talk to whom, held against the judge: of random worlds every pair of pods, of nodes and of addresses outside, by the packets at both
 * ends of every range of ports that a cell holds, and at ports drawn at random. A cell has exactly the verdicts of its pairs.
 */
import { expect, test } from 'vitest';
import { compileSide } from '../../src/analysis/diff/diff-worlds.ts';
import { type MatrixRequest, matrixCells } from '../../src/analysis/matrix/matrix-cells.ts';
import { NO_STATES } from '../../src/analysis/matrix/matrix-fold.ts';
import type { Party, PartyFilter } from '../../src/analysis/matrix/matrix-parties.ts';
import { maskOf, type PortStates } from '../../src/analysis/matrix/port-states.ts';
import { type Address, addressKey, formatAddress, sameAddress } from '../../src/net/address.ts';
import { hostCidr } from '../../src/net/cidr.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import { CALICO } from '../../src/policy/cni/calico.ts';
import type { CniProfile } from '../../src/policy/cni/profile.ts';
import { cniProfile } from '../../src/policy/cni/profiles.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { judge } from '../../src/policy/judge/judge.ts';
import { createWorld, type World } from '../../src/policy/world.ts';
import { portGroup } from '../../src/tables/port-maps.ts';
import { REASONS, VERDICTS } from '../../src/tables/verdict.ts';
import { drawCalicoCluster, type Features } from '../random/calico-cluster.ts';
import { drawn } from '../random/depth.ts';
import { chosenSeed, type Random, random } from '../random/mulberry.ts';
import { addressesOf } from '../random/packets.ts';
import { drawProfile } from '../random/profiles.ts';

const seed = chosenSeed();
const CLUSTERS = Number(process.env.CLUSTERS ?? drawn(3, 12));

type Variant = Features & { readonly name: string; readonly cni: (draw: Random) => CniProfile };

const VARIANTS: readonly Variant[] = [
  { name: 'Calico', admin: true, hosts: false, cni: () => CALICO },
  { name: 'Calico with hosts', admin: true, hosts: true, cni: () => CALICO },
  { name: 'the API', admin: true, hosts: false, cni: () => cniProfile('kubernetes')! },
  { name: 'any knobs', admin: true, hosts: false, cni: drawProfile },
  { name: 'Cilium', admin: true, hosts: true, cni: () => cniProfile('cilium')! },
];

const PROTOCOLS = [TCP, UDP, SCTP];

interface Pair {
  readonly from: Address;
  readonly to: Address;
}

/** What the judge says of one packet between each of several pairs of addresses, joined; undefined where none can be sent. */
function judged(world: World, pairs: readonly Pair[], packet: Omit<FirstPacket, 'source' | 'destination'>) {
  const fitting = pairs.filter(
    ({ from }) => packet.icmp === undefined || (packet.protocol === ICMP) === (from.family === 4),
  );
  if (fitting.length === 0) return undefined;
  return fitting.reduce((bits, { from, to }) => {
    const { verdict, reason } = judge({ ...packet, source: from, destination: to }, world);
    return bits | maskOf(VERDICTS.indexOf(verdict), REASONS.indexOf(reason));
  }, 0);
}

/** What a cell says of a packet. */
function maskAt(
  { ranges }: PortStates,
  packet: Omit<FirstPacket, 'source' | 'destination'>,
): number | undefined {
  const group = portGroup(packet.protocol);
  const key =
    packet.icmp === undefined
      ? group === 5
        ? packet.protocol
        : packet.destinationPort!
      : packet.icmp.type * 256 + packet.icmp.code;
  const source = group <= 2 ? packet.sourcePort! : 0;
  const found = ranges.filter(
    (one) =>
      one.group === group &&
      one.first <= key &&
      one.last >= key &&
      one.firstSource <= source &&
      one.lastSource >= source,
  );
  expect(found.length).toBeLessThan(2);
  return found[0]?.mask;
}

/** Packets at both ends of every range, and some drawn. */
function packetsOf(draw: Random, { ranges }: PortStates): Omit<FirstPacket, 'source' | 'destination'>[] {
  const atEnds = ranges.flatMap(({ group, first, last, firstSource, lastSource }) =>
    [
      [first, firstSource],
      [last, lastSource],
    ].map(([key = 0, sourcePort = 0]) => {
      if (group <= 2) return { protocol: PROTOCOLS[group]!, destinationPort: key, sourcePort };
      if (group === 5) return { protocol: key };
      return { protocol: group === 3 ? ICMP : ICMPV6, icmp: { type: key >> 8, code: key & 255 } };
    }),
  );
  const others = Array.from({ length: 3 }, () => ({
    protocol: draw.pick(PROTOCOLS),
    destinationPort: draw.pick([53, 80, 8080, 443, 9090, 31_111]),
    sourcePort: draw.pick([53, 40_000]),
  }));
  return [...atEnds, ...others];
}

/** The addresses that a party speaks from, and those that it is reached at. */
function addressesAt(world: World, { kind, name, pods }: Party): readonly Address[] {
  if (kind === 'pods')
    return pods.flatMap((pod) =>
      pod.addresses.filter((address) => world.book.facts.get(addressKey(address))?.owner?.pod === pod),
    );
  if (kind === 'nodes')
    return [...world.book.facts.values()].flatMap(({ node, owner, address }) =>
      owner?.pod === undefined && `node:${node?.name}` === name ? [address] : [],
    );
  return [];
}

function pairsOf(world: World, from: Party, to: Party, strangers: ReadonlyMap<string, Address>): Pair[] {
  const at = (party: Party): readonly Address[] => {
    const stranger = strangers.get(party.name);
    return party.kind === 'outside' ? (stranger === undefined ? [] : [stranger]) : addressesAt(world, party);
  };
  const ownerOf = (address: Address): unknown => world.book.facts.get(addressKey(address))?.owner?.pod;
  return at(from).flatMap((one) =>
    at(to).flatMap((other) => {
      const isOwn =
        sameAddress(one, other) || (ownerOf(one) !== undefined && ownerOf(one) === ownerOf(other));
      return one.family === other.family && !isOwn ? [{ from: one, to: other }] : [];
    }),
  );
}

/** Compares one world; how many packets were allowed in part or whole, and how many were not. */
function examine({ cni, ...features }: Variant, clusterSeed: number, counts: Map<string, number>): void {
  const draw = random(clusterSeed);
  const cluster = drawCalicoCluster(draw, features);
  const world = createWorld(cluster, cni(draw));
  const side = compileSide(world);
  const where = `SEED=${clusterSeed}, ${features.name}`;
  const isFree = (address: Address): boolean => !world.book.facts.has(addressKey(address));
  const free = [...addressesOf(cluster, 4), ...addressesOf(cluster, 6)].filter(isFree);
  const strangers = new Map(free.slice(-6).map((address) => [formatAddress(address), address]));
  const filters: PartyFilter[] = [
    { kind: 'cidr', cidr: { network: { family: 4, words: [0, 0, 0, 0] }, prefixBits: 0 } },
    { kind: 'cidr', cidr: { network: { family: 6, words: [0, 0, 0, 0] }, prefixBits: 0 } },
    ...cluster.nodes.map(({ name }): PartyFilter => ({ kind: 'node', name })),
    ...[...strangers.values()].map((address): PartyFilter => ({ kind: 'cidr', cidr: hostCidr(address) })),
  ];
  const by = draw.pick(['pod', 'pod', 'workload', 'namespace'] as const);
  const request: MatrixRequest = { by, from: filters, to: filters };
  const cells = matrixCells(side, request);
  const known = new Map(
    [...strangers].map(([text, address]) => [`${text}/${address.family === 4 ? 32 : 128}`, address]),
  );
  for (const { from, states } of cells.each())
    states.forEach((state, index) => {
      const one = state === NO_STATES ? undefined : cells.states[state];
      const to = cells.columns[index]!;
      const isBlock = (party: Party): boolean => party.kind === 'outside' && !known.has(party.name);
      if (isBlock(from) || isBlock(to) || (from.kind === 'outside' && to.kind === 'outside')) return;
      const pairs = pairsOf(world, from, to, known);
      if (pairs.length === 0) {
        expect(one, `${where}: ${from.name} to ${to.name}`).toBeUndefined();
        return;
      }
      const isVirtual = (packet: Omit<FirstPacket, 'source' | 'destination'>): boolean =>
        pairs.some(({ to: { ...address } }) =>
          world.book.facts
            .get(addressKey(address))
            ?.virtualPorts.some(
              ({ protocol, port }) => protocol === packet.protocol && port === packet.destinationPort,
            ),
        );
      for (const packet of packetsOf(draw, one!)) {
        if (isVirtual(packet)) continue;
        const expected = judged(world, pairs, packet);
        const found = maskAt(one!, packet);
        counts.set(`${expected}`, (counts.get(`${expected}`) ?? 0) + 1);
        if (found !== expected)
          expect(found, `${where}, by ${by}: ${from.name} to ${to.name}: ${JSON.stringify(packet)}`).toBe(
            expected,
          );
      }
    });
}

test.each(VARIANTS)(
  'a cell has the verdicts of the judge: $name',
  (variant) => {
    const counts = new Map<string, number>();
    // A few clusters may have policies that refuse nothing.
    for (let index = 0; index < CLUSTERS || (counts.size < 2 && index < 100); index++)
      examine(variant, (seed + index) >>> 0, counts);
    const text = [...counts].map(([mask, count]) => `${mask}: ${count}`).join(', ');
    console.log(`matrix: SEED=${seed}, ${variant.name}: packets by verdicts ${text}`);
    expect(counts.size).toBeGreaterThan(1);
  },
  120_000,
);

test.each(VARIANTS)(
  'and so has one of a Service, at its ports: $name',
  ({ cni, ...features }) => {
    let asked = 0;
    for (let index = 0; index < CLUSTERS; index++) {
      const draw = random((seed + index) >>> 0);
      const world = createWorld(drawCalicoCluster(draw, features), cni(draw));
      const cells = matrixCells(compileSide(world), { by: 'pod', from: [], to: [{ kind: 'services' }] });
      const ports = [...world.book.facts.values()].flatMap(({ owner, virtualPorts }) =>
        owner?.pod === undefined ? virtualPorts.filter(({ kind }) => kind !== 'node-port') : [],
      );
      for (const { from, states } of cells.each())
        states.forEach((state, column) => {
          const one = state === NO_STATES ? undefined : cells.states[state];
          const to = cells.columns[column]!;
          const own = ports.filter(
            ({ service }) => `service:${service.namespace}/${service.name}` === to.name,
          );
          for (const { protocol, port } of own) {
            const alike = own.filter((other) => other.protocol === protocol && other.port === port);
            const pairs = addressesAt(world, from).flatMap((source) =>
              alike.flatMap(({ address }) =>
                address.family === source.family ? [{ from: source, to: address }] : [],
              ),
            );
            if (pairs.length === 0) continue;
            const packet = { protocol, destinationPort: port, sourcePort: draw.pick([53, 40_000]) };
            const place = `SEED=${seed + index}, ${features.name}: ${from.name} to ${to.name}: ${JSON.stringify(packet)}`;
            expect(one === undefined ? undefined : maskAt(one, packet), place).toBe(
              judged(world, pairs, packet),
            );
            asked++;
          }
        });
    }
    console.log(`matrix: SEED=${seed}, ${features.name}: ${asked} ports of services`);
  },
  120_000,
);
