/**
 * Accesses → rules: peers that need the same ports share one, addresses are merged into blocks, ports into ranges. Rules of one policy
 * and direction share no pair of peer and port, so that each is needed.
 */
import type { Cidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port.ts';
import type { Direction } from '../../policy/policy.ts';
import { mergedRanges } from '../../policy/translate/network-policy-ports.ts';
import { compareBytes } from '../../selector/byte-order.ts';
import type { WorkloadGroup } from '../workload-selector.ts';
import type { Access, PortKey } from './accesses.ts';
import { fewestCidrs } from './cidr-cover.ts';
import type { BlockPeer, Peer } from './peers.ts';
import type { PolicyKind } from './recommend-document.ts';
import type { TraceFlow } from './trace-flows.ts';

export type RulePeer =
  | {
      readonly kind: 'pods';
      readonly group: WorkloadGroup;
      readonly addresses: number;
      /** A selector of Calico's must ask for pods. */
      readonly sharesLabels: boolean;
    }
  | {
      readonly kind: 'block';
      readonly cidr: Cidr;
      /** How many that the trace holds. */
      readonly addresses: number;
      /** Nodes whose addresses are in it. */
      readonly nodes: readonly string[];
      /** Services without backends whose addresses are in it. */
      readonly services: readonly string[];
    };

export interface RulePort {
  readonly protocol: number;
  /** Absent for protocols without ports. */
  readonly range?: PortRange;
  readonly icmp?: { readonly type: number; readonly code: number };
}

export interface RecommendedRule {
  readonly direction: Direction;
  readonly peers: readonly RulePeer[];
  readonly ports: readonly RulePort[];
  /** Heaviest first. */
  readonly flows: readonly TraceFlow[];
}

interface Part {
  readonly peer: Peer;
  readonly addresses: ReadonlySet<string>;
  readonly ports: readonly PortKey[];
  readonly flows: readonly TraceFlow[];
}

/** Equal for parts that may stand in one rule. */
type Bundle = (part: Part) => string;

/** Rules of NetworkPolicy hold any peers beside any ports. */
const byPorts: Bundle = ({ ports }) => ports.map(({ key }) => key).join(',');

/** A rule of Calico holds one selector, or blocks of one family, and one protocol. */
const byPeerAndPorts: Bundle = (part) => {
  const { peer } = part;
  const who = peer.kind === 'pods' ? peer.key : `family ${peer.cidr.network.family}`;
  return `${who} ${byPorts(part)}`;
};

/** What one port of a rule of Calico may stand beside: others of its protocol; each ICMP message stands alone. */
const besideInCalico = ({ key, protocol, icmp }: PortKey): string =>
  icmp === undefined ? `${protocol}` : key;

function partsOf({ peer, ports }: Access, kind: PolicyKind): Part[] {
  const openings = [...ports.values()].sort((a, b) => comparePorts(a.port, b.port));
  const bundles = new Map<string, typeof openings>();
  for (const opening of openings) {
    const key = kind === 'calico' ? besideInCalico(opening.port) : '';
    bundles.set(key, [...(bundles.get(key) ?? []), opening]);
  }
  return [...bundles.values()].map((bundle) => ({
    peer,
    addresses: new Set(bundle.flatMap(({ needs }) => needs.map(({ address }) => address.words.join('.')))),
    ports: bundle.map(({ port }) => port),
    flows: [...new Set(bundle.flatMap(({ needs }) => needs.map(({ flow }) => flow)))],
  }));
}

function comparePorts(a: PortKey, b: PortKey): number {
  return a.protocol - b.protocol || (a.port ?? 0) - (b.port ?? 0) || compareBytes(a.key, b.key);
}

/** The rules of one direction. `hasRanges`: whether the CNI knows ranges of ports. */
export function rulesOf(
  accesses: readonly Access[],
  direction: Direction,
  { kind, hasRanges }: { readonly kind: PolicyKind; readonly hasRanges: boolean },
): RecommendedRule[] {
  const bundleOf = kind === 'calico' ? byPeerAndPorts : byPorts;
  const bundles = new Map<string, Part[]>();
  for (const part of accesses.flatMap((access) => partsOf(access, kind))) {
    const key = bundleOf(part);
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, [part]);
    else bundle.push(part);
  }
  return [...bundles.values()].map((parts) => ({
    direction,
    peers: peersOf(parts),
    ports: portsOf(parts[0]!.ports, hasRanges),
    flows: [...new Set(parts.flatMap(({ flows }) => flows))].sort(
      (a, b) => b.packets - a.packets || compareBytes(a.text, b.text),
    ),
  }));
}

function peersOf(parts: readonly Part[]): RulePeer[] {
  const pods = parts.flatMap(({ peer, addresses }) =>
    peer.kind === 'pods'
      ? [
          {
            kind: 'pods' as const,
            group: peer.group,
            addresses: addresses.size,
            sharesLabels: peer.sharesLabels,
          },
        ]
      : [],
  );
  const blocks = parts.flatMap(({ peer, addresses }) =>
    peer.kind === 'block' ? [{ peer, addresses: addresses.size }] : [],
  );
  const isIn = (outer: Cidr, { cidr }: BlockPeer): boolean => fewestCidrs([outer, cidr]).length === 1;
  const named = (texts: readonly string[]): string[] =>
    [...new Set(texts.filter((text) => text !== ''))].sort(compareBytes);
  const merged = fewestCidrs(blocks.map(({ peer }) => peer.cidr)).map((cidr) => {
    const inside = blocks.filter(
      ({ peer }) => peer.cidr.network.family === cidr.network.family && isIn(cidr, peer),
    );
    return {
      kind: 'block' as const,
      cidr,
      addresses: inside.reduce((sum, one) => sum + one.addresses, 0),
      nodes: named(inside.map(({ peer }) => peer.node)),
      services: named(inside.map(({ peer }) => peer.service)),
    };
  });
  return [...pods, ...merged];
}

/** Fewer than these in a row are ports of their own. */
const FEWEST_IN_RANGE = 3;

function portsOf(ports: readonly PortKey[], hasRanges: boolean): RulePort[] {
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))];
  return protocols.flatMap((protocol): RulePort[] => {
    const own = ports.filter((port) => port.protocol === protocol);
    const bare = own.filter(({ port }) => port === undefined);
    const numbers = own.flatMap(({ port }) => (port === undefined ? [] : [port]));
    const ranges = mergedRanges(numbers.map((port) => ({ first: port, last: port })));
    return [
      ...bare.map(({ icmp }) => ({ protocol, ...(icmp === undefined ? {} : { icmp }) })),
      ...ranges.flatMap(({ first, last }): RulePort[] => {
        const count = last - first + 1;
        if (hasRanges && count >= FEWEST_IN_RANGE) return [{ protocol, range: { first, last } }];
        return Array.from({ length: count }, (_, index) => ({
          protocol,
          range: { first: first + index, last: first + index },
        }));
      }),
    ];
  });
}
