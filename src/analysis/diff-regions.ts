/** Rectangles of differing packets joined with names: the regions and groups that reports of `diff` show. */
import { HOOKS, REASONS, VERDICTS } from '../tables/verdict.ts';
import { VERDICT_ALLOW, VERDICT_DENY } from '../tables/verdict-layout.ts';
import { decidingOutcome, namesOfOutcomeNumber } from './decider.ts';
import { areasOf, betweenText } from './diff-areas.ts';
import type {
  AllPackets,
  ChangedBy,
  DiffChange,
  DiffGroup,
  DiffRegion,
  SideAnswer,
} from './diff-document.ts';
import { ExampleNames } from './diff-examples.ts';
import type { ExamplePacket } from './diff-fold.ts';
import { firstPacketOf, type KnobFinder } from './diff-knobs.ts';
import { PlaceNames } from './diff-places.ts';
import { type ComparedWorlds, compareWorlds, type DiffSide, type FamilyDifferences } from './diff-worlds.ts';
import type { Answer } from './joint-lookup.ts';
import type { PortSets } from './joint-ports.ts';
import { changedBy, createPolicyStatus } from './policy-status.ts';

/** What new packets are: said with every answer. */
export const SPACE =
  'new packets: every source and destination address of IPv4 and IPv6, every port of TCP, UDP and SCTP from 1 on, source ports included, ICMP by type and code in its own family, all other protocols by number, a pod and its own node apart';

/** Regions listed of a group. */
const LISTED = 100;

const CHANGES: readonly DiffChange[] = ['newly-denied', 'newly-allowed', 'other'];

/** Knobs make the difference, whoever decides. */
export const NOBODY: ChangedBy = {
  tier: '',
  kind: '',
  namespace: '',
  policy: '',
  location: '',
  status: 'none',
};

interface Change {
  readonly before: SideAnswer;
  readonly after: SideAnswer;
}

