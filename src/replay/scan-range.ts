/** The wanted range of time in a scan: which rows lie outside of it. */
import type { PacketBatch } from '../packet/batch.ts';
import { SKIP_OUTSIDE } from '../tables/verdict-layout.ts';
import type { TraceTime } from '../trace/time.ts';
import { compareTimes, isInRange, isRelative, type RangeBounds, resolveRange } from '../trace/time-range.ts';

/** Rows [0, count) outside of the range get SKIP_OUTSIDE. */
export type MarkOutside = (batch: PacketBatch, count: number) => void;

const NO_TIME: TraceTime = { seconds: 0, nanos: 0 };

/** Time of a row as its trace says it. */
export const timeOf = (batch: PacketBatch, row: number): TraceTime => ({
  seconds: batch.seconds[row]!,
  nanos: batch.nanos[row]!,
});

/**
 * Marks rows by their time. Where the range counts from the first record, that is the earliest of `firsts`, and without any the first
 * row that is shown.
 */
export function markOutside(bounds: RangeBounds, firsts: readonly TraceTime[]): MarkOutside {
  const earliest = [...firsts].sort(compareTimes)[0];
  let range =
    isRelative(bounds) && earliest === undefined ? undefined : resolveRange(bounds, earliest ?? NO_TIME);
  return (batch, count) => {
    if (count === 0) return;
    range ??= resolveRange(bounds, timeOf(batch, 0));
    for (let row = 0; row < count; row++)
      if (!isInRange(range, timeOf(batch, row))) batch.skip[row] = SKIP_OUTSIDE;
  };
}
