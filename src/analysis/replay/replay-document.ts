/**
 * The document of `replay`: what the text report reads and `--format json` prints, key for key. New keys may come; a key
 * that is removed or changes its type raises the version in `schema`.
 */
import type { CoverageDocument } from '../coverage/coverage-document.ts';
import type { DeciderNames } from '../decider.ts';
import type { Counts, FlowCount, Totals, VerdictTotals } from './flow-document.ts';
import type { ObservedSummary } from './observed-document.ts';
import type { StagedSummary } from './staged-document.ts';

export interface ReasonCount {
  readonly verdict: string;
  readonly reason: string;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
}

/** A rule of an enforced policy, or (rule -1) the end of a tier, with what it decided or passed on. */
export interface RuleCount extends Omit<DeciderNames, 'hook'> {
  readonly action: string;
  /** Protocol and destination ports that it is about, such as `tcp 53`; the end of a tier has none. */
  readonly match: string;
  /** As Calico's flow logs name it, `0|default|np:shop/web|allow|2`; '' for log rules, which they leave out. */
  readonly calico: string;
  /** Places in `snapshots` of those that it stands in as it is here; null where it stands in all. */
  readonly snapshots: readonly number[] | null;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
}

/** Connection tracking, where it was not as Linux has it by default. */
export interface ConntrackSummary {
  /** By the kernel's names, without `nf_conntrack_`: timeouts in seconds, `tcp_loose` 0 or 1, `max` entries. */
  readonly settings: Readonly<Record<string, number>>;
  /** Connections that made room for others in a full table, and packets that found none. */
  readonly early_dropped: number;
  readonly dropped: number;
}

/** What objects that were left out as invalid could change. */
export interface DoubtfulTotals extends Counts {
  /** `Kind/namespace/name` of each. */
  readonly objects: readonly string[];
  /** True when flows could not be kept one by one: there may be more. */
  readonly at_least: boolean;
}

/** The cluster as it was from a time on, until the next snapshot's. */
export interface SnapshotSummary {
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly manifests: readonly string[];
  /** Enforced ones. */
  readonly policies: number;
  /** Pods and host endpoints. */
  readonly endpoints: number;
  /** Packets in its time; the first one's are those before it too. */
  readonly packets: number;
}

export interface UnresolvedAddress {
  readonly address: string;
  readonly range: string;
  readonly kind: 'pod' | 'service';
  readonly packets: number;
  /** Of all packets that have addresses, 0 to 1. */
  readonly share: number;
}

/** An address that several pods have, or had while the trace ran. */
export interface ReusedAddress {
  readonly address: string;
  /** `namespace/name` of each. */
  readonly pods: readonly string[];
  /** The one as which its packets are judged. */
  readonly taken: string;
  readonly packets: number;
}

/** Addresses whose packets may be another pod's than the one that they are judged as. */
export interface ReusedSummary {
  /** Those of the trace, heaviest first. */
  readonly addresses: readonly ReusedAddress[];
  /** Packets with such an address on either side, of all that have addresses: 0 to 1. */
  readonly share: number;
  readonly omitted: number;
}

/** A name that a record writes in the place of an address, and that no manifest has. */
export interface UnknownName {
  readonly name: string;
  readonly packets: number;
  /** Of all packets that have addresses or names, 0 to 1. */
  readonly share: number;
}

export interface TraceSummary {
  readonly path: string;
  readonly format: string;
  readonly records: number;
  /** Records outside of --from and --to, which nothing else here counts. */
  readonly outside: number;
  readonly packets: number;
  readonly bytes: number;
  readonly lost: number;
  readonly first_time: string;
  readonly last_time: string;
  readonly warnings: readonly string[];
}

/** What the records came to as time went by, each by its own verdict. */
export interface Timeline {
  /** Width of all intervals, a power of two. */
  readonly seconds: number;
  /** Those that hold records, by time; `start` in seconds since 1970, a multiple of the width. */
  readonly intervals: readonly {
    readonly start: number;
    readonly packets: VerdictTotals;
    readonly bytes: VerdictTotals;
  }[];
}

/** The heaviest of each, heaviest first. */
export interface TraceContents {
  readonly protocols: readonly {
    readonly protocol: string;
    readonly packets: number;
    readonly bytes: number;
  }[];
  readonly talkers: readonly {
    readonly address: string;
    readonly name: string;
    readonly packets: number;
    readonly bytes: number;
  }[];
  /** Destination ports. */
  readonly ports: readonly {
    readonly protocol: string;
    readonly port: number;
    readonly packets: number;
    readonly bytes: number;
    readonly connections: number;
  }[];
  readonly omitted: { readonly talkers: number; readonly ports: number };
}

export interface PhaseTime {
  readonly name: string;
  readonly milliseconds: number;
}

export interface ReplayDocument extends Totals {
  readonly schema: 'dryplane/replay/v1';
  readonly version: string;
  readonly cni: string;
  /** As given. Empty: the trace was summarised, nothing was judged. */
  readonly manifests: readonly string[];
  /** In the order of their times; empty where manifests have none. */
  readonly snapshots: readonly SnapshotSummary[];
  /** The same totals without traffic that meets no endpoint, which nobody polices. */
  readonly without_no_endpoint: Totals;
  readonly reasons: readonly ReasonCount[];
  /** Null where no trace says what became of its packets. */
  readonly observed: ObservedSummary | null;
  /** Null where no policy is staged. */
  readonly staged: StagedSummary | null;
  /** Null where no object was left out. */
  readonly doubtful: DoubtfulTotals | null;
  readonly skipped: readonly { readonly reason: string; readonly packets: number; readonly bytes: number }[];
  readonly rules: readonly RuleCount[];
  /** Heaviest first. */
  readonly denied: readonly FlowCount[];
  /** Flows that are neither allowed nor denied, heaviest first. */
  readonly undecided: readonly FlowCount[];
  readonly unresolved: readonly UnresolvedAddress[];
  /** Packets with an unresolved address on either side, of all that have addresses: 0 to 1. */
  readonly unresolved_share: number;
  readonly reused: ReusedSummary;
  /** Names in the place of addresses that nothing in the manifests has, heaviest first: their flows are undetermined. */
  readonly unknown_names: readonly UnknownName[];
  /** Distinct addresses of the trace, and how many of them some object of the manifests holds. */
  readonly addresses: { readonly seen: number; readonly known: number; readonly omitted: number };
  /** Flows and addresses that did not fit into the lists above; flows that the replay itself could not keep stand under `denied`. */
  readonly omitted: {
    readonly denied: number;
    readonly undecided: number;
    readonly unresolved: number;
    readonly unknown_names: number;
  };
  readonly connections: { readonly picked_up: number; readonly untracked: number };
  readonly conntrack: ConntrackSummary;
  readonly contents: TraceContents;
  readonly traces: readonly TraceSummary[];
  readonly timeline: Timeline;
  /** What the connections exercised of the policies; null where it is not asked for. */
  readonly coverage: CoverageDocument | null;
  /** Of several snapshots: the bytes of all, the counts of the last. */
  readonly tables: {
    readonly bytes: number;
    /** Pods and host endpoints. */
    readonly endpoints: number;
    readonly host_endpoints: number;
    /** Enforced ones. */
    readonly policies: number;
    readonly staged_policies: number;
  };
  readonly timing: {
    readonly load_milliseconds: number;
    readonly compile: readonly PhaseTime[];
    readonly replay_seconds: number;
    readonly workers: number;
  };
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