/** Numbers changes: packets that change alike for people have one number. */
class Changes {
  readonly list: Change[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #answers: readonly [Map<string, number>, Map<string, number>] = [new Map(), new Map()];
  readonly #sides: readonly [DiffSide, DiffSide];
  readonly #texts: readonly [SideAnswer[], SideAnswer[]] = [[], []];

  constructor(before: DiffSide, after: DiffSide) {
    this.#sides = [before, after];
  }

  of(before: Answer, after: Answer): number {
    const key = `${this.#answer(0, before)} ${this.#answer(1, after)}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      const [one, other] = key.split(' ').map(Number) as [number, number];
      number = this.list.push({ before: this.#texts[0][one]!, after: this.#texts[1][other]! }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  /** Number of an answer in names: several outcomes may have the same. */
  #answer(side: 0 | 1, { verdict, reason, hook, egress, ingress }: Answer): number {
    const hookName = HOOKS[hook] ?? 'none';
    const outcome = decidingOutcome(hookName, { egress, ingress });
    const byOutcome = this.#answers[side];
    const key = `${verdict} ${reason} ${hook} ${outcome}`;
    let number = byOutcome.get(key);
    if (number === undefined) {
      const text: SideAnswer = {
        verdict: VERDICTS[verdict]!,
        reason: REASONS[reason]!,
        decider: namesOfOutcomeNumber(hookName, outcome, this.#sides[side].legend),
      };
      const spelled = JSON.stringify(text);
      number = byOutcome.get(spelled) ?? this.#texts[side].push(text) - 1;
      byOutcome.set(spelled, number);
      byOutcome.set(key, number);
    }
    return number;
  }
}

/** Which kind of change a pair of verdicts is. */
export function diffChange(before: string, after: string): DiffChange {
  const [allow, deny] = [VERDICTS[VERDICT_ALLOW], VERDICTS[VERDICT_DENY]];
  if (before === allow && after === deny) return 'newly-denied';
  return before === deny && after === allow ? 'newly-allowed' : 'other';
}

/** A region with what orders it, and the packet that it is shown by. */
export interface FoundRegion {
  readonly region: DiffRegion;
  readonly packet: ExamplePacket;
}

function regionsOf(
  { points, rectangles, enumerated }: FamilyDifferences,
  sets: PortSets,
  changes: readonly Change[],
  sides: readonly [DiffSide, DiffSide],
  examples: ExampleNames,
): FoundRegion[] {
  const { family } = enumerated;
  const places = new PlaceNames(family, points, sides.map(({ world }) => world.book).reverse());
  return areasOf(rectangles, sets).map(({ item, ports, from, to }) => {
    const { before, after } = changes[item.change]!;
    const needsSourcePort = item.sets.some((set) =>
      sets.sets[set]!.some(
        ({ firstSource, lastSource }) => firstSource > 1 || (lastSource > 0 && lastSource < 65_535),
      ),
    );
    return {
      packet: item.example,
      region: {
        from: places.of([...new Set(from.flat())]),
        to: places.of([...new Set(to.flat())]),
        ports,
        between: betweenText(item.relation),
        families: [family],
        example: examples.of(item.example, needsSourcePort),
        before,
        after,
        knobs: null,
      },
    };
  });
}

/** Regions that read the same in both families are one. */
function joinFamilies(found: readonly FoundRegion[]): FoundRegion[] {
  const joined = new Map<string, FoundRegion>();
  for (const one of found) {
    const { from, to, ports, between, before, after } = one.region;
    const key = JSON.stringify([from, to, ports.replaceAll('icmpv6', 'icmp'), between, before, after]);
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

const sizeOf = ({ from, to }: DiffRegion): number =>
  (from.pods + from.names.length + from.omitted) * (to.pods + to.names.length + to.omitted);

/** Regions by who makes the difference and how: by policy, and where the policies are the same by the knobs of the two CNIs. */
function groupsOf(
  found: readonly FoundRegion[],
  [before, after]: readonly [DiffSide, DiffSide],
  knobsOf: KnobFinder | undefined,
): DiffGroup[] {
  const statusOf = createPolicyStatus(before.world, after.world);
  type Head = Pick<DiffGroup, 'change' | 'before' | 'after' | 'by' | 'knobs'>;
  const groups = new Map<string, { head: Head; regions: DiffRegion[] }>();
  for (const { region, packet } of found) {
    const { before: was, after: is } = region;
    const knobs = knobsOf === undefined ? null : knobsOf(firstPacketOf(packet));
    const decides = changedBy(was.decider, is.decider, statusOf);
    const isByKnobs = knobs !== null && knobs.length > 0;
    const by = isByKnobs ? NOBODY : decides;
    const key = [was.verdict, is.verdict, by.kind, by.namespace, by.policy, isByKnobs ? knobs : ''].join('|');
    const group = groups.get(key);
    const change = diffChange(was.verdict, is.verdict);
    const named = { ...region, knobs };
    if (group !== undefined) group.regions.push(named);
    else
      groups.set(key, {
        head: { change, before: was.verdict, after: is.verdict, by, knobs },
        regions: [named],
      });
  }
  const sized = [...groups.values()].map(({ head, regions }) => {
    const ordered = [...regions].sort((one, other) => sizeOf(other) - sizeOf(one));
    const size = ordered.reduce((sum, region) => sum + sizeOf(region), 0);
    const omitted = Math.max(0, ordered.length - LISTED);
    return { size, group: { ...head, regions: ordered.slice(0, LISTED), omitted } };
  });
  const rank = ({ group }: (typeof sized)[number]): number => CHANGES.indexOf(group.change);
  return sized
    .sort((one, other) => rank(one) - rank(other) || other.size - one.size)
    .map(({ group }) => group);
}

/** All new packets compared, in names. */
export function diffAllPackets(before: DiffSide, after: DiffSide, knobsOf?: KnobFinder): AllPackets {
  const changes = new Changes(before, after);
  const compared: ComparedWorlds = compareWorlds(before, after, (one, other) => changes.of(one, other));
  const sides = [before, after] as const;
  const examples = new ExampleNames([after, before]);
  const found = joinFamilies(
    compared.families.flatMap((family) => regionsOf(family, compared.sets, changes.list, sides, examples)),
  );
  const countOf = (change: DiffChange): number =>
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
