/** The text report of `diff`: what changes, by whom, between whom, with an example of each; the grave first. */
import type {
  AllPackets,
  CniComparison,
  DiffDocument,
  DiffGroup,
  DiffRegion,
  DiffSet,
} from '../analysis/diff/diff-document.ts';
import { countOf, formatCount, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { traceSection } from './diff-trace-text.ts';
import {
  byText,
  changeText,
  knobLines,
  moreGroups,
  placesText,
  sideLine,
  type ToldDiff,
} from './diff-words.ts';
import { nextCommand } from './next-command.ts';
import { heading, located, moreLines, type Style, verdictPaint, warningLines } from './style.ts';
import { wrapped } from './wrap.ts';

/** Groups, and regions of a group, that are shown; the document holds more. */
const GROUPS_SHOWN = 12;
const REGIONS_SHOWN = 5;

function setText({ manifests, cni, policies, pods }: DiffSet): string {
  const what = `${countOf(policies, 'policy', 'policies')}, ${countOf(pods, 'pod')}, CNI ${visible(cni)}`;
  return `${manifests.map(visible).join(', ')} (${what})`;
}

function title({ before, after, staged }: DiffDocument, { palette }: Style): string[] {
  return [
    `${palette.bold('diff')} ${palette.dim('from')} ${setText(before)}`,
    `     ${palette.dim('to  ')} ${setText(after)}${staged ? palette.dim(', staged policies enforced') : ''}`,
    '',
  ];
}

function regionLines(region: DiffRegion, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const { from, to, ports, between, before, after, example } = region;
  const change = `${verdictPaint(palette, before.verdict)(before.verdict)} → ${verdictPaint(palette, after.verdict)(after.verdict)}`;
  const where = between === '' ? '' : `, ${between}`;
  return [
    ...wrapped(`${placesText(from)} → ${placesText(to)}: ${ports}${where}`, '    ', style.columns).map(
      (line, index) => palette.bold(index === 0 ? line.slice(2) : line),
    ),
    `      ${palette.dim('e.g.  ')} ${visible(example.flow)}  ${change}`,
    sideLine('before', before, told, style, { withVerdict: false }),
    sideLine('after', after, told, style, { withVerdict: false }),
  ];
}

function groupLines(group: DiffGroup, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const { after, by, regions, omitted } = group;
  const more = regions.length - REGIONS_SHOWN + omitted;
  const change = verdictPaint(palette, after)(changeText(group));
  return [
    located(`${change} by ${heading(palette, byText(group))}`, by.location, style),
    ...knobLines(group, told, style),
    ...regions.slice(0, REGIONS_SHOWN).flatMap((region) => regionLines(region, told, style)),
    ...moreLines(more, 'region', style),
    '',
  ];
}

function enumeratedText({ enumerated }: AllPackets): string {
  return enumerated
    .map(
      ({ family, source_classes, destination_classes, packets }) =>
        `IPv${family} ${formatCount(source_classes)} × ${formatCount(destination_classes)} classes of addresses, ${countOf(packets, 'packet')} looked up in both sets`,
    )
    .join('; ');
}

/** What was enumerated, and what that proves. */
export function proofText(all: AllPackets): string {
  return `over all ${all.space}: ${enumeratedText(all)}; all other packets meet programs that answer alike`;
}

function allPackets(all: AllPackets, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const { newly_denied, newly_allowed, other } = all.regions;
  const counts = [
    ...(newly_denied > 0
      ? [palette.red(countOf(newly_denied, 'region newly denied', 'regions newly denied'))]
      : []),
    ...(newly_allowed > 0
      ? [palette.green(countOf(newly_allowed, 'region newly allowed', 'regions newly allowed'))]
      : []),
    ...(other > 0
      ? [palette.yellow(countOf(other, 'region changed otherwise', 'regions changed otherwise'))]
      : []),
  ];
  return [
    all.equivalent
      ? palette.green('equivalent: no new packet is judged otherwise')
      : `${palette.bold('different:')} ${counts.join(', ')}`,
    '',
    ...all.groups.slice(0, GROUPS_SHOWN).flatMap((group) => groupLines(group, told, style)),
    ...moreGroups(all.groups.length - GROUPS_SHOWN, style),
    ...wrapped(proofText(all), '', style.columns).map((line) => palette.dim(line)),
  ];
}

function knobValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** What the knobs of two CNIs say, those that matter here first. */
export function knobSection({ knobs }: CniComparison, document: DiffDocument, style: Style): string[] {
  const { palette } = style;
  const { before, after, trace } = document;
  const amount = (count: number): string => countOf(count, trace === null ? 'region' : 'connection');
  const lines = knobs
    .filter(({ opens, closes, other, is_circumstance }) => opens + closes + other > 0 || is_circumstance)
    .flatMap(({ knob, opens, closes, other, is_circumstance, ...sides }) => {
      const counts = [
        ...(opens > 0 ? [palette.green(`opens ${amount(opens)}`)] : []),
        ...(closes > 0 ? [palette.red(`closes ${amount(closes)}`)] : []),
        ...(other > 0 ? [`changes ${amount(other)}`] : []),
        ...(is_circumstance ? [palette.dim('no first packet shows it')] : []),
      ];
      const said = [
        [before.cni, sides.before],
        [after.cni, sides.after],
      ] as const;
      return [
        `  ${palette.bold(knob)}  ${counts.join(', ')}`,
        ...said.flatMap(([cni, { value, says, source }]) => [
          ...wrapped(
            `${visible(cni)}: ${says === '' ? `as most do (${knobValue(value)})` : says}`,
            '      ',
            style.columns,
          ),
          ...(source === '' ? [] : [`        ${palette.dim(visible(source))}`]),
        ]),
      ];
    });
  const idle =
    knobs.length -
    knobs.filter(({ opens, closes, other, is_circumstance }) => opens + closes + other > 0 || is_circumstance)
      .length;
  return [
    heading(palette, `From ${visible(before.cni)} to ${visible(after.cni)}, knob by knob`),
    ...lines,
    ...(idle > 0
      ? [
          palette.dim(
            `  ${countOf(idle, 'more knob differs', 'more knobs differ')}, without effect on ${trace === null ? 'these policies' : 'what the traces hold'}`,
          ),
        ]
      : []),
    '',
  ];
}

/** The whole report. `explain` are the words behind the program that explain a flow after the change. */
export function diffText(told: ToldDiff, explain: readonly string[], style: Style): string {
  const { document } = told;
  const { all_packets: all, trace, cni, warnings, milliseconds } = document;
  const example = all?.groups[0]?.regions[0]?.example.flow ?? trace?.groups[0]?.flows_listed[0]?.flow;
  const lines = [
    ...warningLines(warnings, style),
    ...title(document, style),
    ...(all === null ? [] : allPackets(all, told, style)),
    ...(trace === null ? [] : traceSection(trace, told, style)),
    '',
    ...(cni === null ? [] : knobSection(cni, document, style)),
    ...document.assumptions.map((text) => style.palette.dim(`assumed: ${visible(text)}`)),
    style.palette.dim(`${formatSeconds(milliseconds / 1000)}`),
    ...(example === undefined
      ? []
      : [nextCommand('why', [style.invocation, 'explain', ...explain], example, style.palette)]),
    '',
  ];
  return lines.filter((line, index) => line !== '' || lines[index - 1] !== '').join('\n');
}
