/** The text report of `bench`: one table whose columns are multiples of the set, then how it stands to others. */
import type { BenchDocument, BenchMultiple, BenchSet, Comparison } from '../analysis/bench/bench-document.ts';
import { countOf, formatBytes, formatCount, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { alignedLines } from './aligned-lines.ts';
import { shareText } from './cost-text.ts';
import { heading, type Style, warningLines } from './style.ts';

/** A line of the table: a figure of every multiple, and how it is written. */
interface Line {
  readonly name: string;
  readonly of: (one: BenchMultiple) => number | undefined;
  readonly write: (value: number) => string;
}

interface Group {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Parts below this share of the whole are left out of the text. */
const SHOWN_SHARE = 0.02;

const formatNanos = (nanos: number): string => `${nanos < 100 ? nanos.toFixed(1) : formatCount(nanos)} ns`;
const formatMilliseconds = (milliseconds: number): string => formatSeconds(milliseconds / 1000);

const LOOKUP_NAMES: Readonly<Record<string, string>> = {
  uniform: 'uniform',
  zipf: 'few often (Zipf)',
  adversarial: 'adversarial, cold caches',
  trace: 'of the trace',
};

/** Names of parts that are worth a line in some multiple. */
function shown(
  multiples: readonly BenchMultiple[],
  partsOf: (one: BenchMultiple) => readonly { readonly name: string; readonly value: number }[],
): string[] {
  const names = new Map<string, number>();
  for (const one of multiples) {
    const parts = partsOf(one);
    const whole = parts.reduce((sum, { value }) => sum + value, 0);
    for (const { name, value } of parts)
      if (value > whole * SHOWN_SHARE) names.set(name, Math.max(names.get(name) ?? 0, value));
  }
  return [...names].sort(([, a], [, b]) => b - a).map(([name]) => name);
}

const sectionsOf = ({ tables }: BenchMultiple) =>
  tables.sections.map(({ name, bytes }) => ({ name, value: bytes }));
const phasesOf = ({ compile }: BenchMultiple) =>
  compile.phases.map(({ name, median }) => ({ name, value: median }));

/** What nodes of the CNI carry, and how much of the limit that comes first is used in each multiple. */
function costGroup(multiples: readonly BenchMultiple[]): Line[] {
  const cost = multiples[0]?.cost;
  if (cost == null) return [];
  const figureOf = (one: BenchMultiple, name: string) =>
    one.cost?.figures.find(({ figure }) => figure === name);
  const last = multiples.at(-1)!.cost?.limits[0];
  return [
    ...cost.figures.flatMap(({ figure, unit, total }): Line[] => [
      { name: unit, of: (one) => figureOf(one, figure)?.largest, write: formatCount },
      ...(total === null
        ? []
        : [
            {
              name: '  on all nodes',
              of: (one: BenchMultiple) => figureOf(one, figure)?.total ?? undefined,
              write: formatCount,
            },
          ]),
    ]),
    ...(last === undefined
      ? []
      : [
          {
            name: `${last.limit} in use`,
            of: (one: BenchMultiple) => one.cost?.limits.find(({ limit }) => limit === last.limit)?.share,
            write: shareText,
          },
        ]),
  ];
}

/** What makes the set cost more: figures of the largest node with twice of one thing over those of the set as it is. */
function growthLines({ multiples, growth }: BenchSet, { palette }: Style): string[] {
  const cost = multiples[0]?.cost;
  if (cost == null || growth.length === 0 || cost.figures.length === 0) return [];
  const times = (grown: number, now: number): string =>
    now === 0 ? '' : `× ${(grown / now).toPrecision(3)}`;
  return [
    ...alignedLines([
      [heading(palette, 'The same with twice the'), ...growth.map(({ doubled }) => palette.dim(doubled))],
      ...cost.figures.map(({ figure, unit, largest }) => [
        `  ${unit}`,
        ...growth.map((one) =>
          times(one.cost.figures.find((each) => each.figure === figure)?.largest ?? 0, largest),
        ),
      ]),
    ]),
    '',
  ];
}

function groups(multiples: readonly BenchMultiple[]): Group[] {
  const counted = (name: string, of: Line['of']): Line => ({ name, of, write: formatCount });
  const [first] = multiples;
  return [
    {
      title: 'The set',
      lines: [
        counted('pods', ({ counts }) => counts.pods),
        counted('policies', ({ counts }) => counts.policies),
        counted('rules', ({ counts }) => counts.rules),
        counted('CIDRs', ({ counts }) => counts.cidrs),
      ],
    },
    {
      title: 'Time to compile',
      lines: [
        { name: 'all of it', of: ({ compile }) => compile.median, write: formatMilliseconds },
        ...shown(multiples, phasesOf).map((name) => ({
          name: `  ${name}`,
          of: ({ compile }: BenchMultiple) => compile.phases.find((one) => one.name === name)?.median,
          write: formatMilliseconds,
        })),
        { name: 'process at its peak', of: ({ peak_bytes: bytes }) => bytes, write: formatBytes },
      ],
    },
    {
      title: 'Tables',
      lines: [
        { name: 'all of them', of: ({ tables }) => tables.bytes, write: formatBytes },
        ...shown(multiples, sectionsOf).map((name) => ({
          name: `  ${name}`,
          of: ({ tables }: BenchMultiple) => tables.sections.find((one) => one.name === name)?.bytes,
          write: formatBytes,
        })),
        counted('peer identities', ({ tables: { identities } }) => identities.ipv4 + identities.ipv6),
        counted('programs', ({ tables }) => tables.programs),
        counted('shapes', ({ tables }) => tables.shapes),
        counted('port classes at most', ({ tables }) => tables.largest.port_classes),
      ],
    },
    {
      title: 'Time for a first packet',
      lines: (first?.lookups ?? []).map(({ packets }) => ({
        name: LOOKUP_NAMES[packets] ?? packets,
        of: ({ lookups }) => lookups.find((one) => one.packets === packets)?.median,
        write: formatNanos,
      })),
    },
    { title: 'On the largest node', lines: costGroup(multiples) },
  ];
}

function growth(values: readonly (number | undefined)[]): string {
  const [first, last] = [values[0], values.at(-1)];
  if (first === undefined || last === undefined || first === 0) return '';
  return `× ${(last / first).toPrecision(3)}`;
}

function setLines({ multiples, left_out: leftOut }: BenchSet, { palette }: Style): string[] {
  const hasGrowth = multiples.length > 1;
  const all = groups(multiples).filter(({ lines }) => lines.length > 0);
  const rows = all.flatMap(({ title, lines }, place) => [
    [
      heading(palette, title),
      ...(place === 0
        ? [
            ...multiples.map(({ multiple }) => palette.dim(multiple === 1 ? 'as it is' : `× ${multiple}`)),
            ...(hasGrowth ? [palette.dim('grows')] : []),
          ]
        : []),
    ],
    ...lines.map(({ name, of, write }) => {
      const values = multiples.map(of);
      return [
        `  ${name}`,
        ...values.map((value) => (value === undefined ? '' : write(value))),
        ...(hasGrowth ? [growth(values)] : []),
      ];
    }),
    ...(place < all.length - 1 ? [['']] : []),
  ]);
  return [
    ...alignedLines(rows),
    ...leftOut.map(({ multiple, why, optional }) =>
      palette.dim(
        `× ${multiple} was left out: ${why}${optional ? ` (--multiply ${multiple} asks for it)` : ''}`,
      ),
    ),
    '',
  ];
}

const WRITERS: Readonly<Record<string, (value: number) => string>> = {
  milliseconds: formatMilliseconds,
  nanoseconds: formatNanos,
  bytes: formatBytes,
};

function ratioText({ ratio, interval }: Comparison): string {
  const text = ratio.toPrecision(3);
  if (interval === null) return `${text} (too few rounds)`;
  if (interval.low === interval.high) return text;
  return `${text} (${interval.low.toPrecision(3)} to ${interval.high.toPrecision(3)})`;
}

function comparisonLines(comparisons: readonly Comparison[], other: string, { palette }: Style): string[] {
  const multiples = [...new Set(comparisons.map(({ multiple }) => multiple))];
  return multiples.flatMap((multiple) => [
    ...alignedLines([
      [
        heading(palette, multiple === 1 ? 'As it is' : `× ${multiple}`),
        ...['this', other, 'ratio'].map(palette.dim),
      ],
      ...comparisons
        .filter((one) => one.multiple === multiple)
        .map((one) => {
          const write = WRITERS[one.unit] ?? formatCount;
          return [`  ${one.figure}`, write(one.value), write(one.other), ratioText(one)];
        }),
    ]),
    '',
  ]);
}

/** The whole report, newline at the end. */
export function benchText(document: BenchDocument, style: Style): string {
  const { palette } = style;
  const { set, against, baseline, trace, cni, reference } = document;
  const { counts } = set.multiples[0]!;
  const named = ({ manifests }: BenchSet): string => manifests.map(visible).join(' ');
  const rounds = reference.cached.rounds.length;
  return `${[
    ...warningLines(document.warnings, style),
    `${palette.bold('bench')} ${countOf(counts.policies, 'policy', 'policies')} with ${countOf(counts.rules, 'rule')} over ${countOf(counts.pods, 'pod')}, CNI ${cni}, medians of ${countOf(rounds, 'round')}`,
    ...(trace === null
      ? []
      : [
          `${trace.paths.map(visible).join(' ')}: ${countOf(trace.first_packets, 'connection')} in ${countOf(trace.records, 'record')}${trace.whole ? '' : ', the beginning of it'}`,
        ]),
    ...(document.invented_pods === 0
      ? []
      : [
          `the manifests hold no pods: ${formatCount(document.invented_pods)} were made up, two for each selector of the policies`,
        ]),
    '',
    ...setLines(set, style),
    ...growthLines(set, style),
    ...(against === null
      ? []
      : [
          `${heading(palette, 'Side by side')} this over ${named(against.set)}`,
          '',
          ...comparisonLines(against.comparisons, 'other', style),
        ]),
    ...(baseline === null
      ? []
      : [
          `${heading(palette, 'Since then')} this over ${visible(baseline.path)}`,
          '',
          ...comparisonLines(baseline.comparisons, 'then', style),
        ]),
    ...document.method.map((text) => palette.dim(text)),
    ...document.assumptions.map((text) => `assumed: ${visible(text)}`),
  ].join('\n')}\n`;
}
