// What connections add up to: per outcome, per flow, per address. Done when a connection ends, not per packet. The flow to
// credit is laid out at DESK_CREDIT first, as a row of the flow table. Layouts: ../desk-layout.ts, ../shard-layout.ts.

import { VERDICT_ALLOW } from '../../tables/verdict-layout';
import {
  BIT_COUNTED,
  BIT_UNTRACKED,
  COLD_EGRESS,
  COLD_EPOCH,
  COLD_INGRESS,
  COLD_JUDGED_DPORT,
  COLD_PATH,
  CONNECTION_BITS,
  CONNECTION_ROW_BYTES,
  CONNECTIONS_ROWS,
  CONNECTIONS_TOP,
} from '../connections-layout';
import {
  DESK_CONNECTION,
  DESK_CREDIT,
  DESK_OUTCOME_COUNT,
  DESK_OUTCOMES,
  DESK_PENDING_FIRSTS,
  KEY_DPORT,
  KEY_FAMILY,
  KEY_PROTOCOL,
  KEY_SPORT,
} from '../desk-layout';
import {
  ADDRESS_BYTES,
  ADDRESS_EPOCH,
  ADDRESS_FAMILY,
  ADDRESS_PACKETS,
  ADDRESS_ROW_BYTES,
  FLOW_BYTES,
  FLOW_CONNECTIONS,
  FLOW_DPORT,
  FLOW_EGRESS,
  FLOW_EPOCH,
  FLOW_FAMILY,
  FLOW_HOOK,
  FLOW_INGRESS,
  FLOW_JUDGED_DPORT,
  FLOW_JUDGED_DST,
  FLOW_PACKETS,
  FLOW_PATH,
  FLOW_PENDING,
  FLOW_PROTOCOL,
  FLOW_REASON,
  FLOW_ROW_BYTES,
  FLOW_SPORT,
  FLOW_VERDICT,
  ROW_DST,
  ROW_HASH,
  ROW_SRC,
  SHARD_ADDRESSES,
  SHARD_ADMITTED,
  SHARD_CHANGED,
  SHARD_CONNECTIONS,
  SHARD_REFUSED,
  TABLE_INDEX,
  TABLE_OMITTED,
  TABLE_ROWS,
  TABLE_SLOTS,
  TABLE_USED,
} from '../shard-layout';
import { hookOf, pendingOf, readJudgedDestination } from './cold';
import { bytesOf, coldOf, isFree, packetsOf, readConnection, reasonOf, verdictOf } from './connection-row';
import { addressHash, orderedHash } from './hash';
import { addRow, homeSlot, isFull, reindex } from './hash-table';
import { creditPath } from './path';
import { copyAddress, copyRow, isSameAddress } from './words';

/** Adds `value` to the f64 at `at`. */
export function add(at: usize, value: f64): void {
  store<f64>(at, load<f64>(at) + value);
}

function sameFlow(row: usize, flow: usize): bool {
  return (
    load<u64>(row) == load<u64>(flow) &&
    load<u64>(row, 8) == load<u64>(flow, 8) &&
    load<u64>(row, 16) == load<u64>(flow, 16) &&
    load<u64>(row, 24) == load<u64>(flow, 24) &&
    load<u64>(row, FLOW_DPORT) == load<u64>(flow, FLOW_DPORT) &&
    load<u64>(row, FLOW_EGRESS) == load<u64>(flow, FLOW_EGRESS) &&
    // The epoch stands behind the path.
    load<u32>(row, FLOW_PATH) == load<u32>(flow, FLOW_PATH) &&
    // Outcomes do not tell backends apart: what was denied on its way out has the same ones at each.
    isSameAddress(row + FLOW_JUDGED_DST, flow + FLOW_JUDGED_DST) &&
    load<u16>(row, FLOW_JUDGED_DPORT) == load<u16>(flow, FLOW_JUDGED_DPORT)
  );
}

/** Order of magnitude of a flow's packets, 0 to 63. */
function weight(row: usize): u32 {
  const packets = <u64>load<f64>(row, FLOW_PACKETS);
  return packets == 0 ? 0 : 63 - <u32>clz<u64>(packets);
}

