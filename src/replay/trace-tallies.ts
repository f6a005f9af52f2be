/** What is said of each trace: how much it held, from when to when, and what was wrong with it. */
import * as D from '../dataplane/desk-layout.ts';
import { lostEvents } from '../trace/flow-log/flow-notes.ts';
import type { TraceSource } from '../trace/open.ts';
import { captureInterfaces } from '../trace/pcapng.ts';
import type { FeedEnd } from './feed.ts';
import { type Plan, TRACE_RECORDS, traceNumbers } from './plan.ts';
import type { TraceTally } from './result.ts';
import type { WorkerEnd } from './worker.ts';

/** Times are `seconds << 32 | nanoseconds`, undefined without records. */
interface Span {
  earliest: bigint | undefined;
  latest: bigint | undefined;
}

/** What all workers together have seen of a trace. */
interface Seen extends Span {
  packets: number;
  bytes: number;
  outside: Span & { records: number };
}

function widen(span: Span, view: DataView, earliestAt: number, latestAt: number): void {
  const earliest = view.getBigUint64(earliestAt, true);
  const latest = view.getBigUint64(latestAt, true);
  if (latest === 0n) return;
  if (span.earliest === undefined || earliest < span.earliest) span.earliest = earliest;
  if (span.latest === undefined || latest > span.latest) span.latest = latest;
}

function seenOf(plan: Plan, view: DataView, trace: number): Seen {
  const nothing = { earliest: undefined, latest: undefined };
  const total: Seen = { packets: 0, bytes: 0, ...nothing, outside: { records: 0, ...nothing } };
  for (const { seen } of plan.desks) {
    const row = seen + trace * D.SEEN_ROW_BYTES;
    total.packets += view.getFloat64(row + D.SEEN_PACKETS, true);
    total.bytes += view.getFloat64(row + D.SEEN_BYTES, true);
    widen(total, view, row + D.SEEN_EARLIEST, row + D.SEEN_LATEST);
    total.outside.records += view.getFloat64(row + D.SEEN_OUTSIDE, true);
    widen(total.outside, view, row + D.SEEN_OUTSIDE_EARLIEST, row + D.SEEN_OUTSIDE_LATEST);
  }
  return total;
}

/** Seconds with nine decimals. */
function formatTime(time: bigint | undefined): string {
  if (time === undefined) return '';
  return `${time >> 32n}.${String(time & 0xffff_ffffn).padStart(9, '0')}`;
}

/** Traces that were read one after the other although their times overlap: a connection in both is seen out of order. */
function overlapOf(sources: readonly TraceSource[], seen: readonly Seen[], trace: number): string[] {
  const { earliest } = seen[trace]!;
  const before = seen.findIndex(
    ({ latest }, other) =>
      other < trace && earliest !== undefined && latest !== undefined && earliest < latest,
  );
  if (before < 0) return [];
  return [
    `its times overlap those of ${sources[before]!.path}, which was read before it: only uncompressed pcap files side by side are merged by time`,
  ];
}

/** What the interfaces of a capture, or a flow log's own lines, say was lost; other formats do not tell. */
function lostOf(
  plan: Plan,
  memory: SharedArrayBuffer,
  sources: readonly TraceSource[],
  trace: number,
): number {
  const { format, flowList } = sources[trace]!;
  if (flowList !== undefined) return lostEvents(memory, plan.readerStates[trace]!);
  if (format !== 'pcapng') return 0;
  const interfaces = captureInterfaces(memory, plan.readerStates[trace]!);
  return interfaces.reduce((total, { lost }) => total + lost, 0);
}

/** The tallies of all traces, in operand order. `merged`: places of traces whose records were merged with those before. */
export function traceTallies(
  plan: Plan,
  memory: SharedArrayBuffer,
  sources: readonly TraceSource[],
  ends: readonly WorkerEnd[],
  feeds: readonly FeedEnd[],
): TraceTally[] {
  const view = new DataView(memory);
  const warned = ends.flatMap(({ warnings }) => warnings);
  const merged = new Set(ends.flatMap((end) => end.merged));
  const seen = sources.map((_, trace) => seenOf(plan, view, trace));
  return sources.map(({ path, format, warnings }, trace) => {
    const ofFeed = feeds.flatMap((end) => (end.trace === trace ? end.warnings : []));
    // Which worker met what first is chance.
    const ofReaders = warned.filter((warning) => warning.trace === trace).map(({ text }) => text);
    ofReaders.sort();
    const ofTimes = merged.has(trace) ? [] : overlapOf(sources, seen, trace);
    const { packets, bytes, earliest, latest, outside } = seen[trace]!;
    return {
      path,
      format,
      records: traceNumbers(plan, memory, trace)[TRACE_RECORDS]!,
      outside: outside.records,
      outsideFirstTime: formatTime(outside.earliest),
      outsideLastTime: formatTime(outside.latest),
      packets,
      bytes,
      lost: lostOf(plan, memory, sources, trace),
      firstTime: formatTime(earliest),
      lastTime: formatTime(latest),
      warnings: [...new Set([...warnings, ...ofFeed, ...ofReaders, ...ofTimes])],
    };
  });
}
