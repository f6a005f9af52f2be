// Who decided by the word of the trace, beside who decides here: one row a pair, with what it amounts to and the first flow of
// it. Numbers of texts are keys like others: nothing but equality hangs on them. Layout: ../shard-layout.ts.

import {
  BYTES,
  EGRESS,
  HOOK,
  INGRESS,
  OBSERVED_AT_SOURCE,
  OBSERVED_BY,
  PACKETS,
  REASON,
  RECORD,
  TRACE,
} from '../../packet/batch-layout';
import { HOOK_EGRESS, HOOK_HOST_EGRESS, HOOK_UNTRACKED_EGRESS } from '../../tables/verdict-layout';
import { DESK_CREDIT, DESK_DECIDED } from '../desk-layout';
import * as S from '../shard-layout';
import { add } from './credit';
import { wordsHash } from './hash';
import { addRow, homeSlot, isFull } from './hash-table';
import { columnAt } from './identify';
import { clearRow, copyRow } from './words';

const KEY_BYTES: u32 = 32;

/** True where the source's side decides. */
export function isSourceHook(hook: u32): bool {
  return hook == HOOK_EGRESS || hook == HOOK_HOST_EGRESS || hook == HOOK_UNTRACKED_EGRESS;
}

/** Lays out the key of a row: what was observed, by whom, and what is judged where it was observed. */
function layOutKey(key: usize, batch: usize, row: u32, observed: u32, verdict: u32): void {
  const hook = <u32>load<u8>(columnAt(batch, HOOK) + row);
  const isAtSource = (observed & OBSERVED_AT_SOURCE) != 0 || isSourceHook(hook);
  const outcomes = columnAt(batch, isAtSource ? EGRESS : INGRESS);
  clearRow(key, KEY_BYTES);
  store<u32>(key, load<u32>(columnAt(batch, OBSERVED_BY) + (row << 2)), S.DECIDED_BY);
  store<u32>(key, load<u32>(outcomes + (row << 2)), S.DECIDED_OUTCOME);
  store<u8>(key, <u8>observed, S.DECIDED_OBSERVED);
  store<u8>(key, <u8>verdict, S.DECIDED_VERDICT);
  store<u8>(key, load<u8>(columnAt(batch, REASON) + row), S.DECIDED_REASON);
  store<u8>(key, <u8>hook, S.DECIDED_HOOK);
}

function sameKey(row: usize, key: usize): bool {
  return load<u64>(row) == load<u64>(key) && load<u64>(row, 8) == load<u64>(key, 8);
}

/** The row of the key at `key`; 0 when it is not there. */
function findDecided(table: usize, key: usize, hash: u32): usize {
  const rows: usize = load<u32>(table, S.TABLE_ROWS);
  const slots: usize = load<u32>(table, S.TABLE_INDEX);
  const mask = load<u32>(table, S.TABLE_SLOTS) - 1;
  let slot = homeSlot(hash, mask);
  while (true) {
    const number = load<u32>(slots + (slot << 2));
    if (number == 0) return 0;
    const row = rows + (number - 1) * S.DECIDED_ROW_BYTES;
    if (load<u32>(row, S.ROW_HASH) == hash && sameKey(row, key)) return row;
    slot = (slot + 1) & mask;
  }
}

/** A new row for the key, without counts; 0 when there is no room. */
function addDecided(table: usize, key: usize, hash: u32): usize {
  if (isFull(table)) return 0;
  const row = addRow(table, hash, S.DECIDED_ROW_BYTES);
  clearRow(row, S.DECIDED_ROW_BYTES);
  copyRow(row, key, KEY_BYTES);
  store<u32>(row, hash, S.ROW_HASH);
  return row;
}

/** Credits a settled row to its pair of deciders in the table. The flow of the row lies at DESK_CREDIT. */
export function creditDecided(
  desk: usize,
  table: usize,
  batch: usize,
  row: u32,
  observed: u32,
  verdict: u32,
  flows: u32,
): void {
  const key = desk + DESK_DECIDED;
  layOutKey(key, batch, row, observed, verdict);
  const hash = wordsHash(key, key + KEY_BYTES) | 1;
  let pair = findDecided(table, key, hash);
  if (pair == 0) {
    pair = addDecided(table, key, hash);
    if (pair == 0) {
      store<u32>(table, load<u32>(table, S.TABLE_OMITTED) + flows, S.TABLE_OMITTED);
      return;
    }
    store<u32>(pair, load<u16>(columnAt(batch, TRACE) + (row << 1)), S.DECIDED_TRACE);
    store<u32>(pair, load<u32>(columnAt(batch, RECORD) + (row << 2)), S.DECIDED_RECORD);
    copyRow(pair + S.DECIDED_FLOW, desk + DESK_CREDIT, S.FLOW_ROW_BYTES);
  }
  add(pair + S.DECIDED_PACKETS, load<f64>(columnAt(batch, PACKETS) + (row << 3)));
  add(pair + S.DECIDED_BYTES, load<f64>(columnAt(batch, BYTES) + (row << 3)));
  add(pair + S.DECIDED_FLOWS, <f64>flows);
}
