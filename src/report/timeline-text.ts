/** When packets were denied: one line of bars, from the timeline of a replay. */
import type { ReplayDocument, Timeline } from '../analysis/replay/replay-document.ts';
import { formatCount, formatSeconds } from '../output/quantity.ts';
import { heading, type Style } from './style.ts';
import { timedIntervals } from './timed-intervals.ts';

const BLOCKS = ' ▁▂▃▄▅▆▇█';
/** Where a terminal may not show those. */
const LETTERS = ' .:-=+*%#';
const COLUMNS_MOST = 60;
/** Records this far from all others are strays of a wrong clock: what they would add is mostly emptiness. */
const STRAY_SHARE = 0.1;

type Interval = Timeline['intervals'][number];

const packetsIn = (intervals: readonly Interval[]): number =>
  intervals.reduce((sum, { packets }) => sum + packets.total, 0);

/** The intervals without few ones that lie farther from the rest than the rest is long. */
function withoutStrays(intervals: readonly Interval[], seconds: number): readonly Interval[] {
  const all = packetsIn(intervals);
  let rest = intervals;
  for (;;) {
    const length = rest.at(-1)!.start - rest[0]!.start + seconds;
    const cut = rest.findIndex(
      ({ start }, index) => index > 0 && start - rest[index - 1]!.start > length / 2,
    );
    if (cut < 0) return rest;
    const [before, after] = [rest.slice(0, cut), rest.slice(cut)];
    const [few, many] = packetsIn(before) < packetsIn(after) ? [before, after] : [after, before];
    if (packetsIn(few) > all * STRAY_SHARE) return rest;
    rest = many;
  }
}

/** Date and time, as far as both ends of a span need it. */
function timeText(at: number, span: number): string {
  const iso = new Date(at * 1000).toISOString();
  return span >= 86_400 ? iso.slice(0, 16).replace('T', ' ') : iso.slice(11, 19);
}

/** The section; empty where nothing was denied, or all in one interval. */
export function deniedOverTime(
  { timeline, packets }: ReplayDocument,
  { palette, columns, ascii }: Style,
): string[] {
  if (packets.deny === 0 || timeline.intervals.length < 2) return [];
  const { seconds } = timeline;
  const timed = timedIntervals(timeline);
  const intervals = withoutStrays(timed, seconds);
  const first = intervals[0]!.start;
  const span = intervals.at(-1)!.start - first + seconds;
  const width = Math.ceil(span / seconds / Math.min(COLUMNS_MOST, columns - 30)) * seconds;
  const bars = new Array<number>(Math.ceil(span / width)).fill(0);
  for (const interval of intervals)
    bars[Math.floor((interval.start - first) / width)]! += interval.packets.deny;
  const most = Math.max(...bars);
  if (bars.length < 2 || most === 0) return [];
  const levels = ascii === true ? LETTERS : BLOCKS;
  const line = bars.map((count) => levels[Math.ceil((count / most) * (levels.length - 1))]).join('');
  const peak = `most ${formatCount(most)} at ${timeText(first + bars.indexOf(most) * width, span)}`;
  const timeless = timed === timeline.intervals ? 0 : timeline.intervals[0]!.packets.deny;
  const elsewhere = packets.deny - timeless - bars.reduce((sum, count) => sum + count, 0);
  const from = timeText(first, span);
  const to = timeText(first + span, span);
  const strays = [
    ...(elsewhere > 0 ? [`, ${formatCount(elsewhere)} at times far from these`] : []),
    ...(timeless > 0 ? [`, ${formatCount(timeless)} without a time`] : []),
  ].join('');
  return [
    `${heading(palette, 'Denied over time')}${palette.dim(`, in packets (${from} to ${to} UTC, ${width < 120 ? `${width} s` : formatSeconds(width)} a column${strays})`)}`,
    `  ${palette.red(line)}  ${palette.dim(peak)}`,
    '',
  ];
}
