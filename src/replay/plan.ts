/**
 * Where everything lies in the one shared memory of a replay. Made once by the main thread, handed to every worker as
 * plain numbers. Regions are reserved at their largest size: pages that nobody touches cost nothing.
 */

import * as D from '../dataplane/desk-layout.ts';
import {
  CHUNK_RECORD_BYTES,
  DESK_BYTES,
  DESK_ROWS,
  SEEN_ROW_BYTES,
  TOTALS_COUNT,
} from '../dataplane/desk-layout.ts';
import { ARENA_START } from '../dataplane/memory.ts';
import * as S from '../dataplane/shard-layout.ts';
import { batchBytes, createBatch } from '../packet/batch.ts';
import { CONTROL_BYTES } from './control.ts';

export interface PlanInput {
  readonly tablesBytes: number;
  /** Outcome numbers of the tables are below this. */
  readonly outcomeCount: number;
  readonly workers: number;
  /** What the readers of each trace need: bytes of every worker's own, and shared ones. */
  readonly readers: readonly { readonly own: number; readonly shared: number }[];
  /** Traces that are merged by time: their pieces are in memory at the same time. */
  readonly tracesAtOnce: number;
  readonly rowsPerRound: number;
  readonly chunkBytes: number;
  /** Largest record of any trace; a slot holds at least one. */
  readonly recordBytesMax: number;
  /** Connections that are kept at the same time, over all shards. */
  readonly connections: number;
  /** Bytes of the ring that streams go through, a power of two; 0 when all traces are plain files. */
  readonly ringBytes: number;
  /** Distinct flows of each verdict group, and distinct addresses, that are kept over all shards. */
  readonly flows: number;
  readonly addresses: number;
  /** Flows of each verdict group that the result lists. */
  readonly flowsListed: number;
  readonly pickup: number;
  readonly rowsWanted: boolean;
}

/** Byte offsets, and the numbers that go with them. */
export interface Plan {
  readonly input: PlanInput;
  readonly control: number;
  /** f64s, TRACE_NUMBERS a trace. */
  readonly traces: number;
  /** Of each trace: what its readers share. */
  readonly readerStates: readonly number[];
  readonly tables: number;
  readonly round: number;
  readonly lists: number;
  readonly chunks: number;
  readonly chunksPerRound: number;
  readonly slotBytes: number;
  readonly ring: number;
  readonly shards: number;
  readonly tableSlots: TableSlots;
  readonly desks: readonly DeskPlan[];
  readonly endBytes: number;
}

interface TableSlots {
  readonly connections: TablePlan;
  readonly flows: TablePlan;
  readonly addresses: TablePlan;
  /** Where the first shard's tables lie, and how far the next shard's. */
  readonly start: number;
  readonly shardBytes: number;
}

interface TablePlan {
  readonly slots: number;
  readonly maxSlots: number;
  readonly limit: number;
}

export interface DeskPlan {
  readonly desk: number;
  /** Room for a piece of each trace that is read at the same time. */
  readonly slot: number;
  /** Room of each trace's reader. */
  readonly readers: readonly number[];
  /** What the worker has seen of each trace: SEEN_ rows. */
  readonly seen: number;
  readonly firsts: number;
  readonly links: number;
  readonly entries: number;
  readonly hashes: number;
  readonly totals: number;
  readonly outcomes: number;
  readonly moving: number;
}

/**
 * What the readers share of each trace: records taken, the position in the file, and 1 when nothing is left to read.
 * Changed in the reader's turn.
 */
export const TRACE_RECORDS = 0;
export const TRACE_POSITION = 1;
export const TRACE_ENDED = 2;
const TRACE_NUMBERS = 3;

/** The shared numbers of trace `trace`. */
export function traceNumbers(plan: Plan, memory: SharedArrayBuffer, trace: number): Float64Array {
  return new Float64Array(memory, plan.traces + trace * TRACE_NUMBERS * 8, TRACE_NUMBERS);
}

const CHUNKS_PER_ROUND_MAX = 4096;
/** Slots that a table begins with: small runs stay in the cache. */
const FIRST_SLOTS = 256;

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));

function tablePlan(rows: number): TablePlan {
  const limit = Math.max(4, Math.ceil(rows / S.SHARD_COUNT));
  const maxSlots = Math.max(16, powerOfTwo(limit * 1.5));
  return { limit, maxSlots, slots: Math.min(FIRST_SLOTS, maxSlots) };
}

const CONNECTION_BYTES = S.CONNECTION_ROW_BYTES + S.COLD_ROW_BYTES;
const FRAGMENTS_BYTES = S.FRAGMENT_SETS * S.FRAGMENT_WAYS * S.FRAGMENT_ROW_BYTES;

