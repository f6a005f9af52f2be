/** The text report of `replay` without manifests: what is in the trace, and what to add to learn more. */
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import { nameByCapture } from '../flow/capture-name.ts';
import { countOf, formatBytes, formatCount, formatSeconds, formatShare } from '../output/quantity.ts';
import { sourceName } from '../output/source-name.ts';
import { visible } from '../output/visible.ts';
import { commandLine } from './next-command.ts';
import { lostText, skipAlarm } from './replay-alarms.ts';
import { heading, type Style, warningLine } from './style.ts';
import { formatTable } from './table.ts';

function traceLines(document: ReplayDocument, style: Style): string[] {
  return document.traces.flatMap((trace) => {
    const seconds = Number(trace.last_time) - Number(trace.first_time);
    const start = new Date(Math.floor(Number(trace.first_time)) * 1000);
    const span =
      Number(trace.last_time) === 0 || Number.isNaN(start.getTime())
        ? []
        : [
            `${seconds === 0 ? 'at' : `${formatSeconds(seconds)} from`} ${start.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
          ];
    const facts = [
      trace.format,
      countOf(trace.records, 'record'),
      ...(trace.outside > 0 ? [`${formatCount(trace.outside)} of them outside of --from and --to`] : []),
      countOf(trace.packets, 'packet'),
      ...(trace.bytes > 0 || trace.packets === 0 ? [formatBytes(trace.bytes)] : ['bytes are not told']),
      ...span,
    ];
    return [
      style.palette.bold(visible(sourceName(trace.path))),
      `  ${facts.join(' · ')}`,
      ...(trace.lost > 0 ? [`  ${warningLine(lostText(trace), style)}`] : []),
      ...trace.warnings.map((text) => `  ${warningLine(text, style)}`),
    ];
  });
}

/** An address, with what the capture calls it. */
function talkerText({ address, name }: ReplayDocument['contents']['talkers'][number]): string {
  const captured = nameByCapture(name);
  if (captured === undefined) return address === '' ? visible(name) : address;
  return visible(`${address} (${captured}, the capture says)`);
}

/** The whole report, newline at the end. */
export function traceText(document: ReplayDocument, tracePaths: readonly string[], style: Style): string {
  const { palette, columns } = style;
  const total = document.packets.total;
  const { protocols, talkers, ports, omitted } = document.contents;
  const section = (name: string, rows: readonly (readonly string[])[], omitted: number): string[] =>
    rows.length === 0
      ? []
      : [
          heading(palette, name),
          formatTable(rows, { columns, align: 'lrr', indent: 2 }),
          ...(omitted > 0 ? [`  and ${formatCount(omitted)} more`] : []),
          '',
        ];
  const weigh = ({ packets }: { packets: number }): string[] => [
    countOf(packets, 'packet'),
    formatShare(packets, total),
  ];
  const command = commandLine([style.invocation, 'replay', ...tracePaths, '-f', 'cluster.yaml']);
  return `${[
    ...skipAlarm(document, style),
    ...traceLines(document, style),
    '',
    ...section(
      'Protocols',
      protocols.map((one) => [one.protocol, ...weigh(one)]),
      0,
    ),
    ...section(
      'Addresses',
      talkers.map((one) => [talkerText(one), ...weigh(one)]),
      omitted.talkers,
    ),
    ...section(
      'Destination ports',
      ports.map((one) => [`${one.protocol} ${one.port}`, ...weigh(one)]),
      omitted.ports,
    ),
    ...section(
      'Skipped',
      document.skipped.map((one) => [one.reason, ...weigh(one)]),
      0,
    ),
    'No manifests were given, so nothing was judged. Add those of the cluster, and the policies to try:',
    '',
    '  kubectl get namespaces,pods,nodes,services,endpointslices,serviceaccounts,networkpolicies -A -o yaml > cluster.yaml',
    `  ${command}`,
  ].join('\n')}\n`;
}
