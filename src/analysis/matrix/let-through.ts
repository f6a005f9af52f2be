/**
 * What a CNI lets through between all pods whatever the policies say, as Cilium does fragmentation-needed: it is told once, and in no cell,
 * where it would stand in each that is otherwise empty.
 */
import { icmpHolds } from '../../compile/port-space.ts';
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
  // One type's codes stand side by side: what holds at both ends holds between.
  if (icmp !== undefined) return [range.first, range.last].every((key) => icmpHolds(icmp, { protocol, key }));
  if (range.group === L.GROUP_OTHER) return range.first === protocol && range.last === protocol;
  return ports.length === 0 || ports.some(({ first, last }) => range.first >= first && range.last <= last);
}
