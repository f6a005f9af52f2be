/** Rectangles of differing packets joined with names: the regions and groups that reports of `diff` show. */
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { VERDICT_ALLOW, VERDICT_DENY } from '../../tables/verdict-layout.ts';
import { decidingOutcome, namesOfOutcomeNumber } from '../decider.ts';
import type { Answer } from '../joint/joint-lookup.ts';
import type { PortSets } from '../joint/joint-ports.ts';
import type { ChangeNumbers } from '../joint/pair-answers.ts';
import type { VerdictChange } from '../replay/flow-document.ts';
import { areasOf, betweenText } from './diff-areas.ts';
import type { AllPackets, ChangedBy, DiffGroup, DiffRegion, Places, SideAnswer } from './diff-document.ts';
import { ExampleNames } from './diff-examples.ts';
import type { ExamplePacket, RectangleItem } from './diff-fold.ts';
import { firstPacketOf, type KnobFinder } from './diff-knobs.ts';
import { PlaceNames } from './diff-places.ts';
import { type ComparedWorlds, compareWorlds, type DiffSide, type FamilyDifferences } from './diff-worlds.ts';
import { changedBy, createPolicyStatus } from './policy-status.ts';

/** What new packets are: said with every answer. */
export const SPACE =
  'new packets: every source and destination address of IPv4 and IPv6, every port of TCP, UDP and SCTP from 1 on, source ports included, ICMP by type and code in its own family, all other protocols by number, a pod and its own node apart';

/** Regions listed of a group. */
const LISTED = 100;

const CHANGES: readonly VerdictChange[] = ['newly-denied', 'newly-allowed', 'other'];

/** Knobs make the difference, whoever decides. */
export const NOBODY: ChangedBy = {
  tier: '',
  kind: '',
  namespace: '',
  policy: '',
  location: '',
  status: 'none',
};

/** Numbers that are joined into one stay below it. */
const CHAINED = 2 ** 26;

interface Change {
  readonly before: SideAnswer;
  readonly after: SideAnswer;
}

