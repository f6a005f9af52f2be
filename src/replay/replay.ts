/**
 * Replays traces through tables on worker threads: many batches, many threads, one answer. The main thread plans one
 * shared memory, starts the workers, feeds streams and shows progress; it touches no packet.
 */
import { performance } from 'node:perf_hooks';
import { MessageChannel } from 'node:worker_threads';
import { createMemory, type SharedMemory } from '../dataplane/memory.ts';
import { batchAt } from '../packet/batch.ts';
import type { Tables } from '../tables/tables.ts';
import type { TraceSource } from '../trace/open.ts';
import type { InterfaceOwners } from '../trace/reader.ts';
import * as C from './control.ts';
import { tablesBytes } from './epoch-plan.ts';
import { type Epoch, joinedInterfaces, requireEpochs } from './epochs.ts';
import { type FeedEnd, feedStreams } from './feed.ts';
import { buildJoins } from './joins.ts';
import { layOut } from './lay-out.ts';
import { mergeCounts } from './merge.ts';
import type { ReplayOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { planFor, seeksCopies } from './plan-for.ts';
import type { ReplayResult } from './result.ts';
import type { JudgedRound } from './rounds.ts';
import { nameShower, showDeciders } from './shown-texts.ts';
import { soFar } from './so-far.ts';
import { TRACE_NEXT_SECONDS, TRACE_POSITION, traceNumbers } from './trace-numbers.ts';
import { namesOfCaptures, traceTallies } from './trace-tallies.ts';
import type { WorkerEnd, WorkerTask } from './worker.ts';
import { startWorkers, type WorkerPool } from './worker-pool.ts';

/** A worker failed: the replay has no result. `cause` says why. Caught by `main.ts`. */
export class WorkerFailed extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`a replay worker failed: ${reason}`, { cause });
    this.name = 'WorkerFailed';
  }
}

const PROGRESS_MILLISECONDS = 100;

function onlyEpoch(tables: Tables, { pendingTables, interfaces }: ReplayOptions): Epoch {
  return {
    tables,
    ...(pendingTables === undefined ? {} : { pendingTables }),
    ...(interfaces === undefined ? {} : { interfaces }),
  };
}

/** The share of several epochs' tables, which grows with their number. */
function tablesNote({ input }: Plan): string {
  if (input.epochs.length === 1) return '';
  return `${Math.ceil(tablesBytes(input.epochs) / 1_048_576)} MiB of them for the tables of ${input.epochs.length} snapshots`;
}

/** Everything of one replay that runs on the main thread. */
interface Run {
  readonly plan: Plan;
  readonly memory: SharedMemory;
  readonly control: C.Control;
  readonly sources: readonly TraceSource[];
  readonly options: ReplayOptions;
  readonly interfaces: InterfaceOwners | undefined;
  /** Stops everybody; the first failure is the one that is thrown. */
  readonly fail: (error: unknown) => void;
}

/** One long task a worker thread. */
function runWorkers(
  { plan, memory, control, sources, options, interfaces, fail }: Run,
  pool: WorkerPool,
): Promise<WorkerEnd>[] {
  const rounds = plan.rounds.map(({ batch }) => batchAt(memory.buffer, batch));
  const showNames = nameShower(memory.buffer, plan.nameTexts, options.onNames);
  return plan.desks.map((_, worker) => {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', async ({ place, rows }: JudgedRound) => {
      try {
        showNames();
        await options.onRound?.(rounds[place]!, rows);
      } catch (error) {
        fail(error);
      }
      Atomics.add(control.words, C.RELEASED, 1);
      Atomics.notify(control.words, C.RELEASED);
    });
    const { names } = options;
    const task: WorkerTask = {
      worker,
      plan,
      memory,
      sources,
      port: port2,
      ...(interfaces === undefined ? {} : { interfaces }),
      ...(names === undefined || !plan.input.namesKnown ? {} : { names }),
    };
    return pool
      .run(task, [port2])
      .catch((error: unknown) => {
        fail(new WorkerFailed(error));
        return { complete: false, warnings: [] };
      })
      .finally(() => port1.close());
  });
}

