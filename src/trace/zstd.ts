/**
 * Decompression of zstd, frame after frame: the home of `fzstd`. What came before a fault is given out before it is told, and a
 * few bytes that claim to be very many do not become so in memory.
 *
 * Source: RFC 8878.
 */
import { Decompress } from 'fzstd';
import type { Inflater } from './stream.ts';

/** The compressed bytes are damaged, or end too early. */
export class ZstdDamage extends Error {}

/** What one piece may expand to, since four bytes can claim 128 KiB: enough to be seen as too much. */
const EXPANDED_BYTES_MAX = 65 << 20;

const EMPTY = new Uint8Array(0);

/** Thrown out of the decompressor when there is enough. */
class Enough extends Error {}

/** Collects what the decompressor gives out, up to `most` bytes at a time. */
function collector(most: number): { decompress: Decompress; taken: () => Uint8Array } {
  let made: Uint8Array[] = [];
  let bytes = 0;
  const decompress = new Decompress((piece) => {
    made.push(piece);
    bytes += piece.length;
    if (bytes >= most) throw new Enough('enough');
  });
  const taken = (): Uint8Array => {
    const all = made.length === 1 ? made[0]! : Buffer.concat(made);
    made = [];
    bytes = 0;
    return all;
  };
  return { decompress, taken };
}

/** A decompressor that takes the compressed bytes piece by piece. */
export function createZstdInflater(): Inflater {
  const { decompress, taken } = collector(EXPANDED_BYTES_MAX);
  let fault: Error | undefined;
  const push = (piece: Uint8Array, isLast: boolean): Uint8Array => {
    if (fault !== undefined) throw fault;
    try {
      decompress.push(piece, isLast);
    } catch (error) {
      fault = new ZstdDamage(error instanceof Error ? error.message : String(error), { cause: error });
      const before = taken();
      if (before.length === 0) throw fault;
      return before;
    }
    return taken();
  };
  return {
    write: async (piece) => push(piece, false),
    end: async () => push(EMPTY, true),
    close() {},
  };
}

/** What the first compressed bytes give, about `most` bytes; a fault, or the end of what was read, ends it. */
export function zstdHead(head: Uint8Array, most: number): Uint8Array {
  const { decompress, taken } = collector(most);
  try {
    decompress.push(head);
  } catch {
    // What came before the fault, or was enough, is all that is asked for.
  }
  return taken();
}

/** The whole of what the bytes expand to, which is `bytes` long. Throws ZstdDamage, also when it would be longer. */
export function zstdWhole(input: Uint8Array, bytes: number): Uint8Array {
  const { decompress, taken } = collector(bytes + 1);
  try {
    decompress.push(input, true);
  } catch (error) {
    throw new ZstdDamage(error instanceof Error ? error.message : String(error), { cause: error });
  }
  return taken();
}
