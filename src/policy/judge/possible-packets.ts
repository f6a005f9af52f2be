/**
 * A packet with unknown fields stands for many. This gives one packet for every way in which the unknown fields can
 * matter: ranges of ports between the boundaries that rules, services and named ports draw, and ICMP types.
 */
import type { Address } from '../../net/address.ts';
import { hasPolicyPorts, isIcmp } from '../../net/protocol.ts';
import { DISCOVERY_FIRST, DISCOVERY_LAST, DISCOVERY_REPORT, ICMPV6 } from '../../net/protocol-layout.ts';
import { directionOf, HOST_HOOKS, type ProgramHook } from '../../tables/verdict.ts';
import { factsAbout } from '../addresses/address-book.ts';
import type { FirstPacket } from '../decision.ts';
import type { AddressFacts, Endpoint } from '../endpoints.ts';
import type { Direction, EntityMatch, Governed, RuleMatch } from '../policy.ts';
import type { World } from '../world.ts';
import { serviceTarget } from './service-target.ts';

/** In ascending order of the filled-in values; the packet alone when all that matters is known. */
export function possiblePackets(packet: FirstPacket, world: World): FirstPacket[] {
  const { protocol } = packet;
  if (isIcmp(protocol)) return packet.icmp ? [packet] : withIcmp(packet, world);
  if (!hasPolicyPorts(protocol)) return [packet];
  const destinations =
    packet.destinationPort === undefined
      ? destinationPortStarts(packet, world).map((destinationPort) => ({ ...packet, destinationPort }))
      : [packet];
  if (packet.sourcePort !== undefined) return destinations;
  return destinations.flatMap((known) => {
    const starts = sourcePortStarts(known, world);
    return starts.length === 0 ? [known] : starts.map((sourcePort) => ({ ...known, sourcePort }));
  });
}

/** The first port of every range of destination ports that nothing tells apart; ascending from 1. */
export function destinationPortStarts(packet: FirstPacket, world: World): number[] {
  const facts = factsAbout(world.book, packet.destination);
  const starts = new Set<number>([1]);
  for (const { port } of facts.virtualPorts) addRange(starts, port, port);
  for (const { destination } of rulesAbout(packet, [facts], world)) {
    addPorts(starts, destination);
    for (const port of servicePorts(destination, world)) addRange(starts, port, port);
  }
  for (const { namedPorts } of facts.holders) for (const { port } of namedPorts) addRange(starts, port, port);
  return sortedPorts(starts);
}

/** The same of source ports; empty when no rule asks for them. A rule may ask for one range of them all. */
function sourcePortStarts(packet: FirstPacket, world: World): number[] {
  const backends = serviceTarget(packet, world)?.backends ?? [];
  const targets = [
    packet.destination,
    ...(packet.translated === undefined ? [] : [packet.translated.address]),
    ...backends.map(({ address }) => address),
  ];
  const starts = new Set<number>();
  const holders = sourceAddresses(packet, world).flatMap(
    (address) => factsAbout(world.book, address).holders,
  );
  const rules = rulesAbout(
    packet,
    targets.map((address) => factsAbout(world.book, address)),
    world,
  );
  for (const { source } of rules) {
    addPorts(starts, source);
    if (source.namedPorts !== undefined || source.notNamedPorts !== undefined)
      for (const { namedPorts } of holders) for (const { port } of namedPorts) addRange(starts, port, port);
  }
  if (starts.size > 0) starts.add(1);
  return sortedPorts(starts);
}

