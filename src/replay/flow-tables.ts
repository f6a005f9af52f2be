/** Rows of the shards' tables, as they are read when the replay is over. */
import * as S from '../dataplane/shard-layout.ts';
import type { Plan } from './plan.ts';
import type { FlowTally } from './result.ts';

export type Words = readonly [number, number, number, number];

/** Headers of one table in the shards of a worker, or in all; indexes of words. */
function headersOf({ shards, input }: Plan, table: number, worker: number | undefined): number[] {
  const headers: number[] = [];
  for (let shard = worker ?? 0; shard < S.SHARD_COUNT; shard += worker === undefined ? 1 : input.workers)
    headers.push((shards + shard * S.SHARD_BYTES + table) / 4);
  return headers;
}

/**
 * Byte offsets of the rows of one table of all shards, or of those of a worker, in their order, and how many were omitted. There may be
 * hundreds of thousands: none of them is an object.
 */
export function usedRows(
  plan: Plan,
  memory: SharedArrayBuffer,
  table: number,
  rowBytes: number,
  worker?: number,
): { readonly rows: Uint32Array; readonly omitted: number } {
  const words = new Uint32Array(memory);
  const headers = headersOf(plan, table, worker);
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

/**
 * Leaves these rows of a table in a worker's shards, no others. `kept`: their byte offsets, ascending. `isOmitted`: the others are counted
 * as such. The slots lead nowhere afterwards.
 */
export function keepRows(
  plan: Plan,
  memory: SharedArrayBuffer,
  table: number,
  rowBytes: number,
  worker: number,
  kept: Uint32Array,
  isOmitted: boolean,
): void {
  const words = new Uint32Array(memory);
  let next = 0;
  for (const header of headersOf(plan, table, worker)) {
    const first = words[header + S.TABLE_ROWS / 4]!;
    const used = words[header + S.TABLE_USED / 4]!;
    let place = first;
    for (; next < kept.length && kept[next]! < first + used * rowBytes; next++) {
      const row = kept[next]!;
      if (row !== place) words.copyWithin(place / 4, row / 4, (row + rowBytes) / 4);
      place += rowBytes;
    }
    const left = (place - first) / rowBytes;
    words[header + S.TABLE_USED / 4] = left;
    if (isOmitted) words[header + S.TABLE_OMITTED / 4]! += used - left;
  }
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
