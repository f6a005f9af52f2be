/** Regions by who makes the difference: the groups that reports of `diff` show, of each the largest regions. */
import type { PortSets } from '../joint/joint-ports.ts';
import type { VerdictChange } from '../replay/flow-document.ts';
import { type Area, betweenText } from './diff-areas.ts';
import { type Change, diffChange } from './diff-changes.ts';
import type { ChangedBy, DiffGroup, DiffRegion, Places } from './diff-document.ts';
import { ExampleNames } from './diff-examples.ts';
import { exampleOf, type RectangleItem } from './diff-fold.ts';
import { firstPacketOf, type KnobFinder } from './diff-knobs.ts';
import type { DiffSide } from './diff-worlds.ts';
import { changedBy, createPolicyStatus, NOBODY } from './policy-status.ts';

/** Regions listed of a group. */
const LISTED = 100;

const CHANGES: readonly VerdictChange[] = ['newly-denied', 'newly-allowed', 'other'];

/** A region that may be listed: there are many more than are. */
export interface FoundRegion {
  readonly area: Area;
  readonly from: Places;
  readonly to: Places;
  readonly families: readonly (4 | 6)[];
}

type Head = Pick<DiffGroup, 'change' | 'before' | 'after' | 'by' | 'knobs'>;

interface Group {
  readonly head: Head;
  readonly regions: FoundRegion[];
}

const countIn = ({ pods, names, omitted }: Places): number => pods + names.length + omitted;
const sizeOf = ({ from, to }: FoundRegion): number => countIn(from) * countIn(to);

const testsSourcePorts = ({ sets }: RectangleItem, known: PortSets): boolean =>
  sets.some((set) =>
    known.sets[set]!.some(
      ({ firstSource, lastSource }) => firstSource > 1 || (lastSource > 0 && lastSource < 65_535),
    ),
  );

/** Who makes each change where knobs do not, with the text that groups have in common. */
function headsOf(changes: readonly Change[], [before, after]: readonly [DiffSide, DiffSide]) {
  const statusOf = createPolicyStatus(before.world, after.world);
  return changes.map(({ before: was, after: is }) => {
    const by = changedBy(was.decider, is.decider, statusOf);
    const change = diffChange(was.verdict, is.verdict);
    return { change, before: was.verdict, after: is.verdict, by, key: keyOf(was.verdict, is.verdict, by) };
  });
}

const keyOf = (was: string, is: string, { kind, namespace, policy }: ChangedBy): string =>
  [was, is, kind, namespace, policy].join('|');

/** What is known of all regions. */
export interface RegionFacts {
  /** By number. */
  readonly changes: readonly Change[];
  readonly sides: readonly [DiffSide, DiffSide];
  readonly sets: PortSets;
  /** With two CNIs. */
  readonly knobsOf: KnobFinder | undefined;
}

/** Regions by who makes the difference and how: by policy, and where the policies are the same by the knobs of the two CNIs. */
export function groupsOf(
  found: readonly FoundRegion[],
  { changes, sides, sets, knobsOf }: RegionFacts,
): DiffGroup[] {
  const heads = headsOf(changes, sides);
  const groups = new Map<string, Group>();
  const knobsByRegion = new Map<FoundRegion, DiffRegion['knobs']>();
  for (const one of found) {
    const { item } = one.area;
    const knobs = knobsOf === undefined ? null : knobsOf(firstPacketOf(exampleOf(one.area, item)));
    if (knobs !== null) knobsByRegion.set(one, knobs);
    const { key: decided, ...head } = heads[item.change]!;
    const isByKnobs = knobs !== null && knobs.length > 0;
    const key = isByKnobs ? `${keyOf(head.before, head.after, NOBODY)}|${knobs}` : decided;
    const group = groups.get(key);
    if (group !== undefined) group.regions.push(one);
    else groups.set(key, { head: { ...head, ...(isByKnobs ? { by: NOBODY } : {}), knobs }, regions: [one] });
  }
  const examples = new ExampleNames([sides[1], sides[0]]);
  const listed = (one: FoundRegion): DiffRegion => {
    const { area, from, to, families } = one;
    const { before, after } = changes[area.item.change]!;
    return {
      from,
      to,
      ports: area.ports,
      between: betweenText(area.item.relation),
      families,
      example: examples.of(exampleOf(area, area.item), testsSourcePorts(area.item, sets)),
      before,
      after,
      knobs: knobsByRegion.get(one) ?? null,
    };
  };
  const sized = [...groups.values()].map(({ head, regions }) => {
    const ordered = regions.sort((one, other) => sizeOf(other) - sizeOf(one));
    const size = ordered.reduce((sum, region) => sum + sizeOf(region), 0);
    const omitted = Math.max(0, ordered.length - LISTED);
    return { size, group: { ...head, regions: ordered.slice(0, LISTED).map(listed), omitted } };
  });
  const rank = ({ group }: (typeof sized)[number]): number => CHANGES.indexOf(group.change);
  return sized
    .sort((one, other) => rank(one) - rank(other) || other.size - one.size)
    .map(({ group }) => group);
}
