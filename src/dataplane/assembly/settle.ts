// Hands the verdicts of first packets back: to their connections, to the rows that are linked to them, to the totals.
// After it no row of the call is pending. Layout: ../desk-layout.ts.

import {
  BYTES,
  EGRESS,
  EXTRA_COUNT,
  EXTRA_UNTRACKED,
  FLAG_CONNECTION,
  FLAGS,
  HOOK,
  INGRESS,
  JUDGED_DPORT,
  JUDGED_DST,
  NANOS,
  PACKETS,
  PENDING,
  PROTOCOL,
  REASON,
  SECONDS,
  SHARD,
  TCP_FLAGS,
  VERDICT,
} from '../../packet/batch-layout';
import { REASON_UNTRACKED, SKIP_DUPLICATE, VERDICT_SKIP } from '../../tables/verdict-layout';
import {
  BIT_UNTRACKED,
  BIT_WAITS,
  COLD_EGRESS,
  COLD_INGRESS,
  COLD_PATH,
  CONNECTION_BITS,
} from '../connections-layout';
import {
  DESK_CREDIT,
  DESK_ENTRIES,
  DESK_FIRSTS,
  DESK_LINKS,
  DESK_OBSERVED,
  DESK_PENDING_FIRSTS,
  DESK_SHARDS,
  DESK_TIMELINE,
  DESK_UNTRACKED,
  ENTRY_ALONE,
  ENTRY_COPY,
  ENTRY_INVALID,
  ENTRY_OWN,
  ENTRY_WORDS,
  LINK_COPY,
  LINK_DONE,
  LINK_FIRST,
  LINK_KIND_SHIFT,
  LINK_NO_FIRST,
  LINK_SETTLED,
  TOTAL_BYTES,
  TOTAL_FLOWS,
  TOTAL_PACKETS,
} from '../desk-layout';
import { FLOW_PATH, FLOW_PENDING, SHARD_BYTES } from '../shard-layout';
import {
  INTERVAL_BYTES,
  INTERVAL_PACKETS,
  TIMELINE_FIRST_SECOND,
  TIMELINE_LATEST,
  TIMELINE_MORE_SECONDS,
} from '../timeline-layout';
import { answerAsFirst } from './answer';
import { storeHook, storeJudgedDestination } from './cold';
import { canCount, coldOf, storeCounts, storeJudged } from './connection-row';
import { hasHandshake } from './connections';
import { add, credit, creditBeside, creditOutcome } from './credit';
import { layOutFlow } from './flow-row';
import { laterReason } from './follow';
import { answeringFirst, gathered } from './gather';
import { columnAt } from './identify';
import { settleInvalid } from './invalid';
import { compareObserved } from './observe';
import { extraAt, extraCount, PATH_REFUSED, pathOf } from './path';
import { carriedSecond } from './time';
import { intervalAt } from './timeline';
import { pendingTotalOf, totalOf } from './totals';

/** True when an untracked program allowed the first packet. */
function isUntracked(desk: usize, firsts: usize, first: u32): bool {
  if (load<u32>(desk, DESK_UNTRACKED) == 0) return false;
  return (load<u8>(columnAt(firsts, EXTRA_COUNT) + first) & EXTRA_UNTRACKED) != 0;
}

/** Verdict of a first packet by the pending tables, 0 without. */
function pendingVerdict(desk: usize, first: u32): u32 {
  const pending: usize = load<u32>(desk, DESK_PENDING_FIRSTS);
  return pending == 0 ? 0 : load<u8>(columnAt(pending, VERDICT) + first);
}

/** The path that a first packet is credited to. Without room for it, the outcomes that only it would hold are credited now. */
function settledPath(desk: usize, shard: usize, firsts: usize, first: u32, flows: u32): u32 {
  const path = pathOf(desk, shard, firsts, first);
  if (path != PATH_REFUSED) return path;
  const packets = load<f64>(columnAt(firsts, PACKETS) + (first << 3));
  const bytes = load<f64>(columnAt(firsts, BYTES) + (first << 3));
  const extras = extraCount(desk, firsts, first);
  for (let index: u32 = 0; index < extras; index++)
    creditOutcome(desk, extraAt(firsts, first, index), packets, bytes, <f64>flows);
  return 0;
}

