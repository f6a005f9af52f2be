/**
 * Where everything lies in the one shared memory of a replay. Made once by the main thread, handed to every worker as
 * plain numbers. Regions are reserved at their largest size: pages that nobody touches cost nothing.
 */
import { CLOCK_ROW_BYTES } from '../dataplane/clocks-layout.ts';
import { SEGMENT_BYTES } from '../dataplane/connections-layout.ts';
import type { ConntrackSettings } from '../dataplane/conntrack.ts';
import { CONNTRACK_BYTES } from '../dataplane/conntrack-layout.ts';
import {
  CHUNK_RECORD_BYTES,
  DESK_BYTES,
  DESK_ROWS,
  RANGE_BYTES,
  SEEN_ROW_BYTES,
  TOTALS_COUNT,
  TOUCHED_BYTES,
  TOUCHED_ROWS,
} from '../dataplane/desk-layout.ts';
import { EPOCH_BYTES, EPOCH_SEEN_BYTES, EPOCHS_ROWS } from '../dataplane/epochs-layout.ts';
import { ARENA_START } from '../dataplane/memory.ts';
import { SHARD_BYTES, SHARD_COUNT } from '../dataplane/shard-layout.ts';
import { TIMELINE_TOTAL_BYTES } from '../dataplane/timeline-layout.ts';
import { answersBytes, batchBytes } from '../packet/batch.ts';
import { PCAPNG_TELLS } from '../packet/pcapng-layout.ts';
import { SCANNER_BYTES } from '../packet/scan-layout.ts';
import { textTableBytes } from '../packet/text-table.ts';
import { NAME_TEXTS } from '../trace/flow-log/name-reader.ts';
import { DECIDER_TEXTS } from '../trace/flow-log/observed-decider.ts';
import type { ReaderBytes } from '../trace/reader.ts';
import type { RangeBounds } from '../trace/time-range.ts';
import { CONTROL_BYTES, ROUNDS_AT_ONCE } from './control.ts';
import { type EpochInput, type EpochPlan, hasPending, outcomeCount, planEpochs } from './epoch-plan.ts';
import type { Desk } from './judge-rows.ts';
import { readAheadBytes } from './read-ahead.ts';
import { RING_WORDS_BYTES } from './ring.ts';
import { align, canBeObserved, planTables, type ShardTables } from './shard-tables.ts';
import { TRACE_NUMBERS_BYTES } from './trace-numbers.ts';

export interface PlanInput {
  /** In the order of their times, at least one. */
  readonly epochs: readonly EpochInput[];
  /** The epochs have times: packets are counted by them. */
  readonly timesMatter: boolean;
  /** Bit 1 << HOOK_ code for every hook that some program of the tables answers for. */
  readonly hooks: number;
  readonly workers: number;
  /** What the readers of each trace need: bytes of every worker's own, and shared ones. */
  readonly readers: readonly ReaderBytes[];
  /** Which of a worker's scanners reads each trace's lines from their bytes; undefined for none. */
  readonly scanners: readonly (number | undefined)[];
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
  /** Numbers of each trace (trace-numbers.ts). */
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
  /** Those that are under way at the same time. */
  readonly rounds: readonly RoundPlan[];
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
  /** Of every shard alike, and where the first shard's tables lie. */
  readonly tableSlots: ShardTables & { readonly start: number };
  readonly desks: readonly DeskPlan[];
  readonly endBytes: number;
}

/** Where the rows of a round lie. */
export interface RoundPlan {
  readonly batch: number;
  /** Numbers of the rows, worker after worker in each chunk. */
  readonly lists: number;
  readonly chunks: number;
}

export interface DeskPlan {
  readonly desk: number;
  /** Room for pieces of the traces that are read at the same time. */
  readonly slot: number;
  /** Room of each trace's reader. */
  readonly readers: readonly number[];
  /** The scanners, SCANNER_BYTES each. */
  readonly scanners: number;
  /** What the worker has seen of each trace: SEEN_ rows. */
  readonly seen: number;
  /** What it has seen of each epoch (epochs-layout.ts); 0 where times do not matter. */
  readonly epochsSeen: number;
  readonly firsts: number;
  /** 0 without pending tables. */
  readonly pendingFirsts: number;
  readonly links: number;
  readonly entries: number;
  readonly touched: number;
  readonly totals: number;
  readonly outcomes: number;
  /** As dataplane/timeline-layout.ts has it. */
  readonly timeline: number;
  readonly moving: number;
}

