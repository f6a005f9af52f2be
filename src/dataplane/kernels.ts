/**
 * The door to the kernels: one WebAssembly module, compiled once a thread, instantiated over a given shared memory.
 * Everything that a kernel takes is a byte offset in that memory or a plain number.
 */
import { readFileSync } from 'node:fs';

/** The exports of `assembly/kernels.ts`. Rows are [first, first + count) of the batch at `batch`. */
export interface Kernels {
  /** Fills SRC_ENTRY and DST_ENTRY from FAMILY, SRC and DST; rows of no family get entry 0. */
  identify(tables: number, batch: number, first: number, count: number): void;
  /**
   * Judges first packets in initiator orientation: reads FAMILY, PROTOCOL, SRC, DST, SPORT, DPORT, FLAGS, SRC_ENTRY and
   * DST_ENTRY, fills VERDICT, REASON, HOOK, EGRESS, INGRESS, JUDGED_DST and JUDGED_DPORT.
   */
  classify(tables: number, batch: number, first: number, count: number): void;
  /** 2 = a service or container port of the cluster, 1 = a port that some rule names, 0 = neither. */
  portRank(tables: number, protocol: number, port: number): number;
}

const location = new URL('../../dist/dataplane/kernels.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

/** The kernels over `memory`. Throws when the program was not built. */
export function instantiateKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(readFileSync(location));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernels;
}
