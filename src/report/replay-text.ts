/** The text report of `replay`: what an engineer wants to read at a glance, the worst news first. */
import type { FlowCount, VerdictTotals } from '../analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import { nameByCapture } from '../flow/capture-name.ts';
import type { Palette } from '../output/palette.ts';
import { countOf, formatBytes, formatCount, formatSeconds, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { VERDICTS } from '../tables/verdict.ts';
import { coverageText } from './coverage-text.ts';
import { deadRuleSection } from './dead-rules-text.ts';
import { bareReasonText, placeText, reasonText } from './decider-text.ts';
import { nextCommand, snapshotWords } from './next-command.ts';
import { observedSection } from './observed-text.ts';
import { doubtAlarm, lostText, nameAlarm, reuseAlarm, skipAlarm, strangerAlarm } from './replay-alarms.ts';
import { stagedSection } from './staged-text.ts';
import { heading, placedLines, type Style, verdictPaint, warningLine, warningLines } from './style.ts';
import { formatTable } from './table.ts';
import { deniedOverTime } from './timeline-text.ts';
import { traceNames } from './trace-names.ts';

/** Flows shown in full; the document holds all. */
const FLOWS_SHOWN = 10;

function title(document: ReplayDocument, { palette }: Style): string[] {
  const { traces, tables, cni } = document;
  const names = visible(traceNames(traces));
  const what = [
    countOf(tables.policies, 'policy', 'policies'),
    ...(tables.staged_policies > 0 ? [`${formatCount(tables.staged_policies)} staged`] : []),
    countOf(tables.endpoints - tables.host_endpoints, 'pod'),
    ...(tables.host_endpoints > 0 ? [countOf(tables.host_endpoints, 'host endpoint')] : []),
    `CNI ${cni}`,
  ].join(', ');
  return [
    `${palette.bold('replay')} ${names}  ${palette.dim(what)}`,
    ...snapshotLines(document, palette),
    '',
  ];
}

/** The cluster's states and their shares of the trace; the line above counts the last one's. */
function snapshotLines({ snapshots }: ReplayDocument, palette: Palette): string[] {
  const wide = Math.max(0, ...snapshots.map(({ packets }) => formatCount(packets).length));
  return snapshots.map(
    ({ time, packets, policies, endpoints }) =>
      `  from ${time}  ${formatCount(packets).padStart(wide)} ${palette.dim(`packets, ${countOf(policies, 'policy', 'policies')}, ${countOf(endpoints, 'endpoint')}`)}`,
  );
}

function totals(document: ReplayDocument, style: Style): string[] {
  const { palette } = style;
  // Flow logs of some kinds count no bytes: a column of zeros would say that there were none.
  const hasBytes = document.bytes.total > 0;
  const cells = (label: string, key: keyof VerdictTotals): string[] => [
    label,
    formatCount(document.packets[key]),
    formatShare(document.packets[key], document.packets.total),
    ...(hasBytes ? [formatBytes(document.bytes[key])] : []),
    formatCount(document.flows[key]),
  ];
  const rows = [
    ['', 'packets', '', ...(hasBytes ? ['bytes'] : []), 'flows'].map((text) => palette.dim(text)),
    ...VERDICTS.map((verdict) => {
      const row = cells(verdict, verdict);
      const empty = document.packets[verdict] === 0 && document.flows[verdict] === 0;
      if (empty) return row.map((text) => palette.dim(text));
      return [verdictPaint(palette, verdict)(row[0]!), ...row.slice(1)];
    }),
    cells('total', 'total').map((text) => palette.bold(text)),
  ];
  const table = formatTable(rows, { columns: style.columns, align: hasBytes ? 'lrrrr' : 'lrrr', indent: 2 });
  const unpoliced = document.packets.total - document.without_no_endpoint.packets.total;
  const note =
    unpoliced > 0 && document.addresses.known > 0
      ? [palette.dim(`  ${countOf(unpoliced, 'packet')} of these are between addresses that no pod holds`)]
      : [];
  return [table, ...note, ''];
}

/** What the capture calls the addresses that nobody else names: its word, so it stands apart. */
function captureLines(flow: FlowCount, indent: string, { palette }: Style): string[] {
  const sides = [
    [flow.src, nameByCapture(flow.src_name)],
    [flow.dst, nameByCapture(flow.dst_name)],
  ] as const;
  const texts = sides.flatMap(([address, name]) => (name === undefined ? [] : [`${address} is ${name}`]));
  if (texts.length === 0) return [];
  return [palette.dim(`${indent}${visible(texts.join(', '))}, the capture says`)];
}

function flowLines(flow: FlowCount, width: number, style: Style): string[] {
  const { palette } = style;
  const paint = verdictPaint(palette, flow.verdict);
  const rewritten =
    flow.judged_dst === flow.dst && flow.judged_dport === flow.dport
      ? ''
      : ` (at ${flow.judged_dst_name === '' ? flow.judged_dst : flow.judged_dst_name}${flow.judged_dport === null ? '' : `:${flow.judged_dport}`})`;
  const connections =
    flow.connections > 1 ? palette.dim(`  ${formatCount(flow.connections)} connections`) : '';
  const doubtful = flow.doubtful ? palette.yellow('  doubtful') : '';
  const indent = ' '.repeat(width + 4);
  return [
    `  ${paint(formatCount(flow.packets).padStart(width))}  ${palette.bold(visible(flow.flow))}${visible(rewritten)}${connections}${doubtful}`,
    ...captureLines(flow, indent, style),
    ...placedLines(
      reasonText(flow.verdict, flow.reason, flow.decider, { open: flow.open, terms: style.terms }),
      placeText(flow.decider, flow.open),
      indent,
      style,
    ),
  ];
}

function flowSection(name: string, flows: readonly FlowCount[], omitted: number, style: Style): string[] {
  if (flows.length === 0) return [];
  const shown = flows.slice(0, FLOWS_SHOWN);
  const width = Math.max(...shown.map(({ packets }) => formatCount(packets).length));
  const all = flows.length + omitted;
  const count =
    shown.length < all
      ? `${shown.length} of ${formatCount(all)} flows, heaviest first`
      : countOf(all, 'flow');
  return [
    `${heading(style.palette, name)}${style.palette.dim(`, in packets (${count})`)}`,
    ...shown.flatMap((flow) => flowLines(flow, width, style)),
    ...(shown.length < all
      ? [style.palette.dim(`  and ${formatCount(all - shown.length)} more (--format html=FILE shows them)`)]
      : []),
    '',
  ];
}

/** Packets without a verdict that belong to no flow, so that no list of flows has them: what they lack. */
function looseSection({ reasons, undecided, omitted }: ReplayDocument, style: Style): string[] {
  if (omitted.undecided > 0) return [];
  const rows = reasons.flatMap(({ verdict, reason, packets }) => {
    if (verdict !== 'undetermined' && verdict !== 'unspecified') return [];
    const listed = undecided.filter((flow) => flow.verdict === verdict && flow.reason === reason);
    const loose = packets - listed.reduce((sum, flow) => sum + flow.packets, 0);
    return loose > 0 ? [[formatCount(loose), reason, style.palette.dim(bareReasonText(reason))]] : [];
  });
  if (rows.length === 0) return [];
  return [
    `${heading(style.palette, 'Neither allowed nor denied, of no connection')}${style.palette.dim(', in packets (ICMP errors and the like)')}`,
    formatTable(rows, { columns: style.columns, align: 'rll', indent: 2 }),
    '',
  ];
}

const SKIP_WORDS: Readonly<Record<string, string>> = {
  'non-ip': 'not IP (ARP and the like)',
  malformed: 'contradicts itself or cannot be read',
  truncated: 'cut off before the addresses or ports',
  'inner-truncated': 'a tunnel whose inner packet is cut off',
  'unknown-fragment': 'a fragment whose first part is not in the trace',
  duplicate: 'copies of packets and records that are judged already',
};

function skipSection(document: ReplayDocument, style: Style): string[] {
  const skipped = document.skipped.filter(({ packets }) => packets > 0);
  if (skipped.length === 0) return [];
  const rows = skipped.map(({ reason, packets }) => [
    formatCount(packets),
    reason,
    style.palette.dim(SKIP_WORDS[reason] ?? ''),
  ]);
  return [
    `${heading(style.palette, 'Skipped')}${style.palette.dim(', there is nothing to judge')}`,
    formatTable(rows, { columns: style.columns, align: 'rll', indent: 2 }),
    '',
  ];
}

/** What is to be known besides, a line each. */
export function noteLines(document: ReplayDocument, style: Pick<Style, 'palette'>): string[] {
  const traceWarnings = document.traces.flatMap(({ path, warnings, lost }) => [
    ...warnings.map((warning) => `${path}: ${warning}`),
    ...(lost > 0 ? [`${path}: ${lostText({ lost })}`] : []),
  ]);
  const pickedUp = document.connections.picked_up;
  const outside = document.traces.reduce((sum, trace) => sum + trace.outside, 0);
  return [
    ...traceWarnings.map((text) => warningLine(text, style)),
    ...(outside > 0 ? [`note: ${countOf(outside, 'record')} outside of --from and --to`] : []),
    ...(pickedUp > 0
      ? [
          `note: ${countOf(pickedUp, 'connection')} began before the capture; who called whom is told by the ports`,
        ]
      : []),
    ...document.assumptions.map((text) => `assumed: ${visible(text)}`),
  ];
}

function noteSection(document: ReplayDocument, style: Style): string[] {
  const notes = noteLines(document, style);
  return notes.length === 0 ? [] : [...notes, ''];
}

/** How long what took. */
export function timingText(document: ReplayDocument): string {
  const { timing: time, packets, tables } = document;
  const compile = time.compile.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const rate = time.replay_seconds > 0 ? packets.total / time.replay_seconds : 0;
  const speed = packets.total >= 100_000 ? `, ${formatCount(rate)} packets/s` : '';
  return [
    `read manifests ${formatSeconds(time.load_milliseconds / 1000)}`,
    `compile ${formatSeconds(compile / 1000)} (${formatBytes(tables.bytes)} of tables)`,
    `replay ${formatSeconds(time.replay_seconds)} (${countOf(time.workers, 'worker')}${speed})`,
  ].join(' · ');
}

/** The words of the command line that the next one repeats. */
export interface ReplayWords {
  readonly traces: readonly string[];
  /** `-f` and what changes the manifests. */
  readonly manifests: readonly string[];
}

/** Why the worst was denied; where nothing was: what the trace holds at all, or what decided each packet. */
function next(document: ReplayDocument, { traces, manifests }: ReplayWords, style: Style): string {
  const { invocation, palette } = style;
  const worst = document.denied[0] ?? document.undecided[0];
  if (worst !== undefined) {
    const when = snapshotWords(document, worst.snapshot);
    return nextCommand('why', [invocation, 'explain', ...manifests, ...when], worst.flow, palette);
  }
  // What came through a pipe is gone.
  if (traces.includes('-')) return '';
  const again = [invocation, 'replay', ...traces];
  if (document.addresses.known === 0) return nextCommand('what is in the trace', again, undefined, palette);
  const rows = [...again, ...manifests, '--verdicts', 'verdicts.csv'];
  return nextCommand('packet by packet', rows, undefined, palette);
}

/** The whole report, newline at the end. */
export function replayText(document: ReplayDocument, words: ReplayWords, style: Style): string {
  return `${[
    ...skipAlarm(document, style),
    ...doubtAlarm(document, style),
    ...strangerAlarm(document, style),
    ...reuseAlarm(document, style),
    ...nameAlarm(document, style),
    // What makes every verdict doubtful comes before the verdicts.
    ...warningLines(document.warnings, style),
    ...title(document, style),
    ...totals(document, style),
    ...flowSection('Denied', document.denied, document.omitted.denied, style),
    ...deniedOverTime(document, style),
    ...flowSection('Neither allowed nor denied', document.undecided, document.omitted.undecided, style),
    ...looseSection(document, style),
    ...observedSection(document, [style.invocation, 'explain', ...words.manifests], style),
    ...stagedSection(document, [style.invocation, 'explain', ...words.manifests], style),
    ...deadRuleSection(document, style),
    ...(document.coverage === null ? [] : [coverageText(document.coverage, style), '']),
    ...skipSection(document, style),
    ...noteSection(document, style),
    style.palette.dim(timingText(document)),
    ...[next(document, words, style)].filter((line) => line !== ''),
  ].join('\n')}\n`;
}
