/**
 * Tables in shared memory with a batch beside them: identify and classify as a replay calls them for first packets, in batches of as many
 * rows as its desk has.
 */
import { DESK_ROWS } from '../dataplane/desk-layout.ts';
import { instantiateKernels } from '../dataplane/kernels.ts';
import { createArena, createMemory, placeBytes } from '../dataplane/memory.ts';
import { batchBytes, createBatch, type PacketBatch } from '../packet/batch.ts';
import { EXTRA_COUNT_MASK } from '../packet/batch-layout.ts';
import type { Tables } from '../tables/tables.ts';
import { NO_OUTCOME } from '../tables/verdict-layout.ts';
import { loadPackets, type Packets } from './packets.ts';

/** The most packets of a call. */
export const ROWS = DESK_ROWS;

export interface LookupDesk {
  readonly batch: PacketBatch;
  /** Identifies and classifies the first rows of the batch. */
  readonly lookUp: (rows: number) => void;
}

/** Copies the tables into memory of their own. */
export function createLookupDesk({ bytes }: Tables): LookupDesk {
  const room = batchBytes(ROWS) + bytes.byteLength + (1 << 17);
  const memory = createMemory(room, room, 'tables to be measured');
  const arena = createArena(memory);
  const tables = placeBytes(arena, bytes);
  const batch = createBatch(memory.buffer, arena.allocate(batchBytes(ROWS)), ROWS);
  const kernels = instantiateKernels(memory);
  return {
    batch,
    lookUp: (rows) => {
      kernels.identify(tables, batch.offset, 0, rows);
      kernels.classify(tables, batch.offset, 0, rows);
    },
  };
}

/**
 * How much each packet asks of the tables: programs that were met, for each backend of the service it goes to. `backendsOf` says how many
 * those are.
 */
export function workOf(
  { batch, lookUp }: LookupDesk,
  packets: Packets,
  backendsOf: (packets: Packets, row: number) => number,
): Uint32Array {
  const work = new Uint32Array(packets.count);
  for (let first = 0; first < packets.count; first += ROWS) {
    const rows = Math.min(ROWS, packets.count - first);
    loadPackets(batch, packets, first, rows);
    lookUp(rows);
    for (let row = 0; row < rows; row++) {
      const met =
        (batch.egress[row] === NO_OUTCOME ? 0 : 1) +
        (batch.ingress[row] === NO_OUTCOME ? 0 : 1) +
        (batch.extraCount[row]! & EXTRA_COUNT_MASK);
      work[first + row] = Math.max(1, met) * backendsOf(packets, first + row);
    }
  }
  return work;
}
