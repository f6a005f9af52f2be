/**
 * What a page holds as JSON, written by `replay-page.ts` and `diff-page.ts` and read by `page/`. Words come ready-made: the page
 * knows neither policies nor reasons. A line may hold marks, see markup.ts; all other texts are plain.
 */
import type { Places } from '../analysis/diff/diff-document.ts';
import type { FlowColumns, FlowPort, Place } from '../analysis/page/flow-table-document.ts';
import type { VerdictChange } from '../analysis/replay/flow-document.ts';
import type { ReplayDocument } from '../analysis/replay/replay-document.ts';

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
  /** Places in the page's `lines`; empty where no walk ends so, null where the page has no room for it. */
  readonly walk: readonly number[] | null;
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
  | 'traces'
  | 'timeline'
  | 'tables'
  | 'timing'
  | 'contents'
  | 'addresses'
>;

/** A rule, or the end of a tier, in words. */
export interface RulePage {
  readonly policy: string;
  readonly rule: string;
  readonly action: string;
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  readonly place: string;
}

/** The first ones of a list, and how many there are beyond. */
export interface RuleListPage {
  readonly rules: readonly RulePage[];
  readonly omitted: number;
}

export interface ReplayPage {
  readonly kind: 'replay';
  /** Of the program. */
  readonly version: string;
  readonly title: string;
  /** The command whose answer the page is. */
  readonly command: string;
  /** What explains a flow: words in front of it; '' without manifests. */
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
  /** Heaviest first. */
  readonly met: RuleListPage;
  /** Rules that matched nothing. */
  readonly dead: RuleListPage;
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

/** What one of two sets says, in words. */
export interface DiffSidePage {
  readonly verdict: string;
  readonly text: string;
  readonly place: string;
}

/** A region of packets, or a flow of the traces. */
export interface DiffChangePage {
  readonly from: Places;
  readonly to: Places;
  readonly ports: string;
  /** An example, or the flow itself. */
  readonly flow: string;
  /** Of a flow of the traces; '' else. */
  readonly traffic: string;
  readonly before: DiffSidePage;
  readonly after: DiffSidePage;
}

/** What one policy, or nobody, changes in one way. */
export interface DiffGroupPage {
  readonly change: VerdictChange;
  readonly words: string;
  readonly by: string;
  readonly place: string;
  readonly counts: string;
  /** Lines, with marks. */
  readonly notes: readonly string[];
  readonly changes: readonly DiffChangePage[];
  readonly omitted: number;
  /** Of the first flow, where there are any; lines with marks. */
  readonly walks: readonly { readonly label: string; readonly lines: readonly string[] }[];
}

export interface DiffPage {
  readonly kind: 'diff';
  readonly version: string;
  readonly title: string;
  readonly explain: string;
  readonly before: { readonly name: string; readonly what: string };
  readonly after: { readonly name: string; readonly what: string };
  readonly staged: boolean;
  readonly isSame: boolean;
  readonly answer: string;
  /** What the answer rests on. */
  readonly proof: string;
  readonly counts: readonly {
    readonly change: VerdictChange;
    readonly words: string;
    readonly count: number;
    readonly more: string;
  }[];
  /** Of traces. */
  readonly totals: {
    readonly before: Pick<ReplayDocument, 'packets' | 'flows'>;
    readonly after: Pick<ReplayDocument, 'packets' | 'flows'>;
  } | null;
  readonly groups: readonly DiffGroupPage[];
  readonly alarms: readonly (readonly string[])[];
  /** Of two CNIs, lines with marks; empty with one. */
  readonly knobs: readonly string[];
  readonly notes: readonly string[];
}

export type PageData = ReplayPage | DiffPage;
