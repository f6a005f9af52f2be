/** A replay inside of another command: by the options that say what of the traces is read, with its progress shown while it runs. */
import type { ReplayOptions as EngineOptions } from '../replay/options.ts';
import type { TraceSource } from '../trace/open.ts';
import type { OutputOptions, RangeOptions, TraceOptions } from './command-line/flags.ts';
import { listenForEnd } from './end-of-input.ts';
import { startReplayProgress } from './progress.ts';
import { readRange } from './range-options.ts';

type Running = Pick<EngineOptions, 'tunnels' | 'range' | 'endInput' | 'onProgress'>;

/** Runs `replaying` with what of the options the replay goes by. */
export async function watched<T>(
  sources: readonly TraceSource[],
  options: OutputOptions & TraceOptions & RangeOptions,
  replaying: (running: Running) => Promise<T>,
): Promise<T> {
  const { range } = readRange(options);
  const end = listenForEnd(sources);
  const progress = await startReplayProgress(sources, options, end);
  try {
    return await replaying({
      ...(options.outer === true ? { tunnels: 'closed' as const } : {}),
      ...(range === undefined ? {} : { range }),
      ...(end.signal === undefined ? {} : { endInput: end.signal }),
      onProgress: progress.show,
    });
  } finally {
    progress.stop();
    end.restore();
  }
}
