/**
 * Streams (compressed files, standard input) into the ring that the workers read, one trace after the other, with
 * back-pressure: nothing is read from the stream while the ring is full. Runs on the main thread.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceSource } from '../trace/open.ts';
import { openStream } from '../trace/stream.ts';
import * as C from './control.ts';
import type { Plan } from './plan.ts';

/** A streamed trace, by its place among the operands. */
export interface FedTrace {
  readonly trace: number;
  readonly source: TraceSource;
}

const POLL_MILLISECONDS = 1;

/** What was wrong with a trace's compressed bytes: what came before the fault counts, this says what is missing. */
export interface FeedEnd {
  readonly trace: number;
  readonly warnings: readonly string[];
}

async function until(control: C.Control, isTrue: () => boolean): Promise<void> {
  while (!isTrue()) {
    if (C.isStopped(control)) throw new C.Stopped();
    await sleep(POLL_MILLISECONDS);
  }
}

async function pour(
  plan: Plan,
  memory: SharedArrayBuffer,
  control: C.Control,
  trace: number,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const { words } = control;
  // The workers leave a damaged trace before its end: what else comes is for nobody.
  const isLeft = (): boolean => Atomics.load(words, C.TRACE) !== trace;
  const { ringBytes } = plan.input;
  const ring = new Uint8Array(memory, plan.ring, ringBytes);
  const free = (): number =>
    ringBytes - ((Atomics.load(words, C.RING_WRITTEN) - Atomics.load(words, C.RING_READ)) | 0);
  for await (const bytes of pieces) {
    for (let at = 0; at < bytes.byteLength; ) {
      if (free() === 0) await until(control, () => free() > 0 || isLeft());
      if (isLeft()) return;
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
  for (const { trace, source } of traces) {
    await until(control, () => Atomics.load(words, C.TRACE) === trace);
    Atomics.store(words, C.RING_READ, 0);
    Atomics.store(words, C.RING_WRITTEN, 0);
    Atomics.store(words, C.RING_ENDED, 0);
    Atomics.store(words, C.RING_TRACE, trace);
    C.ringChanged(control);
    const { pieces, warnings } = openStream(source);
    await pour(plan, memory, control, trace, pieces);
    ends.push({ trace, warnings });
    Atomics.store(words, C.RING_ENDED, 1);
    C.ringChanged(control);
  }
  return ends;
}