/** Numbers changes: packets that change alike for people have one number. */
class Changes implements ChangeNumbers {
  readonly list: Change[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #answers: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
  readonly #spelled: readonly [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  readonly #sides: readonly [DiffSide, DiffSide];
  readonly #texts: readonly [SideAnswer[], SideAnswer[]] = [[], []];

  constructor(before: DiffSide, after: DiffSide) {
    this.#sides = [before, after];
  }

  /** By numbers of answers. */
  readonly changeOf = (before: number, after: number): number => {
    const key = before * CHAINED + after;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.list.push({ before: this.#texts[0][before]!, after: this.#texts[1][after]! }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  };

  /** Number of an answer in names: several outcomes may have the same. */
  readonly answerOf = (side: 0 | 1, { verdict, reason, hook, egress, ingress }: Answer): number => {
    const hookName = HOOKS[hook] ?? 'none';
    const outcome = decidingOutcome(hookName, { egress, ingress });
    const byOutcome = this.#answers[side];
    // Codes are small and outcome numbers below 2^32: one number holds them all.
    const key = ((verdict * 64 + reason) * 32 + hook) * 2 ** 32 + outcome;
    let number = byOutcome.get(key);
    if (number === undefined) {
      const text: SideAnswer = {
        verdict: VERDICTS[verdict]!,
        reason: REASONS[reason]!,
        decider: namesOfOutcomeNumber(hookName, outcome, this.#sides[side].legend),
      };
      const spelled = JSON.stringify(text);
      number = this.#spelled[side].get(spelled) ?? this.#texts[side].push(text) - 1;
      this.#spelled[side].set(spelled, number);
      byOutcome.set(key, number);
    }
    return number;
  };
}

/** Which kind of change a pair of verdicts is. */
export function diffChange(before: string, after: string): VerdictChange {
  const [allow, deny] = [VERDICTS[VERDICT_ALLOW], VERDICTS[VERDICT_DENY]];
  if (before === allow && after === deny) return 'newly-denied';
  return before === deny && after === allow ? 'newly-allowed' : 'other';
}

/** A region without what only the listed ones get: knobs, and its example in names. */
interface FoundRegion {
  readonly region: Omit<DiffRegion, 'example' | 'knobs'>;
  readonly packet: ExamplePacket;
  readonly example: () => DiffRegion['example'];
}

const testsSourcePorts = ({ sets }: RectangleItem, known: PortSets): boolean =>
  sets.some((set) =>
    known.sets[set]!.some(
      ({ firstSource, lastSource }) => firstSource > 1 || (lastSource > 0 && lastSource < 65_535),
    ),
  );

function regionsOf(
  { points, rectangles, enumerated }: FamilyDifferences,
  sets: PortSets,
  changes: readonly Change[],
  sides: readonly [DiffSide, DiffSide],
  examples: ExampleNames,
): FoundRegion[] {
  const { family } = enumerated;
  const names = new PlaceNames(family, points, sides.map(({ world }) => world.book).reverse());
  const known = new Map<readonly (readonly number[])[], Places>();
  const placesOf = (lists: readonly (readonly number[])[]): Places => {
    let places = known.get(lists);
    if (places === undefined) {
      places = names.of([...new Set(lists.flat())]);
      known.set(lists, places);
    }
    return places;
  };
  return areasOf(rectangles, sets).map(({ item, ports, from, to }) => {
    const { before, after } = changes[item.change]!;
    return {
      packet: item.example,
      example: () => examples.of(item.example, testsSourcePorts(item, sets)),
      region: {
        from: placesOf(from),
        to: placesOf(to),
        ports,
        between: betweenText(item.relation),
        families: [family],
        before,
        after,
      },
    };
  });
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
    const { from, to, ports, between, before, after } = one.region;
    const parts = [from, to, before, after].map((part) => numbers.of(part));
    const key = `${parts.join()} ${ports.replaceAll('icmpv6', 'icmp')} ${between}`;
    const known = joined.get(key);
    if (known === undefined) joined.set(key, one);
    else
      joined.set(key, {
        ...known,
        region: { ...known.region, families: [...known.region.families, ...one.region.families] },
      });
  }
  return [...joined.values()];
}

const sizeOf = ({ region: { from, to } }: FoundRegion): number =>
  (from.pods + from.names.length + from.omitted) * (to.pods + to.names.length + to.omitted);

/** Regions by who makes the difference and how: by policy, and where the policies are the same by the knobs of the two CNIs. */
function groupsOf(
  found: readonly FoundRegion[],
  [before, after]: readonly [DiffSide, DiffSide],
  knobsOf: KnobFinder | undefined,
): DiffGroup[] {
  const statusOf = createPolicyStatus(before.world, after.world);
  type Head = Pick<DiffGroup, 'change' | 'before' | 'after' | 'by' | 'knobs'>;
  const groups = new Map<string, { head: Head; regions: FoundRegion[] }>();
  const knobsByRegion = new Map<FoundRegion, DiffRegion['knobs']>();
  for (const one of found) {
    const { before: was, after: is } = one.region;
    const knobs = knobsOf === undefined ? null : knobsOf(firstPacketOf(one.packet));
    knobsByRegion.set(one, knobs);
    const decides = changedBy(was.decider, is.decider, statusOf);
    const isByKnobs = knobs !== null && knobs.length > 0;
    const by = isByKnobs ? NOBODY : decides;
    const key = [was.verdict, is.verdict, by.kind, by.namespace, by.policy, isByKnobs ? knobs : ''].join('|');
    const group = groups.get(key);
    const change = diffChange(was.verdict, is.verdict);
    if (group !== undefined) group.regions.push(one);
    else
      groups.set(key, {
        head: { change, before: was.verdict, after: is.verdict, by, knobs },
        regions: [one],
      });
  }
  const listed = (one: FoundRegion): DiffRegion => {
    const { before: was, after: is, ...rest } = one.region;
    return { ...rest, example: one.example(), before: was, after: is, knobs: knobsByRegion.get(one) ?? null };
  };
  const sized = [...groups.values()].map(({ head, regions }) => {
    const ordered = [...regions].sort((one, other) => sizeOf(other) - sizeOf(one));
    const size = ordered.reduce((sum, region) => sum + sizeOf(region), 0);
    const omitted = Math.max(0, ordered.length - LISTED);
    return { size, group: { ...head, regions: ordered.slice(0, LISTED).map(listed), omitted } };
  });
  const rank = ({ group }: (typeof sized)[number]): number => CHANGES.indexOf(group.change);
  return sized
    .sort((one, other) => rank(one) - rank(other) || other.size - one.size)
    .map(({ group }) => group);
}

/** All new packets compared, in names. */
export function diffAllPackets(before: DiffSide, after: DiffSide, knobsOf?: KnobFinder): AllPackets {
  const changes = new Changes(before, after);
  const compared: ComparedWorlds = compareWorlds(before, after, changes);
  const sides = [before, after] as const;
  const examples = new ExampleNames([after, before]);
  const found = joinFamilies(
    compared.families.flatMap((family) => regionsOf(family, compared.sets, changes.list, sides, examples)),
  );
  const countOf = (change: VerdictChange): number =>
    found.filter(({ region }) => diffChange(region.before.verdict, region.after.verdict) === change).length;
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
    groups: groupsOf(found, sides, knobsOf),
    regions: {
      newly_denied: countOf('newly-denied'),
      newly_allowed: countOf('newly-allowed'),
      other: countOf('other'),
    },
  };
}
