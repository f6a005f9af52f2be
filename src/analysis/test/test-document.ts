/** The document of `test`: every expectation of every suite with what was found. */
import type { CoverageDocument } from '../coverage/coverage-document.ts';
import type { DeciderNames } from '../decider.ts';
import type { WalkedHook } from '../explain/short-walk.ts';
import type { OpenNames } from '../open-document.ts';

/** Where in a table an expectation is drawn, counted from 0. */
export interface TestedCell {
  /** Its number among the suite's `tables`. */
  readonly table: number;
  readonly row: number;
  readonly column: number;
  readonly port: number;
}

/** A table that the suite draws, as it is drawn; the verdicts are those of the results that name it. */
export interface TestedTable {
  /** '' when it has none. */
  readonly name: string;
  /** `file:line`. */
  readonly location: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `TCP/80`; a cell has a result for each. */
  readonly ports: readonly string[];
}

export interface TestedExpectation {
  /** The suite's own, '' when it has none. */
  readonly name: string;
  readonly tags: readonly string[];
  /** The step after which it was asked, '' for the suite's own manifests. */
  readonly step: string;
  /** Null for what is not drawn in a table. */
  readonly cell: TestedCell | null;
  readonly flow: string;
  /** The circumstances: `established`, ...; null for the first packet of a connection. */
  readonly when: string | null;
  /** What the suite says. */
  readonly expected: {
    readonly verdict: string;
    /** `Kind/namespace/name`, null where the suite leaves it open. */
    readonly by: string | null;
    /** `ingress`, `egress`: the side whose policies must decide. */
    readonly direction: string | null;
    readonly reason: string | null;
    /** With staged policies as if they were enforced. */
    readonly pending: string | null;
  };
  readonly found: {
    readonly verdict: string;
    readonly reason: string;
    readonly decider: DeciderNames;
    readonly open?: OpenNames;
    /** With staged policies as if they were enforced; the verdict itself where none is staged. */
    readonly pending: string;
  };
  readonly passed: boolean;
  /** In words, '' when it passed. */
  readonly difference: string;
  /** The suite's own words, '' when it has none. */
  readonly why: string;
  /** `file:line` of the expectation. */
  readonly location: string;
  /** How it came to what was found; null where it passed, and where enough failures are explained. */
  readonly walk: readonly WalkedHook[] | null;
}

/** A change of the policies, on top of those before it. */
export interface TestedStep {
  readonly name: string;
  /** In the place of all that was before; none: on top of it. */
  readonly manifests: readonly string[];
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** How many: flows are who to whom on which port, each once. */
export interface TracedCounts {
  readonly flows: number;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

/** A flow that speaks against an expectation. */
export interface TracedFlow {
  readonly flow: string;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly open?: OpenNames;
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  /** How it came to its verdict; null behind the first ones, and where the manifests cannot name it. */
  readonly walk: readonly WalkedHook[] | null;
}

/** An expectation about the flows of a trace. */
export interface TestedTrace {
  /** The suite's own, '' when it has none. */
  readonly name: string;
  readonly tags: readonly string[];
  /** The step after which it was replayed, '' for the suite's own manifests. */
  readonly step: string;
  /** Replayed as one. */
  readonly traces: readonly string[];
  /** What is claimed: `no flow with verdict deny, to namespace:pci`. */
  readonly title: string;
  readonly passed: boolean;
  /** It fails because it cannot be told: caps, names that stand for several, manifests of another cluster. */
  readonly undetermined: boolean;
  /** Of the flows that are meant. */
  readonly counted: TracedCounts;
  /** Of those that may be meant too. */
  readonly uncertain: TracedCounts;
  /** In words, '' when it passed. */
  readonly difference: string;
  /** The suite's own words, '' when it has none. */
  readonly why: string;
  /** `file:line` of the expectation. */
  readonly location: string;
  /** Heaviest first; none when it passed. */
  readonly flows: readonly TracedFlow[];
  readonly omitted: number;
  /** Flows that are listed and not in the trace. */
  readonly missing: readonly string[];
}

export interface TestedSuite {
  readonly path: string;
  readonly description: string;
  readonly cni: string;
  /** What was read: the suite's manifests, or those of the command line. */
  readonly manifests: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** Expectations that --name and --tag left out. */
  readonly filtered: number;
  readonly milliseconds: number;
  readonly steps: readonly TestedStep[];
  readonly tables: readonly TestedTable[];
  readonly results: readonly TestedExpectation[];
  readonly traces: readonly TestedTrace[];
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
}

export interface TestDocument {
  readonly schema: 'dryplane/test/v1';
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  /** Expectations that --name and --tag left out, of suites that were left out too. */
  readonly filtered: number;
  /** YAML files of folders that are no suites. */
  readonly passed_over: number;
  /** What the packets of all expectations exercised of the policies; null where it is not asked for. */
  readonly coverage: CoverageDocument | null;
  readonly suites: readonly TestedSuite[];
}
