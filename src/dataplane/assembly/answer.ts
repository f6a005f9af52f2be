// Writes a row's verdict columns. Hook, outcomes and judged destination only when rows are wanted: nobody else reads them.

import {
  DPORT,
  DST,
  EGRESS,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  PENDING,
  REASON,
  VERDICT,
} from '../../packet/batch-layout';
import { HOOK_NONE, NO_OUTCOME } from '../../tables/verdict-layout';
import { COLD_EGRESS, COLD_INGRESS, COLD_JUDGED_DPORT } from '../connections-layout';
import { ANSWER_PENDING, ANSWER_ROWS, DESK_ANSWERS, DESK_PENDING_FIRSTS } from '../desk-layout';
import { hookOf, pendingOf, readJudgedDestination } from './cold';
import { coldOf, verdictOf } from './connection-row';
import { columnAt } from './identify';
import { copyAddress } from './words';

/** ANSWER_ bits: in most replays none, and a row is done with its verdict. */
function answersOf(desk: usize): u32 {
  return load<u32>(desk, DESK_ANSWERS);
}

function answer(batch: usize, row: u32, verdict: u32, reason: u32): void {
  store<u8>(columnAt(batch, VERDICT) + row, verdict);
  store<u8>(columnAt(batch, REASON) + row, reason);
}

/** Answers without any program having been met. */
export function answerAlone(desk: usize, batch: usize, row: u32, verdict: u32, reason: u32): void {
  answer(batch, row, verdict, reason);
  const answers = answersOf(desk);
  if (answers == 0) return;
  if (answers & ANSWER_PENDING) store<u8>(columnAt(batch, PENDING) + row, verdict);
  if ((answers & ANSWER_ROWS) == 0) return;
  store<u8>(columnAt(batch, HOOK) + row, HOOK_NONE);
  store<u32>(columnAt(batch, EGRESS) + (row << 2), NO_OUTCOME);
  store<u32>(columnAt(batch, INGRESS) + (row << 2), NO_OUTCOME);
  copyAddress(columnAt(batch, JUDGED_DST) + (row << 4), columnAt(batch, DST) + (row << 4));
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), load<u16>(columnAt(batch, DPORT) + (row << 1)));
}

/** Answers as the settled connection was judged, with a reason of the row's own. */
export function answerAsConnection(
  desk: usize,
  shard: usize,
  batch: usize,
  row: u32,
  connection: usize,
  reason: u32,
): void {
  answer(batch, row, verdictOf(connection), reason);
  const answers = answersOf(desk);
  if (answers == 0) return;
  const cold = coldOf(shard, connection);
  if (answers & ANSWER_PENDING) store<u8>(columnAt(batch, PENDING) + row, pendingOf(cold));
  if ((answers & ANSWER_ROWS) == 0) return;
  store<u8>(columnAt(batch, HOOK) + row, hookOf(cold));
  store<u32>(columnAt(batch, EGRESS) + (row << 2), load<u32>(cold, COLD_EGRESS));
  store<u32>(columnAt(batch, INGRESS) + (row << 2), load<u32>(cold, COLD_INGRESS));
  readJudgedDestination(shard, connection, cold, columnAt(batch, JUDGED_DST) + (row << 4));
  store<u16>(columnAt(batch, JUDGED_DPORT) + (row << 1), load<u16>(cold, COLD_JUDGED_DPORT));
}

/** Answers as the first packet in row `first` of the batch `firsts` was judged. */
export function answerAsFirst(
  desk: usize,
  batch: usize,
  row: u32,
  verdict: u32,
  reason: u32,
  firsts: usize,
  first: u32,
): void {
  answer(batch, row, verdict, reason);
  const answers = answersOf(desk);
  if (answers == 0) return;
  if (answers & ANSWER_PENDING) {
    const pending: usize = load<u32>(desk, DESK_PENDING_FIRSTS);
    store<u8>(columnAt(batch, PENDING) + row, load<u8>(columnAt(pending, VERDICT) + first));
  }
  if ((answers & ANSWER_ROWS) == 0) return;
  store<u8>(columnAt(batch, HOOK) + row, load<u8>(columnAt(firsts, HOOK) + first));
  store<u32>(columnAt(batch, EGRESS) + (row << 2), load<u32>(columnAt(firsts, EGRESS) + (first << 2)));
  store<u32>(columnAt(batch, INGRESS) + (row << 2), load<u32>(columnAt(firsts, INGRESS) + (first << 2)));
  copyAddress(columnAt(batch, JUDGED_DST) + (row << 4), columnAt(firsts, JUDGED_DST) + (first << 4));
  store<u16>(
    columnAt(batch, JUDGED_DPORT) + (row << 1),
    load<u16>(columnAt(firsts, JUDGED_DPORT) + (first << 1)),
  );
}
