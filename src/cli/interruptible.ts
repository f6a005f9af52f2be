/**
 * Work that blocks the thread, such as a read from a pipe that has nothing yet. No handler can run meanwhile, so signals
 * end the process themselves, as they do to a program that handles none.
 */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Does the work without this program's handlers of signals, and puts them back. */
export function interruptible<T>(work: () => T): T {
  const kept = SIGNALS.map((signal) => ({ signal, listeners: process.listeners(signal) }));
  for (const { signal } of kept) process.removeAllListeners(signal);
  try {
    return work();
  } finally {
    for (const { signal, listeners } of kept)
      for (const listener of listeners) process.once(signal, listener as NodeJS.SignalsListener);
  }
}
