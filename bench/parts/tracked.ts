/**
 * Connections to time tracking with: one desk, its shards, and batches of rows that are filled outside of what is timed. Flow `n` is the
 * same addresses and ports in every run and in limit/connections.c.
 */
import { DESK_ROWS } from '#src/dataplane/desk-layout.js';
import { instantiateKernels, type Kernels } from '#src/dataplane/kernels.js';
import { createMemory } from '#src/dataplane/memory.js';
import { batchBytes, createBatch, type PacketBatch } from '#src/packet/batch.js';
import { FLAG_PORTS, FLAG_TCP_FLAGS } from '#src/packet/batch-layout.js';
import { layOut } from '#src/replay/lay-out.js';
import { type Plan, planMemory } from '#src/replay/plan.js';

/** Rows of a batch: so many calls of track, DESK_ROWS each. */
export const BATCH_ROWS = 8192;

export interface Tracked {
  readonly plan: Plan;
  readonly memory: ReturnType<typeof createMemory>;
  readonly kernels: Kernels;
  readonly batches: readonly PacketBatch[];
  /** Where the numbers 0 to BATCH_ROWS - 1 stand. */
  readonly rows: number;
}

/** Room for `connections` connections and `batchCount` batches. */
export function prepareTracking(connections: number, batchCount: number): Tracked {
  const plan = planMemory({
    epochs: [
      { tablesBytes: 64, outcomeCount: 1, pendingTablesBytes: 0, pendingOutcomeCount: 0, ownerCount: 0 },
    ],
    timesMatter: false,
    hooks: 0,
    workers: 1,
    readers: [{ own: 64, shared: 0 }],
    scanners: [undefined],
    tracesAtOnce: 1,
    rowsPerRound: BATCH_ROWS,
    chunkBytes: 64,
    recordBytesMax: 64,
    connections,
    ringBytes: 0,
    ringCount: 0,
    clocksWatched: [],
    flows: 1 << 18,
    addresses: 1 << 18,
    flowsListed: 0,
    pickup: 0,
    conntrack: {},
    rowsWanted: false,
    interfacesKnown: false,
    observedKnown: false,
    namesKnown: false,
    copiesSought: false,
    reportersKnown: false,
    joinsBytes: 0,
    tunnels: 'open',
  });
  const stride = Math.ceil(batchBytes(BATCH_ROWS) / 64) * 64;
  const memory = createMemory(plan.endBytes + batchCount * stride);
  layOut(plan, memory.buffer, [{ tables: new Uint8Array(64) }]);
  const batches = Array.from({ length: batchCount }, (_, index) =>
    createBatch(memory.buffer, plan.endBytes + index * stride, BATCH_ROWS),
  );
  const { lists } = plan.rounds[0]!;
  const rows = new Uint32Array(memory.buffer, lists, BATCH_ROWS);
  for (let row = 0; row < BATCH_ROWS; row++) rows[row] = row;
  return { plan, memory, kernels: instantiateKernels(memory), batches, rows: lists };
}

/** What a row of a flow is. */
export interface Packets {
  readonly protocol: 6 | 17;
  readonly tcpFlags: number;
  readonly isReply: boolean;
}

const TCP_FLAGS = FLAG_PORTS | FLAG_TCP_FLAGS;

/** Fills a batch with a packet of each flow that `flowAt` says, `microseconds` apart from `start` on, and partitions it. */
export function fillBatch(
  { kernels, plan }: Tracked,
  batch: PacketBatch,
  flowAt: (row: number) => number,
  { protocol, tcpFlags, isReply }: Packets,
  start: number,
  microseconds: number,
): void {
  const [source, destination] = isReply ? [batch.dst, batch.src] : [batch.src, batch.dst];
  const [sport, dport] = isReply ? [batch.dport, batch.sport] : [batch.sport, batch.dport];
  for (let row = 0; row < BATCH_ROWS; row++) {
    const flow = flowAt(row);
    const mixed = Math.imul(flow, 0x9e3779b1) >>> 0;
    const server = (Math.imul(flow ^ (flow >>> 15), 0x85ebca6b) >>> 16) & 0xffff;
    const time = start + row * microseconds;
    batch.seconds[row] = 1_700_000_000 + Math.floor(time / 1e6);
    batch.nanos[row] = (time % 1e6) * 1000;
    batch.family[row] = 4;
    batch.protocol[row] = protocol;
    source[row * 4] = 0x0a000000 + (mixed & 0xffffff);
    destination[row * 4] = 0x0b000000 + server;
    sport[row] = 1024 + (mixed >>> 24);
    dport[row] = 8080;
    batch.tcpFlags[row] = tcpFlags;
    batch.flags[row] = protocol === 6 ? TCP_FLAGS : FLAG_PORTS;
    batch.packets[row] = 1;
    batch.bytes[row] = 100;
  }
  const { lists, chunks } = plan.rounds[0]!;
  kernels.partition(batch.offset, 0, BATCH_ROWS, 1, lists, chunks, plan.desks[0]!.seen, 0, 0);
}

/** Tracks and settles a batch; new connections are allowed without having been judged. `calls` gathers the nanoseconds of each call. */
export function trackBatch({ plan, kernels, rows }: Tracked, batch: PacketBatch, calls?: number[]): void {
  const { desk } = plan.desks[0]!;
  for (let done = 0; done < BATCH_ROWS; ) {
    const begin = calls === undefined ? 0 : performance.now();
    const at = rows + done * 4;
    const taken = kernels.track(desk, batch.offset, at, Math.min(DESK_ROWS, BATCH_ROWS - done));
    kernels.settle(desk, batch.offset, at, taken);
    calls?.push((performance.now() - begin) * 1e6);
    done += taken;
  }
}
