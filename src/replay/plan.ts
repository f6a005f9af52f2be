/**
 * Where everything lies in the one shared memory of a replay. Made once by the main thread, handed to every worker as
 * plain numbers. Regions are reserved at their largest size: pages that nobody touches cost nothing.
 */

import { CLOCK_ROW_BYTES } from '../dataplane/clocks-layout.ts';
import type { ConntrackSettings } from '../dataplane/conntrack.ts';
import { CONNTRACK_BYTES } from '../dataplane/conntrack-layout.ts';
import { COPIES_MOST, COPIES_MOST_RECORDS, COPY_ROW_BYTES } from '../dataplane/copies-layout.ts';
import {
  CHUNK_RECORD_BYTES,
  DESK_BYTES,
  DESK_ROWS,
  RANGE_BYTES,
  SEEN_ROW_BYTES,
  TOTALS_COUNT,
} from '../dataplane/desk-layout.ts';
import { EPOCH_BYTES, EPOCH_SEEN_BYTES, EPOCHS_ROWS } from '../dataplane/epochs-layout.ts';
import { ARENA_START } from '../dataplane/memory.ts';
import * as S from '../dataplane/shard-layout.ts';
import { TIMELINE_TOTAL_BYTES } from '../dataplane/timeline-layout.ts';
import { answersBytes, batchBytes } from '../packet/batch.ts';
import { PCAPNG_TELLS } from '../packet/pcapng-layout.ts';
import { textTableBytes } from '../packet/text-table.ts';
import { HOOK_INGRESS, HOOK_UNTRACKED_EGRESS, HOOK_UNTRACKED_INGRESS } from '../tables/verdict-layout.ts';
import { NAME_TEXTS } from '../trace/flow-log/name-reader.ts';
import { DECIDER_TEXTS } from '../trace/flow-log/observed-decider.ts';
import type { RangeBounds } from '../trace/time-range.ts';
import { CONTROL_BYTES } from './control.ts';
import { type EpochInput, type EpochPlan, hasPending, outcomeCount, planEpochs } from './epoch-plan.ts';
import type { Desk } from './judge-rows.ts';
import { RING_WORDS_BYTES } from './ring.ts';

export interface PlanInput {
  /** In the order of their times, at least one. */
  readonly epochs: readonly EpochInput[];
  /** The epochs have times: packets are counted by them. */
  readonly timesMatter: boolean;
  /** Bit 1 << HOOK_ code for every hook that some program of the tables answers for. */
  readonly hooks: number;
  readonly workers: number;
  /** What the readers of each trace need: bytes of every worker's own, and shared ones. */
  readonly readers: readonly { readonly own: number; readonly shared: number }[];
  /** Pieces of so many traces lie in a worker's slot at the same time, when the slot holds one record of the largest. */
  readonly tracesAtOnce: number;
  readonly rowsPerRound: number;
  readonly chunkBytes: number;
  /** Largest record of any trace; a slot holds at least one. */
  readonly recordBytesMax: number;
  /** Connections that are kept at the same time, over all shards. */
  readonly connections: number;
  /** Bytes of a ring that a stream goes through, a power of two that holds the largest record; 0 when all traces are plain files. */
  readonly ringBytes: number;
  /** Streams that are read at the same time. */
  readonly ringCount: number;
  /** Distinct flows of each verdict group, and distinct addresses, that are kept over all shards. */
  readonly flows: number;
  readonly addresses: number;
  /** Flows of each verdict group that the result lists. */
  readonly flowsListed: number;
  readonly pickup: number;
  readonly conntrack: ConntrackSettings;
  readonly rowsWanted: boolean;
  /** Whether packets in tunnels between nodes are taken out of them. */
  readonly tunnels: 'open' | 'closed';
  /** Some trace names interfaces, and pods' are known. */
  readonly interfacesKnown: boolean;
  /** Some trace says what became of its packets. */
  readonly observedKnown: boolean;
  /** Traces of which it shows while they are read whether they say so; none when absent. */
  readonly observedMaybe?: readonly number[];
  /** Whether each trace's records come by time, so that a clock that jumps back shows. */
  readonly clocksWatched: readonly boolean[];
  /** Records of other times are left out. */
  readonly range?: RangeBounds;
  /** Some trace names pods in the place of addresses, and names are known. */
  readonly namesKnown: boolean;
  /** Copies of packets are looked for. */
  readonly copiesSought: boolean;
  /** Both ends of a flow write records of it. */
  readonly reportersKnown: boolean;
  /** Of the table of services that are joined; 0 without. */
  readonly joinsBytes: number;
}

