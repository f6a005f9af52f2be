/**
 * What a running replay has come to so far, for whoever watches a live pipe: read from the workers' own counters while they
 * count, so the parts may be of slightly different moments.
 */
import * as D from '../dataplane/desk-layout.ts';
import { VERDICT_COUNT, VERDICT_DENY } from '../tables/verdict-layout.ts';
import type { Plan } from './plan.ts';
import type { VerdictCounts } from './result.ts';

export interface SoFar {
  readonly packets: VerdictCounts;
  /** Connections and flow records that were denied. */
  readonly deniedFlows: number;
  /** Time of the latest record, in seconds since 1970; undefined before the first. */
  readonly latest: number | undefined;
}

/** Reads the counters. */
export function soFar(plan: Plan, memory: SharedArrayBuffer): SoFar {
  const packets: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  let deniedFlows = 0;
  let latest = 0n;
  for (const { totals, seen } of plan.desks) {
    const counts = new Float64Array(memory, totals, D.TOTALS_COUNT);
    for (let pair = 0; pair < VERDICT_COUNT * D.TOTAL_REASONS; pair++) {
      const verdict = Math.floor(pair / D.TOTAL_REASONS);
      packets[verdict]! += counts[pair * D.TOTAL_WORDS + D.TOTAL_PACKETS]!;
      if (verdict === VERDICT_DENY) deniedFlows += counts[pair * D.TOTAL_WORDS + D.TOTAL_FLOWS]!;
    }
    const view = new DataView(memory, seen);
    for (let trace = 0; trace < plan.input.readers.length; trace++) {
      const time = view.getBigUint64(trace * D.SEEN_ROW_BYTES + D.SEEN_LATEST, true);
      if (time > latest) latest = time;
    }
  }
  return { packets, deniedFlows, latest: latest === 0n ? undefined : Number(latest >> 32n) };
}
