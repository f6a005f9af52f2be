/** What a replay yields: plain numbers, merged over shards. Names come later, from the legend and the cluster. */
import type { ConntrackSettings } from '../dataplane/conntrack.ts';

/** In the order of VERDICTS; the sum is the total. */
export type VerdictCounts = readonly [number, number, number, number, number];

/** A flow: connections that share everything but the source port. */
export interface FlowTally {
  /** Four words each, see packet/batch-layout.ts. */
  readonly family: 4 | 6;
  readonly src: readonly [number, number, number, number];
  readonly dst: readonly [number, number, number, number];
  readonly protocol: number;
  /** Port, or ICMP type * 256 + code, as the packet carried it. */
  readonly dport: number;
  readonly judgedDst: readonly [number, number, number, number];
  readonly judgedDport: number;
  readonly verdict: number;
  readonly reason: number;
  readonly hook: number;
  /** Outcome numbers or NO_OUTCOME. */
  readonly egress: number;
  readonly ingress: number;
  readonly packets: number;
  readonly bytes: number;
  readonly connections: number;
  /** A source port that was seen, 0 when none. */
  readonly sport: number;
  /** In which it was judged: who its addresses were. 0 with one epoch, as everywhere. */
  readonly epoch: number;
}

/** A flow that the pending tables judge otherwise. */
export interface ChangedFlowTally extends FlowTally {
  /** VERDICT_, REASON_ and HOOK_ codes by the pending tables; reason and hook 0 when the paths were full. */
  readonly pendingVerdict: number;
  readonly pendingReason: number;
  readonly pendingHook: number;
  /** Outcome number of the pending tables that decided, or NO_OUTCOME. */
  readonly pendingOutcome: number;
}

/** A flow that was observed otherwise than it is judged. */
export interface DisagreedFlowTally extends FlowTally {
  /** OBSERVED_ code. */
  readonly observed: number;
  /** Text of who decided by the trace's word; '' for nobody. */
  readonly by: string;
}

/** Who decided by the trace's word beside who decides here, and what it amounts to. */
export interface DecidedTally {
  /** OBSERVED_ code. */
  readonly observed: number;
  /** Text of who decided by the trace's word; '' for nobody. */
  readonly by: string;
  /** VERDICT_ALLOW or VERDICT_DENY, as far as the place of observation could see it. */
  readonly verdict: number;
  /** REASON_ and HOOK_ codes of the row's own verdict. */
  readonly reason: number;
  readonly hook: number;
  /** Outcome that decides where it was observed, or NO_OUTCOME. */
  readonly outcome: number;
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
  /** The flow of its first row, in trace order. */
  readonly example: FlowTally;
}

/** Verdicts beside what traces say became of the packets. */
export interface ObservedResult {
  /** By what was observed and the verdict, as far as the place of observation could see it. */
  readonly pairs: readonly {
    readonly observed: 'allow' | 'deny';
    readonly verdict: number;
    readonly packets: number;
    readonly bytes: number;
    readonly flows: number;
  }[];
  /** Observed of a mechanism that is no network policy: not compared. */
  readonly elsewhere: { readonly packets: number; readonly bytes: number; readonly flows: number };
  /** Heaviest first. */
  readonly disagreed: readonly DisagreedFlowTally[];
  /** Flows that did not fit into the tally. */
  readonly omitted: number;
  /** Of everything that disagrees, and of what agrees where the trace names a decider; heaviest first. */
  readonly decided: readonly DecidedTally[];
  /** Flow records whose deciders did not fit into the tally. */
  readonly omittedDecided: number;
  /** True when the traces name more deciders than there was room for: then `by` is '' everywhere. */
  readonly decidersFull: boolean;
}

/** Connections that met the same outcomes, where two columns cannot hold them all. */
export interface PathTally {
  /** Outcome numbers, each once. */
  readonly outcomes: readonly number[];
  readonly packets: number;
  readonly bytes: number;
  readonly flows: number;
}

