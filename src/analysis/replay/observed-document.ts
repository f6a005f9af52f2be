/** What a replay's document says of verdicts that its traces hold themselves, key for key. */
import type { DeciderNames } from '../decider.ts';
import type { Counts, FlowCount } from './flow-document.ts';

/** A flow of which the trace says otherwise. */
export interface DisagreeingFlow extends FlowCount {
  readonly observed: 'allow' | 'deny';
  /** Where: `source` says nothing of what the destination made of it. */
  readonly observed_at: 'source' | 'path';
  /** Who decided by the word of the trace; empty texts where it names nobody. */
  readonly observed_by: ObservedBy;
}

/** Who decided by the word of a trace. */
export interface ObservedBy extends Omit<DeciderNames, 'hook' | 'direction'> {
  /** False when the manifests hold no such policy: its rule is then known by Calico's count alone. */
  readonly in_manifests: boolean;
  /** Further policies that the trace names with the same say. */
  readonly also: number;
}

/** What has the same deciders on both sides, where it was observed. */
export interface ObservedGroup extends Counts {
  readonly observed: 'allow' | 'deny';
  readonly observed_at: 'source' | 'path';
  readonly observed_by: ObservedBy;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  /** The heaviest of its flows where that is known, else the first; in the notation that `explain` takes. */
  readonly example: string;
  /** Place in `snapshots` of the one that the example was judged by; null where there are none. */
  readonly snapshot: number | null;
}

/** Groups, heaviest first, and how many are not listed. */
export interface ObservedGroups {
  readonly groups: readonly ObservedGroup[];
  readonly omitted: number;
}

/** Verdicts beside what traces say became of the packets. */
export interface ObservedSummary {
  /** Observed, and allowed or denied here. */
  readonly compared: Counts;
  readonly agree: Counts;
  /** Every pair, also with verdicts that are neither; a packet observed at its source is allowed here when the source allows it. */
  readonly pairs: readonly ({ readonly observed: 'allow' | 'deny'; readonly verdict: string } & Counts)[];
  /** Heaviest first. */
  readonly disagree: readonly DisagreeingFlow[];
  /** Flows that `disagree` does not list. */
  readonly omitted: number;
  /** What disagrees by who decided on each side, heaviest first; `groups_omitted`: not listed. */
  readonly groups: readonly ObservedGroup[];
  readonly groups_omitted: number;
  /** The same verdict on both sides, by another policy than the trace names: for information. */
  readonly same_verdict_other_policy: Counts & ObservedGroups;
  /** What clouds' security groups decided: no evidence about policies, not compared. */
  readonly elsewhere: Counts;
}
