/**
 * What a worker does with its shards' tables when all is credited: it leaves what a result can list, so that all workers together do what
 * the merge would have to do alone.
 */
import * as S from '../dataplane/shard-layout.ts';
import { keepRows, usedRows } from './flow-tables.ts';
import { chosenRows } from './heaviest.ts';
import { joinAddresses } from './merge-addresses.ts';
import type { Plan } from './plan.ts';

/** Flows that did not make the list of this worker's make none of all. Those that were observed otherwise are ordered by texts: they stay. */
const LISTED = [S.SHARD_REFUSED, S.SHARD_ADMITTED, S.SHARD_CHANGED];

/** Leaves the heaviest flows, and one row an address, in the shards of a worker. Nothing is credited to them any more. */
export function trimTables(plan: Plan, memory: SharedArrayBuffer, worker: number): void {
  const view = new DataView(memory);
  for (const table of LISTED) {
    const { rows } = usedRows(plan, memory, table, S.FLOW_ROW_BYTES, worker);
    if (rows.length <= plan.input.flowsListed) continue;
    const kept = chosenRows(view, rows, plan.input.flowsListed).toSorted();
    keepRows(plan, memory, table, S.FLOW_ROW_BYTES, worker, kept, true);
  }
  const { rows } = usedRows(plan, memory, S.SHARD_ADDRESSES, S.ADDRESS_ROW_BYTES, worker);
  const kept = joinAddresses(memory, rows);
  keepRows(plan, memory, S.SHARD_ADDRESSES, S.ADDRESS_ROW_BYTES, worker, kept, false);
}