/** Byte offsets, and the numbers that go with them. */
export interface Plan {
  readonly input: PlanInput;
  readonly control: number;
  /** f64s, TRACE_NUMBERS a trace. */
  readonly traces: number;
  /** Of each trace: what its readers share. */
  readonly readerStates: readonly number[];
  readonly epochs: readonly EpochPlan[];
  /** Where the epochs' own block lies (dataplane/epochs-layout.ts); 0 where times do not matter. */
  readonly epochBlock: number;
  /** Texts of who decided by the trace's word, DECIDER_TEXTS; 0 where no trace can say it. */
  readonly deciders: number;
  /** The rules of connection tracking. */
  readonly conntrack: number;
  /** Texts of names that stand in the place of addresses, NAME_TEXTS; 0 where no names are known. */
  readonly nameTexts: number;
  /** Where the services lie that are joined; 0 without. */
  readonly joins: number;
  readonly round: number;
  readonly lists: number;
  readonly chunks: number;
  readonly chunksPerRound: number;
  /** A row a trace (dataplane/clocks-layout.ts); 0 when no clock is watched. */
  readonly clocks: number;
  /** The wanted range of time (RANGE_ offsets); 0 when all is wanted. */
  readonly range: number;
  readonly slotBytes: number;
  readonly rings: number;
  /** Words of each ring: ring.ts. */
  readonly ringWords: number;
  readonly shards: number;
  readonly tableSlots: TableSlots;
  readonly desks: readonly DeskPlan[];
  readonly endBytes: number;
}

interface TableSlots {
  readonly connections: TablePlan;
  readonly flows: TablePlan;
  /** Of the flows whose pending verdict is another. */
  readonly changed: TablePlan;
  /** Of the flows that were observed otherwise. */
  readonly disagreed: TablePlan;
  /** Of who decided by the trace's word beside who decides here. */
  readonly decided: TablePlan;
  readonly addresses: TablePlan;
  readonly paths: TablePlan;
  /** Recent packets that copies are looked for among; 0 where none are. */
  readonly copies: number;
  /** Where the first shard's tables lie, and how far the next shard's. */
  readonly start: number;
  readonly shardBytes: number;
}

export interface TablePlan {
  readonly slots: number;
  readonly maxSlots: number;
  readonly limit: number;
}

export interface DeskPlan {
  readonly desk: number;
  /** Room for pieces of the traces that are read at the same time. */
  readonly slot: number;
  /** Room of each trace's reader. */
  readonly readers: readonly number[];
  /** What the worker has seen of each trace: SEEN_ rows. */
  readonly seen: number;
  /** What it has seen of each epoch (epochs-layout.ts); 0 where times do not matter. */
  readonly epochsSeen: number;
  readonly firsts: number;
  /** 0 without pending tables. */
  readonly pendingFirsts: number;
  readonly links: number;
  readonly entries: number;
  readonly hashes: number;
  readonly totals: number;
  readonly outcomes: number;
  /** As dataplane/timeline-layout.ts has it. */
  readonly timeline: number;
  readonly moving: number;
}

/**
 * What the readers share of each trace: records taken, the position in the file, and 1 when nothing is left to read.
 * Changed in the reader's turn.
 */
export const TRACE_RECORDS = 0;
export const TRACE_POSITION = 1;
export const TRACE_ENDED = 2;
/** Time of the next record; -1 seconds: not known yet. */
export const TRACE_NEXT_SECONDS = 3;
export const TRACE_NEXT_NANOS = 4;
/** Of a stream: 1 when its bytes are wanted. */
export const TRACE_IS_WANTED = 5;
/** 1 when it should have been read earlier, and there was no ring for it. */
export const TRACE_IS_LATE = 6;
const TRACE_NUMBERS = 8;

