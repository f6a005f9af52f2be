/**
 * Replays traces through tables on worker threads: many batches, many threads, one answer. The main thread plans one
 * shared memory, starts the workers, feeds streams and shows progress; it touches no packet.
 */

import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { ConntrackSettings } from '../dataplane/conntrack.ts';
import { PICKUP_JUDGE, PICKUP_KERNEL, WORKERS_MAX } from '../dataplane/desk-layout.ts';
import { createMemory } from '../dataplane/memory.ts';
import type { NameIndex } from '../flow/flow-name.ts';
import { batchAt, type PacketBatch } from '../packet/batch.ts';
import type { Tables } from '../tables/tables.ts';
import type { TraceSource } from '../trace/open.ts';
import { LARGEST_RECORD } from '../trace/pcap.ts';
import {
  canShowCopies,
  hasReporters,
  type InterfaceOwners,
  namesPods,
  readerBytes,
  showsCopies,
  tellsVerdicts,
} from '../trace/reader.ts';
import type { RangeBounds } from '../trace/time-range.ts';
import * as C from './control.ts';
import { tablesBytes } from './epoch-plan.ts';
import { type Epoch, epochInputs, hooksOf, joinedInterfaces, requireEpochs } from './epochs.ts';
import { type FeedEnd, feedStreams } from './feed.ts';
import { buildJoins } from './joins.ts';
import { layOut } from './lay-out.ts';
import { mergeCounts } from './merge.ts';
import { type Plan, planMemory } from './plan.ts';
import type { ReplayResult } from './result.ts';
import { ringsFor } from './ring.ts';
import { nameShower, type ShowDeciders, showDeciders } from './shown-texts.ts';
import { type SoFar, soFar } from './so-far.ts';
import { TRACE_NEXT_SECONDS, TRACE_POSITION, traceNumbers } from './trace-numbers.ts';
import { namesOfCaptures, traceTallies } from './trace-tallies.ts';
import type { WorkerEnd, WorkerTask } from './worker.ts';

export interface Progress {
  readonly bytes: number;
  /** Of all traces on disk; 0 when one of them has no known length. */
  readonly totalBytes: number;
  readonly packets: number;
  /** Reads what was counted so far. */
  readonly soFar: () => SoFar;
}

export interface ReplayOptions {
  /**
   * Tables of the same cluster with its staged policies enforced: every connection is judged by them too, and the result
   * and the rows hold both verdicts.
   */
  readonly pendingTables?: Tables;
  /** Pods' interfaces: packets that were captured on one, and are not its pod's, are spoofed. Endpoint numbers are those of the tables. */
  readonly interfaces?: InterfaceOwners;
  /**
   * What records may call pods, network sets and nodes, by the numbers that the tables (both) were compiled with. Absent: records
   * without addresses are malformed.
   */
  readonly names?: NameIndex;
  /**
   * Called before rows are shown that hold names not seen before, and at the end: their texts. In the rows stand words that hang
   * on the texts alone (packet/name-words.ts).
   */
  readonly onNames?: (texts: readonly string[]) => void;
  /** Worker threads, 1 to 64; the machine's parallelism when absent. */
  readonly workers?: number;
  /** What a connection without its beginning is: oriented by its ports, or as Linux does. `judge` when absent. */
  readonly pickup?: 'judge' | 'kernel';
  /** What of connection tracking is not as the kernel has it by default. */
  readonly conntrack?: ConntrackSettings;
  /** `closed`: packets in tunnels between nodes are judged as the tunnel's; `open` when absent. */
  readonly tunnels?: 'open' | 'closed';
  /**
   * `skip`: a packet of a capture that is seen again is skipped as a copy of the first one; `judge`: it is judged again; `auto`, as when
   * absent: it is looked for and skipped where several captures, or one of several interfaces, may show it twice.
   */
  readonly duplicates?: 'auto' | 'skip' | 'judge';
  /** Connections kept at the same time; 1,048,576 when absent. */
  readonly connections?: number;
  /** Distinct flows kept of the refused and of the admitted ones, each; 262,144 when absent. */
  readonly flows?: number;
  /** Flows that the result lists of each of the two groups, the heaviest; 10,000 when absent. */
  readonly flowsListed?: number;
  /** Rows of a round; the result does not depend on it. */
  readonly rowsPerRound?: number;
  /** Bytes read at a time; the result does not depend on it. */
  readonly chunkBytes?: number;
  /**
   * Called before the first round with what tells who decided by the trace's word, in words, by the number in OBSERVED_BY. Not called
   * where no trace can say it.
   */
  readonly onDeciders?: ShowDeciders;
  /**
   * Called with each round in trace order: `count` rows of `batch`, all columns filled. The batch is overwritten after the
   * call, or after its promise.
   */
  readonly onRound?: (batch: PacketBatch, count: number) => void | Promise<void>;
  /** Called a few times a second, and at the end. */
  readonly onProgress?: (progress: Progress) => void;
  /** Records of other times are rows for nobody; in rounds they have SKIP_OUTSIDE. */
  readonly range?: RangeBounds;
  /** Ends the input from live pipes: the result is that of what was read. */
  readonly endInput?: AbortSignal;
  /** Stops the replay; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A worker failed: the replay has no result. `cause` says why. Caught by `main.ts`. */
export class WorkerFailed extends Error {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`a replay worker failed: ${reason}`, { cause });
    this.name = 'WorkerFailed';
  }
}

