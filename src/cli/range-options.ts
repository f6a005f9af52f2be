/** `--from` and `--to`: the two words as the range of time that is wanted. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { parseTimeBound, type RangeBounds, rangeProblems } from '../trace/time-range.ts';
import type { RangeOptions } from './command-line/flags.ts';

/** The range, undefined when none was asked for, and what is wrong with the words. */
export function readRange({ from, to }: RangeOptions): {
  range: RangeBounds | undefined;
  problems: readonly Diagnostic[];
} {
  if (from === undefined && to === undefined) return { range: undefined, problems: [] };
  const first = from === undefined ? undefined : parseTimeBound(from, '--from');
  const last = to === undefined ? undefined : parseTimeBound(to, '--to');
  const range: RangeBounds = {
    ...(first?.value === undefined ? {} : { from: first.value }),
    ...(last?.value === undefined ? {} : { to: last.value }),
  };
  return {
    range,
    problems: [...(first?.diagnostics ?? []), ...(last?.diagnostics ?? []), ...rangeProblems(range)],
  };
}
