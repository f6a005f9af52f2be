/** What was exercised of policies, part by part: `coverage` of the documents of `test` and `replay`. */
import type { PolicyNames } from '../decider.ts';

/** How many of something were exercised. */
export interface Covered {
  readonly covered: number;
  readonly all: number;
}

export interface CoverageTotals {
  readonly rules: Covered;
  readonly peers: Covered;
  readonly ports: Covered;
  /** Directions in which the end of a policy's tier refuses what no rule allows. */
  readonly denials: Covered;
}

/** What is counted by itself, in the order in which it is shown. */
export const COVERED_PARTS = ['rules', 'peers', 'ports', 'denials'] as const;
export type CoveredPart = (typeof COVERED_PARTS)[number];

/** A peer or a port of a rule. */
export interface PartCoverage {
  /** `file:line`. */
  readonly location: string;
  /** As it is written, in one line; cut where it is long. */
  readonly words: string;
  /** Packets that reached the rule and matched it by this part: of suites first packets, of traces connections. */
  readonly hits: number;
}

export interface RuleCoverage {
  /** The manifest's list: `ingress`, `egress`, `ingressDeny`, `egressDeny`. */
  readonly list: string;
  /** 0-based position in the list, of a Cilium policy in the list of its spec. */
  readonly rule: number;
  readonly location: string;
  readonly hits: number;
  readonly peers: readonly PartCoverage[];
  readonly ports: readonly PartCoverage[];
}

export interface DenialCoverage {
  readonly direction: 'ingress' | 'egress';
  /** Packets that the policy was asked about and the end of its tier refused. */
  readonly hits: number;
}

export interface PolicyCoverage extends PolicyNames {
  /** How often a packet met the policy, whether one of its rules matched or not. */
  readonly asked: number;
  readonly totals: CoverageTotals;
  readonly rules: readonly RuleCoverage[];
  readonly denials: readonly DenialCoverage[];
}

export interface CoverageDocument {
  /** What was counted: `suites` or `traces`. */
  readonly of: 'suites' | 'traces';
  /** A part is covered when it was under any of them. */
  readonly cnis: readonly string[];
  readonly totals: CoverageTotals;
  /** Policies that no packet met. */
  readonly never_asked: number;
  /** Every enforced policy of the manifests, by file and line. */
  readonly policies: readonly PolicyCoverage[];
  /** Flows of traces that there was no room for: their peers and ports are missing, their rules are not. */
  readonly omitted_flows: number;
}
