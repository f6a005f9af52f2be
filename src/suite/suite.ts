/** A suite of expectations as its file gives it: flows, and what is expected of them. */
import type { Location } from '../diagnostic/diagnostic.ts';
import type { Flow } from '../flow/flow.ts';
import type { Reason } from '../tables/verdict.ts';
import type { ExpectedTrace } from './trace-expectation.ts';

/** The verdicts that a suite may expect: all but `skip`, which is no answer about a flow. */
export const EXPECTABLE = ['allow', 'deny', 'undetermined', 'unspecified'] as const;
/** `reject` is a deny that answers the sender. */
export const EXPECTED = [...EXPECTABLE, 'reject'] as const;
export type ExpectedVerdict = (typeof EXPECTED)[number];
export type PendingVerdict = (typeof EXPECTABLE)[number];

/**
 * What the flow itself does not show. `established`: the connection stood when the policies came; after a step, that it was opened before it. `new-source`, `new-destination`: the
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

/** Which side's policies: what leaves the source, or what comes in at the destination. */
export const DIRECTIONS = ['ingress', 'egress'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** By names of CNIs where they differ, the user's own profiles among them; of one that is not named nothing is said. */
export type ByCni<Word> = Word | ReadonlyMap<string, Word>;

/** A piece of the suite's file, in UTF-16 units from its start. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A change of the policies, on top of the state before it. */
export interface Step {
  readonly name: string;
  /** Paths, joined to the suite's folder: in the place of all that was before. */
  readonly manifests: readonly string[];
  /** Paths, joined to the suite's folder: what is added, or replaced. */
  readonly add: readonly string[];
  /** `Kind/namespace/name` each. */
  readonly remove: readonly string[];
  readonly at: Location;
}

/** A table of verdicts as the suite draws it: who sends stands before the rows, who receives above the columns. */
export interface Drawing {
  /** Empty when it has none. */
  readonly name: string;
  /** The table's; drawings of one table for several CNIs have the same. */
  readonly at: Location;
  /** As they are drawn, short names included. */
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `TCP/80`; a cell has a verdict for each. */
  readonly ports: readonly string[];
}

/** Where in a drawing an expectation stands, counted from 0. */
export interface Cell {
  readonly drawing: Drawing;
  readonly row: number;
  readonly column: number;
  readonly port: number;
}

export interface Expectation {
  /** The suite's own, of a cell its table's name and whom it is about; empty when it has none. */
  readonly name: string;
  /** Its own and the suite's, each once. */
  readonly tags: readonly string[];
  readonly flow: Flow;
  readonly expect: ByCni<ExpectedVerdict>;
  /** Where the words of `expect` are written, by their CNIs, under `''` one for all; none in the lists `allow` and `deny`. */
  readonly written: ReadonlyMap<string, TextRange>;
  /** Absent: the first packet of a connection, between pods that the CNI knows, while it runs. */
  readonly when?: Circumstance;
  /** The policy that must decide, as policy-name.ts reads it: `Kind/namespace/name`, `Kind/name`, `Profile/name`. */
  readonly by?: string;
  /** The side whose policies must decide. */
  readonly direction?: Direction;
  readonly reason?: Reason;
  /** With staged policies as if they were enforced. */
  readonly pending?: ByCni<PendingVerdict>;
  /** The suite's own words. */
  readonly why?: string;
  /** 0: under the suite's own manifests; n: after its step n. */
  readonly state: number;
  /** Of what is drawn in a table. */
  readonly cell?: Cell;
  /** Where the flow stands in the suite's file, or the cell. */
  readonly at: Location;
}

export interface Suite {
  readonly path: string;
  /** Empty when the file has none. */
  readonly description: string;
  /** Those that all of its expectations have. */
  readonly tags: readonly string[];
  /** Paths as `loadCluster` takes them, joined to the suite's folder. */
  readonly manifests: readonly string[];
  /** A name of `CNI_NAMES`, or the path of a profile, joined to the suite's folder. */
  readonly cni?: string;
  /** Of a file that is another tool's: which, and how many of its tests are no expectations here; diagnostics say why. */
  readonly foreign?: { readonly tool: string; readonly unmapped: number };
  /** Changes, each on top of the one before. */
  readonly steps: readonly Step[];
  /** By their states, each in the file's order: `flows`, `allow`, `deny`, `tables`. */
  readonly expectations: readonly Expectation[];
  /** What is expected of traces, by their states, each in the file's order. */
  readonly traces: readonly ExpectedTrace[];
}
