/**
 * The text report of `test --conformance`. Of one CNI: what it opens, closes and settles, by the knobs that make it do so. Of
 * several: how far each is from the specification, and the cases in which they part.
 */
import type {
  ConformanceCni,
  ConformanceDocument,
  ConformanceFlow,
  ConformanceKnob,
} from '../analysis/test/conformance-document.ts';
import { countOf, formatCount, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { conformanceMatrix } from './conformance-matrix.ts';
import { reasonText } from './decider-text.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style, verdictPaint } from './style.ts';
import { formatTable } from './table.ts';
import { wrapped } from './wrap.ts';

function flowName({ flow, when }: ConformanceFlow): string {
  return visible(when === null ? flow : `${flow} (${when})`);
}

/** What a knob does: in the CNI's own sentence; in the specification's where that leaves it open, or the CNI does as most do. */
function knobLines(knob: ConformanceKnob, isOpen: boolean, { palette, columns }: Style): string[] {
  const own = { says: visible(knob.says), source: knob.source };
  const specified = { says: `the specification: ${knob.specified_says}`, source: knob.specified_source };
  const sentences = [
    ...(knob.says === '' ? [] : [own]),
    ...(knob.specified_says !== '' && (isOpen || knob.says === '') ? [specified] : []),
  ];
  const said = sentences.length === 0 ? [{ says: `${knob.value}, as most`, source: '' }] : sentences;
  return said.flatMap(({ says, source }, index) => {
    const lines = wrapped(
      `${index === 0 ? `${knob.knob}: ` : ''}${says}`,
      index === 0 ? '  ' : '    ',
      columns,
    );
    if (index === 0) lines[0] = lines[0]!.replace(knob.knob, palette.bold(knob.knob));
    return [...lines, ...(source === '' ? [] : [`    ${palette.dim(visible(source))}`])];
  });
}

/** The flows that the same knobs account for, in the order of the first of each. */
function byKnobs(flows: readonly ConformanceFlow[]): ConformanceFlow[][] {
  const groups = new Map<string, ConformanceFlow[]>();
  for (const flow of flows) {
    const key = JSON.stringify(flow.knobs);
    groups.set(key, [...(groups.get(key) ?? []), flow]);
  }
  return [...groups.values()];
}

function flowRows(flows: readonly ConformanceFlow[], { palette, columns }: Style): string {
  return formatTable(
    flows.map((flow) => [
      flow.case,
      verdictPaint(palette, flow.verdict === 'reject' ? 'deny' : flow.verdict)(flow.verdict),
      flowName(flow),
      palette.dim(visible(flow.description)),
    ]),
    { columns, align: 'rlll', indent: 4 },
  );
}

/** A heading, and below it the flows of one standing by what accounts for them. */
function standingLines(
  title: string,
  flows: readonly ConformanceFlow[],
  cni: ConformanceCni,
  style: Style,
): string[] {
  if (flows.length === 0) return [];
  const known = new Map(cni.knobs.map((knob) => [knob.knob, knob]));
  const isOpen = flows[0]!.standing === 'open';
  const { palette } = style;
  return [
    `${heading(palette, title)} (${countOf(flows.length, 'flow')})`,
    ...byKnobs(flows).flatMap((group) => [
      ...group[0]!.knobs.flatMap((set, index) => [
        ...(index === 0 ? [] : [`  ${palette.dim('or')}`]),
        ...set.flatMap((knob) => knobLines(known.get(knob)!, isOpen, style)),
      ]),
      ...(group[0]!.knobs.length === 0
        ? [`  ${palette.dim('no knob: the policy APIs, where a CNI takes them, come to the same')}`]
        : []),
      flowRows(group, style),
    ]),
    '',
  ];
}

function failureLines({ results, cni }: ConformanceCni, { palette }: Style): string[] {
  const failed = results.filter(({ passed }) => passed === false);
  if (failed.length === 0) return [];
  return [
    `${heading(palette, `Not what is expected of ${cni}`)} (${countOf(failed.length, 'flow')})`,
    ...failed.flatMap((flow) => [
      `  ${palette.red('✗')} ${palette.bold(`${`${flow.case} ${visible(flow.description)}`.trim()}: ${flowName(flow)}`)}`,
      `      ${visible(flow.difference)}  ${palette.cyan(visible(flow.location))}`,
      `      decided   ${reasonText(flow.verdict === 'reject' ? 'deny' : flow.verdict, flow.reason, flow.decider)}`,
    ]),
    '',
  ];
}

function totals(cni: ConformanceCni, { palette }: Style): string[] {
  const { standings, results, passed, failed, unchecked } = cni;
  const { same, opens, closes, differs, open } = standings;
  return [
    `${countOf(results.length, 'flow')}: ${formatCount(same)} as specified, ${formatCount(opens)} opened, ${formatCount(closes)} closed${differs === 0 ? '' : `, ${formatCount(differs)} otherwise`}, ${formatCount(open)} left open by the specification`,
    `expected of ${cni.cni}: ${palette.green(`${formatCount(passed)} met`)}, ${failed > 0 ? palette.red(`${formatCount(failed)} not met`) : '0 not met'}${unchecked === 0 ? '' : palette.yellow(`, ${formatCount(unchecked)} not checked: the suites say nothing about ${cni.cni}`)}${palette.dim(` in ${formatSeconds(cni.milliseconds / 1000)}`)}`,
  ];
}

function oneCni(cni: ConformanceCni, style: Style): string[] {
  const of = (standing: ConformanceFlow['standing']): ConformanceFlow[] =>
    cni.results.filter((flow) => flow.standing === standing);
  const { palette, columns } = style;
  const refusal =
    cni.refusal === '' ? [] : [...wrapped(`Denied is rejected: ${visible(cni.refusal)}.`, '', columns), ''];
  return [
    `${palette.bold(`conformance of ${visible(cni.cni)}`)}  ${visible(cni.title)}`,
    '',
    ...standingLines('Opens what is specified as denied', of('opens'), cni, style),
    ...standingLines('Closes what is specified as allowed', of('closes'), cni, style),
    ...standingLines('Gives no one answer', of('differs'), cni, style),
    ...standingLines('Settles what the specification leaves open', of('open'), cni, style),
    ...refusal,
    ...failureLines(cni, style),
    ...totals(cni, style),
  ];
}

function severalCnis(document: ConformanceDocument, style: Style): string[] {
  const { palette, columns } = style;
  const { header, rows } = conformanceMatrix(document);
  const numbers = document.cnis.map((_, index) => String(index + 1));
  const counts = document.cnis.map(({ cni, standings, passed, failed, unchecked }, index) => [
    `${numbers[index]}`,
    visible(cni),
    ...[standings.same, standings.opens, standings.closes, standings.open, passed].map(formatCount),
    failed > 0 ? palette.red(formatCount(failed)) : '0',
    formatCount(unchecked),
  ]);
  return [
    heading(palette, 'CNIs against the specification, in flows'),
    formatTable(
      [
        ['', '', 'same', 'opened', 'closed', 'left open', 'expected: met', 'not met', 'not checked'],
        ...counts,
      ],
      { columns: Number.MAX_SAFE_INTEGER, align: 'rlrrrrrrr', indent: 2 },
    ),
    '',
    `${heading(palette, 'Where they part')} ${palette.dim(header)}`,
    formatTable(
      [
        ['', 'spec', ...numbers, ''],
        ...rows.map(({ flow, letters }) => [flow.case, ...letters, palette.dim(visible(flow.description))]),
      ],
      { columns, align: `rl${'l'.repeat(numbers.length)}l`, indent: 2 },
    ),
    '',
    ...document.cnis.flatMap((cni) => failureLines(cni, style)),
  ];
}

/** The words of the command line that name what was run. */
interface GivenWords {
  readonly suites: readonly string[];
  /** Names and paths of `--cni`, at least one. */
  readonly cnis: readonly string[];
}

/** What to run next: one of several CNIs in detail, the one that departs in CI, all of them. */
function next(
  { cnis }: ConformanceDocument,
  { suites, cnis: [cni] }: GivenWords,
  { palette, invocation }: Style,
): string {
  const command = (...words: readonly string[]): string[] => [
    invocation,
    'test',
    '--conformance',
    ...suites,
    ...words,
  ];
  if (cnis.length > 1) return nextCommand('why', command('--cni', cni!), undefined, palette);
  const isDeparting = cnis[0]!.results.some(({ standing }) => standing === 'opens' || standing === 'closes');
  return isDeparting
    ? nextCommand('in CI', command('--cni', cni!, '--format', 'junit=report.xml'), undefined, palette)
    : nextCommand('all', command('--cni', 'all'), undefined, palette);
}

/** The whole report, newline at the end. */
export function conformanceText(document: ConformanceDocument, words: GivenWords, style: Style): string {
  const [first] = document.cnis;
  const lines = document.cnis.length === 1 ? oneCni(first!, style) : severalCnis(document, style);
  return `${[...lines, next(document, words, style)].join('\n')}\n`;
}
