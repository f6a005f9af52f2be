// Hands the verdicts of first packets back: to their connections, to the rows that are linked to them, to the totals.
// After it no row of the call is pending. Layout: ../desk-layout.ts.

import {
  BATCH_COUNT,
  BYTES,
  DPORT,
  DST,
  EGRESS,
  FAMILY,
  FLAG_CONNECTION,
  FLAGS,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  PACKETS,
  PROTOCOL,
  REASON,
  SHARD,
  SPORT,
  SRC,
  TCP_FLAGS,
  VERDICT,
} from '../../packet/batch-layout';
import { REASON_UNTRACKED, VERDICT_SKIP } from '../../tables/verdict-layout';
import {
  DESK_CREDIT,
  DESK_ENTRIES,
  DESK_FIRSTS,
  DESK_LINKS,
  DESK_SHARDS,
  DESK_TOTALS,
  LINK_DONE,
  LINK_FIRST,
  LINK_KIND_SHIFT,
  TOTAL_BYTES,
  TOTAL_FLOWS,
  TOTAL_PACKETS,
  TOTAL_REASONS,
  TOTAL_WORDS,
} from '../desk-layout';
import {
  COLD_EGRESS,
  COLD_INGRESS,
  COLD_JUDGED_DPORT,
  COLD_JUDGED_DST,
  CONNECTION_BITS,
  CONNECTION_HOOK,
  CONNECTION_REASON,
  CONNECTION_VERDICT,
  FLOW_BYTES,
  FLOW_CONNECTIONS,
  FLOW_DPORT,
  FLOW_EGRESS,
  FLOW_FAMILY,
  FLOW_HOOK,
  FLOW_INGRESS,
  FLOW_JUDGED_DPORT,
  FLOW_JUDGED_DST,
  FLOW_PACKETS,
  FLOW_PROTOCOL,
  FLOW_REASON,
  FLOW_SPORT,
  FLOW_VERDICT,
  ROW_DST,
  ROW_SRC,
  SHARD_BYTES,
} from '../shard-layout';
import { answerAsFirst } from './answer';
import { hasHandshake } from './connections';
import { copyAddress } from './copy';
import { add, coldOf, credit } from './credit';
import { laterReason } from './follow';
import { columnAt } from './identify';

function totalOf(desk: usize, verdict: u32, reason: u32): usize {
  const pair = verdict * TOTAL_REASONS + reason;
  return <usize>load<u32>(desk, DESK_TOTALS) + ((pair * TOTAL_WORDS) << 3);
}

/** Gives a connection its verdict. */
function judge(shard: usize, connection: usize, firsts: usize, first: u32): void {
  const cold = coldOf(shard, connection);
  store<u8>(connection, 0, CONNECTION_BITS);
  store<u32>(connection, 0, CONNECTION_VERDICT);
  store<u8>(connection, load<u8>(columnAt(firsts, VERDICT) + first), CONNECTION_VERDICT);
  store<u8>(connection, load<u8>(columnAt(firsts, REASON) + first), CONNECTION_REASON);
  store<u8>(connection, load<u8>(columnAt(firsts, HOOK) + first), CONNECTION_HOOK);
  store<u32>(cold, load<u32>(columnAt(firsts, EGRESS) + (first << 2)), COLD_EGRESS);
  store<u32>(cold, load<u32>(columnAt(firsts, INGRESS) + (first << 2)), COLD_INGRESS);
  copyAddress(cold + COLD_JUDGED_DST, columnAt(firsts, JUDGED_DST) + (first << 4));
  store<u16>(cold, load<u16>(columnAt(firsts, JUDGED_DPORT) + (first << 1)), COLD_JUDGED_DPORT);
}

/** True when a packet that has no connection of its own stands for one: all but the midst of a handshake protocol's. */
function countsAsFlow(firsts: usize, first: u32): bool {
  if (load<u8>(columnAt(firsts, REASON) + first) == REASON_UNTRACKED) return false;
  if (load<u16>(columnAt(firsts, FLAGS) + (first << 1)) & FLAG_CONNECTION) return true;
  const opening = (load<u16>(columnAt(firsts, TCP_FLAGS) + (first << 1)) & 18) == 2;
  return opening || !hasHandshake(load<u8>(columnAt(firsts, PROTOCOL) + first));
}

