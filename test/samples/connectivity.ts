/**
 * Who can reach whom, complete over ports: one packet is judged for every class of destination ports that the policies
 * of the cluster tell apart, and for every class of outside addresses.
 */
import type { Address } from '../../src/net/address.ts';
import { addressKey } from '../../src/net/address.ts';
import { SCTP, TCP, UDP } from '../../src/net/protocol-layout.ts';
import type { AdminPort } from '../../src/policy/api/admin-policy.ts';
import type { NetworkPolicyPort } from '../../src/policy/api/network-policy.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import type { World } from '../../src/policy/world.ts';

const PROTOCOLS: readonly (readonly [name: string, number: number])[] = [
  ['SCTP', SCTP],
  ['TCP', TCP],
  ['UDP', UDP],
];

/** Protocol name → ports, as sorted, merged, inclusive ranges. */
export type Connections = ReadonlyMap<string, readonly (readonly [first: number, last: number])[]>;

/** First ports of the classes that the policies of a world tell apart, by protocol number. */
export function portClasses(world: World): ReadonlyMap<number, readonly number[]> {
  const starts = new Map(PROTOCOLS.map(([, protocol]) => [protocol, new Set([1])]));
  const cut = (protocol: number, first: number, last: number): void => {
    starts.get(protocol)?.add(first);
    if (last < 65535) starts.get(protocol)?.add(last + 1);
  };
  const cutFor = (item: NetworkPolicyPort): void => {
    if (typeof item.port === 'number') cut(item.protocol, item.port, item.endPort ?? item.port);
    if (typeof item.port !== 'string') return;
    for (const port of world.cluster.pods.flatMap((pod) => pod.ports))
      if (port.name === item.port && port.protocol === item.protocol)
        cut(port.protocol, port.port, port.port);
  };
  const cutForAdmin = ({ protocol, ports, namedPort }: AdminPort): void => {
    if (protocol !== undefined && ports !== undefined && ports.first <= ports.last)
      cut(protocol, ports.first, ports.last);
    for (const port of world.cluster.pods.flatMap((pod) => pod.ports))
      if (port.name !== undefined && port.name === namedPort) cut(port.protocol, port.port, port.port);
  };
  for (const policy of world.cluster.networkPolicies)
    for (const rule of [...policy.ingress, ...policy.egress]) rule.ports.forEach(cutFor);
  for (const policy of world.cluster.adminPolicies)
    for (const rule of [...policy.ingress, ...policy.egress]) rule.ports?.forEach(cutForAdmin);
  return new Map([...starts].map(([protocol, set]) => [protocol, [...set].sort((a, b) => a - b)]));
}

/** Verdicts of first packets: of the judge, or of the compiled classifier. */
export type Ask = (packets: readonly FirstPacket[]) => readonly string[];

/**
 * What may flow from one address to another: every class of ports is asked at both of its ends. A verdict that is
 * neither allow nor deny throws, for no list has a word for it, and so do two ends that differ.
 */
export function connections(
  ask: Ask,
  classes: ReadonlyMap<number, readonly number[]>,
  source: Address,
  destination: Address,
): Connections {
  const asked = PROTOCOLS.flatMap(([name, protocol]) => {
    const starts = classes.get(protocol)!;
    return starts.map((first, index) => ({ name, protocol, first, last: (starts[index + 1] ?? 65536) - 1 }));
  });
  const verdicts = ask(
    asked.flatMap(({ protocol, first, last }): FirstPacket[] => [
      { source, destination, protocol, destinationPort: first },
      { source, destination, protocol, destinationPort: last },
    ]),
  );
  const found = new Map<string, [number, number][]>();
  asked.forEach(({ name, first, last }, index) => {
    const ends = new Set(verdicts.slice(2 * index, 2 * index + 2));
    if (ends.size > 1 || !(ends.has('allow') || ends.has('deny')))
      throw new Error(`${[...ends].join(' and ')} at ${name} ${first}-${last}`);
    if (ends.has('deny')) return;
    const ranges = found.get(name) ?? [];
    const previous = ranges.at(-1);
    if (previous?.[1] === first - 1) previous[1] = last;
    else ranges.push([first, last]);
    found.set(name, ranges);
  });
  return found;
}

/** `All Connections`, `No Connections`, or `TCP 80,443-445,UDP 53`. */
export function formatConnections(found: Connections): string {
  const whole = (name: string): boolean => {
    const ranges = found.get(name);
    return ranges?.length === 1 && ranges[0]![0] === 1 && ranges[0]![1] === 65535;
  };
  if (found.size === 0) return 'No Connections';
  if (PROTOCOLS.every(([name]) => whole(name))) return 'All Connections';
  return PROTOCOLS.filter(([name]) => found.has(name))
    .map(([name]) => {
      const ranges = found
        .get(name)!
        .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
      return `${name} ${ranges.join(',')}`;
    })
    .join(',');
}

/** IPv4 as a number, for ranges. */
export function numberOf(text: string): number {
  return text.split('.').reduce((value, octet) => value * 256 + Number(octet), 0);
}

/** First addresses of the IPv4 classes that blocks of the policies, and the given further starts, tell apart. */
export function outsideClasses(world: World, starts: Iterable<number>): readonly number[] {
  const cuts = new Set<number>([0, ...starts]);
  for (const policy of world.cluster.networkPolicies)
    for (const peer of [...policy.ingress, ...policy.egress].flatMap((rule) => rule.peers)) {
      if (peer.ipBlock === undefined || peer.ipBlock.cidr.network.family !== 4) continue;
      for (const { network, prefixBits } of [peer.ipBlock.cidr, ...peer.ipBlock.except]) {
        cuts.add(network.words[0] >>> 0);
        cuts.add((network.words[0] >>> 0) + 2 ** (32 - prefixBits));
      }
    }
  for (const policy of world.cluster.adminPolicies)
    for (const peer of policy.egress.flatMap((rule) => rule.peers))
      for (const { network, prefixBits } of peer.kind === 'networks' ? peer.networks : []) {
        if (network.family !== 4) continue;
        cuts.add(network.words[0] >>> 0);
        cuts.add((network.words[0] >>> 0) + 2 ** (32 - prefixBits));
      }
  cuts.delete(2 ** 32);
  return [...cuts].sort((a, b) => a - b);
}

/** An address in first..last that no object of the cluster holds. */
export function outsideAddress(world: World, first: number, last: number): Address | undefined {
  for (let value = last; value >= first && value > last - 4096; value -= 1) {
    const address: Address = { family: 4, words: [value, 0, 0, 0] };
    if (!world.book.facts.has(addressKey(address))) return address;
  }
  return undefined;
}