const WORKER_FILE = fileURLToPath(new URL('../../dist/replay/worker.js', import.meta.url));
const PROGRESS_MILLISECONDS = 100;
const CHUNK_BYTES = 1 << 18;
/** The largest record of a capture with its header, and the longest line of a flow list. */
const RECORD_BYTES_MAX = LARGEST_RECORD + 64;
/** Pieces of the largest records that lie in a worker's slot: a trace that is merged with more others has a smaller share. */
const TRACES_AT_ONCE = 4;
const CONNECTIONS = 1 << 20;
const FLOWS = 1 << 18;
const FLOWS_LISTED = 10_000;
const ADDRESSES = 1 << 18;
/** One worker alone meets nobody: its rounds may stay in the cache. */
const ROWS_ALONE = 8192;
const ROWS_TOGETHER = 131_072;

function seeksCopies(sources: readonly TraceSource[], { duplicates }: ReplayOptions): boolean {
  if (duplicates === 'judge') return false;
  return duplicates === 'skip' ? canShowCopies(sources) : showsCopies(sources);
}

function planFor(
  sources: readonly TraceSource[],
  epochs: readonly Epoch[],
  interfaces: InterfaceOwners | undefined,
  joins: Uint8Array | undefined,
  options: ReplayOptions,
): Plan {
  const workers = Math.min(WORKERS_MAX, Math.max(1, options.workers ?? availableParallelism()));
  return planMemory({
    workers,
    epochs: epochInputs(epochs, interfaces),
    timesMatter: epochs[0]!.from !== undefined,
    hooks: hooksOf(epochs),
    readers: sources.map(readerBytes),
    tracesAtOnce: Math.min(Math.max(1, sources.length), TRACES_AT_ONCE),
    rowsPerRound: options.rowsPerRound ?? (workers === 1 ? ROWS_ALONE : ROWS_TOGETHER),
    chunkBytes: options.chunkBytes ?? CHUNK_BYTES,
    recordBytesMax: RECORD_BYTES_MAX,
    connections: options.conntrack?.max ?? options.connections ?? CONNECTIONS,
    flows: options.flows ?? FLOWS,
    flowsListed: options.flowsListed ?? FLOWS_LISTED,
    addresses: ADDRESSES,
    ...ringsFor(sources),
    pickup: options.pickup === 'kernel' ? PICKUP_KERNEL : PICKUP_JUDGE,
    conntrack: options.conntrack ?? {},
    rowsWanted: options.onRound !== undefined,
    tunnels: options.tunnels ?? 'open',
    observedKnown: sources.some((source) => tellsVerdicts(source) === 'yes'),
    observedMaybe: sources.flatMap((source, trace) => (tellsVerdicts(source) === 'maybe' ? [trace] : [])),
    copiesSought: seeksCopies(sources, options),
    reportersKnown: sources.some(hasReporters),
    joinsBytes: joins?.byteLength ?? 0,
    clocksWatched: sources.map(({ format }) => format === 'pcap' || format === 'pcapng'),
    ...(options.range === undefined ? {} : { range: options.range }),
    interfacesKnown: interfaces !== undefined && sources.some(({ format }) => format === 'pcapng'),
    namesKnown: options.names !== undefined && sources.some(namesPods),
  });
}

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
  readonly memory: WebAssembly.Memory;
  readonly control: C.Control;
  readonly sources: readonly TraceSource[];
  readonly options: ReplayOptions;
  readonly interfaces: InterfaceOwners | undefined;
  /** Stops everybody; the first failure is the one that is thrown. */
  readonly fail: (error: unknown) => void;
}

/** One long task a worker thread. */
function startWorkers(
  { plan, memory, control, sources, options, interfaces, fail }: Run,
  pool: Piscina,
): Promise<WorkerEnd>[] {
  const round = batchAt(memory.buffer, plan.round);
  const showNames = nameShower(memory.buffer, plan.nameTexts, options.onNames);
  return plan.desks.map((_, worker) => {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', async (rows: number) => {
      try {
        showNames();
        await options.onRound?.(round, rows);
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
    const ended = pool.run(task, { name: 'replayShare', transferList: [port2] }) as Promise<WorkerEnd>;
    return ended
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
  const pool = new Piscina({ filename: WORKER_FILE, minThreads: workers, maxThreads: workers });
  const run: Run = { plan, memory, control, sources, options, interfaces, fail };
  const unwatch = watch(run);
  try {
    const [ends, feeds] = await Promise.all([Promise.all(startWorkers(run, pool)), feed(run)]);
    if (failure !== undefined) throw failure.error;
    nameShower(memory.buffer, plan.nameTexts, options.onNames)();
    const counted = mergeCounts(plan, memory.buffer);
    const traces = traceTallies(plan, memory.buffer, sources, ends, feeds);
    const wallSeconds = (performance.now() - started) / 1000;
    const captureNames = namesOfCaptures(plan, memory.buffer, sources);
    return { ...counted, traces, captureNames, timing: { wallSeconds, workers } };
  } finally {
    unwatch();
    await pool.destroy();
  }
}
