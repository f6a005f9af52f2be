/**
 * Ctrl-C on a live pipe. What writes into the pipe gets the same signal and closes it, so the first interrupt waits for that
 * end, and makes one itself when it does not come: the report of what was read follows. The second interrupt is an interrupt.
 */
import type { TraceSource } from '../trace/open.ts';

/** How long the writer may take to send what it still has. */
const GRACE_MILLISECONDS = 1000;

export interface EndOfInput {
  /** Ends the input of pipes; absent without one. */
  readonly signal?: AbortSignal;
  /** True once the end was asked for. */
  readonly isAsked: () => boolean;
  /** Interrupts are again what they were. */
  readonly restore: () => void;
}

/** Listens while pipes are read; without a pipe among the sources nothing changes. */
export function listenForEnd(sources: readonly TraceSource[]): EndOfInput {
  if (sources.every(({ pipe }) => pipe === undefined)) return { isAsked: () => false, restore: () => {} };
  const controller = new AbortController();
  const usual = process.listeners('SIGINT') as NodeJS.SignalsListener[];
  let grace: NodeJS.Timeout | undefined;
  const onInterrupt: NodeJS.SignalsListener = (signal) => {
    if (grace !== undefined) {
      for (const listener of usual) listener(signal);
      return;
    }
    grace = setTimeout(() => controller.abort(), GRACE_MILLISECONDS);
  };
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', onInterrupt);
  return {
    signal: controller.signal,
    isAsked: () => grace !== undefined,
    restore() {
      clearTimeout(grace);
      process.off('SIGINT', onInterrupt);
      for (const listener of usual) process.once('SIGINT', listener);
    },
  };
}
