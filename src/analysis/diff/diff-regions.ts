/** Rectangles of differing packets joined with names: all that `diff` says of new packets. */
import type { PortSets } from '../joint/joint-ports.ts';
import type { VerdictChange } from '../replay/flow-document.ts';
import { areasOf, betweenText } from './diff-areas.ts';
import { Changes, diffChange } from './diff-changes.ts';
import type { AllPackets, Places } from './diff-document.ts';
import { type FoundRegion, groupsOf } from './diff-groups.ts';
import type { KnobFinder } from './diff-knobs.ts';
import { PlaceNames } from './diff-places.ts';
import { compareWorlds, type DiffSide, type FamilyDifferences } from './diff-worlds.ts';

/** What new packets are: said with every answer. */
export const SPACE =
  'new packets: every source and destination address of IPv4 and IPv6, every port of TCP, UDP and SCTP from 1 on, source ports included, ICMP by type and code in its own family, all other protocols by number, a pod and its own node apart';

function regionsOf(
  { points, rectangles, lists, enumerated }: FamilyDifferences,
  sets: PortSets,
  sides: readonly [DiffSide, DiffSide],
): FoundRegion[] {
  const families = [enumerated.family];
  const names = new PlaceNames(enumerated.family, points, sides.map(({ world }) => world.book).reverse());
  const known: Places[] = [];
  const placesOf = (set: number): Places => {
    known[set] ??= names.of(lists.listsOf(set));
    return known[set];
  };
  return areasOf(rectangles, lists, sets).map((area) => ({
    area,
    from: placesOf(area.from),
    to: placesOf(area.to),
    families,
  }));
}

/** Numbers texts of objects: equal texts have the same, and each object is spelled once. */
class TextNumbers {
  readonly #known = new Map<object, number>();
  readonly #byText = new Map<string, number>();

  of(object: object): number {
    let number = this.#known.get(object);
    if (number === undefined) {
      const text = JSON.stringify(object);
      number = this.#byText.get(text) ?? this.#byText.size;
      this.#byText.set(text, number);
      this.#known.set(object, number);
    }
    return number;
  }
}

/** Regions that read the same in both families are one. */
function joinFamilies(found: readonly FoundRegion[]): FoundRegion[] {
  const joined = new Map<string, FoundRegion>();
  const numbers = new TextNumbers();
  for (const one of found) {
    const { ports, item } = one.area;
    const places = `${numbers.of(one.from)} ${numbers.of(one.to)}`;
    const key = `${places} ${item.change} ${ports.replaceAll('icmpv6', 'icmp')} ${betweenText(item.relation)}`;
    const known = joined.get(key);
    if (known === undefined) joined.set(key, one);
    else joined.set(key, { ...known, families: [...known.families, ...one.families] });
  }
  return [...joined.values()];
}

/** All new packets compared, in names. */
export function diffAllPackets(before: DiffSide, after: DiffSide, knobsOf?: KnobFinder): AllPackets {
  const changes = new Changes(before, after);
  const compared = compareWorlds(before, after, changes);
  const sides = [before, after] as const;
  const found = joinFamilies(compared.families.flatMap((family) => regionsOf(family, compared.sets, sides)));
  const kinds = changes.list.map((one) => diffChange(one.before.verdict, one.after.verdict));
  const countOf = (change: VerdictChange): number =>
    found.filter(({ area }) => kinds[area.item.change] === change).length;
  return {
    equivalent: found.length === 0,
    space: SPACE,
    enumerated: compared.families.map(({ enumerated: { family, points, packets, ...classes } }) => ({
      family,
      points,
      source_classes: classes.sourceClasses,
      destination_classes: classes.destinationClasses,
      packets,
    })),
    groups: groupsOf(found, { changes: changes.list, sides, sets: compared.sets, knobsOf }),
    regions: {
      newly_denied: countOf('newly-denied'),
      newly_allowed: countOf('newly-allowed'),
      other: countOf('other'),
    },
  };
}
