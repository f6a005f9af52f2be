/** What objects that are absent, since they are invalid, could change in a replay: the flows that `doubtful-rows.ts` tells. */
import type { ReplayResult } from '../../replay/result.ts';
import { HOOKS, REASONS, VERDICTS } from '../../tables/verdict.ts';
import { isDoubtfulRow } from './doubtful-rows.ts';
import type { FlowNaming } from './flow-counts.ts';
import type { DoubtfulTotals } from './replay-document.ts';
import type { SummaryEpoch } from './summary.ts';

/** From the flows that were kept; null where no object is absent. */
export function doubtfulTotals(
  result: ReplayResult,
  epochs: readonly SummaryEpoch[],
  naming: FlowNaming,
): DoubtfulTotals | null {
  if (naming.epochs.every(({ doubts }) => doubts === undefined)) return null;
  const totals = { packets: 0, bytes: 0, flows: 0 };
  for (const flow of [...result.refused, ...result.admitted]) {
    const { names, doubts } = naming.epochs[flow.epoch]!;
    const subject = {
      ...flow,
      verdict: VERDICTS[flow.verdict]!,
      reason: REASONS[flow.reason]!,
      hook: HOOKS[flow.hook]!,
      source: names.ofWords(flow.family, flow.src, 0),
      destination: names.ofWords(flow.family, flow.judgedDst, 0),
    };
    if (!isDoubtfulRow(doubts, subject)) continue;
    totals.packets += flow.packets;
    totals.bytes += flow.bytes;
    totals.flows += flow.connections;
  }
  const { refused, admitted } = result.omitted;
  const objects = epochs.flatMap(({ cluster }) =>
    cluster.vanished.map(({ kind, namespace, name }) => [kind, namespace, name].filter(Boolean).join('/')),
  );
  return { ...totals, objects: [...new Set(objects)], at_least: refused + admitted > 0 };
}
