/**
 * What the text report of `replay` says where traces tell what became of their packets: how much agrees, and what does not, by who decided
 * on each side.
 */
import type { ObservedGroup } from '../analysis/replay/observed-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import { countOf, formatCount, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { nextCommand, snapshotWords } from './next-command.ts';
import { observedText } from './observed-group.ts';
import { heading, located, moreLines, type Style, verdictPaint } from './style.ts';
import { formatTable } from './table.ts';

type Observed = NonNullable<ReplayDocument['observed']>;

/** Groups shown of what disagrees, and of what agrees by another policy; the document holds all. */
const GROUPS_SHOWN = 10;
const OTHERS_SHOWN = 5;

const VERDICTS = ['allow', 'deny', 'undetermined', 'unspecified'];

/** What was observed, a row each, against the verdicts here: packets and, in brackets, flows. */
function matrix({ pairs }: Observed, { palette, columns }: Style): string[] {
  // Packets of a capture are no flows by themselves.
  const hasFlows = pairs.some(({ flows }) => flows > 0);
  const verdicts = VERDICTS.filter((verdict) => pairs.some((pair) => pair.verdict === verdict));
  const rows = (['allow', 'deny'] as const).flatMap((observed) => {
    const own = pairs.filter((pair) => pair.observed === observed);
    if (own.length === 0) return [];
    const cells = verdicts.map((verdict) => {
      const pair = own.find((each) => each.verdict === verdict);
      if (pair === undefined) return '';
      const text = `${formatCount(pair.packets)}${hasFlows ? ` (${formatCount(pair.flows)})` : ''}`;
      const isCompared = verdict === 'allow' || verdict === 'deny';
      if (!isCompared) return palette.yellow(text);
      return verdict === observed ? palette.green(text) : palette.red(text);
    });
    return [[`observed: ${observed}`, ...cells]];
  });
  const head = [hasFlows ? 'packets (flows)' : 'packets', ...verdicts.map((verdict) => `here: ${verdict}`)];
  const align = `l${'r'.repeat(verdicts.length)}`;
  return [formatTable([head.map((text) => palette.dim(text)), ...rows], { columns, align, indent: 2 })];
}

function groupLines(group: ObservedGroup, width: number, style: Style): string[] {
  const { palette } = style;
  const { verdict, reason, decider, packets, flows } = group;
  const indent = ' '.repeat(width + 4);
  const count = verdictPaint(palette, verdict)(formatCount(packets).padStart(width));
  // A group is of all flows that were decided so, on either side.
  const such = packets > 1 && flows !== 1 ? palette.dim('e.g. ') : '';
  const flowCount = flows === 0 ? '' : palette.dim(`  ${countOf(flows, 'flow')}`);
  return [
    `  ${count}  ${such}${palette.bold(visible(group.example))}${flowCount}`,
    located(`${indent}observed: ${observedText(group)}`, group.observed_by.location, style),
    located(`${indent}here: ${verdict}, ${reasonText(verdict, reason, decider)}`, decider.location, style),
  ];
}

function groupList(groups: readonly ObservedGroup[], omitted: number, most: number, style: Style): string[] {
  const shown = groups.slice(0, most);
  const width = Math.max(0, ...shown.map(({ packets }) => formatCount(packets).length));
  const more = groups.length + omitted - shown.length;
  return [...shown.flatMap((group) => groupLines(group, width, style)), ...moreLines(more, 'group', style)];
}

/** What agrees although the trace names another policy than the one that decides here. */
function otherLines({ same_verdict_other_policy: other }: Observed, style: Style): string[] {
  if (other.groups.length === 0) return [];
  const ofFlows = other.flows === 0 ? '' : ` of ${countOf(other.flows, 'flow')}`;
  const what = `${countOf(other.packets, 'packet')}${ofFlows}`;
  return [
    style.palette.dim(`  the same verdict by another policy than the trace names: ${what}`),
    ...groupList(other.groups, other.omitted, OTHERS_SHOWN, style),
  ];
}

/** The section; empty where no trace says what became of its packets. `explain` are the words of the command that tells why. */
export function observedSection(
  { observed, snapshots }: ReplayDocument,
  explain: readonly string[],
  style: Style,
): string[] {
  if (observed === null) return [];
  const { compared, agree, groups, groups_omitted: omitted, elsewhere } = observed;
  const { palette } = style;
  const notes =
    elsewhere.flows > 0
      ? [
          palette.dim(
            `  not compared: ${countOf(elsewhere.flows, 'record')} of what security groups of a cloud decided`,
          ),
        ]
      : [];
  if (observed.pairs.length === 0)
    return notes.length === 0 ? [] : [heading(palette, 'Observed'), ...notes, ''];
  const [part, whole, noun] =
    compared.flows === 0
      ? ([agree.packets, compared.packets, 'packet'] as const)
      : ([agree.flows, compared.flows, 'flow'] as const);
  const share = whole === 0 ? '' : `, as judged here: ${formatShare(part, whole)} of ${countOf(whole, noun)}`;
  const first = groups[0];
  return [
    `${heading(palette, 'Observed')}${palette.dim(share)}`,
    ...matrix(observed, style),
    ...groupList(groups, omitted, GROUPS_SHOWN, style),
    ...(first === undefined
      ? []
      : [
          `  ${nextCommand('why', [...explain, ...snapshotWords({ snapshots }, first.snapshot)], first.example, palette)}`,
        ]),
    ...otherLines(observed, style),
    ...notes,
    '',
  ];
}