/** Gives a connection its verdict. */
function judge(desk: usize, shard: usize, connection: usize, firsts: usize, first: u32): void {
  const cold = coldOf(shard, connection);
  store<u8>(connection, load<u8>(connection, CONNECTION_BITS) & ~BIT_WAITS, CONNECTION_BITS);
  storeJudged(
    connection,
    load<u8>(columnAt(firsts, VERDICT) + first),
    load<u8>(columnAt(firsts, REASON) + first),
  );
  storeHook(cold, load<u8>(columnAt(firsts, HOOK) + first), pendingVerdict(desk, first));
  store<u32>(cold, load<u32>(columnAt(firsts, EGRESS) + (first << 2)), COLD_EGRESS);
  store<u32>(cold, load<u32>(columnAt(firsts, INGRESS) + (first << 2)), COLD_INGRESS);
  storeJudgedDestination(
    shard,
    connection,
    cold,
    columnAt(firsts, JUDGED_DST) + (first << 4),
    load<u16>(columnAt(firsts, JUDGED_DPORT) + (first << 1)),
  );
  store<u16>(cold, settledPath(desk, shard, firsts, first, 1), COLD_PATH);
  const packets = load<f64>(columnAt(firsts, PACKETS) + (first << 3));
  const bytes = load<f64>(columnAt(firsts, BYTES) + (first << 3));
  // track could not count it.
  if (!canCount(packets, bytes)) creditBeside(desk, shard, connection, packets, bytes);
}

/** Leaves nothing of a connection but that it is not tracked. */
function leaveUntracked(connection: usize): void {
  const bits = load<u8>(connection, CONNECTION_BITS) & ~BIT_WAITS;
  store<u8>(connection, bits | BIT_UNTRACKED, CONNECTION_BITS);
  storeJudged(connection, 0, 0);
  storeCounts(connection, 0, 0);
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
  const path = settledPath(desk, shard, firsts, first, flows);
  layOutFlow(desk, firsts, first, flows);
  store<u16>(desk + DESK_CREDIT, path, FLOW_PATH);
  store<u8>(desk + DESK_CREDIT, pendingVerdict(desk, first), FLOW_PENDING);
  credit(desk, shard);
}

/**
 * Settles one first packet. One that stands for a row which is not that very packet (ENTRY_OWN follows) leaves crediting to
 * it when its connection turns out not to be tracked; else the follower is nothing.
 */
function settleFirst(desk: usize, firsts: usize, first: u32): void {
  const number = <usize>load<u16>(columnAt(firsts, SHARD) + (first << 1));
  const shard = <usize>load<u32>(desk, DESK_SHARDS) + number * SHARD_BYTES;
  const entry: usize = load<u32>(<usize>load<u32>(desk, DESK_ENTRIES) + (first << 2));
  if (entry == ENTRY_OWN || entry == ENTRY_COPY) return;
  if (entry == ENTRY_INVALID) settleInvalid(desk, first);
  const untracked = isUntracked(desk, firsts, first);
  const isConnection = entry >= <usize>ENTRY_WORDS;
  const flows: u32 = isConnection || (entry == ENTRY_ALONE && countsAsFlow(firsts, first)) ? 1 : 0;
  const answering = answeringFirst(desk, first, untracked);
  if (isConnection && untracked) leaveUntracked(entry);
  if (isConnection && !untracked) judge(desk, shard, entry, firsts, first);
  else creditAlone(desk, shard, firsts, answering, flows);
  if (flows == 0) return;
  const verdict = load<u8>(columnAt(firsts, VERDICT) + answering);
  const reason = load<u8>(columnAt(firsts, REASON) + answering);
  add(totalOf(desk, verdict, reason) + (TOTAL_FLOWS << 3), 1);
  if (load<u32>(desk, DESK_PENDING_FIRSTS) != 0)
    add(pendingTotalOf(desk, verdict, pendingVerdict(desk, answering)) + (TOTAL_FLOWS << 3), 1);
}

function settleFirsts(desk: usize): void {
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  const count = gathered(desk);
  for (let first: u32 = 0; first < count; first++) settleFirst(desk, firsts, first);
}

/** Adds the rows' packets and bytes to the totals of both verdicts. */
function totalPending(desk: usize, batch: usize, rows: usize, count: u32): void {
  const verdicts = columnAt(batch, VERDICT);
  const reasons = columnAt(batch, REASON);
  const pendings = columnAt(batch, PENDING);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  for (let index: u32 = 0; index < count; index++) {
    const row = load<u32>(rows + (index << 2));
    const total = pendingTotalOf(desk, load<u8>(verdicts + row), load<u8>(pendings + row));
    add(total + (TOTAL_PACKETS << 3), load<f64>(packets + (row << 3)));
    add(total + (TOTAL_BYTES << 3), load<f64>(bytes + (row << 3)));
    if (load<u8>(verdicts + row) != VERDICT_SKIP || load<u8>(reasons + row) == SKIP_DUPLICATE) continue;
    if (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION) add(total + (TOTAL_FLOWS << 3), 1);
  }
}

