/**
 * Ports of a NetworkPolicy's rule → one match a protocol (alphabetical: SCTP, TCP, UDP), numeric ports merged. CNIs part where ports
 * have names, where a range is given, and where a protocol has no ports for them.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (SimplifyPorts); the CNIs' own: ../cni/.
 */
import type { PortRange } from '../../net/port.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import type { Selector } from '../../selector/selector.ts';
import type { NetworkPolicyPort } from '../api/network-policy.ts';
import type { TranslationKnobs } from '../cni/profile.ts';
import type { Direction, EntityMatch } from '../policy.ts';

/** Between them the ports of all three, in the order in which Calico expands them. */
export const PROTOCOLS_BY_NAME = [SCTP, TCP, UDP] as const;

export interface PortMatch {
  /** Absent: any protocol. */
  readonly protocol?: number;
  readonly ports: Pick<EntityMatch, 'ports' | 'namedPorts'>;
}

/** The numbers that pods give a port name, ascending: all pods, those of a namespace, those that a selector takes. */
export type NumbersOfName = (asked: {
  readonly name: string;
  readonly protocol: number;
  readonly namespace?: string;
  readonly selector?: Selector;
}) => readonly number[];

/** What the ports of a rule mean beside one peer of it. */
export interface PortsAsked {
  readonly entries: readonly NetworkPolicyPort[];
  readonly direction: Direction;
  readonly peer: 'anyone' | 'pods' | 'block';
  /** Of the policy. */
  readonly namespace: string;
  /** The pods whose ports the names are: the policy's own on ingress, the peer's on egress. */
  readonly targets?: Selector;
  readonly knobs: TranslationKnobs;
  readonly numbersOf: NumbersOfName;
}

const ANY_PORT: readonly PortMatch[] = [{ ports: {} }];

/** One match a protocol; an entry without a port absorbs the other entries of its protocol. None where the rule can match nothing. */
export function portMatches(asked: PortsAsked): readonly PortMatch[] {
  const { entries } = asked;
  if (entries.length === 0) return ANY_PORT;
  if (fallsOpen(asked)) return ANY_PORT;
  return PROTOCOLS_BY_NAME.flatMap((protocol) => ofProtocol(protocol, asked));
}

function ofProtocol(protocol: number, asked: PortsAsked): PortMatch[] {
  const own = asked.entries.filter((entry) => entry.protocol === protocol);
  if (own.length === 0) return [];
  if (own.some(({ port }) => port === undefined)) return [{ protocol, ports: {} }];
  if (!asked.knobs.portProtocols.includes(protocol)) return [];
  const names = own.flatMap(({ port }) => (typeof port === 'string' ? [port] : []));
  const numbered = own.flatMap(({ port, endPort }) => (typeof port === 'number' ? [{ port, endPort }] : []));
  const { ports: numbers, namedPorts } = namesOf([...new Set(names)].sort(), protocol, asked);
  const isRange = asked.knobs.portRanges === 'range';
  const ports = mergedRanges([
    ...numbered.map(({ port, endPort }) => ({ first: port, last: (isRange ? endPort : undefined) ?? port })),
    ...numbers.map((port) => ({ first: port, last: port })),
  ]);
  if (ports.length === 0 && namedPorts.length === 0) return [];
  return [
    {
      protocol,
      ports: {
        ...(ports.length === 0 ? {} : { ports }),
        ...(namedPorts.length === 0 ? {} : { namedPorts }),
      },
    },
  ];
}

interface Names {
  /** Numbers that stand in place of names. */
  readonly ports: readonly number[];
  readonly namedPorts: readonly string[];
}

const NO_NAMES: Names = { ports: [], namedPorts: [] };

/** What the names of a protocol's ports come to. */
function namesOf(
  names: readonly string[],
  protocol: number,
  { direction, peer, namespace, knobs, numbersOf }: PortsAsked,
): Names {
  if (names.length === 0) return NO_NAMES;
  const asNamed = { ports: [], namedPorts: names };
  if (direction === 'ingress') return knobs.namedIngress === 'per-pod' ? asNamed : NO_NAMES;
  if (peer === 'block') return knobs.namedPortBehindIpBlock === 'never' ? NO_NAMES : asNamed;
  if (peer === 'anyone' && knobs.namedEgressNoPeer === 'own-namespace-numbers')
    return { ports: names.flatMap((name) => numbersOf({ name, protocol, namespace })), namedPorts: [] };
  if (knobs.namedEgress === 'per-pod') return asNamed;
  const unique = names.map((name) => numbersOf({ name, protocol })).filter(({ length }) => length === 1);
  return { ports: unique.flat(), namedPorts: [] };
}

/** Whether the CNI writes no ports at all where every port is a name that no pod behind the rule has. */
function fallsOpen({ entries, peer, targets, knobs, numbersOf }: PortsAsked): boolean {
  if (knobs.namedUnresolved !== 'all-ports-for-pod-peers' || peer !== 'pods') return false;
  return entries.every(
    ({ port, protocol }) =>
      typeof port === 'string' &&
      numbersOf({ name: port, protocol, ...(targets === undefined ? {} : { selector: targets }) }).length ===
        0,
  );
}

/** The fewest ranges that hold the same ports, ascending. */
export function mergedRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous.last + 1) previous.last = Math.max(previous.last, last);
    else merged.push({ first, last });
  }
  return merged;
}
