/**
 * All distinct flows of a replay as columns, what a page shows and searches: a hundred thousand rows are a few arrays of numbers,
 * and each name, port and decision is written once.
 */
import type { DeciderNames } from '../decider.ts';
import type { FlowExplanation } from '../explain/explain-document.ts';
import type { OpenNames } from '../open-document.ts';

/** Flows of a table; the rest is counted. */
export const TABLE_ROWS = 100_000;

/** What kind of thing an address belongs to. */
export type PlaceKind = 'pod' | 'service' | 'node' | 'network-set' | 'outside';

/** An address, or the name in its place. */
export interface Place {
  /** '' where a name stands in its place. */
  readonly address: string;
  readonly name: string;
  readonly kind: PlaceKind;
  /** Of pods and services; '' for all others. */
  readonly namespace: string;
  /** What it belongs to in a picture of few: `Deployment/web`, a node, a set; the address itself outside. */
  readonly group: string;
}

/** A protocol with its port, or with the type and code of ICMP. */
export interface FlowPort {
  readonly protocol: string;
  readonly port: number | null;
  /** `tcp 443`, `icmp type 8 code 0`, `icmp`. */
  readonly label: string;
}

/** What became of flows in one and the same way: the same two outcomes, for the same reason. */
export interface FlowDecision {
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly open?: OpenNames;
  /** The row whose walk `explained` is, the heaviest of its kind. */
  readonly example: number;
  /** Null where the walk of a first packet would say something else, and where `isLeftOut`. */
  readonly explained: FlowExplanation | null;
  /** Nobody looked for a walk: enough decisions before it are explained. */
  readonly isLeftOut: boolean;
}

/** One number a row. */
export interface FlowColumns {
  /** Places in `texts`: the two halves of the flow in the notation that `explain` takes, ` to ` between them. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Places in `places`; `judged` behind a service. */
  readonly src: readonly number[];
  readonly dst: readonly number[];
  readonly judged: readonly number[];
  /** Place in `ports`. */
  readonly port: readonly number[];
  /** Behind a service; -1 without. */
  readonly judgedPort: readonly number[];
  /** Place in `decisions`. */
  readonly decision: readonly number[];
  readonly packets: readonly number[];
  readonly bytes: readonly number[];
  readonly connections: readonly number[];
  /** Place in the document's `snapshots`; -1 without. */
  readonly snapshot: readonly number[];
  /** 1 where an object that was left out could change the verdict. */
  readonly doubtful: readonly number[];
}

export interface FlowTable {
  readonly rows: number;
  /** Flows of the traces that the table does not hold. */
  readonly omitted: number;
  readonly texts: readonly string[];
  readonly places: readonly Place[];
  readonly ports: readonly FlowPort[];
  readonly decisions: readonly FlowDecision[];
  readonly columns: FlowColumns;
}
