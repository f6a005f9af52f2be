/** From options, traces and epochs to the plan of a replay's memory. */
import { PICKUP_JUDGE, PICKUP_KERNEL } from '../dataplane/desk-layout.ts';
import type { TraceSource } from '../trace/open.ts';
import { LARGEST_RECORD } from '../trace/pcap.ts';
import {
  canShowCopies,
  hasReporters,
  type InterfaceOwners,
  namesPods,
  readerBytes,
  scannersOf,
  showsCopies,
  tellsVerdicts,
} from '../trace/reader.ts';
import { type Epoch, epochInputs, hooksOf } from './epochs.ts';
import type { ReplayOptions } from './options.ts';
import { type Plan, planMemory } from './plan.ts';
import { ringsFor } from './ring.ts';
import { workersFor } from './worker-pool.ts';

const CHUNK_BYTES = 1 << 18;
/** The largest record of a capture with its header, and the longest line of a flow list. */
const RECORD_BYTES_MAX = LARGEST_RECORD + 64;
/** Pieces of the largest records that lie in a worker's slot: a trace that is merged with more others has a smaller share. */
const TRACES_AT_ONCE = 4;
const CONNECTIONS = 1 << 20;
const FLOWS = 1 << 18;
const FLOWS_LISTED = 10_000;
const ADDRESSES = 1 << 18;
/** Rows of a round for each worker: few enough to stay in its cache, and more work than the meeting at a round's end costs. */
const ROWS_A_WORKER = 8192;
const ROWS_MOST = 131_072;

/** Whether copies of packets are looked for. */
export function seeksCopies(sources: readonly TraceSource[], { duplicates }: ReplayOptions): boolean {
  if (duplicates === 'judge') return false;
  return duplicates === 'skip' ? canShowCopies(sources) : showsCopies(sources);
}

/** The plan of a replay: what was asked, what the traces need, and the sizes that nobody chooses. */
export function planFor(
  sources: readonly TraceSource[],
  epochs: readonly Epoch[],
  interfaces: InterfaceOwners | undefined,
  joins: Uint8Array | undefined,
  options: ReplayOptions,
): Plan {
  const workers = options.pool?.workers ?? workersFor(options.workers);
  return planMemory({
    workers,
    epochs: epochInputs(epochs, interfaces),
    timesMatter: epochs[0]!.from !== undefined,
    hooks: hooksOf(epochs),
    readers: sources.map(readerBytes),
    scanners: scannersOf(sources),
    tracesAtOnce: Math.min(Math.max(1, sources.length), TRACES_AT_ONCE),
    rowsPerRound: options.rowsPerRound ?? Math.min(ROWS_MOST, ROWS_A_WORKER * workers),
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
