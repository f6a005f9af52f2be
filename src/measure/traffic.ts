/**
 * Packets to measure with, drawn from what a policy set speaks of: its pods and services, the blocks and ports that rules name, and
 * strangers. The same seed draws the same packets wherever pods, blocks and ports are the same.
 */
import { type Address, compareAddresses } from '../net/address.ts';
import { type Cidr, formatCidr, prefixMask } from '../net/cidr.ts';
import { hasPolicyPorts } from '../net/protocol.ts';
import { ICMP, ICMPV6, TCP, UDP } from '../net/protocol-layout.ts';
import type { VirtualPort } from '../policy/endpoints.ts';
import type { World } from '../policy/world.ts';
import { drawBelow, type Random, zipf } from '../random/random.ts';
import type { Packet } from './packets.ts';

interface PortNumber {
  readonly protocol: number;
  readonly port: number;
}

/** What rules speak of. */
export interface Named {
  /** Ports that rules name, their neighbours, and ports of pods. */
  readonly ports: readonly PortNumber[];
  /** Blocks of rules and network sets, without duplicates. */
  readonly blocks: readonly Cidr[];
}

interface FamilyGround {
  /** Addresses of pods and host endpoints. */
  readonly inside: readonly Address[];
  readonly blocks: readonly Cidr[];
  /** Service addresses with ready backends. */
  readonly services: readonly VirtualPort[];
}

/** What packets are drawn from. */
export interface Ground {
  readonly families: Readonly<Record<4 | 6, FamilyGround>>;
  readonly ports: readonly PortNumber[];
}

/** Ports that are kept: so many stand for more. */
const PORTS_KEPT = 65_536;

function portsOf(worlds: readonly World[]): PortNumber[] {
  const ports = new Map<number, PortNumber>();
  const add = (protocol: number, port: number): void => {
    if (port >= 1 && port <= 65_535 && ports.size < PORTS_KEPT)
      ports.set(protocol * 65_536 + port, { protocol, port });
  };
  for (const { resolved, book } of worlds) {
    for (const { rules } of resolved.policies)
      for (const { match } of [...rules.ingress, ...rules.egress])
        for (const { first, last } of match.destination.ports ?? [])
          for (const port of [first, last, last + 1]) add(match.protocol ?? TCP, port);
    for (const { namedPorts } of book.endpoints)
      for (const { protocol, port } of namedPorts) add(protocol, port);
  }
  return [...ports.values()]
    .filter(({ protocol }) => hasPolicyPorts(protocol))
    .sort((a, b) => a.protocol - b.protocol || a.port - b.port);
}

function blocksOf(worlds: readonly World[]): Cidr[] {
  const blocks = new Map<string, Cidr>();
  for (const { resolved, book } of worlds) {
    const named = resolved.policies.flatMap(({ rules }) =>
      [...rules.ingress, ...rules.egress].flatMap(({ match: { source, destination } }) =>
        [source, destination].flatMap(({ nets = [], notNets = [] }) => [...nets, ...notNets]),
      ),
    );
    for (const nets of [named, ...book.networkSets.map((set) => set.nets)])
      for (const cidr of nets) blocks.set(formatCidr(cidr), cidr);
  }
  return [...blocks.values()].sort(
    (a, b) => compareAddresses(a.network, b.network) || a.prefixBits - b.prefixBits,
  );
}

/** What the rules of all worlds speak of. */
export function namedBy(worlds: readonly World[]): Named {
  return { ports: portsOf(worlds), blocks: blocksOf(worlds) };
}

/** What packets of a world are drawn from. */
export function groundOf({ book }: World, { ports, blocks }: Named): Ground {
  const facts = [...book.facts.values()];
  const inside = facts.filter(({ owner }) => owner !== undefined).map(({ address }) => address);
  const services = facts
    .flatMap(({ virtualPorts }) => virtualPorts)
    .filter(({ backends }) => backends.length > 0);
  const family = (number: 4 | 6): FamilyGround => ({
    inside: inside.filter((address) => address.family === number).sort(compareAddresses),
    blocks: blocks.filter(({ network }) => network.family === number),
    services: services.filter(({ address }) => address.family === number),
  });
  return { families: { 4: family(4), 6: family(6) }, ports };
}

