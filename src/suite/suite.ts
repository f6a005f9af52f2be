/** A suite of expectations as its file gives it: flows, and what is expected of them. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { Reason } from '../tables/verdict.ts';

/** The verdicts that a suite may expect: all but `skip`, which is no answer about a flow. */
export const EXPECTABLE = ['allow', 'deny', 'undetermined', 'unspecified'] as const;
/** `reject` is a deny that answers the sender. */
export const EXPECTED = [...EXPECTABLE, 'reject'] as const;
export type ExpectedVerdict = (typeof EXPECTED)[number];

/**
 * What the flow itself does not show. `established`: the connection stood when the policies came. `new-source`, `new-destination`: the
 * CNI has not heard of that pod yet. `agent-stopped`: on the node. `invalid`: connection tracking calls the packet so.
 */
export const CIRCUMSTANCES = [
  'established',
  'new-source',
  'new-destination',
  'agent-stopped',
  'invalid',
] as const;
export type Circumstance = (typeof CIRCUMSTANCES)[number];

export interface Expectation {
  readonly flow: Flow;
  /** By names of CNIs where they differ, the user's own profiles among them; one that is not named is not asked. */
  readonly expect: ExpectedVerdict | ReadonlyMap<string, ExpectedVerdict>;
  /** Absent: the first packet of a connection, between pods that the CNI knows, while it runs. */
  readonly when?: Circumstance;
  /** The policy that must decide, as policy-name.ts reads it: `Kind/namespace/name`, `Kind/name`, `Profile/name`. */
  readonly by?: string;
  readonly reason?: Reason;
  /** With staged policies as if they were enforced. */
  readonly pending?: (typeof EXPECTABLE)[number];
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
  /** A name of `CNI_NAMES`, or the path of a profile, joined to the suite's folder. */
  readonly cni?: string;
  /** In the file's order: `flows`, then `allow`, then `deny`. */
  readonly expectations: readonly Expectation[];
}
