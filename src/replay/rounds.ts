/**
 * A worker's share of each round. First all workers fill the round: whoever has the reader's turn takes the next piece of
 * the trace, then decodes and partitions it while others read. When the round is full every worker judges the rows of its
 * own shards, in trace order. A connection is always in the hands of one worker, so nothing is locked.
 */

import * as D from '../dataplane/desk-layout.ts';
import {
  CHUNK_COUNT,
  CHUNK_RECORD_BYTES,
  CHUNK_TRACE,
  CHUNK_WORKER_COUNTS,
} from '../dataplane/desk-layout.ts';
import type { Kernels } from '../dataplane/kernels.ts';
import { SHARD_BYTES, SHARD_COUNT } from '../dataplane/shard-layout.ts';
import { batchAt, type PacketBatch } from '../packet/batch.ts';
import * as C from './control.ts';
import { judgeRows } from './judge-rows.ts';
import { type Plan, TALLY_NUMBERS } from './plan.ts';
import type { Supply } from './supply.ts';

/** What a worker holds while it takes part in a replay. */
export interface Workplace {
  readonly worker: number;
  readonly plan: Plan;
  readonly kernels: Kernels;
  readonly memory: SharedArrayBuffer;
  readonly control: C.Control;
  readonly supply: Supply;
  /** Tells the main thread that a round's rows are judged. */
  readonly showRound: (rows: number) => void;
}

interface Views {
  readonly round: PacketBatch;
  readonly words: Uint32Array;
  readonly numbers: Float64Array;
}

/** Offsets of a trace's tally, in numbers. */
export const TALLY_RECORDS = 0;
export const TALLY_PACKETS = 1;
export const TALLY_BYTES = 2;
export const TALLY_EARLIEST = 3;
export const TALLY_LATEST = 5;
export const TALLY_SEEN = 7;

/** Takes pieces of the traces, and decodes and partitions them, until the round is closed. */
function fill({ plan, kernels, control, supply, worker }: Workplace, { round, words, numbers }: Views): void {
  const { rowsPerRound, workers } = plan.input;
  const { words: state } = control;
  for (;;) {
    const piece = C.inTurn(control, () => {
      if (state[C.ROUND_CLOSED] === 1) return undefined;
      const base = state[C.ROUND_ROWS]!;
      const taken = supply.take(rowsPerRound - base);
      if (taken === undefined) {
        state[C.ENDED] = 1;
        state[C.ROUND_CLOSED] = 1;
        return undefined;
      }
      const chunk = state[C.ROUND_CHUNKS]!;
      const tally = plan.traceTallies / 8 + taken.trace * TALLY_NUMBERS;
      const recordsBefore = numbers[tally + TALLY_RECORDS]!;
      numbers[tally + TALLY_RECORDS] = recordsBefore + taken.records;
      state[C.ROUND_ROWS] = base + taken.records;
      state[C.ROUND_CHUNKS] = chunk + 1;
      if (base + taken.records === rowsPerRound || chunk + 1 === plan.chunksPerRound)
        state[C.ROUND_CLOSED] = 1;
      return { taken, base, chunk, recordsBefore };
    });
    if (piece === undefined) return;
    const { taken, base, recordsBefore } = piece;
    const rows = taken.decode(round, base);
    if (rows !== taken.records) throw new Error(`${taken.records} records became ${rows} rows`);
    for (let row = 0; row < rows; row++) round.record[base + row] = recordsBefore + row + 1;
    round.trace.fill(taken.trace, base, base + rows);
    const chunk = plan.chunks + piece.chunk * CHUNK_RECORD_BYTES;
    kernels.partition(plan.round, base, rows, workers, plan.lists, chunk);
    words[(chunk + CHUNK_TRACE) / 4] = taken.trace;
    void worker;
  }
}

