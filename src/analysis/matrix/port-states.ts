/**
 * What becomes of every packet between two places, by protocol and ports: each verdict that some packet of theirs has is a bit. Two states
 * are equal exactly where their texts are, whatever way they were cut before.
 */
import {
  REASON_CNI,
  REASON_WORKLOAD_ENCAP,
  VERDICT_ALLOW,
  VERDICT_COUNT,
  VERDICT_DENY,
  VERDICT_UNDETERMINED,
  VERDICT_UNSPECIFIED,
} from '../../tables/verdict-layout.ts';
import type { KeyRange } from '../joint/joint-ports.ts';

/** Packets of the range; their verdicts as `maskOf` has them, joined. */
export interface StateRange extends KeyRange {
  readonly mask: number;
}

/** Ranges that do not overlap, in order of group, key and source port; neighbours with one mask are one. */
export interface PortStates {
  readonly ranges: readonly StateRange[];
  /** Equal exactly for equal states. */
  readonly text: string;
}

/** What a mask comes to for a reader. */
export type PortState = 'allow' | 'some' | 'undetermined' | 'unspecified' | 'deny';

const ALLOWED = 1 << VERDICT_ALLOW;
/** The CNI refuses it whatever the policies say. */
const REFUSED = 1 << VERDICT_COUNT;
/** The CNI lets it through whatever the policies say. */
const LET_THROUGH = 1 << (VERDICT_COUNT + 1);

/** The bit of an answer, by codes of verdict-layout.ts. */
export function maskOf(verdict: number, reason: number): number {
  const isRefused = reason === REASON_WORKLOAD_ENCAP || reason === REASON_CNI;
  return verdict === VERDICT_DENY && isRefused ? REFUSED : 1 << verdict;
}

/** What no policy could allow. */
export const isRefused = (mask: number): boolean => mask === REFUSED;

/** What no policy could deny: of states that `letThrough` has made. */
export const isLetThrough = (mask: number): boolean => mask === LET_THROUGH;

/** States whose allowed ranges that the CNI lets through anyway are marked as such. */
export function letThrough({ ranges, text }: PortStates, holds: (range: StateRange) => boolean): PortStates {
  const marked = ranges.map((range) =>
    range.mask === ALLOWED && holds(range) ? { ...range, mask: LET_THROUGH } : range,
  );
  return { ranges: marked, text };
}

/** `some`: allowed between some of them, and something else between others. */
export function stateOf(mask: number): PortState {
  if (mask === ALLOWED) return 'allow';
  if ((mask & ALLOWED) !== 0) return 'some';
  if ((mask & (1 << VERDICT_UNDETERMINED)) !== 0) return 'undetermined';
  return (mask & (1 << VERDICT_UNSPECIFIED)) !== 0 ? 'unspecified' : 'deny';
}

interface Span {
  readonly first: number;
  readonly last: number;
  readonly mask: number;
}

/** Spans over each other: cut where any begins or ends, masks joined, gaps left out, equal neighbours one. */
function overlaid(spans: readonly Span[]): Span[] {
  const cuts = [...new Set(spans.flatMap(({ first, last }) => [first, last + 1]))].sort(
    (one, other) => one - other,
  );
  const found: Span[] = [];
  for (const [index, first] of cuts.entries()) {
    const next = cuts[index + 1];
    if (next === undefined) break;
    const over = spans.filter((span) => span.first <= first && span.last >= first);
    if (over.length === 0) continue;
    const mask = over.reduce((bits, span) => bits | span.mask, 0);
    const before = found.at(-1);
    if (before !== undefined && before.last + 1 === first && before.mask === mask)
      found[found.length - 1] = { ...before, last: next - 1 };
    else found.push({ first, last: next - 1, mask });
  }
  return found;
}

/** Ranges of one group: cut along keys, then each stretch along source ports. */
function overlaidGroup(group: number, ranges: readonly StateRange[]): StateRange[] {
  const starts = [...new Set(ranges.flatMap(({ first, last }) => [first, last + 1]))].sort(
    (one, other) => one - other,
  );
  const stretches: { first: number; last: number; spans: Span[]; text: string }[] = [];
  // Ranges come by the thousand where many programs meet: those over a stretch are kept, not looked for.
  const byStart = [...ranges].sort((one, other) => one.first - other.first);
  let next = 0;
  let open: StateRange[] = [];
  for (const [index, first] of starts.entries()) {
    const end = starts[index + 1];
    if (end === undefined) break;
    open = open.filter(({ last }) => last >= first);
    while (next < byStart.length && byStart[next]!.first === first) open.push(byStart[next++]!);
    if (open.length === 0) continue;
    const spans = overlaid(
      open.map(({ firstSource, lastSource, mask }) => ({ first: firstSource, last: lastSource, mask })),
    );
    const text = spans.map((span) => `${span.first}-${span.last}=${span.mask}`).join();
    const before = stretches.at(-1);
    if (before !== undefined && before.last + 1 === first && before.text === text) before.last = end - 1;
    else stretches.push({ first, last: end - 1, spans, text });
  }
  return stretches.flatMap(({ first, last, spans }) =>
    spans.map((span) => ({
      group,
      first,
      last,
      firstSource: span.first,
      lastSource: span.last,
      mask: span.mask,
    })),
  );
}

/** Ranges over each other. Where they overlap, packets have the verdicts of all of them. */
export function portStates(ranges: Iterable<StateRange>): PortStates {
  const groups = new Map<number, StateRange[]>();
  for (const range of ranges) {
    const list = groups.get(range.group);
    if (list === undefined) groups.set(range.group, [range]);
    else list.push(range);
  }
  const all = [...groups]
    .sort(([one], [other]) => one - other)
    .flatMap(([group, list]) => overlaidGroup(group, list));
  const text = all
    .map((one) => `${one.group}:${one.first}-${one.last}/${one.firstSource}-${one.lastSource}=${one.mask}`)
    .join();
  return { ranges: all, text };
}
