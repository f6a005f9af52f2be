/**
 * Streams (compressed files, standard input) into the ring that the workers read, one trace after the other, with
 * back-pressure: nothing is read from the stream while the ring is full. Runs on the main thread.
 */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import * as C from './control.ts';
import type { Plan } from './plan.ts';

/** A streamed trace, by its place among the operands. */
export interface FedTrace {
  readonly trace: number;
  readonly path: string;
  readonly gzip: boolean;
  /** Bytes of the stream before its first record. */
  readonly start: number;
  /** Standard input: the bytes of it that were read already. */
  readonly head?: Uint8Array;
}

const POLL_MILLISECONDS = 1;

/** Bytes of a compressed trace that ended in the middle: what came before it counts, this says what is missing. */
export interface FeedEnd {
  readonly trace: number;
  readonly warning?: string;
}

async function until(control: C.Control, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    if (C.isStopped(control)) throw new C.Stopped();
    await sleep(POLL_MILLISECONDS);
  }
}

/** Standard input, beginning with what was read of it to recognise the trace. */
async function* standardInput(head: Uint8Array): AsyncGenerator<Uint8Array> {
  yield head;
  yield* process.stdin;
}

function streamOf({ path, gzip, head }: FedTrace): Readable {
  const source =
    head === undefined
      ? createReadStream(path, { highWaterMark: 1 << 18 })
      : Readable.from(standardInput(head), { objectMode: false });
  if (!gzip) return source;
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  source.on('error', (error: Error) => gunzip.destroy(error));
  return source.pipe(gunzip);
}

/** Codes with which zlib says that the compressed bytes are cut short or damaged. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');

async function pour(
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
  stream: Readable,
  start: number,
): Promise<void> {
  const { words } = control;
  const { ringBytes } = plan.input;
  const ring = new Uint8Array(memory, plan.ring, ringBytes);
  const free = (): number =>
    ringBytes - ((Atomics.load(words, C.RING_WRITTEN) - Atomics.load(words, C.RING_READ)) | 0);
  let toSkip = start;
  for await (const piece of stream) {
    const bytes = piece as Uint8Array;
    const first = Math.min(toSkip, bytes.byteLength);
    toSkip -= first;
    for (let at = first; at < bytes.byteLength; ) {
      if (free() === 0) await until(control, () => free() > 0);
      const to = Atomics.load(words, C.RING_WRITTEN) & (ringBytes - 1);
      const count = Math.min(free(), ringBytes - to, bytes.byteLength - at);
      ring.set(bytes.subarray(at, at + count), to);
      at += count;
      Atomics.add(words, C.RING_WRITTEN, count);
      C.ringChanged(control);
    }
    if (C.isStopped(control)) throw new C.Stopped();
  }
}

/** Feeds all streamed traces. Rejects with Stopped when the replay was stopped, or with what the file system says. */
export async function feedStreams(
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
  traces: readonly FedTrace[],
): Promise<readonly FeedEnd[]> {
  const { words } = control;
  const ends: FeedEnd[] = [];
  for (const trace of traces) {
    await until(control, () => Atomics.load(words, C.TRACE) === trace.trace);
    Atomics.store(words, C.RING_READ, 0);
    Atomics.store(words, C.RING_WRITTEN, 0);
    Atomics.store(words, C.RING_ENDED, 0);
    Atomics.store(words, C.RING_TRACE, trace.trace);
    C.ringChanged(control);
    const stream = streamOf(trace);
    try {
      await pour(plan, memory, control, stream, trace.start);
      ends.push({ trace: trace.trace });
    } catch (error) {
      if (!isDamage(error)) throw error;
      const warning = `the compressed data is damaged or cut short: ${(error as Error).message}`;
      ends.push({ trace: trace.trace, warning });
    } finally {
      stream.destroy();
    }
    Atomics.store(words, C.RING_ENDED, 1);
    C.ringChanged(control);
  }
  return ends;
}
