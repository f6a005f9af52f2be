/** The workers' timelines as one: equally wide intervals, as narrow as fit. Depends on nothing but the rows' times. */
import * as T from '../dataplane/timeline-layout.ts';
import { VERDICT_COUNT } from '../tables/verdict-layout.ts';
import type { Plan } from './plan.ts';
import type { TimelineResult } from './result.ts';

type Counts = [number, number, number, number, number];

interface Sums {
  readonly packets: Counts;
  readonly bytes: Counts;
}

const noSums = (): Sums => ({ packets: [0, 0, 0, 0, 0], bytes: [0, 0, 0, 0, 0] });

function add(to: Map<number, Sums>, number: number, { packets, bytes }: Sums): void {
  const sums = to.get(number) ?? noSums();
  to.set(number, sums);
  for (let verdict = 0; verdict < VERDICT_COUNT; verdict++) {
    sums.packets[verdict]! += packets[verdict]!;
    sums.bytes[verdict]! += bytes[verdict]!;
  }
}

/** Calls `visit` with every interval of one worker. */
function visitIntervals(view: DataView, timeline: number, visit: (number: number, sums: Sums) => void): void {
  const table = view.getUint32(timeline + T.TIMELINE_TABLE, true);
  for (let index = 0; index < T.TIMELINE_SLOTS; index++) {
    const slot = table + index * T.INTERVAL_ROW_BYTES;
    if (view.getUint32(slot + T.INTERVAL_USED, true) === 0) continue;
    const countAt = (at: number): number => view.getFloat64(slot + at, true);
    const column = (at: number): Counts => [
      countAt(at),
      countAt(at + 8),
      countAt(at + 16),
      countAt(at + 24),
      countAt(at + 32),
    ];
    const sums = { packets: column(T.INTERVAL_PACKETS), bytes: column(T.INTERVAL_BYTES) };
    visit(view.getUint32(slot + T.INTERVAL_NUMBER, true), sums);
  }
}

/** The timeline of a finished replay. */
export function mergeTimelines(plan: Plan, memory: SharedArrayBuffer): TimelineResult {
  const view = new DataView(memory);
  const shifts = plan.desks.map(({ timeline }) => view.getUint32(timeline + T.TIMELINE_SHIFT, true));
  let shift = Math.max(...shifts);
  let intervals = new Map<number, Sums>();
  plan.desks.forEach(({ timeline }, worker) => {
    visitIntervals(view, timeline, (number, sums) =>
      add(intervals, number >>> (shift - shifts[worker]!), sums),
    );
  });
  for (; intervals.size > T.TIMELINE_INTERVALS; shift++) {
    const wider = new Map<number, Sums>();
    for (const [number, sums] of intervals) add(wider, number >>> 1, sums);
    intervals = wider;
  }
  const seconds = 2 ** shift;
  return {
    seconds,
    intervals: [...intervals]
      .sort(([a], [b]) => a - b)
      .map(([number, sums]) => ({ start: number * seconds, ...sums })),
  };
}
