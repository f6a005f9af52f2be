/** What documents count, and how they write a flow: shared by all that report traffic, key for key. */
import type { DeciderNames } from '../decider.ts';
import type { OpenNames } from '../open-document.ts';
import type { PacketFields } from '../packet-fields.ts';

/** The five verdicts and their sum. */
export interface VerdictTotals {
  readonly total: number;
  readonly allow: number;
  readonly deny: number;
  readonly undetermined: number;
  readonly unspecified: number;
  readonly skip: number;
}

export interface Totals {
  readonly packets: VerdictTotals;
  readonly bytes: VerdictTotals;
  /** Connections, and records of flow lists. */
  readonly flows: VerdictTotals;
}

/** Packets, bytes and connections. */
export interface Counts {
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
}

/** Connections that share everything but the source port. */
export interface FlowCount extends PacketFields {
  /** In the notation that `explain` takes. */
  readonly flow: string;
  readonly verdict: string;
  readonly reason: string;
  readonly decider: DeciderNames;
  readonly open?: OpenNames;
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  /** Place in `snapshots` of the one that it was judged by; null where there are none. */
  readonly snapshot: number | null;
  /** An object that was left out as invalid could change the verdict. */
  readonly doubtful: boolean;
}

/** Allowed before and denied after, the reverse, or any other pair of verdicts. */
export type VerdictChange = 'newly-denied' | 'newly-allowed' | 'other';
