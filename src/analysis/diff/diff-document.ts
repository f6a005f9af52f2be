/**
 * The document of `diff`: what the text and Markdown reports read and `--format json` prints, key for key. New keys may come; a key
 * that is removed or changes its type raises the version in `schema`.
 */
import type { DeciderNames, PolicyNames } from '../decider.ts';
import type { FlowExplanation } from '../explain/explain-document.ts';
import type { Counts, Totals, VerdictChange } from '../replay/flow-document.ts';

/** What one of the two sets says. */
export interface SideAnswer {
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
}

/** A policy that makes a difference; '' everywhere where none does. */
export interface ChangedBy extends PolicyNames {
  /** `same` where the difference is not in its text: who it selects, what a CNI makes of it. */
  readonly status: 'added' | 'removed' | 'changed' | 'same' | 'none';
}

/** Addresses in words: `namespace shop`, `shop/Deployment/web`, `service:shop/db`, `10.1.0.0/16 except 10.1.2.0/24`. */
export interface Places {
  readonly names: readonly string[];
  /** Pods among them, of either set. */
  readonly pods: number;
  readonly omitted: number;
}

/** A knob in which two CNIs differ, and what either does. */
export interface KnobDifference {
  readonly knob: string;
  readonly before: KnobSide;
  readonly after: KnobSide;
}

export interface KnobSide {
  /** As JSON has it. */
  readonly value: unknown;
  /** What it does, in one sentence; '' where the CNI is as most are. */
  readonly says: string;
  /** Where that is read. */
  readonly source: string;
}

/** All packets between two groups of places that change alike. */
export interface DiffRegion {
  readonly from: Places;
  readonly to: Places;
  /** `tcp 80, 443`, `udp`, `icmp type 8`, `all packets`. */
  readonly ports: string;
  /** Between whom of them, in words; '' for all. An address and itself are never meant. */
  readonly between: string;
  /** 4, 6 or both. */
  readonly families: readonly number[];
  readonly example: DiffExample;
  readonly before: SideAnswer;
  readonly after: SideAnswer;
  /** The smallest set of knobs that makes the example's difference; null with one CNI. */
  readonly knobs: readonly string[] | null;
}

/** One packet that differs. */
export interface DiffExample {
  /** In the notation that `explain` takes. */
  readonly flow: string;
  readonly protocol: string;
  readonly src: string;
  readonly sport: number | null;
  readonly dst: string;
  readonly dport: number | null;
  readonly icmp_type: number | null;
  readonly icmp_code: number | null;
}

/** What one policy, or nobody, changes in one way. */
export interface DiffGroup {
  readonly change: VerdictChange;
  readonly before: string;
  readonly after: string;
  readonly by: ChangedBy;
  /** With two CNIs those that make the difference in all regions, none where the policies do; null with one CNI. */
  readonly knobs: readonly string[] | null;
  /** Largest first. */
  readonly regions: readonly DiffRegion[];
  readonly omitted: number;
}

/** What was looked at of one family's addresses. */
export interface EnumeratedFamily {
  readonly family: number;
  /** Groups of addresses that either set's tables hold apart. */
  readonly points: number;
  /** Of those, what neither set can tell apart as a source, and as a destination. */
  readonly source_classes: number;
  readonly destination_classes: number;
  /** Packets looked up in both sets; all others were proved equal by the programs that they meet. */
  readonly packets: number;
}

/** The answer over all new packets. */
export interface AllPackets {
  /** A proof: no new packet is judged otherwise. */
  readonly equivalent: boolean;
  /** What `new packets` are, in words. */
  readonly space: string;
  readonly enumerated: readonly EnumeratedFamily[];
  /** Newly denied first, then newly allowed, then all others; in each the largest first. */
  readonly groups: readonly DiffGroup[];
  readonly regions: Readonly<Record<'newly_denied' | 'newly_allowed' | 'other', number>>;
}

export interface DiffSet {
  readonly manifests: readonly string[];
  readonly cni: string;
  readonly policies: number;
  readonly pods: number;
}

export interface DiffDocument {
  readonly schema: 'dryplane/diff/v1';
  readonly version: string;
  readonly before: DiffSet;
  readonly after: DiffSet;
  /** Staged policies count as enforced after. */
  readonly staged: boolean;
  readonly differs: boolean;
  /** In which knobs the CNIs differ; null with one CNI. */
  readonly cni: CniComparison | null;
  /** Null where traces were given. */
  readonly all_packets: AllPackets | null;
  /** Null where none were. */
  readonly trace: TraceDiff | null;
  readonly warnings: readonly string[];
  readonly assumptions: readonly string[];
  readonly milliseconds: number;
}

/** Two CNIs. */
export interface CniComparison {
  /** Knobs that open or close flows, by how many regions, or connections of traces, they do so. */
  readonly knobs: readonly (KnobDifference & {
    readonly opens: number;
    readonly closes: number;
    readonly other: number;
    /** About circumstances, which no first packet shows: open connections, new pods, a stopped agent. */
    readonly is_circumstance: boolean;
  })[];
}

/** What changes, and for how many different sources. */
export interface ChangedCounts extends Counts {
  readonly clients: number;
}

/** A flow of the traces that changes: connections that share everything but the source port. */
export interface ChangedFlow extends DiffExample {
  readonly src_name: string;
  readonly dst_name: string;
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  readonly before: SideAnswer;
  readonly after: SideAnswer;
}

/** What one policy, or nobody, changes in one way in the traces. */
export interface TraceGroup extends ChangedCounts {
  readonly change: VerdictChange;
  readonly before: string;
  readonly after: string;
  readonly by: ChangedBy;
  /** With two CNIs those that make the difference, none where the policies do; null with one CNI. */
  readonly knobs: readonly string[] | null;
  /** Heaviest first. */
  readonly flows_listed: readonly ChangedFlow[];
  readonly omitted: number;
  /** The first flow as `explain` has it, in either set; null where a set cannot name it. */
  readonly explained: {
    readonly before: FlowExplanation | null;
    readonly after: FlowExplanation | null;
  };
}

/** The answer on traces. */
export interface TraceDiff {
  readonly traces: readonly {
    readonly path: string;
    readonly format: string;
    readonly records: number;
    readonly packets: number;
    readonly warnings: readonly string[];
  }[];
  readonly before: Totals;
  readonly after: Totals;
  readonly newly_denied: ChangedCounts;
  readonly newly_allowed: ChangedCounts;
  readonly other: ChangedCounts;
  /** Newly denied first, then newly allowed, then all others; in each the heaviest first. */
  readonly groups: readonly TraceGroup[];
  /** Flows that the replay could not keep: they are in the totals alone. */
  readonly omitted: number;
}
