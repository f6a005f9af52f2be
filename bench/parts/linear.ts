/**
 * The competent ordinary way: a hash look-up of the endpoint, then its rules one after the other until one matches. IP sets are
 * sets of addresses as a kernel would hold them, so a rule costs no selector. What the flat tables are compared with.
 */
import type { FirstPacket } from '#src/policy/decision.js';
import type { Endpoint } from '#src/policy/endpoints.js';
import type { Direction, EntityMatch, Rule } from '#src/policy/policy.js';
import type { World } from '#src/policy/world.js';
import { selectorMatches } from '#src/selector/match.js';

interface LinearRule {
  readonly protocol: number;
  /** Addresses of the peer; absent: any. */
  readonly members?: ReadonlySet<number>;
  /** First address and mask, pairs. */
  readonly nets: readonly number[];
  /** First and last port, pairs; empty: any. */
  readonly ports: readonly number[];
}

interface LinearProgram {
  readonly rules: readonly LinearRule[];
  /** No policy governs this direction. */
  readonly open: boolean;
}

export type LinearClassifier = (packet: FirstPacket) => boolean;

/** Builds the rule lists of every endpoint; IPv4 and NetworkPolicy rules only (allow rules in one tier). */
export function buildLinear(world: World): LinearClassifier {
  const memberSets = new Map<string, ReadonlySet<number>>();
  const members = (entity: EntityMatch): ReadonlySet<number> | undefined => {
    if (entity.selector === undefined) return undefined;
    const key = JSON.stringify(entity.selector);
    let set = memberSets.get(key);
    if (set === undefined) {
      const matching = world.book.endpoints.filter((endpoint) =>
        selectorMatches(entity.selector!, endpoint.labels),
      );
      set = new Set(matching.flatMap(({ addresses }) => addresses.map(({ words }) => words[0])));
      memberSets.set(key, set);
    }
    return set;
  };
  const linearRule = (rule: Rule, direction: Direction, endpoint: Endpoint): LinearRule => {
    const { source, destination } = rule.match;
    const peer = direction === 'ingress' ? source : destination;
    const named = (destination.namedPorts ?? []).flatMap((name) =>
      endpoint.namedPorts
        .filter((port) => port.name === name && port.protocol === rule.match.protocol)
        .map(({ port }) => port),
    );
    const set = members(peer);
    return {
      protocol: rule.match.protocol ?? 0,
      ...(set === undefined ? {} : { members: set }),
      nets: (peer.nets ?? []).flatMap(({ network, prefixBits }) => [
        network.words[0],
        prefixBits === 0 ? 0 : (-1 << (32 - prefixBits)) >>> 0,
      ]),
      ports: [
        ...(destination.ports ?? []).flatMap(({ first, last }) => [first, last]),
        ...named.flatMap((port) => [port, port]),
      ],
    };
  };
  const programs = new Map<number, Record<Direction, LinearProgram>>();
  const program = (endpoint: Endpoint, direction: Direction): LinearProgram => {
    const { tiers } = world.resolved.governing(endpoint, direction);
    const policies = tiers.flatMap(({ policies: listed }) => listed);
    return {
      open: policies.length === 0,
      rules: policies.flatMap(({ rules }) =>
        rules[direction].map((rule) => linearRule(rule, direction, endpoint)),
      ),
    };
  };
  for (const endpoint of world.book.endpoints) {
    const both = { ingress: program(endpoint, 'ingress'), egress: program(endpoint, 'egress') };
    for (const { words } of endpoint.addresses) programs.set(words[0], both);
  }
  return (packet) => {
    if (packet.source.words[0] === packet.destination.words[0]) return true;
    const egress = programs.get(packet.source.words[0])?.egress;
    if (egress !== undefined && !admits(egress, packet, packet.destination.words[0])) return false;
    const ingress = programs.get(packet.destination.words[0])?.ingress;
    return ingress === undefined || admits(ingress, packet, packet.source.words[0]);
  };
}

function admits({ open, rules }: LinearProgram, packet: FirstPacket, peer: number): boolean {
  return open || rules.some((rule) => matches(rule, packet.protocol, packet.destinationPort!, peer));
}

function matches(rule: LinearRule, protocol: number, port: number, peer: number): boolean {
  if (rule.protocol !== 0 && rule.protocol !== protocol) return false;
  if (rule.members !== undefined && !rule.members.has(peer)) return false;
  const { nets, ports } = rule;
  let inside = nets.length === 0;
  for (let at = 0; at < nets.length && !inside; at += 2) inside = (peer & nets[at + 1]!) >>> 0 === nets[at]!;
  if (!inside) return false;
  let open = ports.length === 0;
  for (let at = 0; at < ports.length && !open; at += 2) open = port >= ports[at]! && port <= ports[at + 1]!;
  return open;
}
