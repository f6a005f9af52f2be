/** The document of `bench`: what a policy set costs, how that grows, and how it compares. `--save` writes it, `--baseline` reads it. */
import type { TableCounts } from '../compile/compile-document.ts';
import type { CostDocument } from '../cost/cost-document.ts';

/** Samples of one figure. */
export interface Sample {
  readonly median: number;
  /** One a round, in order. */
  readonly rounds: readonly number[];
}

/** What packets are looked up: `uniform`, `zipf`, `adversarial`, or a `trace`. */
export interface LookupSample extends Sample {
  readonly packets: string;
}

export interface PhaseSample extends Sample {
  readonly name: string;
}

export interface BenchMultiple {
  readonly multiple: number;
  readonly counts: {
    readonly namespaces: number;
    readonly pods: number;
    /** Pods with policy, and host endpoints. */
    readonly endpoints: number;
    readonly nodes: number;
    readonly services: number;
    readonly policies: number;
    readonly rules: number;
    /** Blocks that rules and network sets name. */
    readonly cidrs: number;
  };
  readonly tables: TableCounts;
  /** Milliseconds of all phases together, and of each. */
  readonly compile: Sample & { readonly phases: readonly PhaseSample[] };
  /** The process at its peak while the set was multiplied, resolved and compiled. */
  readonly peak_bytes: number;
  /** Nanoseconds for each first packet: identify and classify, one thread. */
  readonly lookups: readonly LookupSample[];
  /** What the set costs on the CNI's nodes; null where that has no data plane of its own. */
  readonly cost: CostDocument | null;
}

/** What the set as it is costs with twice of one thing: pods, policies or namespaces, on the same nodes. */
export interface BenchGrowth {
  readonly doubled: string;
  readonly cost: CostDocument;
}

export interface BenchSet {
  readonly manifests: readonly string[];
  readonly load_milliseconds: number;
  readonly multiples: readonly BenchMultiple[];
  /** Multiples that were not measured; `optional`: --multiply asks for them all the same. */
  readonly left_out: readonly {
    readonly multiple: number;
    readonly why: string;
    readonly optional: boolean;
  }[];
  /** Empty where the CNI has no data plane of its own. */
  readonly growth: readonly BenchGrowth[];
}

/** A figure of this set over the same figure of another. */
export interface Comparison {
  readonly figure: string;
  readonly multiple: number;
  readonly unit: string;
  readonly value: number;
  readonly other: number;
  readonly ratio: number;
  /**
   * 95 %; null where there are too few rounds to tell. Both ends are the ratio for what is counted, not timed. Of an earlier run on the same
   * processor it holds both ways to compare: times as they are, and by how they stand to the reference.
   */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

export interface BenchDocument {
  readonly schema: 'dryplane/bench/v1';
  readonly version: string;
  readonly cni: string;
  readonly machine: { readonly processor: string; readonly node: string; readonly platform: string };
  /** How the figures were taken, in words. */
  readonly method: readonly string[];
  /** Pods that were made up, where the manifests hold none. */
  readonly invented_pods: number;
  readonly trace: {
    readonly paths: readonly string[];
    readonly records: number;
    /** One of each connection. */
    readonly first_packets: number;
    /** False: only the beginning was read. */
    readonly whole: boolean;
  } | null;
  readonly set: BenchSet;
  /** Nanoseconds for each read of loops that no policy set changes: of what caches hold, and of memory. */
  readonly reference: { readonly cached: Sample; readonly memory: Sample };
  /** The second set, and this one over it. */
  readonly against: { readonly set: BenchSet; readonly comparisons: readonly Comparison[] } | null;
  /** An earlier run, and this one over it; ratios of times by how they stand to the reference. */
  readonly baseline: {
    readonly path: string;
    readonly version: string;
    readonly comparisons: readonly Comparison[];
  } | null;
  /** Conditions of --fail-on that are met. */
  readonly failed: readonly string[];
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
