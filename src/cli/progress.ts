/** Progress on a terminal: one line on stderr that goes away. Elsewhere, and when quiet, nothing. */
import { formatBytes, formatCount, formatSeconds } from '../output/quantity.ts';
import type { Progress as ReplayProgress } from '../replay/options.ts';
import type { TraceSource } from '../trace/open.ts';
import type { OutputOptions } from './command-line/flags.ts';
import type { EndOfInput } from './end-of-input.ts';
import { wantsColor } from './sinks.ts';

/** What has been read so far; `totalBytes` is 0 when nobody knows. */
export interface ProgressState {
  readonly bytes: number;
  readonly totalBytes: number;
  readonly packets: number;
}

export interface Progress {
  readonly show: (state: ProgressState) => void;
  readonly stop: () => void;
}

/** A run that is over sooner shows nothing. */
const PATIENCE_MILLISECONDS = 300;

const SILENT: Progress = { show: () => {}, stop: () => {} };

/** What a replay shows: of a live pipe what it came to so far, else how far it is. */
export async function startReplayProgress(
  sources: readonly Pick<TraceSource, 'pipe'>[],
  { quiet, color }: OutputOptions,
  { isAsked }: Pick<EndOfInput, 'isAsked'>,
): Promise<{ readonly show: (state: ReplayProgress) => void; readonly stop: () => void }> {
  const isLive = sources.some(({ pipe }) => pipe !== undefined);
  if (!isLive || quiet === true || process.stderr.isTTY !== true) return startProgress(quiet === true);
  const { startLiveSummary } = await import('./live-summary.ts');
  const summary = startLiveSummary(wantsColor(color, process.stderr));
  return {
    show: ({ bytes, soFar }) => summary.show({ bytes, soFar: soFar(), isEnding: isAsked() }),
    stop: summary.stop,
  };
}

/** A bar where the length is known, else a count. */
export async function startProgress(quiet: boolean): Promise<Progress> {
  if (quiet || process.stderr.isTTY !== true) return SILENT;
  const { SingleBar } = await import('cli-progress');
  const started = performance.now();
  const bar = new SingleBar({
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 10,
    format: (_options, { progress }, { read, packets, known, seconds }) => {
      const filled = Math.round(progress * 24);
      const line = known
        ? `${'━'.repeat(filled)}${'╌'.repeat(24 - filled)} ${Math.floor(progress * 100)}%  `
        : '';
      return `  ${line}${read}  ${packets} packets  ${seconds}`;
    },
  });
  const payload = ({ bytes, totalBytes, packets }: ProgressState) => ({
    read: totalBytes > 0 ? `${formatBytes(bytes)} of ${formatBytes(totalBytes)}` : formatBytes(bytes),
    packets: formatCount(packets),
    known: totalBytes > 0,
    seconds: formatSeconds((performance.now() - started) / 1000),
  });
  let shown = false;
  const stop = (): void => {
    if (shown) bar.stop();
    shown = false;
  };
  // An interrupted run must not leave the terminal without its cursor.
  process.once('exit', stop);
  return {
    show: (state) => {
      if (!shown && performance.now() - started < PATIENCE_MILLISECONDS) return;
      const total = Math.max(1, state.totalBytes);
      const done = Math.min(state.bytes, total);
      if (!shown) bar.start(total, done, payload(state));
      shown = true;
      bar.setTotal(total);
      bar.update(done, payload(state));
    },
    stop: () => {
      process.off('exit', stop);
      stop();
    },
  };
}
