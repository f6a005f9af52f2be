/** A suite of expectations as its file gives it: flows, and what is expected of them. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { Reason } from '../tables/verdict.ts';

/** What a suite may expect: everything but `skip`, which is no answer about a flow. */
export const EXPECTABLE = ['allow', 'deny', 'undetermined', 'unspecified'] as const;
export type ExpectedVerdict = (typeof EXPECTABLE)[number];

export interface Expectation {
  readonly flow: Flow;
  readonly expect: ExpectedVerdict;
  /** The policy that must decide, as policy-name.ts reads it: `Kind/namespace/name`, `Kind/name`, `Profile/name`. */
  readonly by?: string;
  readonly reason?: Reason;
  /** With staged policies as if they were enforced. */
  readonly pending?: ExpectedVerdict;
  /** The suite's own words. */
  readonly why?: string;
  /** Where the flow stands in the suite's file. */
  readonly at: Location;
}

export interface Suite {
  readonly path: string;
  /** Empty when the file has none. */
  readonly description: string;
  /** Paths as `loadCluster` takes them, joined to the suite's folder. */
  readonly manifests: readonly string[];
  /** A name of `CNI_NAMES`. */
  readonly cni?: string;
  /** In the file's order: `flows`, then `allow`, then `deny`. */
  readonly expectations: readonly Expectation[];
}
