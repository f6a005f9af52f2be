/** Rows of the shards' tables, as the main thread reads them when the replay is over. */
import * as S from '../dataplane/shard-layout.ts';
import type { Plan } from './plan.ts';
import type { FlowTally } from './result.ts';

export type Words = readonly [number, number, number, number];

/**
 * Byte offsets of the rows of one table of all shards, in their order, and how many were omitted. There may be hundreds of
 * thousands: none of them is an object.
 */
export function usedRows(
  plan: Plan,
  memory: SharedArrayBuffer,
  table: number,
  rowBytes: number,
): { readonly rows: Uint32Array; readonly omitted: number } {
  const words = new Uint32Array(memory);
  const headers = Array.from(
    { length: S.SHARD_COUNT },
    (_, shard) => (plan.shards + shard * S.SHARD_BYTES + table) / 4,
  );
  const used = headers.reduce((sum, header) => sum + words[header + S.TABLE_USED / 4]!, 0);
  const rows = new Uint32Array(used);
  let count = 0;
  let omitted = 0;
  for (const header of headers) {
    omitted += words[header + S.TABLE_OMITTED / 4]!;
    const first = words[header + S.TABLE_ROWS / 4]!;
    const end = first + words[header + S.TABLE_USED / 4]! * rowBytes;
    for (let row = first; row < end; row += rowBytes) rows[count++] = row;
  }
  return { rows, omitted };
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