/** Whether some trace has said by now what became of its packets. */
export function isObserved({ input, readerStates }: Plan, words: Uint32Array): boolean {
  const { observedKnown, observedMaybe = [] } = input;
  return observedKnown || observedMaybe.some((trace) => words[readerStates[trace]! / 4 + PCAPNG_TELLS] === 1);
}

const CHUNKS_PER_ROUND_MAX = 4096;

/** Reserves bytes behind what is reserved already; the offset where they begin. */
type Take = (bytes: number) => number;

/** Scanners that each worker has. */
export function scannerCount({ scanners }: Pick<PlanInput, 'scanners'>): number {
  return scanners.reduce<number>((count, scanner) => Math.max(count, (scanner ?? -1) + 1), 0);
}

function planDesks(input: PlanInput, slotBytes: number, take: Take): DeskPlan[] {
  return Array.from({ length: input.workers }, () => ({
    desk: take(DESK_BYTES),
    slot: take(slotBytes * input.tracesAtOnce),
    readers: input.readers.map(({ own }) => take(own)),
    scanners: take(scannerCount(input) * SCANNER_BYTES),
    seen: take(input.readers.length * SEEN_ROW_BYTES),
    epochsSeen: input.timesMatter ? take(input.epochs.length * 8 + EPOCH_SEEN_BYTES) : 0,
    firsts: take(batchBytes(DESK_ROWS)),
    pendingFirsts: hasPending(input.epochs) ? take(answersBytes(DESK_ROWS)) : 0,
    links: take(DESK_ROWS * 4),
    entries: take(DESK_ROWS * 4),
    touched: take(TOUCHED_ROWS * TOUCHED_BYTES),
    totals: take(TOTALS_COUNT * 8),
    outcomes: take(outcomeCount(input.epochs) * 24),
    timeline: take(TIMELINE_TOTAL_BYTES),
    moving: take(SEGMENT_BYTES),
  }));
}

/** Lays everything out; touches no memory. `endBytes` is the budget to check before the start. */
export function planMemory(input: PlanInput): Plan {
  let end = ARENA_START;
  const take: Take = (bytes) => {
    const offset = end;
    end = align(end + bytes);
    return offset;
  };
  const tables = planTables(input);
  const chunksPerRound = Math.min(CHUNKS_PER_ROUND_MAX, input.rowsPerRound);
  const slotBytes = Math.max(readAheadBytes(input.chunkBytes), input.recordBytesMax);
  return {
    input,
    chunksPerRound,
    slotBytes,
    control: take(CONTROL_BYTES),
    traces: take(input.readers.length * TRACE_NUMBERS_BYTES),
    readerStates: input.readers.map(({ shared }) => take(shared)),
    epochs: planEpochs(input.epochs, take),
    epochBlock: input.timesMatter ? take(EPOCHS_ROWS + input.epochs.length * EPOCH_BYTES) : 0,
    deciders: canBeObserved(input) ? take(textTableBytes(DECIDER_TEXTS)) : 0,
    conntrack: take(CONNTRACK_BYTES),
    nameTexts: input.namesKnown ? take(textTableBytes(NAME_TEXTS)) : 0,
    joins: input.joinsBytes > 0 ? take(input.joinsBytes) : 0,
    // One worker alone fills a round when the one before is judged.
    rounds: Array.from({ length: input.workers === 1 ? 1 : ROUNDS_AT_ONCE }, () => ({
      batch: take(batchBytes(input.rowsPerRound)),
      lists: take(input.rowsPerRound * 4),
      chunks: take(chunksPerRound * CHUNK_RECORD_BYTES),
    })),
    clocks: input.clocksWatched.some((isWatched) => isWatched)
      ? take(input.readers.length * CLOCK_ROW_BYTES)
      : 0,
    range: input.range === undefined ? 0 : take(RANGE_BYTES),
    rings: take(input.ringBytes * input.ringCount),
    ringWords: take(input.ringCount * RING_WORDS_BYTES),
    shards: take(SHARD_COUNT * SHARD_BYTES),
    desks: planDesks(input, slotBytes, take),
    tableSlots: { ...tables, start: take(SHARD_COUNT * tables.shardBytes) },
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
