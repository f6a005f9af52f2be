/** Fresh memory as the plan says: tables, batch headers, table headers, desks. Done once, by the main thread. */
import { CLOCK_IS_WATCHED, CLOCK_ROW_BYTES } from '../dataplane/clocks-layout.ts';
import * as C from '../dataplane/connections-layout.ts';
import { writeConntrack } from '../dataplane/conntrack.ts';
import * as K from '../dataplane/copies-layout.ts';
import * as D from '../dataplane/desk-layout.ts';
import { DESK_ROWS } from '../dataplane/desk-layout.ts';
import * as E from '../dataplane/epochs-layout.ts';
import * as S from '../dataplane/shard-layout.ts';
import * as T from '../dataplane/timeline-layout.ts';
import { createAnswers, createBatch } from '../packet/batch.ts';
import { BATCH_COPIES, BATCH_EPOCHS, BATCH_TABLES, BATCH_TUNNELS_CLOSED } from '../packet/batch-layout.ts';
import { outcomeCount } from './epoch-plan.ts';
import { hasHostHooks, hasUntrackedHooks } from './hook-bits.ts';
import type { Plan } from './plan.ts';
import {
  align,
  type ConnectionsPlan,
  connectionParts,
  FRAGMENTS_BYTES,
  type TablePlan,
  TRANSLATIONS_BYTES,
} from './shard-tables.ts';

/** What an epoch brings into memory. */
export interface EpochBytes {
  readonly tables: Uint8Array;
  readonly pendingTables?: Uint8Array | undefined;
  /** By ENTRY_OWNER less one: equal in two epochs for the same owner, from 1 on. Unused with one epoch. */
  readonly owners?: Uint32Array;
  /** Its first instant; unused with one epoch. */
  readonly from?: { readonly seconds: number; readonly nanos: number };
}

const SECONDS_MOST = 0xffff_ffff;

function layOutEpochs(plan: Plan, memory: SharedArrayBuffer, epochs: readonly EpochBytes[]): void {
  const view = new DataView(memory);
  epochs.forEach(({ tables, pendingTables, owners, from }, index) => {
    const place = plan.epochs[index]!;
    new Uint8Array(memory, place.tables, tables.byteLength).set(tables);
    if (pendingTables !== undefined && pendingTables !== tables)
      new Uint8Array(memory, place.pendingTables, pendingTables.byteLength).set(pendingTables);
    if (plan.epochBlock === 0) return;
    if (owners !== undefined) new Uint32Array(memory, place.owners + 4, owners.length).set(owners);
    const row = plan.epochBlock + E.EPOCHS_ROWS + index * E.EPOCH_BYTES;
    const { seconds, nanos } = from ?? { seconds: 0, nanos: 0 };
    view.setUint32(row + E.EPOCH_FROM + 4, Math.min(seconds, SECONDS_MOST), true);
    view.setUint32(row + E.EPOCH_FROM, nanos, true);
    view.setUint32(row + E.EPOCH_TABLES, place.tables, true);
    view.setUint32(row + E.EPOCH_OWNERS, place.owners, true);
  });
  if (plan.epochBlock !== 0) view.setUint32(plan.epochBlock + E.EPOCHS_COUNT, epochs.length, true);
}

function writeTable(words: Uint32Array, at: number, table: TablePlan, rows: number, index: number): void {
  const header = at / 4;
  words[header + S.TABLE_ROWS / 4] = rows;
  words[header + S.TABLE_INDEX / 4] = index;
  words[header + S.TABLE_SLOTS / 4] = table.slots;
  words[header + S.TABLE_MAX_SLOTS / 4] = table.maxSlots;
  words[header + S.TABLE_LIMIT / 4] = table.limit;
}

/** A header of connections, with one segment and no rows; where its parts end. */
function layOutConnections(words: Uint32Array, at: number, plan: ConnectionsPlan, start: number): number {
  const { parts, end } = connectionParts(plan, start);
  const set = (field: number, value: number): void => {
    words[(at + field) / 4] = value;
  };
  for (const [field, place] of parts) set(field, place);
  set(C.CONNECTIONS_MAX_DEPTH, plan.maxDepth);
  set(C.CONNECTIONS_SEGMENT_COUNT, 1);
  set(C.CONNECTIONS_MAX_SEGMENTS, plan.maxSegments);
  set(C.CONNECTIONS_NUMBER_MASK, plan.numberMask);
  set(C.CONNECTIONS_LIMIT, plan.limit);
  set(C.CONNECTIONS_SWEEP_FROM, Math.min(C.SWEEP_LEAST, plan.limit));
  return end;
}

