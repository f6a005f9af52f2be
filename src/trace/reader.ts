/** Reads one trace's bytes as they come into shared memory: whole records, then rows. One reader a worker and trace. */
import type { Kernels } from '../dataplane/kernels.ts';
import type { PacketBatch } from '../packet/batch.ts';
import type { TraceSource } from './open.ts';

export interface TraceReader {
  /**
   * How much of the piece at byte offset `chunk` of shared memory is whole records, at most `maxRecords`. `atEnd`: no bytes
   * follow the piece.
   */
  frame(chunk: number, bytes: number, atEnd: boolean, maxRecords: number): { bytes: number; records: number };
  /** Decodes whole records into rows from `firstRow` on; returns how many, one a record. */
  decode(chunk: number, bytes: number, batch: PacketBatch, firstRow: number): number;
  readonly warnings: readonly string[];
}

const WORD = 2 ** 32;

export function createReader(source: TraceSource, kernels: Kernels): TraceReader {
  const { swapped, recordHeaderBytes, nanosPerUnit, linkType, checksumBytes, recordBytesMax } = source;
  const warnings: string[] = [];
  return {
    warnings,
    frame(chunk, bytes, atEnd, maxRecords) {
      const walked = kernels.framePcap(
        chunk,
        bytes,
        maxRecords,
        swapped ? 1 : 0,
        recordHeaderBytes,
        recordBytesMax,
      );
      const broken = walked < 0;
      const whole = broken ? -walked - 1 : walked;
      const records = Math.floor(whole / WORD);
      const framed = whole % WORD;
      if (records === 0 && (broken || (atEnd && bytes > 0)))
        warnings.push(
          broken
            ? `a record has an impossible length: what follows it was not read`
            : `the last record is cut off: ${bytes} bytes were not read`,
        );
      return { bytes: framed, records };
    },
    decode(chunk, bytes, batch, firstRow) {
      const order = swapped ? 1 : 0;
      return kernels.decodePcap(
        chunk,
        bytes,
        batch.offset,
        firstRow,
        order,
        recordHeaderBytes,
        nanosPerUnit,
        linkType,
        checksumBytes,
      );
    },
  };
}