/** Adds what partition saw of each chunk to the traces' tallies. */
function tallyTraces({ plan, control }: Workplace, { words, numbers }: Views): void {
  const chunks = control.words[C.ROUND_CHUNKS]!;
  for (let index = 0; index < chunks; index++) {
    const chunk = plan.chunks + index * CHUNK_RECORD_BYTES;
    const tally = plan.traceTallies / 8 + words[(chunk + CHUNK_TRACE) / 4]! * TALLY_NUMBERS;
    numbers[tally + TALLY_PACKETS]! += numbers[(chunk + D.CHUNK_PACKETS) / 8]!;
    numbers[tally + TALLY_BYTES]! += numbers[(chunk + D.CHUNK_BYTES_SEEN) / 8]!;
    if (words[(chunk + CHUNK_COUNT) / 4] === 0) continue;
    const seen = numbers[tally + TALLY_SEEN] !== 0;
    const keep = (at: number, time: number, better: (a: number, b: number) => boolean): void => {
      const nanos = words[time / 4]!;
      const seconds = words[time / 4 + 1]!;
      const [keptSeconds, keptNanos] = [numbers[tally + at]!, numbers[tally + at + 1]!];
      const isBetter = seconds === keptSeconds ? better(nanos, keptNanos) : better(seconds, keptSeconds);
      if (seen && !isBetter) return;
      numbers[tally + at] = seconds;
      numbers[tally + at + 1] = nanos;
    };
    keep(TALLY_EARLIEST, chunk + D.CHUNK_EARLIEST, (a, b) => a < b);
    keep(TALLY_LATEST, chunk + D.CHUNK_LATEST, (a, b) => a > b);
    numbers[tally + TALLY_SEEN] = 1;
  }
}

/** Judges the rows of this worker's shards. */
function judge({ plan, kernels, control, worker }: Workplace, { words }: Views): void {
  const { desk, firsts } = plan.desks[worker]!;
  const where = { desk, firsts, tables: plan.tables };
  const chunks = control.words[C.ROUND_CHUNKS]!;
  for (let index = 0; index < chunks; index++) {
    const chunk = (plan.chunks + index * CHUNK_RECORD_BYTES) / 4;
    let first = words[chunk]!;
    for (let before = 0; before < worker; before++) first += words[chunk + CHUNK_WORKER_COUNTS / 4 + before]!;
    const count = words[chunk + CHUNK_WORKER_COUNTS / 4 + worker]!;
    judgeRows(kernels, words, where, plan.round, plan.lists + first * 4, count);
  }
}

/** Shows the round's rows when they are wanted, then opens the next round. */
function closeRound({ plan, control, showRound }: Workplace): void {
  const { words, numbers } = control;
  const rows = words[C.ROUND_ROWS]!;
  const number = words[C.ROUND]! + 1;
  words[C.ROUND] = number;
  numbers[C.PACKETS_JUDGED]! += rows;
  if (plan.input.rowsWanted && rows > 0) {
    const released = Atomics.load(words, C.RELEASED);
    showRound(rows);
    C.waitWhile(control, C.RELEASED, released);
  }
  words[C.ROUND_ROWS] = 0;
  words[C.ROUND_CHUNKS] = 0;
  words[C.ROUND_CLOSED] = words[C.ENDED]!;
}

/** Takes part in every round, then credits what is left in this worker's shards. Throws Stopped. */
export function takePart(workplace: Workplace): void {
  const { plan, kernels, memory, control, worker } = workplace;
  const { workers } = plan.input;
  const views = {
    round: batchAt(memory, plan.round),
    words: new Uint32Array(memory),
    numbers: new Float64Array(memory),
  };
  let ended = false;
  while (!ended) {
    fill(workplace, views);
    C.meet(control, workers, () => tallyTraces(workplace, views));
    judge(workplace, views);
    ended = control.words[C.ENDED] === 1;
    C.meet(control, workers, () => closeRound(workplace));
  }
  for (let shard = worker; shard < SHARD_COUNT; shard += workers)
    kernels.finish(plan.desks[worker]!.desk, plan.shards + shard * SHARD_BYTES);
}
