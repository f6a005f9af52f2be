/** What the text report of `replay` says of staged policies: how much they would change, by whom, and examples. */
import type { Counts, ReplayDocument, StagedFlow, StagedPolicyCount } from '../analysis/replay-document.ts';
import { countOf, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { policyText, reasonText } from './decider-text.ts';
import { nextCommand } from './next-command.ts';
import { heading, type Style, verdictPaint } from './style.ts';
import { formatTable } from './table.ts';

/** Flows shown of each kind of change, and policies; the document holds all. */
const FLOWS_SHOWN = 5;
const POLICIES_SHOWN = 10;

const KINDS = [
  { change: 'newly-denied', key: 'newly_denied', words: 'newly denied' },
  { change: 'newly-allowed', key: 'newly_allowed', words: 'newly allowed' },
  { change: 'other', key: 'other', words: 'changed otherwise' },
] as const;

/** `3 flows denied`, in the place of a table that is mostly zeros. */
function policyChanges(policy: StagedPolicyCount): string {
  const changes = KINDS.filter(({ key }) => policy[key].packets > 0 || policy[key].flows > 0);
  return changes.length === 0
    ? 'changes nothing here'
    : changes.map(({ key, words }) => `${words}: ${countsText(policy[key])}`).join('; ');
}

function countsText({ packets, flows }: Counts): string {
  return `${countOf(packets, 'packet')} of ${countOf(flows, 'connection')}`;
}

function flowLines(flow: StagedFlow, width: number, { palette, columns }: Style): string[] {
  const { verdict, reason, decider } = flow.pending;
  const paint = verdictPaint(palette, verdict);
  const indent = ' '.repeat(width + 4);
  const why = reasonText(verdict, reason, decider);
  const place = visible(decider.location);
  const isFitting = indent.length + why.length + 2 + place.length <= columns;
  const lines = isFitting
    ? [`${indent}${why}  ${palette.cyan(place)}`.trimEnd()]
    : [`${indent}${why}`, `${indent}${palette.cyan(place)}`];
  const count = formatCount(flow.packets).padStart(width);
  const change = palette.dim(`  ${flow.verdict} now, ${verdict} then`);
  return [`  ${paint(count)}  ${palette.bold(visible(flow.flow))}${change}`, ...lines];
}

function examples(flows: readonly StagedFlow[], style: Style): string[] {
  const shown = KINDS.flatMap(({ change }) =>
    flows.filter((flow) => flow.change === change).slice(0, FLOWS_SHOWN),
  );
  const width = Math.max(0, ...shown.map(({ packets }) => formatCount(packets).length));
  return shown.flatMap((flow) => flowLines(flow, width, style));
}

/** The section; empty where no policy is staged. `explain` are the words of the command that tells why. */
export function stagedSection(
  { staged }: ReplayDocument,
  explain: readonly string[],
  style: Style,
): string[] {
  if (staged === null) return [];
  const { palette, columns } = style;
  const changes = KINDS.filter(({ key }) => staged[key].packets > 0 || staged[key].flows > 0);
  const policies = staged.policies
    .slice(0, POLICIES_SHOWN)
    .map((policy) => [policyText(policy), policyChanges(policy), palette.cyan(visible(policy.location))]);
  const more = staged.policies.length - policies.length;
  const title = heading(palette, 'Staged policies');
  const summary =
    changes.length === 0
      ? palette.dim(', enforced they would change nothing in this trace')
      : palette.dim(', enforced they would change these flows');
  const first = staged.changed[0];
  const listed = staged.changed.length + staged.omitted;
  const shownFlows = examples(staged.changed, style);
  return [
    `${title}${summary}`,
    ...changes.map(
      ({ key, change, words }) =>
        `  ${verdictPaint(palette, change === 'newly-denied' ? 'deny' : change === 'newly-allowed' ? 'allow' : 'undetermined')(words)}: ${countsText(staged[key])}`,
    ),
    formatTable(policies, { columns, align: 'lll', indent: 2 }),
    ...(more > 0 ? [`  and ${more} more policies (--format json lists them)`] : []),
    ...shownFlows,
    ...(first === undefined
      ? []
      : [
          ...(listed > FLOWS_SHOWN
            ? [palette.dim(`  ${countOf(listed, 'flow')} in all, heaviest first (--format json lists them)`)]
            : []),
          `  ${nextCommand('why', explain, first.flow, palette)}`,
        ]),
    '',
  ];
}
