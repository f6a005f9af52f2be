/**
 * What a CNI lets through between all pods whatever the policies say, as Cilium does fragmentation-needed: it is told once, and in no cell,
 * where it would stand in each that is otherwise empty.
 */
import { ICMP, ICMPV6 } from '../../net/protocol-layout.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { RuleMatch } from '../../policy/policy.ts';
import * as L from '../../tables/program-layout.ts';
import { groupOf } from '../joint/joint-ports.ts';
import { letThrough, type PortStates, type StateRange } from './port-states.ts';

/** States whose ranges that a CNI lets through anyway are `letThrough`. */
export type ToldOnce = (states: PortStates) => PortStates;

/** Of a profile whose guards let something through; where its conditions are more than a protocol and ports they are not looked at. */
export function toldOnce({ podGuards }: Pick<CniProfile, 'podGuards'>): ToldOnce {
  const matches = podGuards.flatMap(({ action, match }) => (action === 'allow' ? [match] : []));
  if (matches.length === 0) return (states) => states;
  return (states) => letThrough(states, (range) => matches.some((match) => holds(match, range)));
}

/** Whether all packets of a range meet a guard. */
function holds({ protocol, icmp, source, destination, ...further }: RuleMatch, range: StateRange): boolean {
  const { ports = [], ...peer } = destination;
  const isPlain = [source, peer, further].every((part) => Object.keys(part).length === 0);
  if (!isPlain || protocol === undefined || range.group !== groupOf(protocol)) return false;
  if (icmp !== undefined) {
    const isIcmp = protocol === ICMP || protocol === ICMPV6;
    const [first, last] = icmp.code === undefined ? [0, 255] : [icmp.code, icmp.code];
    return isIcmp && range.first >= icmp.type * 256 + first && range.last <= icmp.type * 256 + last;
  }
  if (range.group === L.GROUP_OTHER) return range.first === protocol && range.last === protocol;
  return ports.length === 0 || ports.some(({ first, last }) => range.first >= first && range.last <= last);
}
