/** The part of a timeline that can be drawn: what the text and the page of a replay have in common. */

interface Intervals<Interval> {
  readonly intervals: readonly Interval[];
}

const YEAR = 365 * 86_400;

/**
 * The intervals without the one of records that tell no time: they stand at the beginning of 1970, years before those of traces
 * that do, and a line drawn from there would show nothing of either. Where no record tells a time, all stay.
 */
export function timedIntervals<Interval extends { readonly start: number }>({
  intervals,
}: Intervals<Interval>): readonly Interval[] {
  const [first, second] = intervals;
  return first?.start === 0 && second !== undefined && second.start >= YEAR ? intervals.slice(1) : intervals;
}
