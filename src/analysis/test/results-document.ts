/** The document of `test --against-results`: what a cluster did with probes, against what a CNI's profile says. */
import type { DeciderNames } from '../decider.ts';

export interface ResultDifference {
  readonly flow: string;
  /** What the cluster did. */
  readonly observed: string;
  /** What the profile says, and who decides. */
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  /** As `suite/check-results.ts` has it: `opens`, `closes`, `refuses`. */
  readonly standing: string;
  /** Single knobs that would make the profile do as the cluster does: numbers of `explanations`. */
  readonly explanations: readonly number[];
  /** `file:line:column` of the result. */
  readonly location: string;
}

/** A knob as other CNIs have it, in place of the profile's. */
export interface ResultExplanation {
  readonly knob: string;
  readonly value: string;
  /** Who has it so. */
  readonly cnis: readonly string[];
  /** In the words of the first of them; '' where that does as most do. */
  readonly says: string;
  readonly source: string;
  /** Results that differ, and would not. */
  readonly turns: number;
  /** Results that agree, and would not. */
  readonly breaks: number;
}

export interface ResultFit {
  readonly cni: string;
  readonly same: number;
  readonly differing: number;
  readonly open: number;
}

export interface ResultsDocument {
  readonly schema: 'dryplane/results/v1';
  readonly version: string;
  readonly cni: string;
  readonly title: string;
  readonly files: readonly string[];
  readonly manifests: readonly string[];
  /** Results that were compared: the sum of the next five. */
  readonly probes: number;
  readonly same: number;
  readonly opens: number;
  readonly closes: number;
  readonly refuses: number;
  /** The profile gives no one answer. */
  readonly open: number;
  /** Cells of tables without a result. */
  readonly unprobed: number;
  readonly differences: readonly ResultDifference[];
  readonly explanations: readonly ResultExplanation[];
  /** Every CNI that ships, and the one that was asked about; the best first. */
  readonly fits: readonly ResultFit[];
  /** The best of them, where they are better than the one that was asked about. */
  readonly looks_like: readonly string[];
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}
