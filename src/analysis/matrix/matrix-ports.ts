/** States of ports as the document of `matrix` has them: in words, and range by range. */
import { protocolName } from '../../net/protocol.ts';
import { SCTP, TCP, UDP } from '../../net/protocol-layout.ts';
import * as L from '../../tables/program-layout.ts';
import { rangesText } from '../diff/diff-ports.ts';
import type { MatrixRange, PortWords } from './matrix-document.ts';
import {
  isLetThrough,
  isRefused,
  type PortState,
  type PortStates,
  type StateRange,
  stateOf,
} from './port-states.ts';

/** Everything but what the CNI refuses, or lets through whatever the policies say. */
export const ALL = 'all';
const OTHERS = 'other';
const GROUP_NAMES: Readonly<Record<number, string>> = {
  [L.GROUP_TCP]: protocolName(TCP),
  [L.GROUP_UDP]: protocolName(UDP),
  [L.GROUP_SCTP]: protocolName(SCTP),
  [L.GROUP_ICMP]: 'icmp',
  [L.GROUP_ICMPV6]: 'icmpv6',
};

/** What the policies say nothing about: it is told once, and in no cell. */
const isToldOnce = ({ mask }: StateRange): boolean => isRefused(mask) || isLetThrough(mask);

/** The ranges with a state, and in the midst of them what is told once. */
function* rangesWith(ranges: readonly StateRange[], state: PortState): Generator<StateRange> {
  const has = (range: StateRange | undefined, group: number): boolean =>
    range !== undefined && range.group === group && stateOf(range.mask) === state;
  for (const [index, range] of ranges.entries()) {
    const isInside = has(ranges[index - 1], range.group) && has(ranges[index + 1], range.group);
    if (stateOf(range.mask) === state || (isToldOnce(range) && isInside)) yield range;
  }
}

function wordsOf({ ranges }: PortStates, state: PortState): string {
  const text = rangesText([...rangesWith(ranges, state)]);
  return text === 'all packets' ? ALL : text;
}

/** Ports in words; `all` for everything that there is, but of services, whose ports are few. */
export function portWords(states: PortStates, isService: boolean): PortWords {
  const allowed = wordsOf(states, 'allow');
  const isWhole =
    states.ranges.every((range) => stateOf(range.mask) === 'allow' || isToldOnce(range)) && allowed !== '';
  return {
    allow: isWhole && !isService ? ALL : allowed,
    some: wordsOf(states, 'some'),
    undetermined: wordsOf(states, 'undetermined'),
    unspecified: wordsOf(states, 'unspecified'),
  };
}

/** Range by range what is not denied. */
export function rangesOf({ ranges }: PortStates): MatrixRange[] {
  return ranges.flatMap(({ group, first, last, firstSource, lastSource, mask }) => {
    const verdict = stateOf(mask);
    if (verdict === 'deny') return [];
    const hasPorts = lastSource > 0;
    return [
      {
        verdict,
        protocol: GROUP_NAMES[group] ?? OTHERS,
        first,
        last,
        source_first: hasPorts ? firstSource : null,
        source_last: hasPorts ? lastSource : null,
      },
    ];
  });
}

/** Nothing is allowed, and nothing is open. */
export const isNothing = ({ ranges }: PortStates): boolean =>
  ranges.every(({ mask }) => stateOf(mask) === 'deny');
