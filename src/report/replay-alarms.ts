/** What stands above a replay's totals, because it says how far they can be trusted. */
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';
import { countOf, formatCount, formatShare } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { moreLines, type Style } from './style.ts';

/** Addresses and objects shown; the document holds all. */
const SHOWN = 5;

/** What the capture itself says is missing. */
export function lostText({ lost }: Pick<ReplayDocument['traces'][number], 'lost'>): string {
  return `the capture lost ${countOf(lost, 'packet')}`;
}

/** A share of unresolved packets from which the first line speaks of it. */
const NOTABLE_SHARE = 0.001;

const CAPTURES: ReadonlySet<string> = new Set(['pcap', 'pcapng']);

/** A trace of which little could be read says so first: its totals are no answer. */
export function skipAlarm(document: ReplayDocument, { palette }: Style): string[] {
  const { skip, total } = document.packets;
  // That all lies outside of --from and --to is a warning of its own.
  if (total === 0 && document.traces.some(({ outside }) => outside > 0)) return [];
  if (total === 0) return [palette.yellow(palette.bold('The trace holds no packets.')), ''];
  // Copies are judged, with the packet that they are copies of.
  const lost = document.skipped.filter(({ reason }) => reason !== 'duplicate');
  const copies = skip - lost.reduce((sum, { packets }) => sum + packets, 0);
  if (skip - copies <= (total - copies) / 2) return [];
  const reasons = lost.map(({ reason, packets }) => `${reason} ${formatCount(packets)}`);
  const text = `${formatCount(skip - copies)} of ${countOf(total - copies, 'packet')} could not be judged: ${reasons.join(', ')}.`;
  return [
    palette.yellow(palette.bold(text)),
    document.traces.some(({ format }) => CAPTURES.has(format))
      ? 'Is it the file that was meant, and was enough of each packet captured?'
      : `Is it the file that was meant? It was read as ${[...new Set(document.traces.map(({ format }) => format))].join(', ')}; --trace-format says otherwise.`,
    '',
  ];
}

/** Manifests that do not fit the trace make every verdict wrong. */
export function strangerAlarm(document: ReplayDocument, style: Style): string[] {
  const { palette } = style;
  const { addresses, unresolved, unresolved_share: share } = document;
  if (addresses.seen > 0 && addresses.known === 0) {
    return [
      palette.yellow(
        palette.bold(
          addresses.seen === 1
            ? 'The one address of the trace is not in these manifests.'
            : `0 of ${countOf(addresses.seen, 'address', 'addresses')} are in these manifests.`,
        ),
      ),
      'Nothing here is policed, so nothing is denied. Are they the manifests of the cluster of this trace?',
      '',
    ];
  }
  if (share < NOTABLE_SHARE) return [];
  const lines = unresolved
    .slice(0, SHOWN)
    .map(
      ({ address, range, kind, packets }) =>
        `  ${address}  ${countOf(packets, 'packet')}, in ${kind} range ${range}`,
    );
  const more = unresolved.length + document.omitted.unresolved - lines.length;
  return [
    palette.yellow(
      palette.bold(
        `${formatShare(share, 1)} of the packets carry an address of the cluster that the manifests do not hold.`,
      ),
    ),
    'Verdicts for them are those of strangers. Are the manifests of the time of the capture?',
    ...lines,
    ...moreLines(more, 'address', style, { plural: 'addresses' }),
    '',
  ];
}

/** An address of several pods is judged as one of them, whoever sent the packet. */
export function reuseAlarm({ reused, snapshots }: ReplayDocument, style: Style): string[] {
  const { palette } = style;
  const { addresses, share, omitted } = reused;
  if (addresses.length === 0) return [];
  const lines = addresses
    .slice(0, SHOWN)
    .map(
      ({ address, pods, taken, packets }) =>
        `  ${address}  ${countOf(packets, 'packet')}, of ${pods.map(visible).join(' or ')}: judged as ${visible(taken)}`,
    );
  const more = addresses.length + omitted - lines.length;
  const advice =
    snapshots.length === 0
      ? 'Snapshots of the manifests tell them apart, each with its time: -f PATH@2026-11-20T10:00:00Z'
      : 'Snapshots between these would tell them apart.';
  return [
    palette.yellow(
      palette.bold(`${formatShare(share, 1)} of the packets carry an address that several pods had.`),
    ),
    advice,
    ...lines,
    ...moreLines(more, 'address', style, { plural: 'addresses' }),
    '',
  ];
}

/** Names that nothing in the manifests has: what they stand for is not known, so nothing is said of their flows. */
export function nameAlarm({ unknown_names: names, omitted }: ReplayDocument, style: Style): string[] {
  const { palette } = style;
  if (names.length === 0) return [];
  const lines = names
    .slice(0, SHOWN)
    .map(({ name, packets }) => `  ${visible(name)}  ${countOf(packets, 'packet')}`);
  const more = names.length + omitted.unknown_names - lines.length;
  const count = names.length + omitted.unknown_names;
  return [
    palette.yellow(
      palette.bold(`${countOf(count, 'name')} in the trace ${count === 1 ? 'is' : 'are'} in no manifest.`),
    ),
    'Their flows are undetermined. Are the manifests those of the time of the trace?',
    ...lines,
    ...moreLines(more, 'name', style),
    '',
  ];
}

/** Objects that are not there make every verdict that they could change a guess. */
export function doubtAlarm({ doubtful, packets }: ReplayDocument, style: Style): string[] {
  const { palette } = style;
  if (doubtful === null) return [];
  const left = `${countOf(doubtful.objects.length, 'invalid object')} ${doubtful.objects.length === 1 ? 'was' : 'were'} left out`;
  const most = doubtful.at_least ? 'at least ' : '';
  const share = formatShare(doubtful.packets, packets.total);
  const text =
    doubtful.packets === 0
      ? `${left}, which changes no verdict here.`
      : `${left}: ${most}${countOf(doubtful.packets, 'packet')} of ${countOf(doubtful.flows, 'connection')} (${share}) could fare otherwise.`;
  return [
    palette.yellow(palette.bold(text)),
    ...doubtful.objects.slice(0, SHOWN).map((object) => `  ${visible(object)}`),
    ...moreLines(doubtful.objects.length - SHOWN, 'object', style),
    '',
  ];
}
