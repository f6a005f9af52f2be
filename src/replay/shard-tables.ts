/**
 * How large the tables of a shard are: connections, flows, addresses, and what only some replays keep. Tables begin small and
 * grow up to what is planned here; what a replay does not need has no room at all.
 */
import * as C from '../dataplane/connections-layout.ts';
import { COPIES_MOST, COPIES_MOST_RECORDS, COPY_ROW_BYTES } from '../dataplane/copies-layout.ts';
import * as S from '../dataplane/shard-layout.ts';
import { hasPending } from './epoch-plan.ts';
import { hasHostHooks } from './hook-bits.ts';
import type { PlanInput } from './plan.ts';

/** Slots of a table at first and at most, and how many rows there may be. */
export interface TablePlan {
  readonly slots: number;
  readonly maxSlots: number;
  readonly limit: number;
}

/** What the connections of a shard grow to. */
export interface ConnectionsPlan {
  /** Rows, numbered from 1 on. */
  readonly limit: number;
  readonly maxSegments: number;
  readonly maxDepth: number;
  /** As the header has it. */
  readonly numberMask: number;
}

export interface ShardTables {
  readonly connections: ConnectionsPlan;
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
  /** Of all tables of a shard. */
  readonly shardBytes: number;
}

/** The most slots that a table begins with: small runs stay in the cache. */
const FIRST_SLOTS = 256;

/** Pairs of deciders that are kept over all shards. */
const DECIDED = 1 << 16;

/** A flow's row has two bytes for the number of its path. */
const PATHS_MOST = 0xffff;

const NO_TABLE: TablePlan = { limit: 0, maxSlots: 0, slots: 0 };

/** Segments are split before they are fuller than they were in the middle of their growth; some grow ahead of others. */
const ROWS_PER_SEGMENT = C.SEGMENT_FULL / 3;
/** Beyond the depth that even growth takes. */
const SPARE_DEPTH = 3;

export const FRAGMENTS_BYTES = S.FRAGMENT_SETS * S.FRAGMENT_WAYS * S.FRAGMENT_ROW_BYTES;
export const TRANSLATIONS_BYTES = S.TRANSLATION_SETS * S.TRANSLATION_WAYS * S.TRANSLATION_ROW_BYTES;

const PAGE_BYTES = 4096;
/** An odd number of cache lines. */
const STAGGER_BYTES = 5 * 64;

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));

/** Whole cache lines. */
export const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Whether some trace says, or may turn out to say, what became of its packets. */
export function canBeObserved({ observedKnown, observedMaybe = [] }: PlanInput): boolean {
  return observedKnown || observedMaybe.length > 0;
}

/**
 * No less than `bytes`, and not a whole number of pages: what every shard has at the same place, as the directory of its connections,
 * then lies in sets of the cache that differ from shard to shard.
 */
function staggered(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES + STAGGER_BYTES;
}

function tablePlan(rows: number): TablePlan {
  const limit = Math.max(4, Math.ceil(rows / S.SHARD_COUNT));
  const maxSlots = Math.max(16, powerOfTwo(limit * 1.5));
  // Tables grow by four at a time: so their last step is a whole one.
  let slots = maxSlots;
  while (slots > FIRST_SLOTS) slots /= 4;
  return { limit, maxSlots, slots };
}

function connectionsPlan(rows: number): ConnectionsPlan {
  const limit = Math.max(4, Math.ceil(rows / S.SHARD_COUNT));
  const maxSegments = Math.min(0xffff, 1 + Math.ceil(limit / ROWS_PER_SEGMENT));
  return {
    limit,
    maxSegments,
    maxDepth: Math.ceil(Math.log2(maxSegments)) + SPARE_DEPTH,
    numberMask: powerOfTwo(limit + 2) - 1,
  };
}

/** Where the parts of a shard's connections lie, from `start` on, by the field of the header that says so; and where they end. */
export function connectionParts(
  { limit, maxSegments, maxDepth }: ConnectionsPlan,
  start: number,
): { readonly parts: ReadonlyMap<number, number>; readonly end: number } {
  let end = start;
  const parts = new Map<number, number>();
  const part = (field: number, bytes: number): void => {
    parts.set(field, end);
    end = align(end + bytes);
  };
  part(C.CONNECTIONS_SEGMENTS, maxSegments * C.SEGMENT_BYTES);
  part(C.CONNECTIONS_SEGMENT_STATES, maxSegments * 4);
  part(C.CONNECTIONS_DIRECTORY, 2 ** maxDepth * 2);
  part(C.CONNECTIONS_ROWS, (limit + 1) * C.CONNECTION_ROW_BYTES);
  part(C.CONNECTIONS_COLD, (limit + 1) * C.COLD_ROW_BYTES);
  part(C.CONNECTIONS_WIDE, (limit + 1) * C.WIDE_ROW_BYTES);
  return { parts, end };
}

/** Paths have their slots from the start: numbers are found through them, rows stay where they are. */
function pathsPlan(rows: number): TablePlan {
  const { limit, maxSlots } = tablePlan(Math.min(rows, PATHS_MOST * S.SHARD_COUNT));
  return { limit, maxSlots, slots: maxSlots };
}

function copiesMost({ copiesSought, reportersKnown }: PlanInput): number {
  if (!copiesSought) return 0;
  return reportersKnown ? COPIES_MOST_RECORDS : COPIES_MOST;
}

/** Of rows and slots. */
const tableBytes = ({ limit, maxSlots }: TablePlan, rowBytes: number): number =>
  align(limit * rowBytes) + maxSlots * 4;

/** The tables of each shard. */
export function planTables(input: PlanInput): ShardTables {
  const isPending = hasPending(input.epochs);
  const isObserved = canBeObserved(input);
  const connections = connectionsPlan(input.connections);
  const flows = tablePlan(input.flows);
  const changed = isPending ? flows : NO_TABLE;
  const disagreed = isObserved ? flows : NO_TABLE;
  const decided = isObserved ? tablePlan(DECIDED) : NO_TABLE;
  const addresses = tablePlan(input.addresses);
  const paths = isPending || hasHostHooks(input.hooks) ? pathsPlan(input.flows) : NO_TABLE;
  const copies = copiesMost(input);
  const shardBytes = staggered(
    connectionParts(connections, 0).end +
      2 * tableBytes(flows, S.FLOW_ROW_BYTES) +
      tableBytes(changed, S.FLOW_ROW_BYTES) +
      tableBytes(disagreed, S.FLOW_ROW_BYTES) +
      tableBytes(decided, S.DECIDED_ROW_BYTES) +
      tableBytes(addresses, S.ADDRESS_ROW_BYTES) +
      tableBytes(paths, S.PATH_ROW_BYTES) +
      FRAGMENTS_BYTES +
      copies * (COPY_ROW_BYTES + 4) +
      (input.joinsBytes > 0 ? TRANSLATIONS_BYTES : 0),
  );
  return { connections, flows, changed, disagreed, decided, addresses, paths, copies, shardBytes };
}
