/** Verdicts beside what traces say became of the packets, with names: the `observed` of a replay's document. */
import { OBSERVED_AT_SOURCE, OBSERVED_DENY, OBSERVED_MASK } from '../packet/batch-layout.ts';
import type { ReplayResult } from '../replay/result.ts';
import { VERDICTS } from '../tables/verdict.ts';
import { countFlows, type FlowNaming } from './flow-counts.ts';
import type { Counts, ObservedSummary } from './replay-document.ts';

function sum(counts: readonly Counts[]): Counts {
  const total = { packets: 0, bytes: 0, flows: 0 };
  for (const { packets, bytes, flows } of counts) {
    total.packets += packets;
    total.bytes += bytes;
    total.flows += flows;
  }
  return total;
}

/** `allow`, `deny`, or '' when nothing was observed. */
export function observedName(code: number): '' | 'allow' | 'deny' {
  if ((code & OBSERVED_MASK) === 0) return '';
  return (code & OBSERVED_MASK) === OBSERVED_DENY ? 'deny' : 'allow';
}

/** Null where no trace says what became of its packets; `listed` is the most flows that are listed. */
export function summarizeObserved(
  { observed }: ReplayResult,
  naming: FlowNaming,
  listed: number,
): ObservedSummary | null {
  if (observed === undefined) return null;
  const pairs = observed.pairs.map(({ verdict, ...pair }) => ({ ...pair, verdict: VERDICTS[verdict]! }));
  const compared = pairs.filter(({ verdict }) => verdict === 'allow' || verdict === 'deny');
  const shown = observed.disagreed.slice(0, listed);
  return {
    compared: sum(compared),
    agree: sum(compared.filter((pair) => pair.observed === pair.verdict)),
    pairs,
    disagree: countFlows(shown, naming).map((flow, index) => {
      const code = shown[index]!.observed;
      return {
        ...flow,
        observed: observedName(code) === 'deny' ? ('deny' as const) : ('allow' as const),
        observed_at: (code & OBSERVED_AT_SOURCE) === 0 ? ('path' as const) : ('source' as const),
      };
    }),
    omitted: observed.omitted + observed.disagreed.length - shown.length,
    elsewhere: observed.elsewhere,
  };
}