/** What the pending tables make of the same connections. */
export interface PendingResult {
  readonly packets: VerdictCounts;
  readonly bytes: VerdictCounts;
  readonly flows: VerdictCounts;
  /** By verdict and pending verdict, equal ones too. */
  readonly changes: readonly {
    readonly verdict: number;
    readonly pending: number;
    readonly packets: number;
    readonly bytes: number;
    readonly flows: number;
  }[];
  /** Flows whose two verdicts differ, heaviest first. */
  readonly changed: readonly ChangedFlowTally[];
  /** Flows that did not fit into the tally. */
  readonly omitted: number;
}

/** An address in one epoch. */
export interface AddressTally {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
  readonly epoch: number;
  readonly packets: number;
  readonly bytes: number;
}

/** What the rows came to as time went by. */
export interface TimelineResult {
  /** Width of all intervals, a power of two. */
  readonly seconds: number;
  /** Those that hold rows, 256 at most, by time; `start` is a multiple of the width, in seconds since 1970. */
  readonly intervals: readonly {
    readonly start: number;
    readonly packets: VerdictCounts;
    readonly bytes: VerdictCounts;
  }[];
}

/** Times: seconds with nine decimals, '' without records. */
export interface TraceTally {
  readonly path: string;
  readonly format: string;
  /** All that were read, those outside of the wanted range too. */
  readonly records: number;
  /** Records outside of the wanted range, and when; all else here is without them. */
  readonly outside: number;
  readonly outsideFirstTime: string;
  readonly outsideLastTime: string;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that the capture itself says it lost. */
  readonly lost: number;
  readonly firstTime: string;
  readonly lastTime: string;
  readonly warnings: readonly string[];
}

export interface ReplayResult {
  readonly packets: VerdictCounts;
  readonly bytes: VerdictCounts;
  /** Connections and flow records. */
  readonly flows: VerdictCounts;
  /** By reason code: packets, bytes of every verdict's reasons. */
  readonly reasons: readonly {
    readonly verdict: number;
    readonly reason: number;
    readonly packets: number;
    readonly bytes: number;
    readonly flows: number;
  }[];
  /** By outcome number, those of each epoch behind those of the epoch before; without the connections of `paths`. */
  readonly outcomePackets: Float64Array;
  readonly outcomeBytes: Float64Array;
  readonly outcomeFlows: Float64Array;
  /** In the order of their outcome numbers. */
  readonly paths: readonly PathTally[];
  /** Connections whose path did not fit: programs beside the two deciding ones are credited with their first packets alone. */
  readonly omittedPaths: number;
  /** Absent where no trace says what became of its packets. */
  readonly observed?: ObservedResult;
  /** Absent without pending tables. */
  readonly pending?: PendingResult;
  /** Flows that were not allowed, heaviest first (packets, then address order). */
  readonly refused: readonly FlowTally[];
  /** All other flows, heaviest first. */
  readonly admitted: readonly FlowTally[];
  /** Flows that did not fit into the tally, by the two lists. */
  readonly omitted: { readonly refused: number; readonly admitted: number };
  /** Names that stand in the place of addresses among them: packet/name-words.ts. */
  readonly addresses: readonly AddressTally[];
  readonly omittedAddresses: number;
  readonly traces: readonly TraceTally[];
  /** What captures call addresses, by their keys: the first name in the order of operands. For people alone. */
  readonly captureNames: ReadonlyMap<string, string>;
  /** By the rows' own verdicts: connections are not counted here. */
  readonly timeline: TimelineResult;
  /** What of connection tracking was not as the kernel has it, and how many connections made room in a full table. */
  readonly conntrack: { readonly settings: ConntrackSettings; readonly earlyDropped: number };
  /** Connections whose beginning the trace does not hold. */
  readonly pickedUp: number;
  /** Connections that found the connection table full and were judged packet by packet. */
  readonly untrackedConnections: number;
  /** Packets whose time lies in each epoch; those before the first one, and those of no known time, count for the first too. */
  readonly epochs: {
    readonly packets: readonly number[];
    readonly early: number;
    readonly timeless: number;
  };
  readonly timing: { readonly wallSeconds: number; readonly workers: number };
}
