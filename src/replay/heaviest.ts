/**
 * The heaviest rows of the flow tables, chosen by offset: a replay may have tallied hundreds of thousands of flows, and
 * only those that are reported become objects. Equal weights are ordered by the flow's key, so the choice is the same
 * whatever the order of the rows.
 */
import * as S from '../dataplane/shard-layout.ts';

function compareWords(view: DataView, a: number, b: number, words: number): number {
  for (let word = 0; word < words; word++) {
    const difference = view.getUint32(a + word * 4, true) - view.getUint32(b + word * 4, true);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** What a row's path number stands for, where numbers are given by chance: rows are ordered by this text. */
type TextOf = (row: number) => string;

function comparePaths(view: DataView, a: number, b: number, textOf: TextOf | undefined): number {
  // Rows that are equal but for the path are of one shard, whose paths are numbered in trace order.
  if (textOf === undefined)
    return view.getUint16(a + S.FLOW_PATH, true) - view.getUint16(b + S.FLOW_PATH, true);
  const [textA, textB] = [textOf(a), textOf(b)];
  return textA === textB ? 0 : textA < textB ? -1 : 1;
}

/** Packets descending, then family, source, destination, protocol, port, and how it was judged. */
function compareRows(view: DataView, a: number, b: number, textOf: TextOf | undefined): number {
  return (
    view.getFloat64(b + S.FLOW_PACKETS, true) - view.getFloat64(a + S.FLOW_PACKETS, true) ||
    view.getUint8(a + S.FLOW_FAMILY) - view.getUint8(b + S.FLOW_FAMILY) ||
    compareWords(view, a + S.ROW_SRC, b + S.ROW_SRC, 8) ||
    view.getUint8(a + S.FLOW_PROTOCOL) - view.getUint8(b + S.FLOW_PROTOCOL) ||
    view.getUint16(a + S.FLOW_DPORT, true) - view.getUint16(b + S.FLOW_DPORT, true) ||
    view.getUint8(a + S.FLOW_VERDICT) - view.getUint8(b + S.FLOW_VERDICT) ||
    view.getUint8(a + S.FLOW_REASON) - view.getUint8(b + S.FLOW_REASON) ||
    view.getUint8(a + S.FLOW_HOOK) - view.getUint8(b + S.FLOW_HOOK) ||
    view.getUint8(a + S.FLOW_PENDING) - view.getUint8(b + S.FLOW_PENDING) ||
    view.getUint32(a + S.FLOW_EGRESS, true) - view.getUint32(b + S.FLOW_EGRESS, true) ||
    view.getUint32(a + S.FLOW_INGRESS, true) - view.getUint32(b + S.FLOW_INGRESS, true) ||
    view.getUint8(a + S.FLOW_EPOCH) - view.getUint8(b + S.FLOW_EPOCH) ||
    compareWords(view, a + S.FLOW_JUDGED_DST, b + S.FLOW_JUDGED_DST, 4) ||
    view.getUint16(a + S.FLOW_JUDGED_DPORT, true) - view.getUint16(b + S.FLOW_JUDGED_DPORT, true) ||
    comparePaths(view, a, b, textOf)
  );
}

/** Partitions before sorting is the safer way to the end. */
const PARTITIONS_MOST = 64;

/** The value that would stand at `place` if they were sorted; changes their order. */
function valueAt(values: Float64Array, place: number): number {
  let first = 0;
  let last = values.length - 1;
  for (let partitions = 0; first < last; partitions++) {
    if (partitions === PARTITIONS_MOST) return values.sort()[place]!;
    const pivot = values[(first + last) >> 1]!;
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    // What stands between the two is the pivot.
    if (place <= high) last = high;
    else if (place >= low) first = low;
    else return pivot;
  }
  return values[place]!;
}

/** At most `count` of the rows, those with the least keys, and all that come before the last of them. */
function least(
  rows: Uint32Array,
  count: number,
  key: (row: number) => number,
  within: (ties: Uint32Array, count: number) => Uint32Array,
): Uint32Array {
  if (rows.length <= count) return rows;
  if (count === 0) return rows.subarray(0, 0);
  const keys = new Float64Array(rows.length);
  for (let index = 0; index < rows.length; index++) keys[index] = key(rows[index]!);
  const limit = valueAt(keys.slice(), count - 1);
  const chosen = new Uint32Array(count);
  const ties = new Uint32Array(rows.length);
  let sure = 0;
  let tied = 0;
  for (let index = 0; index < rows.length; index++) {
    if (keys[index]! < limit) chosen[sure++] = rows[index]!;
    else if (keys[index] === limit) ties[tied++] = rows[index]!;
  }
  chosen.set(within(ties.subarray(0, tied), count - sure), sure);
  return chosen;
}

/** The `count` heaviest of the flow rows at these offsets, heaviest first. `textOf`: what the rows' path numbers mean, where they are no paths. */
export function heaviestRows(view: DataView, rows: Uint32Array, count: number, textOf?: TextOf): Uint32Array {
  const bySorting = (ties: Uint32Array, wanted: number): Uint32Array =>
    ties.toSorted((a, b) => compareRows(view, a, b, textOf)).subarray(0, wanted);
  const byFamily = (row: number): number => view.getUint8(row + S.FLOW_FAMILY);
  const bySource = (row: number): number => view.getUint32(row + S.ROW_SRC, true);
  const chosen = least(
    rows,
    count,
    (row) => -view.getFloat64(row + S.FLOW_PACKETS, true),
    (ties, wanted) =>
      least(ties, wanted, byFamily, (family, some) => least(family, some, bySource, bySorting)),
  );
  return bySorting(chosen, count);
}
