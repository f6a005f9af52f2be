/**
 * What the workers counted, as one result. Sums are of whole numbers and shards are merged in their order, so nothing
 * depends on who counted what.
 */
import * as D from '../dataplane/desk-layout.ts';
import { EPOCH_SEEN_BYTES, EPOCH_SEEN_EARLY, EPOCH_SEEN_TIMELESS } from '../dataplane/epochs-layout.ts';
import * as S from '../dataplane/shard-layout.ts';
import { NO_OUTCOME, REASON_COUNT, VERDICT_COUNT } from '../tables/verdict-layout.ts';
import { outcomeCount } from './epoch-plan.ts';
import { flowAt, usedRows } from './flow-tables.ts';
import { heaviestRows } from './heaviest.ts';
import { addressesOf } from './merge-addresses.ts';
import { observedResult } from './merge-observed.ts';
import { mergeTimelines } from './merge-timeline.ts';
import { isObserved, type Plan } from './plan.ts';
import type {
  ChangedFlowTally,
  FlowTally,
  PathTally,
  PendingResult,
  ReplayResult,
  VerdictCounts,
} from './result.ts';

type SharedView = DataView<SharedArrayBuffer>;

/** All that shared memory knows of the result. */
export type Counted = Omit<ReplayResult, 'traces' | 'captureNames' | 'timing'>;

interface Pair {
  readonly verdict: number;
  readonly reason: number;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
}

function sums(memory: SharedArrayBuffer, offsets: readonly number[], length: number): Float64Array {
  const total = new Float64Array(length);
  for (const offset of offsets) {
    const part = new Float64Array(memory, offset, length);
    for (let index = 0; index < length; index++) total[index]! += part[index]!;
  }
  return total;
}

function pairsOf(totals: Float64Array): Pair[] {
  const pairs: Pair[] = [];
  for (let verdict = 0; verdict < VERDICT_COUNT; verdict++) {
    for (let reason = 0; reason < REASON_COUNT; reason++) {
      const at = (verdict * D.TOTAL_REASONS + reason) * D.TOTAL_WORDS;
      const packets = totals[at + D.TOTAL_PACKETS]!;
      const bytes = totals[at + D.TOTAL_BYTES]!;
      const flows = totals[at + D.TOTAL_FLOWS]!;
      if (packets !== 0 || bytes !== 0 || flows !== 0) pairs.push({ verdict, reason, packets, bytes, flows });
    }
  }
  return pairs;
}

function byVerdict(
  pairs: readonly Omit<Pair, 'reason'>[],
  count: 'packets' | 'bytes' | 'flows',
): VerdictCounts {
  const counts: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  for (const pair of pairs) counts[pair.verdict]! += pair[count];
  return counts;
}

/** Byte offset of the path that the flow row of a shard names, undefined without. */
function pathOf(plan: Plan, view: DataView, row: number): number | undefined {
  const number = view.getUint16(row + S.FLOW_PATH, true);
  if (number === 0) return undefined;
  const { start, shardBytes } = plan.tableSlots;
  const shard = Math.floor((row - start) / shardBytes);
  const paths = plan.shards + shard * S.SHARD_BYTES + S.SHARD_PATHS;
  return view.getUint32(paths + S.TABLE_ROWS, true) + (number - 1) * S.PATH_ROW_BYTES;
}

function changedFlowAt(plan: Plan, view: DataView, row: number): ChangedFlowTally {
  const path = pathOf(plan, view, row);
  return {
    ...flowAt(view, row),
    pendingVerdict: view.getUint8(row + S.FLOW_PENDING),
    pendingReason: path === undefined ? 0 : view.getUint8(path + S.PATH_PENDING_REASON),
    pendingHook: path === undefined ? 0 : view.getUint8(path + S.PATH_PENDING_HOOK),
    pendingOutcome: path === undefined ? NO_OUTCOME : view.getUint32(path + S.PATH_PENDING, true),
  };
}

/** The paths of all shards, equal ones together. */
function pathsOf(plan: Plan, view: DataView): { paths: readonly PathTally[]; omitted: number } {
  const paths = new Map<string, { outcomes: number[]; packets: number; bytes: number; flows: number }>();
  let omitted = 0;
  for (let shard = 0; shard < S.SHARD_COUNT; shard++) {
    const header = plan.shards + shard * S.SHARD_BYTES + S.SHARD_PATHS;
    omitted += view.getUint32(header + S.TABLE_OMITTED, true);
    const rows = view.getUint32(header + S.TABLE_ROWS, true);
    const end = rows + view.getUint32(header + S.TABLE_USED, true) * S.PATH_ROW_BYTES;
    for (let row = rows; row < end; row += S.PATH_ROW_BYTES) {
      const outcomes = outcomesAt(view, row);
      const key = outcomes.join();
      const path = paths.get(key) ?? { outcomes, packets: 0, bytes: 0, flows: 0 };
      paths.set(key, path);
      path.packets += view.getFloat64(row + S.PATH_PACKETS, true);
      path.bytes += view.getFloat64(row + S.PATH_BYTES, true);
      path.flows += view.getFloat64(row + S.PATH_FLOWS, true);
    }
  }
  const ordered = [...paths.values()].sort((a, b) => compareLists(a.outcomes, b.outcomes));
  return { paths: ordered, omitted };
}

