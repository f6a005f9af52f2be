/** A policy set ready to be timed: its world, its tables in shared memory, a batch of first packets, the kernels. */
import { type Compilation, compileTables } from '#src/compile/compile.js';
import { DESK_ROWS } from '#src/dataplane/desk-layout.js';
import { instantiateKernels, type Kernels } from '#src/dataplane/kernels.js';
import { createArena, createMemory, placeBytes } from '#src/dataplane/memory.js';
import { batchBytes, createBatch, type PacketBatch } from '#src/packet/batch.js';
import { FLAG_PORTS } from '#src/packet/batch-layout.js';
import type { Cluster } from '#src/policy/cluster.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import type { FirstPacket } from '#src/policy/decision.js';
import { createWorld, type World } from '#src/policy/world.js';

/** Rows of a batch where nobody asks for more. */
export const ROWS = 8192;

export interface Classified {
  readonly world: World;
  readonly compilation: Pick<Compilation, 'tables' | 'phases'>;
  readonly kernels: Kernels;
  readonly tables: number;
  readonly batch: PacketBatch;
  readonly packets: readonly FirstPacket[];
}

/** Compiles the cluster's policies for Calico and lays out up to `rows` packets. */
export function prepare(cluster: Cluster, packets: readonly FirstPacket[], rows = ROWS): Classified {
  const world = createWorld(cluster, cniProfile('calico')!);
  return layOut(world, compileTables(world), packets, rows);
}

/** A compiled world with up to `rows` packets, in memory of their own. */
export function layOut(
  world: World,
  compilation: Pick<Compilation, 'tables' | 'phases'>,
  packets: readonly FirstPacket[],
  rows = ROWS,
): Classified {
  const memory = createMemory(batchBytes(rows) + compilation.tables.bytes.byteLength + (1 << 20));
  const arena = createArena(memory);
  const tables = placeBytes(arena, compilation.tables.bytes);
  const batch = createBatch(memory.buffer, arena.allocate(batchBytes(rows)), rows);
  packets.slice(0, rows).forEach((packet, row) => {
    batch.family[row] = packet.source.family;
    batch.protocol[row] = packet.protocol;
    batch.src.set(packet.source.words, row * 4);
    batch.dst.set(packet.destination.words, row * 4);
    batch.sport[row] = packet.sourcePort!;
    batch.dport[row] = packet.destinationPort!;
    batch.flags[row] = FLAG_PORTS;
  });
  return {
    world,
    compilation,
    kernels: instantiateKernels(memory),
    tables,
    batch,
    packets: packets.slice(0, rows),
  };
}

/** Identifies and classifies the whole batch, as many rows at a time as the replay hands to the kernels at most. */
export function classifyBatch({ kernels, tables, batch, packets }: Classified): void {
  for (let first = 0; first < packets.length; first += DESK_ROWS) {
    const count = Math.min(DESK_ROWS, packets.length - first);
    kernels.identify(tables, batch.offset, first, count);
    kernels.classify(tables, batch.offset, first, count);
  }
}
