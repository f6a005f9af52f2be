/** What a live pipe has come to so far, in a few lines on stderr that are written anew and go away at the end. */
import { createPalette, type Palette } from '../output/palette.ts';
import { countOf, formatBytes, formatCount, formatSeconds } from '../output/quantity.ts';
import type { SoFar } from '../replay/so-far.ts';
import { verdictPaint } from '../report/style.ts';
import { VERDICTS } from '../tables/verdict.ts';

/** What there is to show. */
export interface LiveState {
  readonly bytes: number;
  readonly soFar: SoFar;
  /** Since the beginning. */
  readonly seconds: number;
  /** Packets a second, lately. */
  readonly rate: number;
  /** The input was told to end. */
  readonly isEnding: boolean;
}

const CURSOR_OFF = '\u001b[?25l';
const CURSOR_ON = '\u001b[?25h';

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);

/** Plain parts and painted ones, cut where the terminal ends. */
function fitted(
  parts: readonly (readonly [text: string, paint?: (text: string) => string])[],
  columns: number,
): string {
  let left = columns - 1;
  let line = '';
  for (const [text, paint = (same: string) => same] of parts) {
    const shown = text.slice(0, Math.max(0, left));
    left -= text.length;
    line += paint(shown);
  }
  return line;
}

/** The lines, at most `columns` wide, without line breaks. */
export function liveLines(state: LiveState, palette: Palette, columns: number): string[] {
  const { bytes, soFar, seconds, rate, isEnding } = state;
  const total = soFar.packets.reduce((sum, count) => sum + count, 0);
  if (total === 0) {
    const hint = '  (tcpdump -U writes each at once)';
    return [fitted([[`  waiting for packets, ${formatSeconds(seconds)}`], [hint, palette.dim]], columns)];
  }
  const latest = soFar.latest === undefined ? '' : `  latest ${clock(soFar.latest)} UTC`;
  const counts = VERDICTS.flatMap((verdict, index): [string, ((text: string) => string)?][] => {
    const count = soFar.packets[index]!;
    if (count === 0 && index > 1) return [];
    const paint = count === 0 ? palette.dim : verdictPaint(palette, verdict);
    return [['  '], [verdict, paint], [` ${formatCount(count)}`]];
  });
  const ending = isEnding
    ? '  ending; Ctrl-C once more stops without a report'
    : '  Ctrl-C ends the input and prints the report';
  return [
    fitted(
      [
        [`  ${countOf(total, 'packet')}`, palette.bold],
        [`  ${formatBytes(bytes)}  ${formatSeconds(seconds)}  ${formatCount(rate)} packets/s${latest}`],
      ],
      columns,
    ),
    fitted([...counts, [`  denied flows ${formatCount(soFar.deniedFlows)}`]], columns),
    fitted([[ending, palette.dim]], columns),
  ];
}

/** Where the lines stand. */
export interface Screen {
  show(lines: readonly string[]): void;
  /** Takes them away. */
  clear(): void;
}

/** Lines at the cursor of a terminal. */
export function createScreen(write: (text: string) => void): Screen {
  let shown = 0;
  const back = (): string => (shown === 0 ? '' : `\u001b[${shown}A\r\u001b[0J`);
  return {
    show(lines) {
      write(`${shown === 0 ? CURSOR_OFF : ''}${back()}${lines.join('\n')}\n`);
      shown = lines.length;
    },
    clear() {
      if (shown > 0) write(`${back()}${CURSOR_ON}`);
      shown = 0;
    },
  };
}

/** Where the terminal does not say how wide it is. */
const COLUMNS = 80;

/** How often lines are written anew, and over how long a rate is taken. */
const SHOW_MILLISECONDS = 250;
const RATE_MILLISECONDS = 2000;

/** Shows states as they come; `stop` takes the lines away. */
export interface LiveSummary {
  readonly show: (state: Pick<LiveState, 'bytes' | 'soFar' | 'isEnding'>) => void;
  readonly stop: () => void;
}

/** A summary on stderr, which is a terminal. */
export function startLiveSummary(color: boolean): LiveSummary {
  const palette = createPalette(color);
  const screen = createScreen((text) => process.stderr.write(text));
  const started = performance.now();
  const marks: { at: number; packets: number }[] = [];
  let shownAt = Number.NEGATIVE_INFINITY;
  const rateAt = (at: number, packets: number): number => {
    marks.push({ at, packets });
    while (marks.length > 2 && marks[0]!.at < at - RATE_MILLISECONDS) marks.shift();
    const { at: from, packets: before } = marks[0]!;
    return at === from ? 0 : ((packets - before) * 1000) / (at - from);
  };
  const stop = (): void => screen.clear();
  // An interrupted run must not leave the terminal without its cursor.
  process.once('exit', stop);
  return {
    show(state) {
      const now = performance.now();
      if (now - shownAt < SHOW_MILLISECONDS) return;
      shownAt = now;
      const rate = rateAt(
        now,
        state.soFar.packets.reduce((sum, count) => sum + count, 0),
      );
      const lines = liveLines(
        { ...state, seconds: (now - started) / 1000, rate },
        palette,
        process.stderr.columns || COLUMNS,
      );
      screen.show(lines);
    },
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}
