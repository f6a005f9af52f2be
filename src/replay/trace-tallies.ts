/** What is said of each trace: how much it held, from when to when, and what was wrong with it. */
import { CLOCK_JUMPS, CLOCK_LARGEST, CLOCK_ROW_BYTES } from '../dataplane/clocks-layout.ts';
import * as D from '../dataplane/desk-layout.ts';
import { addressKey } from '../net/address.ts';
import { lostEvents } from '../trace/flow-log/flow-notes.ts';
import type { TraceSource } from '../trace/open.ts';
import { captureInterfaces, captureNames } from '../trace/pcapng.ts';
import type { FeedEnd } from './feed.ts';
import type { Plan } from './plan.ts';
import type { TraceTally } from './result.ts';
import { TRACE_IS_LATE, TRACE_RECORDS, traceNumbers } from './trace-numbers.ts';
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

/** Whether a part of a trace was read behind others that it overlaps: a connection in both is seen out of order. */
function latenessOf(plan: Plan, numbers: Float64Array): string[] {
  if (numbers[TRACE_IS_LATE] === 0) return [];
  const most = plan.input.ringCount;
  return [
    `more than ${most} traces that are compressed or piped overlap in time: this one was read behind others, and its packets are out of order with theirs`,
  ];
}

/** A clock that was set back: what expires around then is not what really did. */
function jumpsOf(plan: Plan, view: DataView, trace: number): string[] {
  if (plan.clocks === 0) return [];
  const clock = plan.clocks + trace * CLOCK_ROW_BYTES;
  const jumps = view.getUint32(clock + CLOCK_JUMPS, true);
  if (jumps === 0) return [];
  const largest = view.getUint32(clock + CLOCK_LARGEST, true);
  return [
    `its clock jumps back ${jumps === 1 ? 'once' : `${jumps} times`}, by ${largest} s${jumps === 1 ? '' : ' at most'}: when connections around there expired is uncertain`,
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

/** What captures call addresses, by their keys; of several names of an address the first. */
export function namesOfCaptures(
  plan: Plan,
  memory: SharedArrayBuffer,
  sources: readonly TraceSource[],
): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const [trace, { format }] of sources.entries()) {
    if (format !== 'pcapng') continue;
    for (const { address, name } of captureNames(memory, plan.readerStates[trace]!).names) {
      const key = addressKey(address);
      if (!known.has(key)) known.set(key, name);
    }
  }
  return known;
}

function namesOmitted(
  plan: Plan,
  memory: SharedArrayBuffer,
  { format }: TraceSource,
  trace: number,
): string[] {
  const { omitted } = format === 'pcapng' ? captureNames(memory, plan.readerStates[trace]!) : { omitted: 0 };
  return omitted === 0
    ? []
    : [`it names more addresses than there is room for: ${omitted} names are left out`];
}

/** The tallies of all traces, in operand order. */
export function traceTallies(
  plan: Plan,
  memory: SharedArrayBuffer,
  sources: readonly TraceSource[],
  ends: readonly WorkerEnd[],
  feeds: readonly FeedEnd[],
): TraceTally[] {
  const view = new DataView(memory);
  const warned = ends.flatMap(({ warnings }) => warnings);
  const seen = sources.map((_, trace) => seenOf(plan, view, trace));
  return sources.map(({ path, format, warnings }, trace) => {
    const ofFeed = feeds.flatMap((end) => (end.trace === trace ? end.warnings : []));
    // Which worker met what first is chance.
    const ofReaders = warned.filter((warning) => warning.trace === trace).map(({ text }) => text);
    ofReaders.sort();
    const numbers = traceNumbers(plan, memory, trace);
    const ofTimes = [...latenessOf(plan, numbers), ...jumpsOf(plan, view, trace)];
    const { packets, bytes, earliest, latest, outside } = seen[trace]!;
    return {
      path,
      format,
      records: numbers[TRACE_RECORDS]!,
      outside: outside.records,
      outsideFirstTime: formatTime(outside.earliest),
      outsideLastTime: formatTime(outside.latest),
      packets,
      bytes,
      lost: lostOf(plan, memory, sources, trace),
      firstTime: formatTime(earliest),
      lastTime: formatTime(latest),
      warnings: [
        ...new Set([
          ...warnings,
          ...ofFeed,
          ...ofReaders,
          ...ofTimes,
          ...namesOmitted(plan, memory, sources[trace]!, trace),
        ]),
      ],
    };
  });
}
