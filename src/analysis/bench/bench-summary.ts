/** Rounds of measured sets → the documents of `bench`, and how two of them stand to each other. */
import type { TablesDescription } from '../../compile/describe.ts';
import { tableCounts } from '../compile/description.ts';
import type { CostDocument } from '../cost/cost-document.ts';
import { medianOf, pairedRatio, unpairedRatio } from '../ratio-interval.ts';
import type {
  BenchDocument,
  BenchGrowth,
  BenchMultiple,
  BenchSet,
  Comparison,
  Sample,
} from './bench-document.ts';

/** What was measured of a set, as `measure/` gives it. */
export interface MeasuredRounds {
  readonly multiples: readonly {
    readonly multiple: number;
    readonly counts: Omit<BenchMultiple['counts'], 'cidrs'>;
    readonly cidrs: number;
    readonly description: TablesDescription;
    readonly phases: readonly { readonly name: string; readonly rounds: readonly number[] }[];
    readonly peakBytes: number;
    readonly lookups: readonly { readonly kind: string; readonly rounds: readonly number[] }[];
  }[];
  readonly leftOut: BenchSet['left_out'];
}

/** What a set costs on the CNI's nodes, by multiple, and with twice of one thing. */
export interface CountedCosts {
  readonly multiples: ReadonlyMap<number, CostDocument | null>;
  readonly growth: readonly BenchGrowth[];
}

/** Rounds with their median. */
export function sampleOf(rounds: readonly number[]): Sample {
  return { median: medianOf(rounds), rounds };
}

/** The document of one set. */
export function summarizeSet(
  { multiples, leftOut }: MeasuredRounds,
  { manifests, load_milliseconds }: Pick<BenchSet, 'manifests' | 'load_milliseconds'>,
  costs: CountedCosts,
): BenchSet {
  return {
    manifests,
    load_milliseconds,
    multiples: multiples.map(({ multiple, counts, cidrs, description, phases, peakBytes, lookups }) => {
      const totals = phases[0]!.rounds.map((_, round) =>
        phases.reduce((sum, { rounds }) => sum + rounds[round]!, 0),
      );
      return {
        multiple,
        counts: { ...counts, cidrs },
        tables: tableCounts(description),
        compile: {
          ...sampleOf(totals),
          phases: phases.map(({ name, rounds }) => ({ name, ...sampleOf(rounds) })),
        },
        peak_bytes: peakBytes,
        lookups: lookups.map(({ kind, rounds }) => ({ packets: kind, ...sampleOf(rounds) })),
        cost: costs.multiples.get(multiple) ?? null,
      };
    }),
    left_out: leftOut,
    growth: costs.growth,
  };
}

/** What is counted, not timed. */
const COUNTED: readonly (readonly [figure: string, unit: string, of: (one: BenchMultiple) => number])[] = [
  ['tables', 'bytes', ({ tables }) => tables.bytes],
  ['peer identities', '', ({ tables: { identities } }) => identities.ipv4 + identities.ipv6],
  ['programs', '', ({ tables }) => tables.programs],
  ['shapes', '', ({ tables }) => tables.shapes],
];

/** What a node with the most carries, where both are of CNIs that count it alike; an earlier run may know of no costs. */
function costFigures(
  one: BenchMultiple,
  other: BenchMultiple,
): [figure: string, value: number, other: number][] {
  return (one.cost?.figures ?? []).flatMap(({ figure, unit, largest }) => {
    const against = other.cost?.figures.find((each) => each.figure === figure && each.unit === unit);
    return against === undefined ? [] : [[`${unit}, largest node`, largest, against.largest]];
  });
}

/** What two runs of a figure come to; `isCold`: caches did not help. */
type Compare = (value: Sample, other: Sample, isCold: boolean) => Pick<Comparison, 'ratio' | 'interval'>;

const ADVERSARIAL = 'lookup, adversarial';

function compareMultiple(one: BenchMultiple, other: BenchMultiple, compare: Compare): Comparison[] {
  const { multiple } = one;
  const timed = (figure: string, unit: string, value: Sample, against: Sample): Comparison => ({
    figure,
    multiple,
    unit,
    value: value.median,
    other: against.median,
    ...compare(value, against, figure === ADVERSARIAL),
  });
  return [
    timed('compile', 'milliseconds', one.compile, other.compile),
    ...one.lookups.flatMap((lookup) => {
      const against = other.lookups.find(({ packets }) => packets === lookup.packets);
      return against === undefined
        ? []
        : [timed(`lookup, ${lookup.packets}`, 'nanoseconds', lookup, against)];
    }),
    ...[
      ...COUNTED.map(([figure, unit, of]) => ({ figure, unit, value: of(one), against: of(other) })),
      ...costFigures(one, other).map(([figure, value, against]) => ({ figure, unit: '', value, against })),
    ].flatMap(({ figure, unit, value, against }) => {
      if (against === 0) return [];
      const ratio = value / against;
      return [
        { figure, multiple, unit, value, other: against, ratio, interval: { low: ratio, high: ratio } },
      ];
    }),
  ];
}

function compareSets(one: BenchSet, other: BenchSet, compare: Compare): Comparison[] {
  return one.multiples.flatMap((multiple) => {
    const against = other.multiples.find((candidate) => candidate.multiple === multiple.multiple);
    return against === undefined ? [] : compareMultiple(multiple, against, compare);
  });
}

/** This set over one that was measured beside it, round by round. */
export function compareBeside(one: BenchSet, other: BenchSet): Comparison[] {
  return compareSets(one, other, (value, against) => pairedRatio(value.rounds, against.rounds));
}

type Run = Pick<BenchDocument, 'set' | 'reference' | 'machine'>;

/** Rounds by how they stand to the loop that every run times: in the same round where it ran in it, else to its median. */
function byReference({ rounds }: Sample, reference: Sample): number[] {
  const isSide = rounds.length === reference.rounds.length;
  return rounds.map((value, round) => value / (isSide ? reference.rounds[round]! : reference.median));
}

/**
 * This run over an earlier one; times by how they stand to the reference, since no machine is as fast as another. On the same processor
 * times as they are tell something too: the interval holds what both ways say.
 */
export function compareWithEarlier(one: Run, other: Run): Comparison[] {
  const isSame = one.machine.processor === other.machine.processor;
  return compareSets(one.set, other.set, (value, against, isCold) => {
    const kind = isCold ? 'memory' : 'cached';
    const found = unpairedRatio(
      byReference(value, one.reference[kind]),
      byReference(against, other.reference[kind]),
    );
    const { interval: plain } = unpairedRatio(value.rounds, against.rounds);
    if (!isSame || found.interval === null || plain === null) return found;
    const low = Math.min(found.interval.low, plain.low);
    return { ratio: found.ratio, interval: { low, high: Math.max(found.interval.high, plain.high) } };
  });
}
