/** A replay's numbers joined with the names of the cluster: the document that `replay` reports. Plain data, no engine. */
import { joinLegends, type Legend, type OutcomeLegend } from '../../compile/legend.ts';
import type { NameIndex } from '../../flow/flow-name.ts';
import type { Cluster } from '../../policy/cluster.ts';
import type { CniProfile } from '../../policy/cni/profile.ts';
import type { AddressBook } from '../../policy/endpoints.ts';
import { onePolicyEach } from '../../policy/policy-group.ts';
import type { ReplayResult, TraceTally, VerdictCounts } from '../../replay/result.ts';
import { REASONS, VERDICTS } from '../../tables/verdict.ts';
import { VERDICT_DENY } from '../../tables/verdict-layout.ts';
import { createAddressNames } from '../address-names.ts';
import type { CoverageDocument } from '../coverage/coverage-document.ts';
import { isStagedKind } from '../decider.ts';
import type { WrittenNames } from '../written-names.ts';
import { conntrackSummary } from './conntrack-summary.ts';
import { traceContents } from './contents.ts';
import { doubtsOf } from './doubtful-rows.ts';
import { doubtfulTotals } from './doubtful-totals.ts';
import { countFlows, type FlowNaming } from './flow-counts.ts';
import type { Totals, VerdictTotals } from './flow-document.ts';
import { summarizeObserved } from './observed-summary.ts';
import { replayCaveats } from './replay-caveats.ts';
import type { PhaseTime, ReasonCount, ReplayDocument, Timeline, TraceSummary } from './replay-document.ts';
import { type ReusedEpoch, reusedAddresses } from './reused-addresses.ts';
import { countRules } from './rule-counts.ts';
import { summarizeSnapshots } from './snapshots.ts';
import { summarizeStaged } from './staged-summary.ts';
import { totalsOf } from './totals.ts';
import { unknownNames } from './unknown-names.ts';
import { findUnresolved } from './unresolved.ts';

/** The most of each that a document lists; the rest is counted. */
const UNRESOLVED_LISTED = 100;
const FLOWS_LISTED = 10_000;

/** The cluster as it was in one epoch, and its tables' way back. */
export interface SummaryEpoch {
  /** RFC 3339, of its first instant; absent where the manifests have no times. */
  readonly time?: string;
  /** Paths, those of every epoch among them. */
  readonly manifests: readonly string[];
  readonly cluster: Cluster;
  readonly book: AddressBook;
  readonly legend: Legend;
  /** Of the tables with staged policies enforced, where any epoch has some. */
  readonly pendingLegend?: Legend;
}

export interface SummaryInput {
  readonly version: string;
  /** As given. */
  readonly manifests: readonly string[];
  readonly profile: CniProfile;
  /** As they were replayed, at least one. */
  readonly epochs: readonly SummaryEpoch[];
  readonly tableBytes: number;
  readonly result: ReplayResult;
  /** Denied flows that the document lists, 10,000 when absent: whoever shows the first ones need not have all of them named. */
  readonly deniedListed?: number;
  /** Where records name pods: what they may call the cluster's, and what they wrote. */
  readonly names?: { readonly index: NameIndex; readonly written: WrittenNames };
  /** Says what leaves an `unspecified` flow open. */
  readonly openOf?: FlowNaming['openOf'];
  /** Where coverage is wanted: what the replay exercised. */
  readonly coverageOf?: (naming: FlowNaming) => CoverageDocument;
  readonly loadMilliseconds: number;
  readonly compilePhases: readonly PhaseTime[];
}

function withoutNoEndpoint(result: ReplayResult): Totals {
  const less = (counts: VerdictCounts, key: 'packets' | 'bytes' | 'flows'): VerdictTotals => {
    const remaining = [...counts];
    for (const reason of result.reasons)
      if (REASONS[reason.reason] === 'no-endpoint') remaining[reason.verdict]! -= reason[key];
    return totalsOf(remaining);
  };
  return {
    packets: less(result.packets, 'packets'),
    bytes: less(result.bytes, 'bytes'),
    flows: less(result.flows, 'flows'),
  };
}

function reasonCounts(result: ReplayResult): ReasonCount[] {
  return result.reasons
    .map(({ verdict, reason, packets, bytes, flows }) => ({
      verdict: VERDICTS[verdict]!,
      reason: REASONS[reason]!,
      packets,
      bytes,
      flows,
    }))
    .filter(({ packets, flows }) => packets > 0 || flows > 0)
    .sort((a, b) => b.packets - a.packets);
}

function traceSummary(trace: TraceTally): TraceSummary {
  const { path, format, records, outside, packets, bytes, lost, warnings } = trace;
  return {
    path,
    format,
    records,
    outside,
    packets,
    bytes,
    lost,
    first_time: trace.firstTime,
    last_time: trace.lastTime,
    warnings,
  };
}

