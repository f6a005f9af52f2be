/** What a replay says of staged policies: totals with them enforced, the flows that would change, and by whom. */
import type { OutcomeLegend } from '../../compile/legend.ts';
import type { ReplayResult } from '../../replay/result.ts';
import { isStagedKind } from '../decider.ts';
import { changeOf, countChangedFlows, type FlowNaming, policyNames } from './flow-counts.ts';
import type { Counts, VerdictChange } from './flow-document.ts';
import type { StagedFlow, StagedPolicyCount, StagedSummary } from './staged-document.ts';
import { totalsOf } from './totals.ts';

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };
type GrowingPolicy = Omit<StagedPolicyCount, 'newly_denied' | 'newly_allowed' | 'other'> &
  Record<keyof Changes, Growing<Counts>>;

interface Changes {
  readonly newly_denied: Counts;
  readonly newly_allowed: Counts;
  readonly other: Counts;
}

const KEYS: Readonly<Record<VerdictChange, keyof Changes>> = {
  'newly-denied': 'newly_denied',
  'newly-allowed': 'newly_allowed',
  other: 'other',
};

const nothing = (): Record<keyof Changes, Growing<Counts>> => ({
  newly_denied: { packets: 0, bytes: 0, flows: 0 },
  newly_allowed: { packets: 0, bytes: 0, flows: 0 },
  other: { packets: 0, bytes: 0, flows: 0 },
});

function add(count: Growing<Counts>, { packets, bytes, flows }: Counts): void {
  count.packets += packets;
  count.bytes += bytes;
  count.flows += flows;
}

/** Changes by the policy that brings them about; every staged policy is there, first. */
function countPolicies(flows: readonly StagedFlow[], pending: OutcomeLegend): StagedPolicyCount[] {
  const counts = new Map<string, GrowingPolicy>();
  const keyOf = ({ kind, namespace, policy }: Pick<GrowingPolicy, 'kind' | 'namespace' | 'policy'>): string =>
    [kind, namespace, policy].join('|');
  for (const policy of pending.policies) {
    if (!isStagedKind(policy)) continue;
    const names = policyNames({ policy, tier: { name: policy.tier } });
    counts.set(keyOf(names), { ...names, ...nothing() });
  }
  for (const { change, by, packets, bytes, connections } of flows) {
    if (by.policy === '') continue;
    const count = counts.get(keyOf(by)) ?? { ...by, ...nothing() };
    counts.set(keyOf(by), count);
    add(count[KEYS[change]], { packets, bytes, flows: connections });
  }
  return [...counts.values()];
}

/** Null without pending tables; `listed` is the most flows that are listed. */
export function summarizeStaged(
  { pending: result }: ReplayResult,
  naming: FlowNaming,
  pending: OutcomeLegend | undefined,
  listed: number,
): StagedSummary | null {
  if (result === undefined || pending === undefined) return null;
  const changes = nothing();
  for (const { verdict, pending: after, ...counts } of result.changes)
    if (verdict !== after) add(changes[KEYS[changeOf(verdict, after)]], counts);
  const flows = countChangedFlows(result.changed, naming, pending);
  return {
    packets: totalsOf(result.packets),
    bytes: totalsOf(result.bytes),
    flows: totalsOf(result.flows),
    ...changes,
    policies: countPolicies(flows, pending),
    changed: flows.slice(0, listed),
    omitted: result.omitted + Math.max(0, flows.length - listed),
  };
}
