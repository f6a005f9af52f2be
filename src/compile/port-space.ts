/**
 * Port classes: which (protocol, port) pairs, and which ICMP types and codes, a shape's rules cannot tell apart. The
 * classes are finite and complete: every possible packet falls into exactly one. Each class has a representative, and
 * whatever a rule says of it, it says of the whole class.
 */
import type { PortRange } from '../net/port.ts';
import { hasPolicyPorts, isIcmp } from '../net/protocol.ts';
import { ICMP, ICMPV6, SCTP, TCP, UDP } from '../net/protocol-layout.ts';
import * as L from '../tables/program-layout.ts';

/** One thing that rules ask of protocol and port. */
export type PortFeature =
  | { readonly kind: 'protocol'; readonly protocol: number }
  /** TCP, UDP or SCTP. */
  | { readonly kind: 'transport' }
  | { readonly kind: 'icmp'; readonly type: number; readonly code?: number }
  | { readonly kind: 'ports'; readonly ranges: readonly PortRange[]; readonly pairs: readonly number[] };

/** A protocol with a port, an ICMP type * 256 + code, or, for other protocols, its own number as the key. */
export interface PortKey {
  readonly protocol: number;
  readonly key: number;
}

export interface PortClasses {
  /** By class; class 0 exists always. */
  readonly representatives: readonly PortKey[];
  /** By group: where the class changes, ascending from 0. */
  readonly groups: readonly { readonly starts: readonly number[]; readonly classes: readonly number[] }[];
}

const GROUP_PROTOCOLS: readonly number[] = [TCP, UDP, SCTP, ICMP, ICMPV6];

/** Whether a port is in a range or a pair list. */
export function portsHold(
  ports: { readonly ranges: readonly PortRange[]; readonly pairs: readonly number[] },
  at: PortKey,
): boolean {
  if (!hasPolicyPorts(at.protocol)) return false;
  if (ports.ranges.some(({ first, last }) => first <= at.key && at.key <= last)) return true;
  return ports.pairs.includes(at.protocol * 65_536 + at.key);
}

/** Whether an ICMP type and, when given, code are the packet's. */
export function icmpHolds(icmp: { readonly type: number; readonly code?: number }, at: PortKey): boolean {
  if (!isIcmp(at.protocol)) return false;
  return icmp.type === at.key >> 8 && (icmp.code === undefined || icmp.code === (at.key & 255));
}

function featureHolds(feature: PortFeature, at: PortKey): boolean {
  if (feature.kind === 'protocol') return feature.protocol === at.protocol;
  if (feature.kind === 'transport') return hasPolicyPorts(at.protocol);
  return feature.kind === 'icmp' ? icmpHolds(feature, at) : portsHold(feature, at);
}

/** Where the feature may change within a group. */
function bounds(feature: PortFeature, group: number): number[] {
  if (feature.kind === 'protocol')
    return group === L.GROUP_OTHER ? [feature.protocol, feature.protocol + 1] : [];
  if (feature.kind === 'transport') return [];
  if (feature.kind === 'icmp') {
    if (group !== L.GROUP_ICMP && group !== L.GROUP_ICMPV6) return [];
    const first = feature.type * 256 + (feature.code ?? 0);
    return [first, feature.code === undefined ? first + 256 : first + 1];
  }
  const protocol = GROUP_PROTOCOLS[group];
  if (protocol === undefined || !hasPolicyPorts(protocol)) return [];
  const pairs = feature.pairs.filter((pair) => pair >> 16 === protocol).map((pair) => pair & 65_535);
  return [
    ...feature.ranges.flatMap(({ first, last }) => [first, last + 1]),
    ...pairs.flatMap((port) => [port, port + 1]),
  ];
}

/** Divides the space of protocols and ports by the features. */
export function portClasses(features: readonly PortFeature[]): PortClasses {
  const byAnswers = new Map<string, number>();
  const representatives: PortKey[] = [];
  const groups = Array.from({ length: L.GROUP_COUNT }, (_, group) => {
    const size = group === L.GROUP_OTHER ? 256 : 65_536;
    const cuts = new Set([0]);
    for (const feature of features)
      for (const bound of bounds(feature, group)) if (bound > 0 && bound < size) cuts.add(bound);
    const starts: number[] = [];
    const classes: number[] = [];
    for (const key of [...cuts].sort((left, right) => left - right)) {
      const at = { protocol: GROUP_PROTOCOLS[group] ?? key, key };
      const answers = features.map((feature) => (featureHolds(feature, at) ? '1' : '0')).join('');
      let number = byAnswers.get(answers);
      if (number === undefined) {
        number = representatives.length;
        representatives.push(at);
        byAnswers.set(answers, number);
      }
      if (classes.at(-1) === number) continue;
      starts.push(key);
      classes.push(number);
    }
    return { starts, classes };
  });
  return { representatives, groups };
}
