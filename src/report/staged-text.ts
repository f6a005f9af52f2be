/** What the text report of `replay` says of staged policies: how much they would change, by whom, and examples. */
import type { Counts } from '../analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import type { StagedFlow, StagedPolicyCount } from '../analysis/replay/staged-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { policyText, reasonText } from './decider-text.ts';
import { CHANGE_KINDS, CHANGE_WORDS } from './diff-words.ts';
import { nextCommand, snapshotWords } from './next-command.ts';
import { heading, moreLines, placedLines, type Style, verdictPaint } from './style.ts';
import { placedRows } from './table.ts';

/** Flows shown of each kind of change, and policies; the document holds all. */
const FLOWS_SHOWN = 5;
const POLICIES_SHOWN = 10;

/** In words: a table would be mostly zeros. */
function policyChanges(policy: StagedPolicyCount): string {
  const changes = CHANGE_KINDS.filter(({ key }) => policy[key].packets > 0 || policy[key].flows > 0);
  return changes.length === 0
    ? 'changes nothing here'
    : changes.map(({ change, key }) => `${CHANGE_WORDS[change]}: ${countsText(policy[key])}`).join('; ');
}

function countsText({ packets, flows }: Counts): string {
  return `${countOf(packets, 'packet')} of ${countOf(flows, 'connection')}`;
}

function flowLines(flow: StagedFlow, width: number, style: Style): string[] {
  const { palette } = style;
  const { verdict, reason, decider } = flow.pending;
  const paint = verdictPaint(palette, verdict);
  const indent = ' '.repeat(width + 4);
  const count = formatCount(flow.packets).padStart(width);
  const change = palette.dim(`  ${flow.verdict} now, ${verdict} then`);
  return [
    `  ${paint(count)}  ${palette.bold(visible(flow.flow))}${change}`,
    ...placedLines(reasonText(verdict, reason, decider), decider.location, indent, style),
  ];
}

/** The heaviest of each kind of change, with who would decide. */
function examples(flows: readonly StagedFlow[], style: Style): { lines: string[]; count: number } {
  const shown = CHANGE_KINDS.flatMap(({ change }) =>
    flows.filter((flow) => flow.change === change).slice(0, FLOWS_SHOWN),
  );
  const width = Math.max(0, ...shown.map(({ packets }) => formatCount(packets).length));
  return { lines: shown.flatMap((flow) => flowLines(flow, width, style)), count: shown.length };
}

/** By whom: every staged policy, and whoever else would decide. */
function policyLines(policies: readonly StagedPolicyCount[], style: Style): string[] {
  const { palette, columns } = style;
  const rows = policies
    .slice(0, POLICIES_SHOWN)
    .map((policy) => [policyText(policy), policyChanges(policy), palette.cyan(visible(policy.location))]);
  const more = policies.length - rows.length;
  return [
    ...(rows.length === 0 ? [] : placedRows(rows, { columns, align: 'lll', indent: 2 })),
    ...moreLines(more, 'policy', style, { plural: 'policies' }),
  ];
}

/** The section; empty where no policy is staged. `explain` are the words of the command that tells why. */
export function stagedSection(
  { staged, flows: now, snapshots }: ReplayDocument,
  explain: readonly string[],
  style: Style,
): string[] {
  if (staged === null) return [];
  const { palette } = style;
  const flows = CHANGE_KINDS.reduce((sum, { key }) => sum + staged[key].flows, 0);
  const changes = CHANGE_KINDS.filter(({ key }) => staged[key].packets > 0);
  const what =
    changes.length === 0
      ? ', were they enforced: nothing in this trace would change'
      : `, were they enforced: ${formatCount(flows)} of ${countOf(now.total, 'connection')} would change`;
  const first = staged.changed[0];
  const listed = staged.changed.length + staged.omitted;
  const shown = examples(staged.changed, style);
  return [
    `${heading(palette, 'Staged policies')}${palette.dim(what)}`,
    ...policyLines(staged.policies, style),
    ...shown.lines,
    ...(listed > shown.count
      ? [
          palette.dim(
            `  ${formatCount(shown.count)} of ${countOf(listed, 'flow')} (--format json lists them)`,
          ),
        ]
      : []),
    ...(first === undefined
      ? []
      : [
          `  ${nextCommand('why', [...explain, ...snapshotWords({ snapshots }, first.snapshot)], first.flow, palette)}`,
        ]),
    '',
  ];
}
