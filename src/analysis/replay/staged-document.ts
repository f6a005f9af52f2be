/** What a replay's document says of staged policies, key for key. */
import type { DeciderNames, PolicyNames } from '../decider.ts';
import type { Counts, FlowCount, Totals, VerdictChange } from './flow-document.ts';

/** A flow whose verdict staged policies would change. */
export interface StagedFlow extends FlowCount {
  readonly change: VerdictChange;
  /** With staged policies enforced. */
  readonly pending: {
    readonly verdict: string;
    readonly reason: string;
    readonly decider: DeciderNames;
  };
  /** Who brings it about: the last staged policy on the way, else who decides. Empty texts when nobody is known. */
  readonly by: PolicyNames;
}

/** A staged policy, or another one that decides when staged ones are enforced, with what it would change. */
export interface StagedPolicyCount extends PolicyNames {
  readonly newly_denied: Counts;
  readonly newly_allowed: Counts;
  readonly other: Counts;
}

/** The same connections with staged policies enforced. */
export interface StagedSummary extends Totals {
  readonly newly_denied: Counts;
  readonly newly_allowed: Counts;
  /** Any other change, undetermined verdicts before or after among them. */
  readonly other: Counts;
  /** Every staged policy, also those that would change nothing; from `changed` and the flows that it omits as far as they were tallied. */
  readonly policies: readonly StagedPolicyCount[];
  /** Heaviest first. */
  readonly changed: readonly StagedFlow[];
  /** Flows that `changed` does not list. */
  readonly omitted: number;
}