/** Drops an eighth of the flows, the lightest orders of magnitude first and inside one those that came first: few, so that no call takes long. */
function prune(table: usize): void {
  const rows: usize = load<u32>(table, TABLE_ROWS);
  let toDrop = max<u32>(1, load<u32>(table, TABLE_USED) >> 3);
  store<u32>(table, load<u32>(table, TABLE_OMITTED) + toDrop, TABLE_OMITTED);
  for (let magnitude: u32 = 0; toDrop > 0; magnitude++) {
    const end = rows + load<u32>(table, TABLE_USED) * FLOW_ROW_BYTES;
    let kept = rows;
    for (let row = rows; row < end; row += FLOW_ROW_BYTES) {
      if (toDrop > 0 && weight(row) <= magnitude) {
        toDrop--;
        continue;
      }
      if (kept != row) copyRow(kept, row, FLOW_ROW_BYTES);
      kept += FLOW_ROW_BYTES;
    }
    store<u32>(table, <u32>(kept - rows) / FLOW_ROW_BYTES, TABLE_USED);
  }
  reindex(table, FLOW_ROW_BYTES, load<u32>(table, TABLE_SLOTS));
}

/** Adds a flow to its row of a table. */
export function creditFlow(table: usize, flow: usize): void {
  const judged = load<u64>(flow, FLOW_JUDGED_DST) ^ rotl<u64>(load<u64>(flow, FLOW_JUDGED_DST + 8), 31);
  const outcomes = rotl<u64>(load<u64>(flow, FLOW_EGRESS), 17);
  const rest = load<u64>(flow, FLOW_DPORT) ^ outcomes ^ rotl<u64>(judged, 41);
  const hash = orderedHash(flow + ROW_SRC, flow + ROW_DST, rest);
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const slots: usize = load<u32>(table, TABLE_INDEX);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let slot = homeSlot(hash, mask);
  while (true) {
    const number = load<u32>(slots + (slot << 2));
    if (number == 0) break;
    const row = rows + (number - 1) * FLOW_ROW_BYTES;
    if (load<u32>(row, ROW_HASH) == hash && sameFlow(row, flow)) {
      add(row + FLOW_PACKETS, load<f64>(flow, FLOW_PACKETS));
      add(row + FLOW_BYTES, load<f64>(flow, FLOW_BYTES));
      const connections = load<u32>(row, FLOW_CONNECTIONS) + load<u32>(flow, FLOW_CONNECTIONS);
      store<u32>(row, connections, FLOW_CONNECTIONS);
      return;
    }
    slot = (slot + 1) & mask;
  }
  if (isFull(table)) prune(table);
  const row = addRow(table, hash, FLOW_ROW_BYTES);
  copyRow(row, flow, FLOW_ROW_BYTES);
  store<u32>(row, hash, ROW_HASH);
}

function creditAddress(
  table: usize,
  address: usize,
  family: u32,
  epoch: u32,
  packets: f64,
  bytes: f64,
): void {
  const hash = addressHash(address);
  const rows: usize = load<u32>(table, TABLE_ROWS);
  const slots: usize = load<u32>(table, TABLE_INDEX);
  const mask = load<u32>(table, TABLE_SLOTS) - 1;
  let slot = homeSlot(hash, mask);
  while (true) {
    const number = load<u32>(slots + (slot << 2));
    if (number == 0) break;
    const row = rows + (number - 1) * ADDRESS_ROW_BYTES;
    if (
      load<u32>(row, ROW_HASH) == hash &&
      load<u64>(row) == load<u64>(address) &&
      load<u64>(row, 8) == load<u64>(address, 8) &&
      load<u8>(row, ADDRESS_FAMILY) == family &&
      load<u8>(row, ADDRESS_EPOCH) == epoch
    ) {
      add(row + ADDRESS_PACKETS, packets);
      add(row + ADDRESS_BYTES, bytes);
      return;
    }
    slot = (slot + 1) & mask;
  }
  if (isFull(table)) {
    store<u32>(table, load<u32>(table, TABLE_OMITTED) + 1, TABLE_OMITTED);
    return;
  }
  const row = addRow(table, hash, ADDRESS_ROW_BYTES);
  copyAddress(row, address);
  store<f64>(row, packets, ADDRESS_PACKETS);
  store<f64>(row, bytes, ADDRESS_BYTES);
  store<u8>(row, family, ADDRESS_FAMILY);
  store<u8>(row, epoch, ADDRESS_EPOCH);
}

/** Adds to the counts of an outcome; NO_OUTCOME has none. */
export function creditOutcome(desk: usize, outcome: u32, packets: f64, bytes: f64, flows: f64): void {
  if (outcome >= load<u32>(desk, DESK_OUTCOME_COUNT)) return;
  const at = <usize>load<u32>(desk, DESK_OUTCOMES) + outcome * 24;
  add(at, packets);
  add(at + 8, bytes);
  add(at + 16, flows);
}