function watch({ plan, memory, control, sources, options, fail }: Run): () => void {
  const { onProgress, signal } = options;
  const totalBytes = sources.some((source) => source.bytes === 0 || source.compression !== 'none')
    ? 0
    : sources.reduce((total, source) => total + source.bytes, 0);
  const tell = (): void => {
    const { numbers } = control;
    onProgress?.({
      bytes: numbers[C.BYTES_READ]!,
      totalBytes,
      packets: numbers[C.PACKETS_JUDGED]!,
      soFar: () => soFar(plan, memory.buffer),
    });
  };
  const timer = setInterval(tell, PROGRESS_MILLISECONDS);
  const onAbort = (): void => fail(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearInterval(timer);
    tell();
    signal?.removeEventListener('abort', onAbort);
  };
}

async function feed(run: Run): Promise<readonly FeedEnd[]> {
  const { plan, memory, control, sources, options, fail } = run;
  const fed = sources.flatMap((source, trace) => (source.streamed ? [{ trace, source }] : []));
  try {
    const place = { plan, memory: memory.buffer, control, endInput: options.endInput };
    return await feedStreams(place, fed);
  } catch (error) {
    if (!(error instanceof C.Stopped)) fail(error);
    return [];
  }
}

/**
 * Judges every packet of the traces. Rejects with WorkerFailed, with MemoryRefused, with what the file system says, with
 * what `onRound` threw, with the signal's reason, or with a TypeError when `tables` are none; never resolves with part of
 * an answer. Several epochs judge each packet as of its time; their pending tables and interfaces stand with each.
 */
export async function replay(
  sources: readonly TraceSource[],
  tables: Tables | readonly Epoch[],
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const started = performance.now();
  options.signal?.throwIfAborted();
  const epochs: readonly Epoch[] = 'bytes' in tables ? [onlyEpoch(tables, options)] : tables;
  requireEpochs(epochs);
  const interfaces = joinedInterfaces(epochs);
  const joins = seeksCopies(sources, options) ? buildJoins(epochs.map((epoch) => epoch.tables)) : undefined;
  const plan = planFor(sources, epochs, interfaces, joins, options);
  const memory = createMemory(plan.endBytes, plan.endBytes, tablesNote(plan));
  layOut(
    plan,
    memory.buffer,
    epochs.map((epoch) => ({
      ...epoch,
      tables: epoch.tables.bytes,
      pendingTables: epoch.pendingTables?.bytes,
    })),
    joins,
  );
  showDeciders(plan, memory.buffer, options.onDeciders);
  const control = C.controlAt(memory.buffer, plan.control);
  C.openRounds(control, plan.rounds.length);
  sources.forEach(({ start }, trace) => {
    const numbers = traceNumbers(plan, memory.buffer, trace);
    numbers[TRACE_POSITION] = start;
    numbers[TRACE_NEXT_SECONDS] = -1;
  });
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    C.stop(control);
  };
  const { workers } = plan.input;
  const pool = options.pool ?? startWorkers(workers);
  const run: Run = { plan, memory, control, sources, options, interfaces, fail };
  const unwatch = watch(run);
  try {
    const [ends, feeds] = await Promise.all([Promise.all(runWorkers(run, pool)), feed(run)]);
    if (failure !== undefined) throw failure.error;
    nameShower(memory.buffer, plan.nameTexts, options.onNames)();
    const counted = mergeCounts(plan, memory.buffer);
    const traces = traceTallies(plan, memory.buffer, sources, ends, feeds);
    const wallSeconds = (performance.now() - started) / 1000;
    const captureNames = namesOfCaptures(plan, memory.buffer, sources);
    return { ...counted, traces, captureNames, timing: { wallSeconds, workers } };
  } finally {
    unwatch();
    if (pool !== options.pool) await pool.end();
  }
}
