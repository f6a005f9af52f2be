/**
 * The text report of `test --against-results`: where the cluster and the profile differ, by who decided; which knob would explain it,
 * which CNI it looks like; totals.
 */
import type {
  ResultDifference,
  ResultExplanation,
  ResultsDocument,
} from '../analysis/test/results-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style, verdictPaint, warningLines } from './style.ts';
import { formatTable, placedRows } from './table.ts';
import { wrapped } from './wrap.ts';

/** Of a group more are counted; the JSON has all. */
const FLOWS_SHOWN = 10;
/** Of knobs and CNIs those are shown that explain the most. */
const KNOBS_SHOWN = 5;
const FITS_SHOWN = 5;

const TITLES: Readonly<Record<string, (cni: string) => string>> = {
  opens: (cni) => `The cluster allows what ${cni} denies`,
  closes: (cni) => `The cluster denies what ${cni} allows`,
  refuses: (cni) => `The cluster rejects what ${cni} drops without a word`,
};

/** By who decided and what would explain it; what no policy isolates is one, whatever the namespace. */
function grouped(differences: readonly ResultDifference[]): ResultDifference[][] {
  const groups = new Map<string, ResultDifference[]>();
  for (const one of differences) {
    const { reason, decider, explanations } = one;
    const key = JSON.stringify([reason, reason === 'profile' ? '' : decider, explanations]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** `podGuards as kube-router has it`; the fewest words that name the value. */
function knobName({ knob, cnis }: ResultExplanation): string {
  return `${knob} as ${cnis[0]} has it`;
}

/** Those that explain more than they break; all of them where none does. */
function helpful(explanations: readonly ResultExplanation[]): readonly ResultExplanation[] {
  const gaining = explanations.filter(({ turns, breaks }) => turns > breaks);
  return gaining.length === 0 ? explanations : gaining;
}

function groupLines(
  group: readonly ResultDifference[],
  { cni, explanations }: ResultsDocument,
  style: Style,
): string[] {
  const { palette, columns } = style;
  const { verdict, reason, decider, explanations: numbers } = group[0]!;
  const place = decider.location === '' ? [] : [`    ${palette.cyan(visible(decider.location))}`];
  const by = helpful(numbers.map((number) => explanations[number]!))
    .slice(0, KNOBS_SHOWN)
    .map(knobName);
  const shown = group
    .slice(0, FLOWS_SHOWN)
    .map(({ flow, location }) => [visible(flow), palette.cyan(visible(location))]);
  return [
    `  ${cni}: ${verdictPaint(palette, verdict)(verdict)}, ${reason === 'profile' ? 'no policy isolates it' : reasonText(verdict, reason, decider)}`,
    ...place,
    ...placedRows(shown, { columns, align: 'll', indent: 4 }),
    ...(group.length > FLOWS_SHOWN
      ? [`    ${palette.dim(`and ${formatCount(group.length - FLOWS_SHOWN)} more`)}`]
      : []),
    ...wrapped(
      by.length === 0 ? 'no single knob explains it' : `explained by ${by.join(', or by ')}`,
      '    ',
      columns,
    ),
  ];
}

function standingLines(standing: string, document: ResultsDocument, style: Style): string[] {
  const differences = document.differences.filter((one) => one.standing === standing);
  if (differences.length === 0) return [];
  return [
    `${heading(style.palette, TITLES[standing]!(document.cni))} (${countOf(differences.length, 'probe')})`,
    ...grouped(differences).flatMap((group) => groupLines(group, document, style)),
    '',
  ];
}

function knobLines({ explanations, differences }: ResultsDocument, { palette, columns }: Style): string[] {
  if (explanations.length === 0) return [];
  return [
    heading(palette, 'Single knobs that would explain it'),
    ...helpful(explanations)
      .slice(0, KNOBS_SHOWN)
      .flatMap((one) => {
        const others =
          one.breaks === 0 ? 'all that agree still do' : `${formatCount(one.breaks)} that agree would not`;
        const says = one.says === '' ? `${one.value}, as most do` : one.says;
        return [
          ...wrapped(`${knobName(one)}: ${visible(says)}`, '  ', columns),
          ...(one.source === '' ? [] : [`    ${palette.dim(visible(one.source))}`]),
          `    ${formatCount(one.turns)} of ${formatCount(differences.length)} explained; ${others}`,
        ];
      }),
    '',
  ];
}

function fitLines(document: ResultsDocument, { palette, columns }: Style): string[] {
  const { fits, cni, looks_like: looks, probes } = document;
  if (document.differences.length === 0) return [];
  const own = fits.findIndex((fit) => fit.cni === cni);
  const shown = fits.filter((_, index) => index < FITS_SHOWN || index === own);
  return [
    heading(palette, 'Which CNI it looks like'),
    formatTable(
      [
        ['', 'as it', 'differing', 'left open'],
        ...shown.map((fit) => [visible(fit.cni), ...[fit.same, fit.differing, fit.open].map(formatCount)]),
      ],
      { columns, align: 'lrrr', indent: 2 },
    ),
    looks.length === 0
      ? `none of the others fits better than ${visible(cni)}`
      : `these results look like ${looks.map(visible).join(' or ')}: ${formatCount(fits[0]!.same)} of ${formatCount(probes)} as it says`,
    '',
  ];
}

function totals(document: ResultsDocument, { palette }: Style): string {
  const { probes, same, open, unprobed, cni, differences } = document;
  const differing = `${formatCount(differences.length)} differ`;
  return [
    `${countOf(probes, 'probe')}: ${palette.green(`${formatCount(same)} as ${visible(cni)} does`)}`,
    differences.length > 0 ? palette.red(differing) : '0 differ',
    ...(open === 0 ? [] : [`${formatCount(open)} left open by ${visible(cni)}`]),
    ...(unprobed === 0 ? [] : [palette.yellow(`${formatCount(unprobed)} cells without a result`)]),
  ].join(', ');
}

/** The whole report, newline at the end. `words`: the options that give another command the same world. */
export function resultsText(document: ResultsDocument, words: readonly string[], style: Style): string {
  const { palette, invocation, columns } = style;
  const { files, cni, title, assumptions, warnings, differences } = document;
  const next =
    differences.length === 0
      ? nextCommand(
          'in CI',
          [
            invocation,
            'test',
            ...files.flatMap((file) => ['--against-results', file]),
            ...words,
            '--format',
            'junit=report.xml',
          ],
          undefined,
          palette,
        )
      : nextCommand('why', [invocation, 'explain', ...words], differences[0]!.flow, palette);
  return `${[
    ...warningLines(warnings, style),
    `${palette.bold(`results in ${files.map(visible).join(', ')}`)}  against ${visible(cni)}: ${visible(title)}`,
    '',
    ...Object.keys(TITLES).flatMap((standing) => standingLines(standing, document, style)),
    ...knobLines(document, style),
    ...fitLines(document, style),
    ...assumptions.flatMap((text) => wrapped(`assumed: ${visible(text)}`, '', columns)),
    totals(document, style),
    next,
  ].join('\n')}\n`;
}
