/** What the text report of `replay` says where traces tell what became of their packets: how much agrees, and what does not. */
import type { DisagreeingFlow, ReplayDocument } from '../analysis/replay-document.ts';
import { countOf, formatCount, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { heading, type Style, verdictPaint } from './style.ts';
import { formatTable } from './table.ts';

/** Flows shown; the document holds all. */
const FLOWS_SHOWN = 10;

function flowLines(flow: DisagreeingFlow, width: number, { palette }: Style): string[] {
  const { verdict, reason, decider } = flow;
  const place = decider.location === '' ? '' : `  ${palette.cyan(visible(decider.location))}`;
  const where = flow.observed_at === 'source' ? ' at its source' : '';
  const count = verdictPaint(palette, verdict)(formatCount(flow.packets).padStart(width));
  const difference = palette.dim(`  ${flow.observed} observed${where}, ${verdict} here`);
  return [
    `  ${count}  ${palette.bold(visible(flow.flow))}${difference}`,
    `${' '.repeat(width + 4)}${reasonText(verdict, reason, decider)}${place}`,
  ];
}

/** What was observed against what the verdicts are. */
function matrix({ pairs }: NonNullable<ReplayDocument['observed']>, { palette, columns }: Style): string[] {
  const rows = pairs.map(({ observed, verdict, packets, flows }) => [
    observed,
    verdictPaint(palette, verdict)(verdict),
    formatCount(packets),
    formatCount(flows),
  ]);
  const head = ['observed', 'here', 'packets', 'flows'].map((text) => palette.dim(text));
  return [formatTable([head, ...rows], { columns, align: 'llrr', indent: 2 })];
}

/** The section; empty where no trace says what became of its packets. */
export function observedSection({ observed }: ReplayDocument, style: Style): string[] {
  if (observed === null) return [];
  const { compared, agree, disagree, omitted, elsewhere } = observed;
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
  const shown = disagree.slice(0, FLOWS_SHOWN);
  const width = Math.max(0, ...shown.map(({ packets }) => formatCount(packets).length));
  const more = disagree.length + omitted - shown.length;
  const share =
    compared.flows === 0
      ? ''
      : `, as judged here: ${formatShare(agree.flows, compared.flows)} of ${countOf(compared.flows, 'flow')}`;
  return [
    `${heading(palette, 'Observed')}${palette.dim(share)}`,
    ...matrix(observed, style),
    ...shown.flatMap((flow) => flowLines(flow, width, style)),
    ...(more > 0
      ? [palette.dim(`  and ${formatCount(more)} more flows that disagree (--format json lists them)`)]
      : []),
    ...notes,
    '',
  ];
}
