/** The document of `test --conformance`: each flow of the suites under each CNI, against the specification and what is expected. */
import type { DeciderNames } from '../decider.ts';

/** How a CNI's answer stands to the specification's, as `suite/conformance.ts` has it. */
export interface StandingCounts {
  readonly same: number;
  readonly opens: number;
  readonly closes: number;
  readonly differs: number;
  readonly open: number;
}

/** A knob of the CNI that is not as the specification has it. Texts are '' where the profile has no sentence of its own: as most do. */
export interface ConformanceKnob {
  readonly knob: string;
  readonly value: string;
  readonly says: string;
  readonly source: string;
  readonly specified: string;
  readonly specified_says: string;
  readonly specified_source: string;
}

export interface ConformanceFlow {
  /** The number that the suite's file begins with; '' without one. */
  readonly case: string;
  readonly suite: string;
  readonly description: string;
  readonly flow: string;
  /** The circumstances: `established`, ...; null for the first packet of a connection. */
  readonly when: string | null;
  /** The suite's own words, '' when it has none. */
  readonly why: string;
  /** Null where the suite does not speak of the specification. */
  readonly specified: string | null;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly standing: keyof StandingCounts;
  /** Sets of knobs, each of which explains for itself why the answer is not the specification's. */
  readonly knobs: readonly (readonly string[])[];
  /** What the suite expects of the CNI; null where it has no word for it. */
  readonly expected: string | null;
  readonly passed: boolean | null;
  /** In words, '' when it passed or was not checked. */
  readonly difference: string;
  /** `file:line` of the expectation. */
  readonly location: string;
}

export interface ConformanceCni {
  readonly cni: string;
  readonly title: string;
  /** Of the suites about this CNI. */
  readonly passed: number;
  readonly failed: number;
  readonly unchecked: number;
  readonly standings: StandingCounts;
  /** In words where the CNI answers the sender of what it denies, '' where it does not. */
  readonly refusal: string;
  /** Those that results name, in the order of the profile. */
  readonly knobs: readonly ConformanceKnob[];
  readonly results: readonly ConformanceFlow[];
  readonly milliseconds: number;
}

export interface ConformanceDocument {
  readonly schema: 'dryplane/conformance/v1';
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  readonly unchecked: number;
  readonly cnis: readonly ConformanceCni[];
}
