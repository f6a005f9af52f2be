/** Verdicts as time went by: bars that stand on each other, a cursor that mouse and arrow keys move, and its numbers in words. */
import { scaleLinear, scaleUtc } from 'd3-scale';
import { useMemo, useState } from 'preact/hooks';
import { formatBytes, formatCount, formatSeconds } from '../../output/quantity.ts';
import type { PageReplayDocument } from '../page-document.ts';
import { timedIntervals } from '../timed-intervals.ts';
import { useElementWidth } from './element-width.ts';

type Timeline = PageReplayDocument['timeline'];

const HEIGHT = 190;
const LEFT = 58;
const BOTTOM = 24;
const TOP = 8;
/** From the ground up: what was denied stands where the eye compares best. */
const STACK = ['deny', 'undetermined', 'unspecified', 'allow', 'skip'] as const;
/** Bars at most; narrower ones could not be seen apart. */
const BARS = 128;

interface Bar {
  readonly start: number;
  readonly packets: Record<(typeof STACK)[number] | 'total', number>;
  readonly bytes: number;
}

/** Neighbours put together until there are few enough; gaps stay gaps. */
function barsOf(timeline: Timeline): {
  width: number;
  bars: Bar[];
  first: number;
  last: number;
} {
  const { seconds } = timeline;
  const intervals = timedIntervals(timeline);
  const first = intervals[0]!.start;
  const last = intervals.at(-1)!.start + seconds;
  let width = seconds;
  while ((last - first) / width > BARS) width *= 2;
  const bars = new Map<number, Bar>();
  for (const { start, packets, bytes } of intervals) {
    const begin = Math.floor((start - first) / width) * width + first;
    const before = bars.get(begin);
    const sum = (key: (typeof STACK)[number] | 'total'): number => (before?.packets[key] ?? 0) + packets[key];
    bars.set(begin, {
      start: begin,
      packets: {
        deny: sum('deny'),
        undetermined: sum('undetermined'),
        unspecified: sum('unspecified'),
        allow: sum('allow'),
        skip: sum('skip'),
        total: sum('total'),
      },
      bytes: (before?.bytes ?? 0) + bytes.total,
    });
  }
  return { width, bars: [...bars.values()], first, last };
}

/** Date and time, as far as the span needs them. */
function timeText(at: number, span: number): string {
  const iso = new Date(at * 1000).toISOString();
  return span >= 86_400 ? iso.slice(0, 16).replace('T', ' ') : iso.slice(11, 19);
}

function barText(bar: Bar, width: number, span: number): string {
  const parts = STACK.filter((verdict) => bar.packets[verdict] > 0).map(
    (verdict) => `${verdict} ${formatCount(bar.packets[verdict])}`,
  );
  return `${timeText(bar.start, span)} to ${timeText(bar.start + width, span)} UTC: ${parts.join(', ')}; ${formatBytes(bar.bytes)}`;
}

function BarShape({
  bar,
  x,
  width,
  y,
}: {
  bar: Bar;
  x: number;
  width: number;
  y: (count: number) => number;
}) {
  let below = 0;
  return (
    <g>
      {STACK.filter((verdict) => bar.packets[verdict] > 0).map((verdict) => {
        const [bottom, top] = [y(below), y(below + bar.packets[verdict])];
        below += bar.packets[verdict];
        return (
          <rect
            key={verdict}
            class={`fill ${verdict}`}
            x={x}
            width={width}
            y={top}
            height={Math.max(1, bottom - top)}
          />
        );
      })}
    </g>
  );
}

/** Hatched over what was denied, so that it is seen without colours too. */
function Hatch() {
  return (
    <defs>
      <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch-ground" width="5" height="5" />
        <rect class="hatch-line" width="1.6" height="5" />
      </pattern>
    </defs>
  );
}

interface AxesProps {
  readonly at: (seconds: number) => number;
  readonly y: ReturnType<typeof scaleLinear<number>>;
  readonly first: number;
  readonly last: number;
  readonly width: number;
}

/** Pixels of a character of a time, and between two times. */
const CHARACTER = 6.6;
const GAP = 14;

/** Round times, as many as stand side by side without touching each other or the edge. */
function tickTimes({ at, first, last, width }: Omit<AxesProps, 'y'>): number[] {
  const needed = timeText(first, last - first).length * CHARACTER + GAP;
  const count = Math.max(2, Math.floor((width - LEFT) / needed));
  const times = scaleUtc()
    .domain([first * 1000, last * 1000])
    .ticks(count)
    .map((tick) => tick.getTime() / 1000);
  const apart = times.length > 1 ? at(times[1]!) - at(times[0]!) : needed;
  const every = Math.max(1, Math.ceil(needed / apart));
  return times.filter((time, index) => index % every === 0 && at(time) + (needed - GAP) / 2 <= width);
}

