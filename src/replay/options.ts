/** What a program may ask of a replay, and what it is shown of one that runs. All of it is optional. */
import type { ConntrackSettings } from '../dataplane/conntrack.ts';
import type { NameIndex } from '../flow/flow-name.ts';
import type { PacketBatch } from '../packet/batch.ts';
import type { Tables } from '../tables/tables.ts';
import type { InterfaceOwners } from '../trace/reader.ts';
import type { RangeBounds } from '../trace/time-range.ts';
import type { ShowDeciders } from './shown-texts.ts';
import type { SoFar } from './so-far.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface Progress {
  readonly bytes: number;
  /** Of all traces on disk; 0 when one of them has no known length. */
  readonly totalBytes: number;
  readonly packets: number;
  /** Reads what was counted so far. */
  readonly soFar: () => SoFar;
}

export interface ReplayOptions {
  /**
   * Tables of the same cluster with its staged policies enforced: every connection is judged by them too, and the result
   * and the rows hold both verdicts.
   */
  readonly pendingTables?: Tables;
  /** Pods' interfaces: packets that were captured on one, and are not its pod's, are spoofed. Endpoint numbers are those of the tables. */
  readonly interfaces?: InterfaceOwners;
  /**
   * What records may call pods, network sets and nodes, by the numbers that the tables (both) were compiled with. Absent: records
   * without addresses are malformed.
   */
  readonly names?: NameIndex;
  /**
   * Called before rows are shown that hold names not seen before, and at the end: their texts. In the rows stand words that hang
   * on the texts alone (packet/name-words.ts).
   */
  readonly onNames?: (texts: readonly string[]) => void;
  /** Worker threads, 1 to 64; the machine's parallelism when absent. */
  readonly workers?: number;
  /** Threads that were started before, in the place of `workers`; whoever started them ends them, they may serve several replays in turn. */
  readonly pool?: WorkerPool;
  /** What a connection without its beginning is: oriented by its ports, or as Linux does. `judge` when absent. */
  readonly pickup?: 'judge' | 'kernel';
  /** What of connection tracking is not as the kernel has it by default. */
  readonly conntrack?: ConntrackSettings;
  /** `closed`: packets in tunnels between nodes are judged as the tunnel's; `open` when absent. */
  readonly tunnels?: 'open' | 'closed';
  /**
   * `skip`: a packet of a capture that is seen again is skipped as a copy of the first one; `judge`: it is judged again; `auto`, as when
   * absent: it is looked for and skipped where several captures, or one of several interfaces, may show it twice.
   */
  readonly duplicates?: 'auto' | 'skip' | 'judge';
  /** Connections kept at the same time; 1,048,576 when absent. */
  readonly connections?: number;
  /** Distinct flows kept of the refused and of the admitted ones, each; 262,144 when absent. */
  readonly flows?: number;
  /** Flows that the result lists of each of the two groups, the heaviest; 10,000 when absent. */
  readonly flowsListed?: number;
  /** Rows of a round; the result does not depend on it. */
  readonly rowsPerRound?: number;
  /** Bytes read at a time; the result does not depend on it. */
  readonly chunkBytes?: number;
  /**
   * Called before the first round with what tells who decided by the trace's word, in words, by the number in OBSERVED_BY. Not called
   * where no trace can say it.
   */
  readonly onDeciders?: ShowDeciders;
  /**
   * Called with each round in trace order: `count` rows of `batch`, all columns filled. The batch is overwritten after the
   * call, or after its promise.
   */
  readonly onRound?: (batch: PacketBatch, count: number) => void | Promise<void>;
  /** Called a few times a second, and at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Records of other times are rows for nobody; in rounds they have SKIP_OUTSIDE. */
  readonly range?: RangeBounds;
  /** Ends the input from live pipes: the result is that of what was read. */
  readonly endInput?: AbortSignal;
  /** Stops the replay; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}
