/**
 * The door to the kernels: one WebAssembly module, compiled once a thread, instantiated over a given shared memory.
 * Everything that a kernel takes is a byte offset in that memory or a plain number.
 */
import { readFileSync } from 'node:fs';
import type { SharedMemory } from './memory.ts';

/** The exports of `assembly/kernels.ts`. Rows are [first, first + count) of the batch at `batch`. */
export interface Kernels {
  /** Fills SRC_ENTRY and DST_ENTRY from FAMILY, SRC and DST; rows of no family get entry 0. */
  identify(tables: number, batch: number, first: number, count: number): void;
  /**
   * Judges first packets in initiator orientation: reads FAMILY, PROTOCOL, SRC, DST, SPORT, DPORT, FLAGS, SRC_ENTRY and
   * DST_ENTRY, fills VERDICT, REASON, HOOK, EGRESS, INGRESS, JUDGED_DST and JUDGED_DPORT.
   */
  classify(tables: number, batch: number, first: number, count: number): void;
  /** Refuses classified first packets that the interface they were captured on does not let pass: INTERFACE_OWNER. */
  guardInterfaces(tables: number, batch: number, first: number, count: number): void;
  /** 2 = a service or container port of the cluster, 1 = a port that some rule names, 0 = neither. */
  portRank(tables: number, protocol: number, port: number): number;
  /**
   * Counts up to `most` whole records of a chunk of a capture; the words at `pcap` (packet/pcap-layout.ts) say how it is laid
   * out and take the answer.
   */
  framePcap(pcap: number, chunk: number, bytes: number, most: number): number;
  /**
   * Decodes up to `most` whole records of a chunk of a capture into rows from `first` on, every column of decode but RECORD and TRACE, and
   * counts them as framePcap does, which need not have been called; no time limits it.
   */
  decodePcap(pcap: number, chunk: number, bytes: number, most: number, batch: number, first: number): number;
  /**
   * Counts up to `most` whole lines of a chunk, and leaves where the next one begins at SCAN_END of the scanner
   * (packet/scan-layout.ts). Stops before a line that may be no record, is longer than `longest`, or has no end.
   */
  frameLines(scanner: number, chunk: number, bytes: number, most: number, longest: number): number;
  /**
   * Writes the rows of up to `most` lines of a chunk whose last byte is a newline, from `row` on: every column of decode but RECORD and
   * TRACE. Returns how many; SCAN_STATUS says why it went no further, SCAN_END where the next record begins.
   */
  scanLines(
    scanner: number,
    chunk: number,
    bytes: number,
    most: number,
    longest: number,
    batch: number,
    row: number,
  ): number;
  /** Remembers the row of the record that scanLines left as SCANNED_NEW_ROW; `mode`: ROW_ bits. */
  rememberRow(scanner: number, batch: number, row: number, mode: number): void;
  /** Remembers a side (0 source, 1 destination) of the record that scanLines left as SCANNED_NEW_SIDES. */
  rememberSide(
    scanner: number,
    side: number,
    family: number,
    name: number,
    word0: number,
    word1: number,
    word2: number,
    word3: number,
  ): void;
  /**
   * Finds up to `most` packets in whole blocks of a chunk of a pcapng capture and describes them at `found`; `pcapng` is the
   * trace's state, which takes the answer (packet/pcapng-layout.ts).
   */
  framePcapng(pcapng: number, found: number, chunk: number, bytes: number, most: number): number;
  /** Decodes packets that framing described at `found`, as decodePcap does. */
  decodeFound(found: number, packets: number, batch: number, first: number): void;
  /**
   * Fills SHARD of the rows, writes their numbers at `lists` (u32 a row, in the rows' own places, worker after worker) and
   * describes them in the chunk's record and in the traces' rows at `seen`: CHUNK_ and SEEN_ offsets of desk-layout.ts.
   * TRACE must be filled. `range`: where the wanted range of time lies (RANGE_ offsets), 0 when all is wanted; a row outside of it
   * gets SKIP_OUTSIDE and stands in no list. `joins`: the services that are joined (joins-layout.ts), 0 without.
   */
  partition(
    batch: number,
    first: number,
    count: number,
    workers: number,
    lists: number,
    chunk: number,
    seen: number,
    range: number,
    joins: number,
  ): void;
  /**
   * Makes the rows whose numbers stand at `rows` that are copies of earlier ones SKIP_DUPLICATE, and fills their DUPLICATE_ columns;
   * POINT and FINGERPRINT must be filled.
   */
  markCopies(desk: number, batch: number, rows: number, count: number): void;
  /**
   * Takes the rows whose numbers stand at `rows`, at most DESK_ROWS, to their connections; gathers new ones in the desk's
   * batch of first packets. Returns how many rows it took, at least one: the rest waits until these are settled.
   */
  track(desk: number, batch: number, rows: number, count: number): number;
  /** Hands the verdicts of the desk's first packets back to connections and to the `count` rows that track took. */
  settle(desk: number, batch: number, rows: number, count: number): void;
  /**
   * Fills EPOCH of the rows by their times, and adds their packets to what is seen of each epoch at `seen`; `epochs` and
   * `seen` are laid out as epochs-layout.ts says.
   */
  markEpochs(epochs: number, batch: number, first: number, count: number, seen: number): void;
  /** Adds `base` to every outcome number of classified rows. */
  shiftOutcomes(batch: number, first: number, count: number, base: number): void;
  /** Counts where clocks jump back in the first `count` rows of a batch; `clocks` holds a row a trace (clocks-layout.ts). */
  watchClocks(batch: number, count: number, clocks: number): void;
  /** Credits every connection of a shard (a byte offset) to outcomes, flows and addresses, at the end. */
  finish(desk: number, shard: number): void;
}

const location = new URL('../../dist/dataplane/kernels.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(location));
  return compiled;
}

/** Compiles the kernels for this thread, ahead of `instantiateKernels`. Throws when the program was not built. */
export function compileKernels(): void {
  kernelModule();
}

/** The kernels over `memory`. Throws when the program was not built. */
export function instantiateKernels(memory: SharedMemory): Kernels {
  return new WebAssembly.Instance(kernelModule(), { env: { memory } }).exports as Kernels;
}
