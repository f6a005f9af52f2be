/** What is said of each trace: how much it held, from when to when, and what was wrong with it. */
import type { TraceSource } from '../trace/open.ts';
import type { FeedEnd } from './feed.ts';
import { type Plan, TALLY_NUMBERS } from './plan.ts';
import type { TraceTally } from './result.ts';
import {
  TALLY_BYTES,
  TALLY_EARLIEST,
  TALLY_LATEST,
  TALLY_PACKETS,
  TALLY_RECORDS,
  TALLY_SEEN,
} from './rounds.ts';
import type { WorkerEnd } from './worker.ts';

/** Seconds with nine decimals. */
function formatTime(seconds: number, nanos: number): string {
  return `${seconds}.${String(nanos).padStart(9, '0')}`;
}

/** The tallies of all traces, in operand order. */
export function traceTallies(
  plan: Plan,
  memory: SharedArrayBuffer,
  sources: readonly TraceSource[],
  ends: readonly WorkerEnd[],
  feeds: readonly FeedEnd[],
): TraceTally[] {
  const warned = ends.flatMap(({ warnings }) => warnings);
  return sources.map(({ path, format }, trace) => {
    const tally = new Float64Array(memory, plan.traceTallies + trace * TALLY_NUMBERS * 8, TALLY_NUMBERS);
    const at = (index: number): number => tally[index]!;
    const time = (index: number): string =>
      at(TALLY_SEEN) === 0 ? '' : formatTime(at(index), at(index + 1));
    const ofFeed = feeds.flatMap((end) =>
      end.trace === trace && end.warning !== undefined ? [end.warning] : [],
    );
    const ofReaders = warned.filter((warning) => warning.trace === trace).map(({ text }) => text);
    return {
      path,
      format,
      records: at(TALLY_RECORDS),
      packets: at(TALLY_PACKETS),
      bytes: at(TALLY_BYTES),
      lost: 0,
      firstTime: time(TALLY_EARLIEST),
      lastTime: time(TALLY_LATEST),
      warnings: [...new Set([...ofFeed, ...ofReaders])],
    };
  });
}
