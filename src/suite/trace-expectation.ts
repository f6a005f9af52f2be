/** What a suite expects of a trace: how many of its flows there are of a kind, or which ones. Names are unresolved. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow, Side } from '../flow/flow.ts';
import type { Cidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port.ts';
import type { Reason, Verdict } from '../tables/verdict.ts';
import type { FlowFormatName } from '../trace/flow-log/flow-format.ts';

/**
 * What is counted. `flows`: who to whom on which port, each once. `connections`: of a flow log its records. A verdict counts for the
 * whole connection.
 */
export const UNITS = ['flows', 'connections', 'packets', 'bytes'] as const;
export type Unit = (typeof UNITS)[number];

/** Whom one side of a flow may be. `outside`: an address that belongs to nothing in the cluster. */
export type SideTerm =
  | { readonly kind: 'side'; readonly side: Side }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'block'; readonly block: Cidr }
  | { readonly kind: 'outside' };

/** A term as it is written; `!` before it means everybody else. */
export interface WrittenSide {
  readonly term: SideTerm;
  readonly isNegated: boolean;
  readonly text: string;
  readonly at: Location;
}

/** Absent protocol: any that has ports. */
export interface WrittenPort {
  readonly protocol?: number;
  readonly ports: PortRange;
  readonly text: string;
}

/** Which flows are meant: all that have one of each list that is not empty. */
export interface FlowFilter {
  readonly verdicts: readonly Verdict[];
  readonly reasons: readonly Reason[];
  readonly from: readonly WrittenSide[];
  readonly to: readonly WrittenSide[];
  /** IANA numbers. */
  readonly protocols: readonly number[];
  readonly ports: readonly WrittenPort[];
  /** Who decided, as policy-name.ts reads it. */
  readonly by?: string;
  /** 0-based position in the policy's list, -1 is the end of the tier. */
  readonly rule?: number;
  /** As the suite writes it, in a line; empty for all flows. */
  readonly text: string;
}

/** A flow of a list, which may stand for several: workloads, `:*`. */
export interface WrittenFlow {
  readonly flow: Flow;
  /** In the notation, with `to`. */
  readonly text: string;
  readonly at: Location;
}

/** How many of what, both ends included. */
export interface CountClaim {
  readonly kind: 'count';
  readonly least: number;
  readonly most: number;
  readonly unit: Unit;
}

/** These flows and no others. */
export interface ListClaim {
  readonly kind: 'list';
  readonly flows: readonly WrittenFlow[];
}

export interface TraceExpectation {
  /** The suite's own; empty when it has none. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly why?: string;
  readonly filter: FlowFilter;
  readonly claim: CountClaim | ListClaim;
  /** What is claimed, in a line: `no flow with verdict deny, to namespace:pci`. */
  readonly title: string;
  readonly at: Location;
}

/** Traces that are replayed as one, and what is expected of them. */
export interface ExpectedTrace {
  /** Joined to the suite's folder. */
  readonly traces: readonly string[];
  readonly format?: FlowFormatName;
  /** 0: replayed under the suite's own manifests; n: under those after its step n. */
  readonly state: number;
  readonly expectations: readonly TraceExpectation[];
  readonly at: Location;
}