/** The outcomes of a path row, ascending, each once. */
function outcomesAt(view: DataView, row: number): number[] {
  const met = [view.getUint32(row + S.PATH_EGRESS, true), view.getUint32(row + S.PATH_INGRESS, true)];
  for (let index = 0; index < view.getUint8(row + S.PATH_EXTRA_COUNT); index++)
    met.push(view.getUint32(row + S.PATH_EXTRA + index * 4, true));
  const outcomes = new Set(met.filter((outcome) => outcome !== NO_OUTCOME));
  return [...outcomes].sort((a, b) => a - b);
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? -1);
}

/** What the pending tables made of it. */
function pendingOf(plan: Plan, view: SharedView, totals: Float64Array): PendingResult {
  const changes: { verdict: number; pending: number; packets: number; bytes: number; flows: number }[] = [];
  for (let verdict = 0; verdict < VERDICT_COUNT; verdict++) {
    for (let pending = 0; pending < VERDICT_COUNT; pending++) {
      const at = D.TOTAL_PENDING + (verdict * VERDICT_COUNT + pending) * D.TOTAL_WORDS;
      const packets = totals[at + D.TOTAL_PACKETS]!;
      const bytes = totals[at + D.TOTAL_BYTES]!;
      const flows = totals[at + D.TOTAL_FLOWS]!;
      if (packets !== 0 || bytes !== 0 || flows !== 0)
        changes.push({ verdict, pending, packets, bytes, flows });
    }
  }
  const after = changes.map(({ pending, packets, bytes, flows }) => ({
    verdict: pending,
    packets,
    bytes,
    flows,
  }));
  const { rows, omitted } = heaviestOf(plan, view, S.SHARD_CHANGED);
  return {
    packets: byVerdict(after, 'packets'),
    bytes: byVerdict(after, 'bytes'),
    flows: byVerdict(after, 'flows'),
    changes,
    changed: Array.from(rows, (row) => changedFlowAt(plan, view, row)),
    omitted,
  };
}

function heaviestOf(plan: Plan, view: SharedView, table: number): { rows: Uint32Array; omitted: number } {
  const { rows, omitted } = usedRows(plan, view.buffer, table, S.FLOW_ROW_BYTES);
  const listed = heaviestRows(view, rows, plan.input.flowsListed);
  return { rows: listed, omitted: omitted + rows.length - listed.length };
}

function flowsOf(
  plan: Plan,
  view: SharedView,
  table: number,
): { flows: readonly FlowTally[]; omitted: number } {
  const { rows, omitted } = heaviestOf(plan, view, table);
  return { flows: Array.from(rows, (row) => flowAt(view, row)), omitted };
}

/** Packets by the epoch of their time. */
function epochsOf(plan: Plan, memory: SharedArrayBuffer, all: number): ReplayResult['epochs'] {
  const count = plan.epochs.length;
  if (plan.epochBlock === 0) return { packets: [all], early: 0, timeless: 0 };
  const seen = sums(
    memory,
    plan.desks.map(({ epochsSeen }) => epochsSeen),
    count + EPOCH_SEEN_BYTES / 8,
  );
  return {
    packets: [...seen.subarray(0, count)],
    early: seen[count + EPOCH_SEEN_EARLY / 8]!,
    timeless: seen[count + EPOCH_SEEN_TIMELESS / 8]!,
  };
}

/** The result of a finished replay, as far as it stands in shared memory. */
export function mergeCounts(plan: Plan, memory: SharedArrayBuffer): Counted {
  const view = new DataView(memory);
  const totals = sums(
    memory,
    plan.desks.map(({ totals }) => totals),
    D.TOTALS_COUNT,
  );
  const outcomes = sums(
    memory,
    plan.desks.map(({ outcomes }) => outcomes),
    outcomeCount(plan.input.epochs) * 3,
  );
  const column = (index: number): Float64Array => outcomes.filter((_, at) => at % 3 === index);
  const pairs = pairsOf(totals);
  const packets = byVerdict(pairs, 'packets');
  const refused = flowsOf(plan, view, S.SHARD_REFUSED);
  const admitted = flowsOf(plan, view, S.SHARD_ADMITTED);
  const { addresses, omitted: omittedAddresses } = addressesOf(plan, memory);
  const { paths, omitted: omittedPaths } = pathsOf(plan, view);
  return {
    packets,
    bytes: byVerdict(pairs, 'bytes'),
    flows: byVerdict(pairs, 'flows'),
    reasons: pairs,
    outcomePackets: column(0),
    outcomeBytes: column(1),
    outcomeFlows: column(2),
    paths,
    omittedPaths,
    ...(isObserved(plan, new Uint32Array(memory)) ? { observed: observedResult(plan, memory, totals) } : {}),
    ...(plan.desks[0]!.pendingFirsts === 0 ? {} : { pending: pendingOf(plan, view, totals) }),
    refused: refused.flows,
    admitted: admitted.flows,
    omitted: { refused: refused.omitted, admitted: admitted.omitted },
    addresses,
    omittedAddresses,
    timeline: mergeTimelines(plan, memory),
    conntrack: { settings: plan.input.conntrack, earlyDropped: totals[D.TOTAL_EARLY_DROPPED]! },
    pickedUp: totals[D.TOTAL_PICKED_UP]!,
    untrackedConnections: totals[D.TOTAL_UNTRACKED]!,
    epochs: epochsOf(
      plan,
      memory,
      packets.reduce((sum, count) => sum + count, 0),
    ),
  };
}
