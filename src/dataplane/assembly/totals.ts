// Where the totals of a worker lie. Layout: TOTAL_ offsets of ../desk-layout.ts.

import { VERDICT_COUNT } from '../../tables/verdict-layout';
import { DESK_TOTALS, TOTAL_PENDING, TOTAL_REASONS, TOTAL_WORDS } from '../desk-layout';

/** The total of a pair of verdict and reason. */
export function totalOf(desk: usize, verdict: u32, reason: u32): usize {
  const pair = verdict * TOTAL_REASONS + reason;
  return <usize>load<u32>(desk, DESK_TOTALS) + ((pair * TOTAL_WORDS) << 3);
}

/** The total of a pair of verdict and pending verdict. */
export function pendingTotalOf(desk: usize, verdict: u32, pending: u32): usize {
  const pair = verdict * VERDICT_COUNT + pending;
  return <usize>load<u32>(desk, DESK_TOTALS) + ((TOTAL_PENDING + pair * TOTAL_WORDS) << 3);
}