function timelineOf({ timeline }: ReplayResult): Timeline {
  return {
    seconds: timeline.seconds,
    intervals: timeline.intervals.map(({ start, packets, bytes }) => ({
      start,
      packets: totalsOf(packets),
      bytes: totalsOf(bytes),
    })),
  };
}

/** What gives the flows of a replay their names. */
export function namingOf({ result, epochs, names, openOf }: SummaryInput): FlowNaming {
  return {
    legend: joinLegends(epochs.map(({ legend }) => legend)),
    epochs: epochs.map(({ book, cluster }) => ({
      names: createAddressNames(book, names?.written, result.captureNames),
      doubts: doubtsOf(cluster),
    })),
    areSnapshots: epochs[0]!.time !== undefined,
    ...(openOf === undefined ? {} : { openOf }),
  };
}

/** Joins a replay with names. The same input gives the same document, whatever the number of workers. */
export function summarizeReplay(input: SummaryInput): ReplayDocument {
  const { result, epochs, deniedListed = FLOWS_LISTED } = input;
  const naming = namingOf(input);
  const denied = result.refused.filter(({ verdict }) => verdict === VERDICT_DENY);
  const undecided = result.refused.filter(({ verdict }) => verdict !== VERDICT_DENY);
  const { unresolved, share, seen, known } = findUnresolved(result, epochs);
  const unknown = unknownNames(result, input.names);
  const reasons = reasonCounts(result);
  const pending = pendingLegend(epochs);
  return {
    schema: 'dryplane/replay/v1',
    version: input.version,
    cni: input.profile.name,
    manifests: input.manifests,
    snapshots: summarizeSnapshots(result, epochs),
    packets: totalsOf(result.packets),
    bytes: totalsOf(result.bytes),
    flows: totalsOf(result.flows),
    without_no_endpoint: withoutNoEndpoint(result),
    reasons,
    observed: summarizeObserved(result, naming, FLOWS_LISTED),
    staged: summarizeStaged(result, naming, pending, FLOWS_LISTED),
    doubtful: doubtfulTotals(result, epochs, naming),
    skipped: reasons
      .filter(({ verdict }) => verdict === 'skip')
      .map(({ reason, packets, bytes }) => ({ reason, packets, bytes })),
    rules: countRules(
      result,
      epochs.map(({ legend }) => legend),
    ),
    denied: countFlows(denied.slice(0, deniedListed), naming),
    undecided: countFlows(undecided.slice(0, FLOWS_LISTED), naming),
    unresolved: unresolved.slice(0, UNRESOLVED_LISTED),
    unresolved_share: share,
    unknown_names: unknown.slice(0, UNRESOLVED_LISTED),
    reused: reusedAddresses(result, reusedEpochs(input)),
    addresses: { seen: seen + result.omittedAddresses, known, omitted: result.omittedAddresses },
    omitted: {
      denied: result.omitted.refused + Math.max(0, denied.length - deniedListed),
      undecided: Math.max(0, undecided.length - FLOWS_LISTED),
      unresolved: Math.max(0, unresolved.length - UNRESOLVED_LISTED),
      unknown_names: Math.max(0, unknown.length - UNRESOLVED_LISTED),
    },
    connections: { picked_up: result.pickedUp, untracked: result.untrackedConnections },
    conntrack: conntrackSummary(result),
    contents: traceContents(result, naming.epochs),
    traces: result.traces.map(traceSummary),
    timeline: timelineOf(result),
    coverage: input.coverageOf?.(naming) ?? null,
    tables: { bytes: input.tableBytes, ...tableCounts(epochs.at(-1)!) },
    timing: {
      load_milliseconds: input.loadMilliseconds,
      compile: input.compilePhases,
      replay_seconds: result.timing.wallSeconds,
      workers: result.timing.workers,
    },
    ...replayCaveats(input, reasons),
  };
}

function pendingLegend(epochs: readonly SummaryEpoch[]): OutcomeLegend | undefined {
  const legends = epochs.flatMap((epoch) => epoch.pendingLegend ?? []);
  return legends.length === 0 ? undefined : joinLegends(legends);
}

function tableCounts({
  book: { endpoints },
  legend,
  pendingLegend,
}: SummaryEpoch): Omit<ReplayDocument['tables'], 'bytes'> {
  return {
    endpoints: endpoints.length,
    host_endpoints: endpoints.filter(({ kind }) => kind === 'host').length,
    policies: onePolicyEach(legend.policies.filter(({ staged }) => !staged)).length,
    staged_policies: (pendingLegend?.policies ?? []).filter(isStagedKind).length,
  };
}

/** Packets of the first epoch are as early as the traces, those of the others not earlier than their epoch. */
function reusedEpochs({ result, epochs }: SummaryInput): ReusedEpoch[] {
  const times = result.traces.map(({ firstTime }) => firstTime).filter((time) => time !== '');
  const begin = Math.min(...times.map(Number));
  return epochs.map(({ book, cluster, time }, epoch) => ({
    book,
    cluster,
    sinceSeconds: epoch === 0 || time === undefined ? begin : Date.parse(time) / 1000,
  }));
}
