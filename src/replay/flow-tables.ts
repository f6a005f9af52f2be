/** Rows of the shards' tables, as the main thread reads them when the replay is over. */
import * as S from '../dataplane/shard-layout.ts';
import type { Plan } from './plan.ts';
import type { FlowTally } from './result.ts';

export type Words = readonly [number, number, number, number];

/** Calls `visit` with the byte offset of every used row of one table of every shard, and sums what was omitted. */
export function visitRows(
  plan: Plan,
  view: DataView,
  table: number,
  rowBytes: number,
  visit: (row: number) => void,
): number {
  let omitted = 0;
  for (let shard = 0; shard < S.SHARD_COUNT; shard++) {
    const header = plan.shards + shard * S.SHARD_BYTES + table;
    const rows = view.getUint32(header + S.TABLE_ROWS, true);
    const slots = view.getUint32(header + S.TABLE_SLOTS, true);
    omitted += view.getUint32(header + S.TABLE_OMITTED, true);
    for (let row = rows; row < rows + slots * rowBytes; row += rowBytes) {
      if (view.getUint32(row + S.ROW_HASH, true) !== 0) visit(row);
    }
  }
  return omitted;
}

/** Four words of an address. */
export function wordsAt(view: DataView, at: number): Words {
  return [
    view.getUint32(at, true),
    view.getUint32(at + 4, true),
    view.getUint32(at + 8, true),
    view.getUint32(at + 12, true),
  ];
}

/** A row of a table of flows. */
export function flowAt(view: DataView, row: number): FlowTally {
  return {
    family: view.getUint8(row + S.FLOW_FAMILY) === 6 ? 6 : 4,
    src: wordsAt(view, row + S.ROW_SRC),
    dst: wordsAt(view, row + S.ROW_DST),
    protocol: view.getUint8(row + S.FLOW_PROTOCOL),
    dport: view.getUint16(row + S.FLOW_DPORT, true),
    judgedDst: wordsAt(view, row + S.FLOW_JUDGED_DST),
    judgedDport: view.getUint16(row + S.FLOW_JUDGED_DPORT, true),
    verdict: view.getUint8(row + S.FLOW_VERDICT),
    reason: view.getUint8(row + S.FLOW_REASON),
    hook: view.getUint8(row + S.FLOW_HOOK),
    egress: view.getUint32(row + S.FLOW_EGRESS, true),
    ingress: view.getUint32(row + S.FLOW_INGRESS, true),
    packets: view.getFloat64(row + S.FLOW_PACKETS, true),
    bytes: view.getFloat64(row + S.FLOW_BYTES, true),
    connections: view.getUint32(row + S.FLOW_CONNECTIONS, true),
    sport: view.getUint16(row + S.FLOW_SPORT, true),
    epoch: view.getUint8(row + S.FLOW_EPOCH),
  };
}