/** Lays out the tables of shard `shard`, one behind the other. */
function layOutShard({ shards, tableSlots: slots, joins }: Plan, words: Uint32Array, shard: number): void {
  const header = shards + shard * S.SHARD_BYTES;
  let end = slots.start + shard * slots.shardBytes;
  const take = (bytes: number): number => {
    end += bytes;
    return end - bytes;
  };
  const table = (at: number, plan: TablePlan, rowBytes: number): void =>
    writeTable(words, header + at, plan, take(align(plan.limit * rowBytes)), take(plan.maxSlots * 4));
  end = layOutConnections(words, header + S.SHARD_CONNECTIONS, slots.connections, end);
  table(S.SHARD_REFUSED, slots.flows, S.FLOW_ROW_BYTES);
  table(S.SHARD_ADMITTED, slots.flows, S.FLOW_ROW_BYTES);
  table(S.SHARD_CHANGED, slots.changed, S.FLOW_ROW_BYTES);
  table(S.SHARD_DISAGREED, slots.disagreed, S.FLOW_ROW_BYTES);
  table(S.SHARD_DECIDED, slots.decided, S.DECIDED_ROW_BYTES);
  table(S.SHARD_ADDRESSES, slots.addresses, S.ADDRESS_ROW_BYTES);
  words[(header + S.SHARD_FRAGMENTS) / 4] = take(FRAGMENTS_BYTES);
  table(S.SHARD_PATHS, slots.paths, S.PATH_ROW_BYTES);
  if (joins > 0) words[(header + S.SHARD_TRANSLATIONS) / 4] = take(TRANSLATIONS_BYTES);
  if (slots.copies === 0) return;
  const copies = (header + S.SHARD_COPIES) / 4;
  words[copies + K.COPIES_RING / 4] = take(slots.copies * K.COPY_ROW_BYTES);
  words[copies + K.COPIES_HEADS / 4] = take(slots.copies * 4);
  words[copies + K.COPIES_ROWS / 4] = K.COPIES_FIRST;
  words[copies + K.COPIES_MAX_ROWS / 4] = slots.copies;
  words[copies + K.COPIES_NEXT / 4] = 1;
  words[copies + K.COPIES_OLDEST / 4] = 1;
}

/** Writes what the plan says into fresh memory: tables, batch headers, table headers, desks. */
export function layOut(
  plan: Plan,
  memory: SharedArrayBuffer,
  epochs: readonly EpochBytes[],
  joins?: Uint8Array,
): void {
  const { input } = plan;
  const words = new Uint32Array(memory);
  layOutEpochs(plan, memory, epochs);
  writeConntrack(memory, plan.conntrack, input.conntrack);
  if (joins !== undefined) new Uint8Array(memory, plan.joins, joins.byteLength).set(joins);
  input.clocksWatched.forEach((isWatched, trace) => {
    if (isWatched) words[(plan.clocks + trace * CLOCK_ROW_BYTES + CLOCK_IS_WATCHED) / 4] = 1;
  });
  for (const { batch } of plan.rounds) {
    const { header } = createBatch(memory, batch, input.rowsPerRound);
    header[BATCH_TABLES] = plan.epochs[0]!.tables;
    header[BATCH_EPOCHS] = plan.epochBlock;
    header[BATCH_COPIES] = input.copiesSought ? 1 : 0;
    header[BATCH_TUNNELS_CLOSED] = input.tunnels === 'closed' ? 1 : 0;
  }
  for (let shard = 0; shard < S.SHARD_COUNT; shard++) layOutShard(plan, words, shard);
  for (const desk of plan.desks) {
    createBatch(memory, desk.firsts, DESK_ROWS);
    if (desk.pendingFirsts !== 0) createAnswers(memory, desk.pendingFirsts, desk.firsts);
    const set = (offset: number, value: number): void => {
      words[(desk.desk + offset) / 4] = value;
    };
    set(D.DESK_TABLES, plan.epochs[0]!.tables);
    set(D.DESK_PENDING_TABLES, plan.epochs[0]!.pendingTables);
    set(D.DESK_EPOCHS, plan.epochBlock);
    set(D.DESK_SHARDS, plan.shards);
    set(D.DESK_FIRSTS, desk.firsts);
    set(D.DESK_LINKS, desk.links);
    set(D.DESK_ENTRIES, desk.entries);
    set(D.DESK_TOUCHED, desk.touched);
    set(D.DESK_PICKUP, input.pickup);
    set(D.DESK_CONNTRACK, plan.conntrack);
    set(
      D.DESK_ANSWERS,
      (input.rowsWanted || input.observedKnown ? D.ANSWER_ROWS : 0) |
        (desk.pendingFirsts === 0 ? 0 : D.ANSWER_PENDING),
    );
    set(D.DESK_TOTALS, desk.totals);
    set(D.DESK_OUTCOMES, desk.outcomes);
    set(D.DESK_OUTCOME_COUNT, outcomeCount(input.epochs));
    set(D.DESK_MOVING, desk.moving);
    set(D.DESK_TIMELINE, desk.timeline);
    words[(desk.timeline + T.TIMELINE_TABLE) / 4] = desk.timeline + T.TIMELINE_FIRST_TABLE;
    words[(desk.timeline + T.TIMELINE_SPARE) / 4] = desk.timeline + T.TIMELINE_SECOND_TABLE;
    set(D.DESK_PENDING_FIRSTS, desk.pendingFirsts);
    set(D.DESK_OBSERVED, input.observedKnown ? 1 : 0);
    set(D.DESK_HOSTS, hasHostHooks(input.hooks) ? 1 : 0);
    set(D.DESK_UNTRACKED, hasUntrackedHooks(input.hooks) ? 1 : 0);
  }
}
