/** What is timed in a round: packets of a kind against tables, and the loop that stands for the machine. */
import { type LookupDesk, ROWS } from '../dataplane/lookup-desk.ts';
import type { PacketKind } from './packet-kinds.ts';
import { loadPackets, type Packets } from './packets.ts';
import type { Variant } from './rounds.ts';

/** Rows of a call that meets cold caches: few, so that the first ones do not warm them for the rest. */
const COLD_ROWS = 128;
/** What is read between such calls: more than the caches of a processor hold. */
const SWEPT_WORDS = (64 << 20) / 4;
/** A line of the cache. */
const LINE_WORDS = 16;

let swept: Uint32Array | undefined;

/** Pushes everything else out of the caches. */
function sweepCaches(): number {
  swept ??= new Uint32Array(SWEPT_WORDS).fill(1);
  let sum = 0;
  for (let word = 0; word < SWEPT_WORDS; word += LINE_WORDS) sum += swept[word]!;
  return sum;
}

/** The packets in turn, a batch a call. Adversarial ones find the tables in no cache. */
export function lookupVariant(name: string, kind: PacketKind, desk: LookupDesk, packets: Packets): Variant {
  const isCold = kind === 'adversarial';
  const rows = Math.min(isCold ? COLD_ROWS : ROWS, packets.count);
  const { batch, lookUp } = desk;
  let first = 0;
  return {
    name,
    units: rows,
    isCold,
    prepare: () => {
      if (isCold) sweepCaches();
      if (first + rows > packets.count) first = 0;
      loadPackets(batch, packets, first, rows);
      first += rows;
    },
    run: () => lookUp(rows),
  };
}

/** What is read where caches are to help, and where they are not: 256 KiB and 16 MiB. */
const CACHED_WORDS = 1 << 16;
const MEMORY_WORDS = 1 << 22;

/**
 * Loops that no policy set changes: independent reads at hashed places, of what caches hold and of what they do not. Figures of two runs
 * are compared by how they stand to them, so that a slower machine is no regression.
 */
export function referenceVariant(kind: 'cached' | 'memory'): Variant {
  const isCold = kind === 'memory';
  const words = isCold ? MEMORY_WORDS : CACHED_WORDS;
  const steps = isCold ? COLD_ROWS * 4 : 1 << 14;
  const table = Uint32Array.from({ length: words }, (_, word) => word);
  let sum = 0;
  return {
    name: `reference ${kind}`,
    units: steps,
    isCold,
    prepare: () => {
      if (isCold) sweepCaches();
    },
    run: () => {
      for (let step = 0; step < steps; step++) {
        const mixed = Math.imul(step ^ (step >>> 7), 0x85ebca6b);
        sum = (sum + table[(mixed >>> 9) & (words - 1)]!) | 0;
      }
      table[0] = sum;
    },
  };
}
