/**
 * Records that one of a flow's two ends writes: the other end tells of the same flow once more. What both say alike pairs them, as
 * copies of packets are paired: fingerprint and point of the row.
 */
import type { PacketBatch } from '../../packet/batch.ts';
import { BATCH_COPIES } from '../../packet/batch-layout.ts';

export interface Reporter {
  readonly end: 'source' | 'destination';
  /** All that both ends say alike of the flow but its time. */
  readonly flow: string;
}

/** Of a text that both ends write alike; undefined where the record does not say who wrote it. */
export function reporterOf(
  end: 'source' | 'destination' | undefined,
  ...words: readonly unknown[]
): Reporter | undefined {
  return end === undefined ? undefined : { end, flow: words.map((word) => word ?? '').join('|') };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** As fingerprints of packets are: never 0, and without the bit of an identification. */
const SOME = 2;
const IDENTIFIED = 1;

function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return (((hash ^ (hash >>> 15)) | SOME) & ~IDENTIFIED) >>> 0;
}

/** Writes what pairs the record into its row, where copies are looked for. */
export function writeReporter(reporter: Reporter | undefined, batch: PacketBatch, row: number): void {
  if (batch.header[BATCH_COPIES] === 0) return;
  batch.fingerprint[row] = reporter === undefined ? 0 : hashOf(reporter.flow);
  batch.point[row] = reporter?.end === 'source' ? 1 : 2;
}
