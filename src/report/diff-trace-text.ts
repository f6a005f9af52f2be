/** What the text report of `diff` says of traces: totals by both sets, then the flows that change, by who makes the difference. */
import type { ChangedFlow, TraceDiff, TraceGroup } from '../analysis/diff/diff-document.ts';
import { countOf, formatBytes, formatCount } from '../output/quantity.ts';
import { sourceName } from '../output/source-name.ts';
import { visible } from '../output/visible.ts';
import { VERDICTS } from '../tables/verdict.ts';
import {
  byText,
  CHANGE_KINDS,
  CHANGE_WORDS,
  changeText,
  knobLines,
  moreGroups,
  sideLine,
  type ToldDiff,
} from './diff-words.ts';
import { heading, located, moreLines, type Style, verdictPaint, warningLine } from './style.ts';
import { formatTable } from './table.ts';

/** Groups, and flows of a group, that are shown; the document holds more. */
const GROUPS_SHOWN = 12;
const FLOWS_SHOWN = 4;

function totals({ before, after }: TraceDiff, style: Style): string[] {
  const rows = VERDICTS.filter((verdict) => before.packets[verdict] > 0 || after.packets[verdict] > 0).map(
    (verdict) => [
      verdict,
      formatCount(before.packets[verdict]),
      formatCount(after.packets[verdict]),
      formatCount(before.flows[verdict]),
      formatCount(after.flows[verdict]),
    ],
  );
  const head = ['', 'packets before', 'after', 'flows before', 'after'].map((text) =>
    style.palette.dim(text),
  );
  return [formatTable([head, ...rows], { columns: style.columns, align: 'lrrrr', indent: 2 }), ''];
}

/** `12 packets (1.20 kB) of 3 connections from 2 clients`. */
export function countsText({
  packets,
  bytes,
  flows,
  clients,
}: TraceGroup | TraceDiff['newly_denied']): string {
  // Some flow logs count no bytes.
  const size = bytes === 0 ? '' : ` (${formatBytes(bytes)})`;
  return `${countOf(packets, 'packet')}${size} of ${countOf(flows, 'connection')} from ${countOf(clients, 'client')}`;
}

function flowLines(flow: ChangedFlow, isFirst: boolean, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const count = palette.dim(`  ${countOf(flow.packets, 'packet')}`);
  const line = `  ${palette.bold(visible(flow.flow))}${count}`;
  if (!isFirst) return [line];
  const side = (label: 'before' | 'after'): string =>
    sideLine(label, flow[label], told, style, { withVerdict: true });
  return [line, side('before'), side('after')];
}

function groupLines(group: TraceGroup, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const { after, by, flows_listed: flows, omitted } = group;
  const more = flows.length - FLOWS_SHOWN + omitted;
  const change = verdictPaint(palette, after)(changeText(group));
  return [
    located(`${change} by ${heading(palette, byText(group))}`, by.location, style),
    ...knobLines(group, told, style),
    `  ${countsText(group)}`,
    ...flows.slice(0, FLOWS_SHOWN).flatMap((flow, index) => flowLines(flow, index === 0, told, style)),
    ...moreLines(more, 'flow', style),
    '',
  ];
}

/** The section about traces. */
export function traceSection(trace: TraceDiff, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const changed = CHANGE_KINDS.filter(({ key }) => trace[key].packets > 0 || trace[key].flows > 0);
  const paints = { 'newly-denied': palette.red, 'newly-allowed': palette.green, other: palette.yellow };
  const names = trace.traces.map(({ path }) => visible(sourceName(path))).join(', ');
  const warnings = trace.traces.flatMap((one) => one.warnings.map((text) => `${one.path}: ${text}`));
  return [
    `${palette.dim('on')} ${names}`,
    ...warnings.map((text) => warningLine(text, style)),
    ...(changed.length === 0
      ? [palette.green('no packet of it is judged otherwise')]
      : changed.map(
          ({ change, key }) => `  ${paints[change](CHANGE_WORDS[change])}: ${countsText(trace[key])}`,
        )),
    '',
    ...totals(trace, style),
    ...trace.groups.slice(0, GROUPS_SHOWN).flatMap((group) => groupLines(group, told, style)),
    ...moreGroups(trace.groups.length - GROUPS_SHOWN, style),
    ...(trace.omitted > 0
      ? [
          palette.dim(
            `${countOf(trace.omitted, 'changed flow')} did not fit into the tally and ${trace.omitted === 1 ? 'is' : 'are'} in the totals alone`,
          ),
          '',
        ]
      : []),
    ...(changed.length === 0
      ? [
          palette.dim(
            'what no trace holds may differ all the same: without a trace diff looks at every new packet',
          ),
        ]
      : []),
  ];
}
