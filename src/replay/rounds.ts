/**
 * A worker's share of each round. First all workers fill the round: whoever has the reader's turn takes the next piece of
 * the trace, then decodes and partitions it while others read. When the round is full every worker judges the rows of its
 * own shards, in trace order. A connection is always in the hands of one worker, so nothing is locked. Whoever is done fills
 * the next round while others still judge; ROUNDS_AT_ONCE are under way at most.
 */
import {
  ANSWER_ROWS,
  CHUNK_BASE,
  CHUNK_RECORD_BYTES,
  CHUNK_ROUND,
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
import { deskOf, isObserved, type Plan, type RoundPlan } from './plan.ts';
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
  /** All of it. */
  readonly words: Uint32Array;
  readonly control: C.Control;
  readonly supply: Supply;
  /** Tells the main thread that a round's rows are judged. */
  readonly showRound: (round: JudgedRound) => void;
}

/** Rows that are judged, in the batch at this place among `plan.rounds`. */
export interface JudgedRound {
  readonly place: number;
  readonly rows: number;
}

/** A round that is under way. */
interface Round extends RoundPlan {
  readonly place: number;
  /** Index of its control words. */
  readonly at: number;
  readonly rows: PacketBatch;
}

/** Takes the next piece for the round, in the reader's turn; undefined when the round is closed, as it is when nothing is left. */
function takePiece({ plan, control, supply }: Share, { at, place, chunks, rows: batch }: Round) {
  const { rowsPerRound, workers } = plan.input;
  const { words: state, numbers } = control;
  if (state[at + C.ROUND_CLOSED] === 1) return undefined;
  const base = state[at + C.ROUND_ROWS]!;
  // Who is alone holds nobody up by decoding what it takes.
  const rows = workers === 1 ? { batch, first: base } : undefined;
  const piece = supply.take(rowsPerRound - base, base > 0, rows);
  if (piece === undefined || piece === IDLE) {
    if (piece === undefined) state[at + C.ROUND_IS_LAST] = 1;
    C.closeRound(control, at, workers);
    return undefined;
  }
  if (base === 0) numbers[C.ROUND_BEGAN + place] = Date.now();
  const chunk = state[at + C.ROUND_CHUNKS]!;
  state[at + C.ROUND_ROWS] = base + piece.records;
  state[at + C.ROUND_CHUNKS] = chunk + 1;
  const isFull = base + piece.records === rowsPerRound || chunk + 1 === plan.chunksPerRound;
  // Whoever watches a live pipe wants to see what came.
  const isDue = piece.isLive && Math.abs(Date.now() - numbers[C.ROUND_BEGAN + place]!) >= LIVE_MILLISECONDS;
  if (isFull || isDue) C.closeRound(control, at, workers);
  return { piece, base, chunk: chunks + chunk * CHUNK_RECORD_BYTES };
}

/** Takes a piece of the traces into round `number`, and decodes and partitions it; false when the round is closed. */
function fillPiece(share: Share, round: Round, number: number, isBrief: boolean): boolean {
  const { plan, kernels, control, supply, worker, words } = share;
  const { seen, epochsSeen } = plan.desks[worker]!;
  const taken = supply.inTurn(round.at, () => takePiece(share, round), isBrief);
  if (taken === undefined) return false;
  const { piece, base, chunk } = taken;
  let row = base;
  for (const run of piece.runs) {
    decodeRun(run, round.rows, row);
    row += run.records;
  }
  kernels.partition(
    round.batch,
    base,
    piece.records,
    plan.input.workers,
    round.lists,
    chunk,
    seen,
    plan.range,
    plan.joins,
  );
  if (plan.epochBlock !== 0)
    kernels.markEpochs(plan.epochBlock, round.batch, base, piece.records, epochsSeen);
  Atomics.store(words, (chunk + CHUNK_ROUND) / 4, number + 1);
  C.decoded(control, round.at);
  return true;
}

/**
 * Fills round `number` until it is closed. What this worker has read ahead then goes into the rounds behind it, as far as they are
 * open: others would wait for it while this one judges.
 */
function fill(share: Share, rounds: readonly Round[], number: number): void {
  const { control, supply } = share;
  const roundOf = (index: number): Round => rounds[index % rounds.length]!;
  C.waitForRound(control, number);
  while (fillPiece(share, roundOf(number), number, false));
  for (let next = number + 1; supply.holdsPiece && C.isOpen(control, next); next++) {
    while (supply.holdsPiece && fillPiece(share, roundOf(next), next, true));
    if (!C.isClosed(control, roundOf(next).at)) return;
  }
}

function decodeRun(
  { reader, at, bytes, records, trace, recordsBefore, place, isDecoded }: Run,
  round: PacketBatch,
  first: number,
): void {
  const rows = isDecoded ? records : reader.decode(at, bytes, records, round, first, place);
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

/** Judges the rows of this worker's shards in closed round `number`, one piece after the other: the last ones may not be rows yet. */
function judge({ plan, kernels, control, worker, words }: Share, round: Round, number: number): void {
  const where = deskOf(plan, worker);
  const chunks = control.words[round.at + C.ROUND_CHUNKS]!;
  for (let index = 0; index < chunks; index++) {
    const chunk = (round.chunks + index * CHUNK_RECORD_BYTES) / 4;
    const word = chunk + CHUNK_ROUND / 4;
    C.waitForRows(control, round.at, () => Atomics.load(words, word) === number + 1);
    if (!plan.input.observedKnown && isObserved(plan, words)) beginObserving(words, where.desk);
    let first = words[chunk + CHUNK_BASE / 4]!;
    for (let before = 0; before < worker; before++) first += words[chunk + CHUNK_WORKER_COUNTS / 4 + before]!;
    const count = words[chunk + CHUNK_WORKER_COUNTS / 4 + worker]!;
    judgeRows(kernels, words, where, round.batch, round.lists + first * 4, count);
  }
}

/** What is to be done once with the rows of a judged round; rounds come here one after the other. */
function endRound({ plan, kernels, control, showRound }: Share, { at, batch, place }: Round): void {
  const { words, numbers } = control;
  const rows = words[at + C.ROUND_ROWS]!;
  if (plan.clocks !== 0) kernels.watchClocks(batch, rows, plan.clocks);
  numbers[C.PACKETS_JUDGED]! += rows;
  if (!plan.input.rowsWanted || rows === 0) return;
  const released = Atomics.load(words, C.RELEASED);
  showRound({ place, rows });
  C.waitWhile(control, C.RELEASED, released);
}

/** Takes part in every round, then credits what is left in this worker's shards. Throws Stopped. */
export function takePart(share: Share): void {
  const { plan, kernels, memory, control, worker } = share;
  const { workers } = plan.input;
  const rounds = plan.rounds.map((round, place) => ({
    ...round,
    place,
    at: C.roundWords(place),
    rows: batchAt(memory, round.batch),
  }));
  let isLast = false;
  for (let number = 0; !isLast; number++) {
    const round = rounds[number % rounds.length]!;
    fill(share, rounds, number);
    judge(share, round, number);
    isLast = control.words[round.at + C.ROUND_IS_LAST] === 1;
    C.judged(control, round.at, workers, () => endRound(share, round));
  }
  for (let shard = worker; shard < SHARD_COUNT; shard += workers)
    kernels.finish(plan.desks[worker]!.desk, plan.shards + shard * SHARD_BYTES);
}