function Axes({ at, y, first, last, width }: AxesProps) {
  return (
    <g class="axes">
      {y.ticks(4).map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={width} y1={y(tick)} y2={y(tick)} />
          <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
            {Number.isInteger(tick) ? formatCount(tick) : ''}
          </text>
        </g>
      ))}
      {tickTimes({ at, first, last, width }).map((time) => (
        <text key={time} class="tick" x={at(time)} y={HEIGHT - 6} text-anchor="middle">
          {timeText(time, last - first)}
        </text>
      ))}
    </g>
  );
}

interface TimelineProps {
  readonly timeline: Timeline;
  /** False where the records tell no times, and all stand at its beginning. */
  readonly hasTimes: boolean;
}

export function TimelineSection({ timeline, hasTimes }: TimelineProps) {
  const drawn = useMemo(
    () => (timeline.intervals.length === 0 || !hasTimes ? undefined : barsOf(timeline)),
    [timeline, hasTimes],
  );
  const [cursor, setCursor] = useState<number | undefined>(undefined);
  const plot = useElementWidth<HTMLDivElement>(1_000);
  if (drawn === undefined) return <p class="empty">The records have no times.</p>;
  const { width, bars, first, last } = drawn;
  const span = last - first;
  const inner = Math.max(100, plot.width - LEFT);
  const at = (time: number): number => LEFT + ((time - first) / span) * inner;
  const y = scaleLinear()
    .domain([0, Math.max(...bars.map(({ packets }) => packets.total))])
    .range([HEIGHT - BOTTOM, TOP])
    .nice(4);
  const bar = cursor === undefined ? undefined : bars[cursor];
  const move = (step: number): void =>
    setCursor((before) =>
      Math.max(0, Math.min(bars.length - 1, (before ?? (step > 0 ? -1 : bars.length)) + step)),
    );
  const nearest = (event: MouseEvent): void => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    const time = first + (event.clientX - box.left - LEFT) * (span / inner);
    const index = bars.findIndex(({ start }) => time < start + width);
    setCursor(index < 0 ? bars.length - 1 : index);
  };
  return (
    <figure class="timeline">
      {/* A picture that keys explore is a slider to readers of screens: a value along a line. */}
      <div
        class="plot"
        ref={plot.ref}
        tabIndex={0}
        role="slider"
        aria-label="Verdicts over time; arrow keys move along"
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={cursor ?? 0}
        aria-valuetext={bar === undefined ? 'nothing chosen' : barText(bar, width, span)}
        onKeyDown={(event) => {
          const steps: Readonly<Record<string, number>> = {
            ArrowRight: 1,
            ArrowLeft: -1,
            ArrowUp: 1,
            ArrowDown: -1,
            PageUp: 10,
            PageDown: -10,
            Home: -bars.length,
            End: bars.length,
          };
          const step = steps[event.key];
          if (step === undefined) return;
          event.preventDefault();
          move(step);
        }}
      >
        <svg
          width={plot.width}
          height={HEIGHT}
          aria-hidden="true"
          onMouseMove={nearest}
          onMouseLeave={() => setCursor(undefined)}
        >
          <Hatch />
          <Axes at={at} y={y} first={first} last={last} width={plot.width} />
          {bars.map((one) => (
            <BarShape
              key={one.start}
              bar={one}
              x={at(one.start)}
              width={Math.max(1, (width / span) * inner - 1)}
              y={y}
            />
          ))}
          {bar !== undefined && (
            <rect
              class="cursor"
              x={at(bar.start)}
              width={Math.max(2, (width / span) * inner - 1)}
              y={TOP}
              height={HEIGHT - BOTTOM - TOP}
            />
          )}
        </svg>
      </div>
      <figcaption>
        <ul class="legend" aria-hidden="true">
          {STACK.filter((verdict) => bars.some(({ packets }) => packets[verdict] > 0)).map((verdict) => (
            <li key={verdict}>
              <span class={`swatch fill ${verdict}`} /> {verdict}
            </li>
          ))}
        </ul>
        <span class="readout">
          {bar === undefined
            ? `packets; a bar is ${formatSeconds(width)}, times are UTC, ${formatDay(first, last)}`
            : barText(bar, width, span)}
        </span>
      </figcaption>
    </figure>
  );
}

function formatDay(first: number, last: number): string {
  const [from, to] = [first, last].map((time) => new Date(time * 1000).toISOString().slice(0, 10));
  return from === to ? from! : `${from} to ${to}`;
}
