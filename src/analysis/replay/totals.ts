/** The five verdicts and their sum. */
import type { VerdictCounts } from '../../replay/result.ts';
import type { VerdictTotals } from './flow-document.ts';

/** Counts in the order of VERDICTS, with their names. */
export function totalsOf(counts: VerdictCounts | readonly number[]): VerdictTotals {
  const [allow = 0, deny = 0, undetermined = 0, unspecified = 0, skip = 0] = counts;
  const total = allow + deny + undetermined + unspecified + skip;
  return { total, allow, deny, undetermined, unspecified, skip };
}
