/**
 * The one shared memory that tables, batches and connection tables lie in, and the arena that hands it out. The arena
 * only grows, lives on one thread, and starts at 64 KiB: the kernels' static data area lies below.
 */

const PAGE_BYTES = 65_536;
/** Where the arena begins. */
export const ARENA_START = 65_536;
/** WebAssembly's memory by what is used of it: declarations of this package name nothing that Node's own types lack. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  /** Pages before the growth; throws RangeError when refused. */
  grow(pages: number): number;
}

/** 4 GiB, what 32-bit WebAssembly can address. */
export const MEMORY_LIMIT_BYTES = 65_536 * PAGE_BYTES;

/** The machine refused the memory; `bytes` were asked for. Caught by `main.ts`. */
export class MemoryRefused extends Error {
  readonly bytes: number;

  /** `note`: what takes much of it. */
  constructor(bytes: number, note = '', options?: ErrorOptions) {
    const mebibytes = Math.ceil(bytes / 1_048_576);
    const advice =
      bytes > MEMORY_LIMIT_BYTES
        ? 'the limit is 4096 MiB: use fewer workers, track fewer connections, or compile smaller tables'
        : 'the machine or its limits (ulimit -v, container memory) refused it: use fewer workers';
    super(
      `${mebibytes} MiB of shared memory are not to be had${note === '' ? '' : ` (${note})`}: ${advice}`,
      options,
    );
    this.name = 'MemoryRefused';
    this.bytes = bytes;
  }
}

/**
 * Shared memory of at least `bytes` bytes, able to grow to `limitBytes`. The limit is address space, not memory: it is
 * reserved, not filled. Throws MemoryRefused, with `note` on what takes much of it.
 */
export function createMemory(bytes: number, limitBytes = MEMORY_LIMIT_BYTES, note = ''): SharedMemory {
  if (bytes > limitBytes || bytes > MEMORY_LIMIT_BYTES) throw new MemoryRefused(bytes, note);
  const initial = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  const maximum = Math.max(initial, Math.ceil(limitBytes / PAGE_BYTES));
  try {
    return new WebAssembly.Memory({ initial, maximum, shared: true });
  } catch (cause) {
    throw new MemoryRefused(bytes, note, { cause });
  }
}

/** Hands out pieces of a memory, front to back; nothing is given back. */
export interface Arena {
  readonly memory: SharedMemory;
  /** First byte that is still free. */
  readonly used: number;
  /**
   * Byte offset of `bytes` fresh zeroed bytes, a multiple of `alignment` (a power of two, 64 when absent). May grow the
   * memory: views made before stay valid for what they cover, new ones need `memory.buffer` anew. Throws MemoryRefused.
   */
  allocate(bytes: number, alignment?: number): number;
}

/** An arena over `memory` that begins at `start`. */
export function createArena(memory: SharedMemory, start = ARENA_START): Arena {
  let used = start;
  return {
    memory,
    get used() {
      return used;
    },
    allocate(bytes, alignment = 64) {
      const offset = Math.ceil(used / alignment) * alignment;
      const end = offset + bytes;
      const missing = end - memory.buffer.byteLength;
      if (missing > 0) {
        if (end > MEMORY_LIMIT_BYTES) throw new MemoryRefused(end);
        try {
          memory.grow(Math.ceil(missing / PAGE_BYTES));
        } catch (cause) {
          throw new MemoryRefused(end, '', { cause });
        }
      }
      used = end;
      return offset;
    },
  };
}

/** Copies `bytes` into the arena and returns where they lie: how tables come into shared memory. */
export function placeBytes(arena: Arena, bytes: Uint8Array): number {
  const offset = arena.allocate(bytes.byteLength);
  new Uint8Array(arena.memory.buffer, offset, bytes.byteLength).set(bytes);
  return offset;
}
