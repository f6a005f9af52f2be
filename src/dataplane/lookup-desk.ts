/**
 * Tables in shared memory with a batch beside them: identify and classify as a replay calls them for first packets, in batches of as many
 * rows as its desk has.
 */
import { batchBytes, createBatch, type PacketBatch } from '../packet/batch.ts';
import type { Tables } from '../tables/tables.ts';
import { DESK_ROWS } from './desk-layout.ts';
import { instantiateKernels } from './kernels.ts';
import { createArena, createMemory, placeBytes } from './memory.ts';

/** The most packets of a call. */
export const ROWS = DESK_ROWS;

export interface LookupDesk {
  readonly batch: PacketBatch;
  /** Identifies and classifies the first rows of the batch. */
  readonly lookUp: (rows: number) => void;
  /** Classifies the first rows of the batch, whose address entries the caller has filled in. */
  readonly classify: (rows: number) => void;
}

/** Copies the tables into memory of their own; `purpose` is said where there is none: `tables to be measured`. */
export function createLookupDesk({ bytes }: Tables, purpose: string): LookupDesk {
  const room = batchBytes(ROWS) + bytes.byteLength + (1 << 17);
  const memory = createMemory(room, room, purpose);
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
    classify: (rows) => kernels.classify(tables, batch.offset, 0, rows),
  };
}