/** Whether some trace has said by now what became of its packets. */
export function isObserved({ input, readerStates }: Plan, words: Uint32Array): boolean {
  const { observedKnown, observedMaybe = [] } = input;
  return observedKnown || observedMaybe.some((trace) => words[readerStates[trace]! / 4 + PCAPNG_TELLS] === 1);
}

/** The shared numbers of trace `trace`. */
export function traceNumbers(plan: Plan, memory: SharedArrayBuffer, trace: number): Float64Array {
  return new Float64Array(memory, plan.traces + trace * TRACE_NUMBERS * 8, TRACE_NUMBERS);
}

/** Pairs of deciders that are kept over all shards. */
const DECIDED = 1 << 16;

const CHUNKS_PER_ROUND_MAX = 4096;
/** Slots that a table begins with: small runs stay in the cache. */
const FIRST_SLOTS = 256;

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));

function tablePlan(rows: number): TablePlan {
  const limit = Math.max(4, Math.ceil(rows / S.SHARD_COUNT));
  const maxSlots = Math.max(16, powerOfTwo(limit * 1.5));
  return { limit, maxSlots, slots: Math.min(FIRST_SLOTS, maxSlots) };
}

const NO_TABLE: TablePlan = { limit: 0, maxSlots: 0, slots: 0 };

/** A flow's row has two bytes for the number of its path. */
const PATHS_MOST = 0xffff;

/** Paths have their slots from the start: numbers are found through them, rows stay where they are. */
function pathsPlan(rows: number): TablePlan {
  const { limit, maxSlots } = tablePlan(Math.min(rows, PATHS_MOST * S.SHARD_COUNT));
  return { limit, maxSlots, slots: maxSlots };
}

const pathsBytes = ({ limit, maxSlots }: TablePlan): number => limit * S.PATH_ROW_BYTES + maxSlots * 4;

/** Whether some program answers for a host's hook: bits as in PlanInput. */
export function hasHostHooks(hooks: number): boolean {
  return hooks >>> (HOOK_INGRESS + 1) !== 0;
}

/** Whether some program is untracked. */
export function hasUntrackedHooks(hooks: number): boolean {
  return (hooks & ((1 << HOOK_UNTRACKED_INGRESS) | (1 << HOOK_UNTRACKED_EGRESS))) !== 0;
}

const CONNECTION_BYTES = S.CONNECTION_ROW_BYTES + S.COLD_ROW_BYTES;
export const FRAGMENTS_BYTES = S.FRAGMENT_SETS * S.FRAGMENT_WAYS * S.FRAGMENT_ROW_BYTES;