/** Settles the rows that the last call of track took. */
export function settle(desk: usize, batch: usize, rows: usize, count: u32): void {
  settleFirsts(desk);
  const firsts: usize = load<u32>(desk, DESK_FIRSTS);
  const links: usize = load<u32>(desk, DESK_LINKS);
  const maybeUntracked = load<u32>(desk, DESK_UNTRACKED) != 0;
  const verdicts = columnAt(batch, VERDICT);
  const reasons = columnAt(batch, REASON);
  const packets = columnAt(batch, PACKETS);
  const bytes = columnAt(batch, BYTES);
  const seconds = columnAt(batch, SECONDS);
  const nanos = columnAt(batch, NANOS);
  const timeline: usize = load<u32>(desk, DESK_TIMELINE);
  let interval: usize = load<u32>(timeline, TIMELINE_LATEST);
  let firstSecond = load<u32>(timeline, TIMELINE_FIRST_SECOND);
  let moreSeconds = load<u32>(timeline, TIMELINE_MORE_SECONDS);
  for (let index: u32 = 0; index < count; index++) {
    const link = load<u32>(links + (index << 2));
    if (link == LINK_SETTLED) continue;
    const row = load<u32>(rows + (index << 2));
    const kind = link >> LINK_KIND_SHIFT;
    // A copy without a first packet was answered by track.
    if (kind != LINK_DONE && (kind != LINK_COPY || (link & LINK_NO_FIRST) != LINK_NO_FIRST)) {
      let first = link & ((1 << LINK_KIND_SHIFT) - 1);
      const untracked = maybeUntracked && isUntracked(desk, firsts, first);
      if (untracked) first = answeringFirst(desk, first, true);
      const verdict = load<u8>(columnAt(firsts, VERDICT) + first);
      const judged = load<u8>(columnAt(firsts, REASON) + first);
      // What a copy says is compared with how its connection was judged, as track does for one that was judged before.
      const isOwn = kind == LINK_FIRST || kind == LINK_COPY || untracked;
      const reason = isOwn ? judged : laterReason(kind, verdict, judged);
      answerAsFirst(desk, batch, row, verdict, reason, firsts, first);
    }
    const isCopy = kind == LINK_COPY;
    const verdict: u32 = isCopy ? VERDICT_SKIP : <u32>load<u8>(verdicts + row);
    const reason: u32 = isCopy ? SKIP_DUPLICATE : <u32>load<u8>(reasons + row);
    const rowPackets = load<f64>(packets + (row << 3));
    const rowBytes = load<f64>(bytes + (row << 3));
    const total = totalOf(desk, verdict, reason);
    add(total + (TOTAL_PACKETS << 3), rowPackets);
    add(total + (TOTAL_BYTES << 3), rowBytes);
    // Rows come by time: most lie in the interval of the row before.
    const second = carriedSecond(load<u32>(seconds + (row << 2)), load<u32>(nanos + (row << 2)));
    if (interval == 0 || second - firstSecond > moreSeconds) {
      interval = intervalAt(timeline, second);
      firstSecond = load<u32>(timeline, TIMELINE_FIRST_SECOND);
      moreSeconds = load<u32>(timeline, TIMELINE_MORE_SECONDS);
    }
    add(interval + INTERVAL_PACKETS + (verdict << 3), rowPackets);
    add(interval + INTERVAL_BYTES + (verdict << 3), rowBytes);
    // A record that tells a flow once more is no flow of its own.
    if (verdict != VERDICT_SKIP || reason == SKIP_DUPLICATE) continue;
    if (load<u16>(columnAt(batch, FLAGS) + (row << 1)) & FLAG_CONNECTION) add(total + (TOTAL_FLOWS << 3), 1);
  }
  if (load<u32>(desk, DESK_OBSERVED) != 0) compareObserved(desk, batch, rows, count);
  if (load<u32>(desk, DESK_PENDING_FIRSTS) != 0) totalPending(desk, batch, rows, count);
}
