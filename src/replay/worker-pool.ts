/**
 * The threads of replays, started ahead of their tasks: a thread takes longer to come up than most manifests to load, so whoever
 * knows that a replay will follow starts them first. Each loads its modules and compiles the kernels while it waits.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { WORKERS_MAX } from '../dataplane/desk-layout.ts';
import type { WorkerEnd, WorkerTask } from './worker.ts';

/** Threads that take one task each of a replay at a time. */
export interface WorkerPool {
  readonly workers: number;
  /** Hands a task to a free thread. Rejects with what the thread threw. */
  run(task: WorkerTask, transfer: readonly MessagePort[]): Promise<WorkerEnd>;
  /** Ends the threads, busy or not; at once, though it takes them a while. */
  end(): Promise<void>;
}

const WORKER_FILE = fileURLToPath(new URL('../../dist/replay/worker.js', import.meta.url));

/** How many threads a replay has that asks for `asked`; the machine's parallelism when absent. */
export function workersFor(asked = availableParallelism()): number {
  return Math.min(WORKERS_MAX, Math.max(1, asked));
}

/** Starts threads. Returns at once: they come up while others work. */
export function startWorkers(asked?: number): WorkerPool {
  const count = workersFor(asked);
  const pool = new Piscina({
    filename: WORKER_FILE,
    name: 'replayShare',
    minThreads: count,
    maxThreads: count,
  });
  let ended: Promise<void> | undefined;
  return {
    workers: count,
    run: (task, transfer) => pool.run(task, { transferList: [...transfer] }) as Promise<WorkerEnd>,
    end() {
      ended ??= pool.destroy();
      return ended;
    },
  };
}