export const TRANSLATIONS_BYTES = S.TRANSLATION_SETS * S.TRANSLATION_WAYS * S.TRANSLATION_ROW_BYTES;

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Lays everything out; touches no memory. `endBytes` is the budget to check before the start. */
export function planMemory(input: PlanInput): Plan {
  let end = ARENA_START;
  const take = (bytes: number): number => {
    const offset = end;
    end = align(end + bytes);
    return offset;
  };
  const connections = tablePlan(input.connections);
  const flows = tablePlan(input.flows);
  const addresses = tablePlan(input.addresses);
  const isPending = hasPending(input.epochs);
  const changed = isPending ? flows : NO_TABLE;
  const mayBeObserved = input.observedKnown || (input.observedMaybe ?? []).length > 0;
  const disagreed = mayBeObserved ? flows : NO_TABLE;
  const decided = mayBeObserved ? tablePlan(DECIDED) : NO_TABLE;
  const copies = !input.copiesSought ? 0 : input.reportersKnown ? COPIES_MOST_RECORDS : COPIES_MOST;
  const paths = isPending || hasHostHooks(input.hooks) ? pathsPlan(input.flows) : NO_TABLE;
  const shardBytes = align(
    connections.maxSlots * CONNECTION_BYTES +
      (2 * flows.maxSlots + changed.maxSlots + disagreed.maxSlots) * S.FLOW_ROW_BYTES +
      decided.maxSlots * S.DECIDED_ROW_BYTES +
      addresses.maxSlots * S.ADDRESS_ROW_BYTES +
      pathsBytes(paths) +
      FRAGMENTS_BYTES +
      copies * (COPY_ROW_BYTES + 4) +
      (input.joinsBytes > 0 ? TRANSLATIONS_BYTES : 0),
  );
  const movingBytes = Math.max(
    (connections.maxSlots / 2) * CONNECTION_BYTES,
    (flows.maxSlots / 2) * S.FLOW_ROW_BYTES,
    (decided.maxSlots / 2) * S.DECIDED_ROW_BYTES,
    (addresses.maxSlots / 2) * S.ADDRESS_ROW_BYTES,
  );
  const chunksPerRound = Math.min(CHUNKS_PER_ROUND_MAX, input.rowsPerRound);
  const slotBytes = Math.max(input.chunkBytes, input.recordBytesMax);
  return {
    input,
    chunksPerRound,
    slotBytes,
    control: take(CONTROL_BYTES),
    traces: take(input.readers.length * TRACE_NUMBERS * 8),
    readerStates: input.readers.map(({ shared }) => take(shared)),
    epochs: planEpochs(input.epochs, take),
    epochBlock: input.timesMatter ? take(EPOCHS_ROWS + input.epochs.length * EPOCH_BYTES) : 0,
    deciders: mayBeObserved ? take(textTableBytes(DECIDER_TEXTS)) : 0,
    conntrack: take(CONNTRACK_BYTES),
    nameTexts: input.namesKnown ? take(textTableBytes(NAME_TEXTS)) : 0,
    joins: input.joinsBytes > 0 ? take(input.joinsBytes) : 0,
    round: take(batchBytes(input.rowsPerRound)),
    lists: take(input.rowsPerRound * 4),
    chunks: take(chunksPerRound * CHUNK_RECORD_BYTES),
    clocks: input.clocksWatched.some((isWatched) => isWatched)
      ? take(input.readers.length * CLOCK_ROW_BYTES)
      : 0,
    range: input.range === undefined ? 0 : take(RANGE_BYTES),
    rings: take(input.ringBytes * input.ringCount),
    ringWords: take(input.ringCount * RING_WORDS_BYTES),
    shards: take(S.SHARD_COUNT * S.SHARD_BYTES),
    desks: Array.from({ length: input.workers }, () => ({
      desk: take(DESK_BYTES),
      slot: take(slotBytes * input.tracesAtOnce),
      readers: input.readers.map(({ own }) => take(own)),
      seen: take(input.readers.length * SEEN_ROW_BYTES),
      epochsSeen: input.timesMatter ? take(input.epochs.length * 8 + EPOCH_SEEN_BYTES) : 0,
      firsts: take(batchBytes(DESK_ROWS)),
      pendingFirsts: isPending ? take(answersBytes(DESK_ROWS)) : 0,
      links: take(DESK_ROWS * 4),
      entries: take(DESK_ROWS * 4),
      hashes: take(DESK_ROWS * 4),
      totals: take(TOTALS_COUNT * 8),
      outcomes: take(outcomeCount(input.epochs) * 24),
      timeline: take(TIMELINE_TOTAL_BYTES),
      moving: take(movingBytes),
    })),
    tableSlots: {
      connections,
      flows,
      changed,
      disagreed,
      decided,
      addresses,
      paths,
      copies,
      shardBytes,
      start: take(S.SHARD_COUNT * shardBytes),
    },
    endBytes: end,
  };
}

/** Where the part of worker `worker` lies. */
export function deskOf(plan: Plan, worker: number): Desk {
  const { desk, firsts, pendingFirsts } = plan.desks[worker]!;
  const { interfacesKnown, copiesSought } = plan.input;
  const epochs = plan.epochs.map((epoch, index) => ({
    ...epoch,
    interfaceOwners: plan.input.epochs[index]!.interfaceOwners,
  }));
  return { desk, firsts, pendingFirsts, interfacesKnown, copiesSought, epochs };
}
