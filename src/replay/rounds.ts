/**
 * A worker's share of each round. First all workers fill the round: whoever has the reader's turn takes the next piece of
 * the trace, then decodes and partitions it while others read. When the round is full every worker judges the rows of its
 * own shards, in trace order. A connection is always in the hands of one worker, so nothing is locked.
 */

import {
  ANSWER_ROWS,
  CHUNK_BASE,
  CHUNK_RECORD_BYTES,
  CHUNK_WORKER_COUNTS,
  DESK_ANSWERS,
  DESK_OBSERVED,
} from '../dataplane/desk-layout.ts';
import type { Kernels } from '../dataplane/kernels.ts';
import { SHARD_BYTES, SHARD_COUNT } from '../dataplane/shard-layout.ts';
import { batchAt, type PacketBatch } from '../packet/batch.ts';
import * as C from './control.ts';
import { judgeRows } from './judge-rows.ts';
import type { Run } from './piece.ts';
import { deskOf, isObserved, type Plan } from './plan.ts';
import { IDLE } from './ring.ts';
import type { Supply } from './supply.ts';

/** A round of a live pipe is judged when it is so old, however few rows it has. */
const LIVE_MILLISECONDS = 200;

/** What a worker holds while it takes part in a replay. */
export interface Share {
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
}

/** Takes pieces of the traces, and decodes and partitions them, until the round is closed. */
function fill({ plan, kernels, control, supply, worker }: Share, { round }: Views): void {
  const { rowsPerRound, workers } = plan.input;
  const { words: state } = control;
  const { seen, epochsSeen } = plan.desks[worker]!;
  for (;;) {
    const taken = C.inTurn(control, () => {
      if (state[C.ROUND_CLOSED] === 1) return undefined;
      const base = state[C.ROUND_ROWS]!;
      const piece = supply.take(rowsPerRound - base, base > 0);
      if (piece === undefined || piece === IDLE) {
        if (piece === undefined) state[C.ENDED] = 1;
        state[C.ROUND_CLOSED] = 1;
        return undefined;
      }
      if (base === 0) control.numbers[C.ROUND_BEGAN] = Date.now();
      const chunk = state[C.ROUND_CHUNKS]!;
      state[C.ROUND_ROWS] = base + piece.records;
      state[C.ROUND_CHUNKS] = chunk + 1;
      const isFull = base + piece.records === rowsPerRound || chunk + 1 === plan.chunksPerRound;
      // Whoever watches a live pipe wants to see what came.
      const isDue =
        piece.isLive && Math.abs(Date.now() - control.numbers[C.ROUND_BEGAN]!) >= LIVE_MILLISECONDS;
      if (isFull || isDue) state[C.ROUND_CLOSED] = 1;
      return { piece, base, chunk: plan.chunks + chunk * CHUNK_RECORD_BYTES };
    });
    if (taken === undefined) return;
    const { piece, base, chunk } = taken;
    let row = base;
    for (const run of piece.runs) {
      decodeRun(run, round, row);
      row += run.records;
    }
    kernels.partition(
      plan.round,
      base,
      piece.records,
      workers,
      plan.lists,
      chunk,
      seen,
      plan.range,
      plan.joins,
    );
    if (plan.epochBlock !== 0)
      kernels.markEpochs(plan.epochBlock, plan.round, base, piece.records, epochsSeen);
  }
}

function decodeRun(
  { reader, at, bytes, records, trace, recordsBefore, place }: Run,
  round: PacketBatch,
  first: number,
): void {
  const rows = reader.decode(at, bytes, records, round, first, place);
  if (rows !== records) throw new Error(`${records} records became ${rows} rows`);
  round.trace.fill(trace, first, first + rows);
  if (!reader.fillsInterfaces) round.interfaceOwner.fill(0, first, first + rows);
  if (!reader.fillsObserved) {
    round.observed.fill(0, first, first + rows);
    round.observedBy.fill(0, first, first + rows);
  }
  if (!reader.fillsFingerprints) round.fingerprint.fill(0, first, first + rows);
  for (let row = 0; row < rows; row++) round.record[first + row] = recordsBefore + row + 1;
}

/** From here on rows are compared with what their trace says. Those before said nothing, so it does not matter when this comes. */
function beginObserving(words: Uint32Array, desk: number): void {
  words[(desk + DESK_OBSERVED) / 4] = 1;
  words[(desk + DESK_ANSWERS) / 4]! |= ANSWER_ROWS;
}

/** Judges the rows of this worker's shards. */
function judge({ plan, kernels, control, worker }: Share, { words }: Views): void {
  const where = deskOf(plan, worker);
  if (!plan.input.observedKnown && isObserved(plan, words)) beginObserving(words, where.desk);
  const chunks = control.words[C.ROUND_CHUNKS]!;
  for (let index = 0; index < chunks; index++) {
    const chunk = (plan.chunks + index * CHUNK_RECORD_BYTES) / 4;
    let first = words[chunk + CHUNK_BASE / 4]!;
    for (let before = 0; before < worker; before++) first += words[chunk + CHUNK_WORKER_COUNTS / 4 + before]!;
    const count = words[chunk + CHUNK_WORKER_COUNTS / 4 + worker]!;
    judgeRows(kernels, words, where, plan.round, plan.lists + first * 4, count);
  }
}

/** Shows the round's rows when they are wanted, then opens the next round. */
function closeRound({ plan, kernels, control, showRound }: Share): void {
  const { words, numbers } = control;
  const rows = words[C.ROUND_ROWS]!;
  if (plan.clocks !== 0) kernels.watchClocks(plan.round, rows, plan.clocks);
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
export function takePart(share: Share): void {
  const { plan, kernels, memory, control, worker } = share;
  const { workers } = plan.input;
  const views = {
    round: batchAt(memory, plan.round),
    words: new Uint32Array(memory),
  };
  let ended = false;
  while (!ended) {
    fill(share, views);
    C.meet(control, workers, () => {});
    judge(share, views);
    ended = control.words[C.ENDED] === 1;
    C.meet(control, workers, () => closeRound(share));
  }
  for (let shard = worker; shard < SHARD_COUNT; shard += workers)
    kernels.finish(plan.desks[worker]!.desk, plan.shards + shard * SHARD_BYTES);
}
