/** What the text report of `diff` says of traces: totals by both sets, then the flows that change, by who makes the difference. */
import type { ChangedFlow, TraceDiff, TraceGroup } from '../analysis/diff/diff-document.ts';
import { countOf, formatBytes, formatCount } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { reasonText } from './decider-text.ts';
import { byText, CHANGE_WORDS, knobLines, type ToldDiff } from './diff-words.ts';
import { heading, type Style, verdictPaint } from './style.ts';
import { formatTable } from './table.ts';

/** Groups, and flows of a group, that are shown; the document holds more. */
const GROUPS_SHOWN = 12;
const FLOWS_SHOWN = 4;

const VERDICTS = ['allow', 'deny', 'undetermined', 'unspecified', 'skip'] as const;

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
  return `${countOf(packets, 'packet')} (${formatBytes(bytes)}) of ${countOf(flows, 'connection')} from ${countOf(clients, 'client')}`;
}

function flowLines(flow: ChangedFlow, isFirst: boolean, { terms }: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const count = palette.dim(`  ${countOf(flow.packets, 'packet')}`);
  const line = `  ${palette.bold(visible(flow.flow))}${count}`;
  if (!isFirst) return [line];
  const side = (label: 'before' | 'after', { verdict, reason, decider }: ChangedFlow['before']): string => {
    const place = decider.location === '' ? '' : `  ${palette.cyan(visible(decider.location))}`;
    const words = reasonText(verdict, reason, decider, { terms: terms[label] });
    return `      ${palette.dim(label.padEnd(6))} ${verdictPaint(palette, verdict)(verdict)}, ${words}${place}`;
  };
  return [line, side('before', flow.before), side('after', flow.after)];
}

function groupLines(group: TraceGroup, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const { change, before, after, by, flows_listed: flows, omitted } = group;
  const words = change === 'other' ? `${before}, now ${after}` : CHANGE_WORDS[change];
  const more = flows.length - FLOWS_SHOWN + omitted;
  const place = by.location === '' ? '' : `  ${palette.cyan(visible(by.location))}`;
  return [
    `${verdictPaint(palette, after)(words)} by ${heading(palette, byText(group))}${place}`,
    ...knobLines(group, told, style),
    `  ${countsText(group)}`,
    ...flows.slice(0, FLOWS_SHOWN).flatMap((flow, index) => flowLines(flow, index === 0, told, style)),
    ...(more > 0 ? [palette.dim(`  and ${countOf(more, 'more flow')} (--format json lists them)`)] : []),
    '',
  ];
}

/** The section about traces. */
export function traceSection(trace: TraceDiff, told: ToldDiff, style: Style): string[] {
  const { palette } = style;
  const kinds = [
    ['newly_denied', 'newly denied', palette.red],
    ['newly_allowed', 'newly allowed', palette.green],
    ['other', 'changed otherwise', palette.yellow],
  ] as const;
  const changed = kinds.filter(([key]) => trace[key].packets > 0 || trace[key].flows > 0);
  const names = trace.traces.map(({ path }) => (path === '-' ? 'standard input' : visible(path))).join(', ');
  const warnings = trace.traces.flatMap((one) => one.warnings.map((text) => `${one.path}: ${text}`));
  const more = trace.groups.length - GROUPS_SHOWN;
  return [
    `${palette.dim('on')} ${names}`,
    ...warnings.map((text) => `${palette.yellow('warning:')} ${visible(text)}`),
    ...(changed.length === 0
      ? [palette.green('no packet of it is judged otherwise')]
      : changed.map(([key, words, paint]) => `  ${paint(words)}: ${countsText(trace[key])}`)),
    '',
    ...totals(trace, style),
    ...trace.groups.slice(0, GROUPS_SHOWN).flatMap((group) => groupLines(group, told, style)),
    ...(more > 0
      ? [palette.dim(`and ${countOf(more, 'more group')} of changes (--format json lists them)`), '']
      : []),
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