/** Whether there is anything that policy is asked about. */
export function isEmptyGround({ families }: Ground): boolean {
  return families[4].inside.length + families[6].inside.length === 0;
}

/** Which place of a list of that length is drawn. */
export type Choose = (length: number) => number;

/** Every place alike. */
export function chooseEvenly(random: Random): Choose {
  return (length) => drawBelow(random, length);
}

/** Few places often, as in traces: Zipf's law with exponent 1, the places in an order that the seed shuffles. */
export function chooseByRank(random: Random): Choose {
  const known = new Map<number, { draw: (random: Random) => number; order: Uint32Array }>();
  return (length) => {
    let found = known.get(length);
    if (found === undefined) {
      found = { draw: zipf(length, 1), order: shuffled(random, length) };
      known.set(length, found);
    }
    return found.order[found.draw(random)]!;
  };
}

/** Numbers from 0 on in random order. */
export function shuffled(random: Random, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let left = count - 1; left > 0; left--) {
    const other = drawBelow(random, left + 1);
    [order[left], order[other]] = [order[other]!, order[left]!];
  }
  return order;
}

/** One in eight ends is outside, one in eight packets goes to a service, one in two to a port that something names. */
const RARE = 1 / 8;
const PORT_NAMED = 1 / 2;
const ICMP_SHARE = 1 / 64;
const ECHO_REQUEST: Readonly<Record<number, number>> = { [ICMP]: 8 << 8, [ICMPV6]: 128 << 8 };

function drawOutside(random: Random, family: 4 | 6, { blocks }: FamilyGround, choose: Choose): Address {
  const word = (): number => drawBelow(random, 0x1_0000_0000);
  const drawn: Address['words'] =
    family === 4 ? [word(), 0, 0, 0] : [0x2000_0000 | (word() >>> 3), word(), word(), word()];
  // One in four strangers is in no block, as far as chance goes.
  if (blocks.length === 0 || random() < 1 / 4) return { family, words: drawn };
  const { network, prefixBits } = blocks[choose(blocks.length)]!;
  const within = (index: number): number =>
    (network.words[index]! | (drawn[index]! & ~prefixMask(prefixBits, index))) >>> 0;
  return {
    family,
    words: family === 4 ? [within(0), 0, 0, 0] : [within(0), within(1), within(2), within(3)],
  };
}

function drawPort(random: Random, { ports }: Ground, choose: Choose): PortNumber {
  if (ports.length > 0 && random() < PORT_NAMED) return ports[choose(ports.length)]!;
  return { protocol: random() < 0.85 ? TCP : UDP, port: 1 + drawBelow(random, 65_535) };
}

/** Draws packets of which at least one end is governed. */
export function drawPacket(random: Random, ground: Ground, choose: Choose): Packet {
  const { 4: v4, 6: v6 } = ground.families;
  const family = random() * (v4.inside.length + v6.inside.length) < v4.inside.length ? 4 : 6;
  const own = ground.families[family];
  const draw = <T>(list: readonly T[]): T => list[choose(list.length)]!;
  const sourcePort = 32_768 + drawBelow(random, 28_232);
  if (own.services.length > 0 && random() < RARE) {
    const { address, port, protocol } = draw(own.services);
    return { source: draw(own.inside), destination: address, protocol, sourcePort, destinationPort: port };
  }
  const strange = random();
  const source = strange < RARE ? drawOutside(random, family, own, choose) : draw(own.inside);
  const destination =
    strange >= RARE && strange < 2 * RARE ? drawOutside(random, family, own, choose) : draw(own.inside);
  if (random() < ICMP_SHARE) {
    const protocol = family === 4 ? ICMP : ICMPV6;
    return { source, destination, protocol, sourcePort, destinationPort: ECHO_REQUEST[protocol]! };
  }
  const { protocol, port } = drawPort(random, ground, choose);
  return { source, destination, protocol, sourcePort, destinationPort: port };
}