/** Lays everything out; touches no memory. `endBytes` is the budget to check before the start. */
export function planMemory(input: PlanInput): Plan {
  let end = ARENA_START;
  const take = (bytes: number): number => {
    const offset = end;
    end = Math.ceil((end + bytes) / 64) * 64;
    return offset;
  };
  const connections = tablePlan(input.connections);
  const flows = tablePlan(input.flows);
  const addresses = tablePlan(input.addresses);
  const shardBytes =
    connections.maxSlots * CONNECTION_BYTES +
    2 * flows.maxSlots * S.FLOW_ROW_BYTES +
    addresses.maxSlots * S.ADDRESS_ROW_BYTES +
    FRAGMENTS_BYTES;
  const movingBytes = Math.max(
    (connections.maxSlots / 2) * CONNECTION_BYTES,
    (flows.maxSlots / 2) * S.FLOW_ROW_BYTES,
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
    tables: take(input.tablesBytes),
    round: take(batchBytes(input.rowsPerRound)),
    lists: take(input.rowsPerRound * 4),
    chunks: take(chunksPerRound * CHUNK_RECORD_BYTES),
    ring: take(input.ringBytes),
    shards: take(S.SHARD_COUNT * S.SHARD_BYTES),
    desks: Array.from({ length: input.workers }, () => ({
      desk: take(DESK_BYTES),
      slot: take(slotBytes * input.tracesAtOnce),
      readers: input.readers.map(({ own }) => take(own)),
      seen: take(input.readers.length * SEEN_ROW_BYTES),
      firsts: take(batchBytes(DESK_ROWS)),
      links: take(DESK_ROWS * 4),
      entries: take(DESK_ROWS * 4),
      hashes: take(DESK_ROWS * 4),
      totals: take(TOTALS_COUNT * 8),
      outcomes: take(input.outcomeCount * 24),
      moving: take(movingBytes),
    })),
    tableSlots: { connections, flows, addresses, shardBytes, start: take(S.SHARD_COUNT * shardBytes) },
    endBytes: end,
  };
}

function writeTable(words: Uint32Array, at: number, table: TablePlan, rows: number, cold: number): void {
  const header = at / 4;
  words[header + S.TABLE_ROWS / 4] = rows;
  words[header + S.TABLE_COLD / 4] = cold;
  words[header + S.TABLE_SLOTS / 4] = table.slots;
  words[header + S.TABLE_MAX_SLOTS / 4] = table.maxSlots;
  words[header + S.TABLE_LIMIT / 4] = table.limit;
}

/** Writes what the plan says into fresh memory: tables, batch headers, table headers, desks. */
export function layOut(plan: Plan, memory: SharedArrayBuffer, tables: Uint8Array): void {
  const { input, tableSlots: slots } = plan;
  const words = new Uint32Array(memory);
  new Uint8Array(memory, plan.tables, tables.byteLength).set(tables);
  createBatch(memory, plan.round, input.rowsPerRound);
  for (let shard = 0; shard < S.SHARD_COUNT; shard++) {
    const header = plan.shards + shard * S.SHARD_BYTES;
    const rows = slots.start + shard * slots.shardBytes;
    const cold = rows + slots.connections.maxSlots * S.CONNECTION_ROW_BYTES;
    const refused = cold + slots.connections.maxSlots * S.COLD_ROW_BYTES;
    const admitted = refused + slots.flows.maxSlots * S.FLOW_ROW_BYTES;
    const addresses = admitted + slots.flows.maxSlots * S.FLOW_ROW_BYTES;
    writeTable(words, header + S.SHARD_CONNECTIONS, slots.connections, rows, cold);
    writeTable(words, header + S.SHARD_REFUSED, slots.flows, refused, 0);
    writeTable(words, header + S.SHARD_ADMITTED, slots.flows, admitted, 0);
    writeTable(words, header + S.SHARD_ADDRESSES, slots.addresses, addresses, 0);
    words[(header + S.SHARD_FRAGMENTS) / 4] = addresses + slots.addresses.maxSlots * S.ADDRESS_ROW_BYTES;
  }
  for (const desk of plan.desks) {
    createBatch(memory, desk.firsts, DESK_ROWS);
    const set = (offset: number, value: number): void => {
      words[(desk.desk + offset) / 4] = value;
    };
    set(D.DESK_TABLES, plan.tables);
    set(D.DESK_SHARDS, plan.shards);
    set(D.DESK_FIRSTS, desk.firsts);
    set(D.DESK_LINKS, desk.links);
    set(D.DESK_ENTRIES, desk.entries);
    set(D.DESK_HASHES, desk.hashes);
    set(D.DESK_PICKUP, input.pickup);
    set(D.DESK_ROWS_WANTED, input.rowsWanted ? 1 : 0);
    set(D.DESK_TOTALS, desk.totals);
    set(D.DESK_OUTCOMES, desk.outcomes);
    set(D.DESK_OUTCOME_COUNT, input.outcomeCount);
    set(D.DESK_MOVING, desk.moving);
  }
}