/** Credits a first packet that has no connection. */
function creditAlone(desk: usize, shard: usize, firsts: usize, first: u32, flows: u32): void {
  const flow = desk + DESK_CREDIT;
  copyAddress(flow + ROW_SRC, columnAt(firsts, SRC) + (first << 4));
  copyAddress(flow + ROW_DST, columnAt(firsts, DST) + (first << 4));
  store<u16>(flow, load<u16>(columnAt(firsts, DPORT) + (first << 1)), FLOW_DPORT);
  store<u16>(flow, load<u8>(columnAt(firsts, HOOK) + first), FLOW_HOOK);
  store<u8>(flow, load<u8>(columnAt(firsts, FAMILY) + first), FLOW_FAMILY);
  store<u8>(flow, load<u8>(columnAt(firsts, PROTOCOL) + first), FLOW_PROTOCOL);
  store<u8>(flow, load<u8>(columnAt(firsts, VERDICT) + first), FLOW_VERDICT);
  store<u8>(flow, load<u8>(columnAt(firsts, REASON) + first), FLOW_REASON);
  store<u32>(flow, load<u32>(columnAt(firsts, EGRESS) + (first << 2)), FLOW_EGRESS);
  store<u32>(flow, load<u32>(columnAt(firsts, INGRESS) + (first << 2)), FLOW_INGRESS);
  store<u32>(flow, flows, FLOW_CONNECTIONS);
  store<f64>(flow, load<f64>(columnAt(firsts, PACKETS) + (first << 3)), FLOW_PACKETS);
  store<f64>(flow, load<f64>(columnAt(firsts, BYTES) + (first << 3)), FLOW_BYTES);
  copyAddress(flow + FLOW_JUDGED_DST, columnAt(firsts, JUDGED_DST) + (first << 4));
  store<u16>(flow, load<u16>(columnAt(firsts, JUDGED_DPORT) + (first << 1)), FLOW_JUDGED_DPORT);
  store<u16>(flow, load<u16>(columnAt(firsts, SPORT) + (first << 1)), FLOW_SPORT);
  credit(desk, shard);
}

function settleFirsts(desk: usize): void {
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  const entries: usize = load<u32>(desk, DESK_ENTRIES);
  const count = load<u32>(firsts + (BATCH_COUNT << 2));
  for (let first: u32 = 0; first < count; first++) {
    const number = <usize>load<u16>(columnAt(firsts, SHARD) + (first << 1));
    const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
    const connection: usize = load<u32>(entries + (first << 2));
    const flows: u32 = connection != 0 || countsAsFlow(firsts, first) ? 1 : 0;
    if (connection != 0) judge(shard, connection, firsts, first);
    else creditAlone(desk, shard, firsts, first, flows);
    const verdict = load<u8>(columnAt(firsts, VERDICT) + first);
    const reason = load<u8>(columnAt(firsts, REASON) + first);
    add(totalOf(desk, verdict, reason) + (TOTAL_FLOWS << 3), flows);
  }
}

/** Settles the rows that the last call of track took. */
export function settle(desk: usize, batch: usize, rows: usize, count: u32): void {
  settleFirsts(desk);
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  const links: usize = load<u32>(desk, DESK_LINKS);
  const verdicts = columnAt(batch, VERDICT);
  const reasons = columnAt(batch, REASON);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const link = load<u32>(links + (index << 2));
    const kind = link >> LINK_KIND_SHIFT;
    if (kind != LINK_DONE) {
      const first = link & ((1 << LINK_KIND_SHIFT) - 1);
      const verdict = load<u8>(columnAt(firsts, VERDICT) + first);
      const judged = load<u8>(columnAt(firsts, REASON) + first);
      const reason = kind == LINK_FIRST ? judged : laterReason(kind, verdict, judged);
      answerAsFirst(desk, batch, row, verdict, reason, firsts, first);
    }
    const total = totalOf(desk, load<u8>(verdicts + row), load<u8>(reasons + row));
    add(total + (TOTAL_PACKETS << 3), load<f64>(packets + (row << 3)));
    add(total + (TOTAL_BYTES << 3), load<f64>(bytes + (row << 3)));
    if (load<u8>(verdicts + row) != VERDICT_SKIP) continue;
    if (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION) add(total + (TOTAL_FLOWS << 3), 1);
  }
}
