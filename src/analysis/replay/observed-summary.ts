/** Verdicts beside what traces say became of the packets, with names: the `observed` of a replay's document. */
import { OBSERVED_MASK } from '../../packet/batch-layout.ts';
import type { DisagreedFlowTally, ReplayResult } from '../../replay/result.ts';
import { VERDICTS } from '../../tables/verdict.ts';
import { countFlows, type FlowNaming } from './flow-counts.ts';
import type { Counts } from './flow-document.ts';
import { createObservedNames } from './observed-by.ts';
import type { DisagreeingFlow, ObservedSummary } from './observed-document.ts';
import { groupDeciders, observedAt, observedWord } from './observed-groups.ts';

/** Groups listed of each kind; the rest is counted. */
const GROUPS_LISTED = 1000;

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
  return (code & OBSERVED_MASK) === 0 ? '' : observedWord(code);
}

function disagreeing(flows: readonly DisagreedFlowTally[], naming: FlowNaming): DisagreeingFlow[] {
  const names = createObservedNames(naming.legend);
  return countFlows(flows, naming).map((flow, index) => {
    const { observed: code, by } = flows[index]!;
    const at = observedAt(code);
    return {
      ...flow,
      observed: observedWord(code),
      observed_at: at,
      observed_by: names.of(names.ofText(by), at === 'source' ? 'egress' : 'ingress'),
    };
  });
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
  const { disagree: groups, otherPolicy } = groupDeciders(observed.decided, observed.disagreed, naming);
  return {
    compared: sum(compared),
    agree: sum(compared.filter((pair) => pair.observed === pair.verdict)),
    pairs,
    disagree: disagreeing(shown, naming),
    omitted: observed.omitted + observed.disagreed.length - shown.length,
    groups: groups.slice(0, GROUPS_LISTED),
    groups_omitted: Math.max(0, groups.length - GROUPS_LISTED),
    same_verdict_other_policy: {
      ...sum(otherPolicy),
      groups: otherPolicy.slice(0, GROUPS_LISTED),
      omitted: Math.max(0, otherPolicy.length - GROUPS_LISTED),
    },
    elsewhere: observed.elsewhere,
  };
}