/** Every rule and guard that the packet may meet: of both ends, and of the hosts on the way, whatever the way. */
function rulesAbout(
  packet: FirstPacket,
  targets: readonly AddressFacts[],
  { book, resolved }: World,
): RuleMatch[] {
  const source = factsAbout(book, packet.source);
  const asked: { endpoint: Endpoint; hooks: readonly ProgramHook[] }[] = [];
  if (source.owner !== undefined) asked.push({ endpoint: source.owner, hooks: ['egress'] });
  for (const { owner } of targets)
    if (owner !== undefined) asked.push({ endpoint: owner, hooks: ['ingress'] });
  const nodes = new Set([source, ...targets, factsAbout(book, packet.destination)].map(nodeNameOf));
  for (const node of nodes) {
    const { main, tunnel, pods } = book.hosts.get(node) ?? {};
    for (const endpoint of new Set([main, tunnel, pods]))
      if (endpoint !== undefined) asked.push({ endpoint, hooks: HOST_HOOKS });
  }
  return asked.flatMap(({ endpoint, hooks }) =>
    hooks.flatMap((hook) => matchesOf(resolved.governing(endpoint, hook), directionOf(hook))),
  );
}

function nodeNameOf({ owner, node }: AddressFacts): string {
  return owner?.nodeName ?? node?.name ?? '';
}

function matchesOf(governed: Governed | undefined, direction: Direction): RuleMatch[] {
  if (governed === undefined) return [];
  const { guards, tiers, profiles } = governed;
  const policies = tiers.flatMap((tier) => tier.policies);
  return [
    ...guards.map(({ match }) => match),
    ...[...policies, ...profiles].flatMap(({ rules }) => rules[direction].map(({ match }) => match)),
  ];
}

/** Every source that some hook may see: the packet's own, its node's, that of the node whose port was dialled. */
function sourceAddresses({ source, destination }: FirstPacket, { book }: World): Address[] {
  const masquerade = book.hosts.get(nodeNameOf(factsAbout(book, source)))?.masquerade[source.family];
  return [source, destination, ...(masquerade === undefined ? [] : [masquerade])];
}

/** The ports at which some endpoint of the entity's service is reached. */
function servicePorts({ service }: EntityMatch, { book }: World): number[] {
  if (service === undefined) return [];
  const endpoints = book.serviceEndpoints.get(`${service.namespace}/${service.name}`) ?? [];
  return endpoints.flatMap(({ ports }) => ports.map(({ port }) => port));
}

function addPorts(starts: Set<number>, { ports = [], notPorts = [] }: EntityMatch): void {
  for (const { first, last } of [...ports, ...notPorts]) addRange(starts, first, last);
}

function addRange(starts: Set<number>, first: number, last: number): void {
  starts.add(first);
  starts.add(last + 1);
}

function sortedPorts(starts: ReadonlySet<number>): number[] {
  return [...starts].filter((port) => port >= 1 && port <= 65535).sort((a, b) => a - b);
}

/** Whether an ICMPv6 type belongs to neighbour or multicast listener discovery. */
export function isDiscovery(type: number): boolean {
  return (type >= DISCOVERY_FIRST && type <= DISCOVERY_LAST) || type === DISCOVERY_REPORT;
}

function withIcmp(packet: FirstPacket, world: World): FirstPacket[] {
  const types = new Map<number, Set<number>>([[0, new Set([0])]]);
  const add = (type: number, code: number): void => {
    types.set(type, (types.get(type) ?? new Set([0])).add(code));
  };
  if (packet.protocol === ICMPV6) add(DISCOVERY_FIRST, 0);
  for (const { icmp, notIcmp } of rulesAbout(packet, [factsAbout(world.book, packet.destination)], world)) {
    for (const named of [icmp, notIcmp]) {
      if (named === undefined) continue;
      add(named.type, named.code ?? 0);
      if (named.code !== undefined) add(named.type, (named.code + 1) % 256);
    }
  }
  const unnamed = Array.from({ length: 256 }, (_, type) => type).find(
    (type) => !types.has(type) && !isDiscovery(type),
  );
  if (unnamed !== undefined) add(unnamed, 0);
  return [...types]
    .sort(([a], [b]) => a - b)
    .flatMap(([type, codes]) =>
      [...codes].sort((a, b) => a - b).map((code) => ({ ...packet, icmp: { type, code } })),
    );
}