/** Credits the flow at DESK_CREDIT. */
export function credit(desk: usize, shard: usize): void {
  const flow = desk + DESK_CREDIT;
  const family = load<u8>(flow, FLOW_FAMILY);
  const packets = load<f64>(flow, FLOW_PACKETS);
  const bytes = load<f64>(flow, FLOW_BYTES);
  const flows = <f64>load<u32>(flow, FLOW_CONNECTIONS);
  const path = <u32>load<u16>(flow, FLOW_PATH);
  if (path != 0) creditPath(shard, path, packets, bytes, flows);
  else {
    creditOutcome(desk, load<u32>(flow, FLOW_EGRESS), packets, bytes, flows);
    creditOutcome(desk, load<u32>(flow, FLOW_INGRESS), packets, bytes, flows);
  }
  const verdict = load<u8>(flow, FLOW_VERDICT);
  creditFlow(shard + (verdict == VERDICT_ALLOW ? SHARD_ADMITTED : SHARD_REFUSED), flow);
  if (load<u32>(desk, DESK_PENDING_FIRSTS) != 0 && load<u8>(flow, FLOW_PENDING) != verdict)
    creditFlow(shard + SHARD_CHANGED, flow);
  const addresses = shard + SHARD_ADDRESSES;
  const epoch = <u32>load<u8>(flow, FLOW_EPOCH);
  creditAddress(addresses, flow + ROW_SRC, family, epoch, packets, bytes);
  // What an address sends to itself is carried once.
  const isSelf =
    load<u64>(flow, ROW_SRC) == load<u64>(flow, ROW_DST) &&
    load<u64>(flow, ROW_SRC + 8) == load<u64>(flow, ROW_DST + 8);
  if (!isSelf) creditAddress(addresses, flow + ROW_DST, family, epoch, packets, bytes);
}

/** Credits packets and bytes of a connection. Its row is left as it is. */
function creditPart(desk: usize, shard: usize, connection: usize, packets: f64, bytes: f64): void {
  const flow = desk + DESK_CREDIT;
  const key = desk + DESK_CONNECTION;
  const cold = coldOf(shard, connection);
  readConnection(shard, connection, key);
  copyRow(flow, key, ROW_HASH);
  store<u16>(flow, load<u16>(key, KEY_DPORT), FLOW_DPORT);
  store<u8>(flow, hookOf(cold), FLOW_HOOK);
  store<u8>(flow, pendingOf(cold), FLOW_PENDING);
  store<u8>(flow, load<u8>(key, KEY_FAMILY), FLOW_FAMILY);
  store<u8>(flow, load<u8>(key, KEY_PROTOCOL), FLOW_PROTOCOL);
  store<u8>(flow, verdictOf(connection), FLOW_VERDICT);
  store<u8>(flow, reasonOf(connection), FLOW_REASON);
  store<u32>(flow, load<u32>(cold, COLD_EGRESS), FLOW_EGRESS);
  store<u32>(flow, load<u32>(cold, COLD_INGRESS), FLOW_INGRESS);
  store<u32>(flow, load<u8>(connection, CONNECTION_BITS) & BIT_COUNTED ? 0 : 1, FLOW_CONNECTIONS);
  store<f64>(flow, packets, FLOW_PACKETS);
  store<f64>(flow, bytes, FLOW_BYTES);
  readJudgedDestination(shard, connection, cold, flow + FLOW_JUDGED_DST);
  store<u16>(flow, load<u16>(cold, COLD_JUDGED_DPORT), FLOW_JUDGED_DPORT);
  store<u16>(flow, load<u16>(key, KEY_SPORT), FLOW_SPORT);
  store<u16>(flow, load<u16>(cold, COLD_PATH), FLOW_PATH);
  store<u8>(flow, load<u8>(cold, COLD_EPOCH), FLOW_EPOCH);
  credit(desk, shard);
}

/** Credits what a connection has gathered since it was credited last. Its row is left as it is. */
export function creditConnection(desk: usize, shard: usize, connection: usize): void {
  // Its packets were credited one by one.
  if (load<u8>(connection, CONNECTION_BITS) & BIT_UNTRACKED) return;
  creditPart(desk, shard, connection, <f64>packetsOf(connection), <f64>bytesOf(connection));
}

/** Credits what a judged connection cannot count in its row. */
export function creditBeside(desk: usize, shard: usize, connection: usize, packets: f64, bytes: f64): void {
  creditPart(desk, shard, connection, packets, bytes);
  store<u8>(connection, load<u8>(connection, CONNECTION_BITS) | BIT_COUNTED, CONNECTION_BITS);
}

/** Credits every connection of a shard, at the end of the replay. */
export function finish(desk: usize, shard: usize): void {
  const table = shard + SHARD_CONNECTIONS;
  const rows: usize = load<u32>(table, CONNECTIONS_ROWS);
  const top = load<u32>(table, CONNECTIONS_TOP);
  for (let number: u32 = 1; number <= top; number++) {
    const row = rows + number * CONNECTION_ROW_BYTES;
    if (!isFree(row)) creditConnection(desk, shard, row);
  }
}
