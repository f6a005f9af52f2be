/**
 * What a page holds as JSON, written by `replay-page.ts` and `diff-page.ts` and read by `page/`. Words come ready-made: the page
 * knows neither policies nor reasons. A line may hold marks, see markup.ts; all other texts are plain.
 */
import type { FlowColumns, FlowPort, Place } from '../analysis/flow-table-document.ts';
import type { ReplayDocument } from '../analysis/replay-document.ts';

/** A decision in words. */
export interface PageDecision {
  readonly verdict: string;
  readonly reason: string;
  /** Who decided: `ingress: rule 0 of NetworkPolicy shop/db`. */
  readonly why: string;
  /** `file:line`, or the sentence that leaves the answer open. */
  readonly place: string;
  /** '' where nobody decided. */
  readonly policy: string;
  readonly direction: string;
  /** Row of the flow that `walk` is about. */
  readonly example: number;
  /** Places in the page's `lines`; empty where there is no walk. */
  readonly walk: readonly number[];
}

/** A column whose numbers are all the same is that number. */
export type PackedColumns = { readonly [Name in keyof FlowColumns]: readonly number[] | number };

export interface PageFlows {
  readonly rows: number;
  readonly omitted: number;
  readonly texts: readonly string[];
  readonly places: readonly Place[];
  readonly ports: readonly FlowPort[];
  readonly decisions: readonly PageDecision[];
  readonly columns: PackedColumns;
}

/** A row of staged or observed flows in words. */
export interface PageChange {
  readonly flow: string;
  readonly packets: number;
  readonly connections: number;
  /** A short text in front: `allow now, deny then`. */
  readonly what: string;
  /** Two sides, each who decided and where. */
  readonly sides: readonly { readonly label: string; readonly text: string; readonly place: string }[];
}

/** The parts of the document that a page shows as they are. */
export type PageReplayDocument = Pick<
  ReplayDocument,
  | 'cni'
  | 'manifests'
  | 'snapshots'
  | 'packets'
  | 'bytes'
  | 'flows'
  | 'reasons'
  | 'skipped'
  | 'rules'
  | 'traces'
  | 'timeline'
  | 'tables'
  | 'timing'
  | 'contents'
  | 'addresses'
>;

export interface ReplayPage {
  readonly kind: 'replay';
  /** Of the program. */
  readonly version: string;
  readonly title: string;
  /** The command whose answer the page is. */
  readonly command: string;
  /** What explains a flow: words in front of it. */
  readonly explain: string;
  /** What must be known before anything else; a list of lines for each, the first says it. */
  readonly alarms: readonly (readonly string[])[];
  readonly notes: readonly string[];
  readonly document: PageReplayDocument;
  /** Words for reasons of the totals, by reason. */
  readonly reasonWords: Readonly<Record<string, string>>;
  readonly flows: PageFlows;
  /** Of walks, each once; with marks, as alarms and notes. */
  readonly lines: readonly string[];
  readonly observed: ObservedPage | null;
  readonly staged: StagedPage | null;
}

export interface ObservedPage {
  /** What is counted by `compared` and `agree`. */
  readonly unit: 'flow' | 'packet';
  readonly compared: number;
  readonly agree: number;
  readonly pairs: readonly {
    readonly observed: string;
    readonly verdict: string;
    readonly packets: number;
  }[];
  readonly groups: readonly PageChange[];
  readonly groupsOmitted: number;
  readonly otherPolicy: readonly PageChange[];
  readonly otherPolicyPackets: number;
}

export interface StagedPage {
  readonly policies: readonly {
    readonly policy: string;
    readonly location: string;
    readonly newlyDenied: number;
    readonly newlyAllowed: number;
    readonly other: number;
  }[];
  readonly changed: readonly PageChange[];
  readonly omitted: number;
}

export type PageData = ReplayPage;
