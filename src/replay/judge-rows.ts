/**
 * Rows of a round to verdicts: the order of the kernels. Where there are several epochs, runs of rows of one epoch go through
 * them one after the other, so that whatever a call gathers is judged by the same tables.
 */
import { DESK_EPOCH, DESK_PENDING_TABLES, DESK_ROWS, DESK_TABLES } from '../dataplane/desk-layout.ts';
import type { Kernels } from '../dataplane/kernels.ts';
import { BATCH_COLUMNS, BATCH_COUNT, EPOCH, INTERFACE_OWNER } from '../packet/batch-layout.ts';
import type { EpochPlan } from './epoch-plan.ts';

/** The kernels that rows go through. */
export type JudgingKernels = Pick<
  Kernels,
  'markCopies' | 'track' | 'identify' | 'classify' | 'guardInterfaces' | 'shiftOutcomes' | 'settle'
>;

export interface DeskEpoch extends EpochPlan {
  /** As in EpochInput. */
  readonly interfaceOwners: Uint32Array | undefined;
}

/** Where a worker's part lies in memory; byte offsets. */
export interface Desk {
  readonly desk: number;
  readonly firsts: number;
  /** The same first packets as the pending tables judge them; 0 without. */
  readonly pendingFirsts: number;
  /** Copies of packets are looked for. */
  readonly copiesSought: boolean;
  /** Packets may be refused for the interface they came by. */
  readonly interfacesKnown: boolean;
  readonly epochs: readonly DeskEpoch[];
}

/** Judges the rows of `batch` whose numbers stand at `rows` (u32 each), in that order. `words` views the memory. */
export function judgeRows(
  kernels: JudgingKernels,
  words: Uint32Array,
  where: Desk,
  batch: number,
  rows: number,
  count: number,
): void {
  const { desk, epochs } = where;
  if (epochs.length === 1) {
    judgeRun(kernels, words, where, epochs[0]!, batch, rows, count);
    return;
  }
  const column = new Uint8Array(words.buffer, words[batch / 4 + BATCH_COLUMNS + EPOCH]!);
  const epochOf = (index: number): number => column[words[rows / 4 + index]!]!;
  for (let done = 0; done < count; ) {
    const number = epochOf(done);
    let end = done + 1;
    while (end < count && epochOf(end) === number) end++;
    const epoch = epochs[number]!;
    words[(desk + DESK_EPOCH) / 4] = number;
    words[(desk + DESK_TABLES) / 4] = epoch.tables;
    words[(desk + DESK_PENDING_TABLES) / 4] = epoch.pendingTables;
    judgeRun(kernels, words, where, epoch, batch, rows + done * 4, end - done);
    done = end;
  }
}

/** Judges rows of one epoch. */
function judgeRun(
  kernels: JudgingKernels,
  words: Uint32Array,
  where: Desk,
  epoch: DeskEpoch,
  batch: number,
  rows: number,
  count: number,
): void {
  const { desk, firsts, pendingFirsts } = where;
  const firstCount = firsts / 4 + BATCH_COUNT;
  if (where.copiesSought) kernels.markCopies(desk, batch, rows, count);
  let done = 0;
  while (done < count) {
    const at = rows + done * 4;
    const taken = kernels.track(desk, batch, at, Math.min(DESK_ROWS, count - done));
    const first = words[firstCount]!;
    if (first > 0) {
      if (epoch.interfaceOwners !== undefined) nameInterfaces(words, firsts, first, epoch.interfaceOwners);
      judgeFirsts(kernels, where, epoch.tables, firsts, first, epoch.firstOutcome);
      if (pendingFirsts !== 0)
        judgeFirsts(kernels, where, epoch.pendingTables, pendingFirsts, first, epoch.firstPendingOutcome);
    }
    kernels.settle(desk, batch, at, taken);
    done += taken;
  }
}

/** Judges gathered first packets by one set of tables, whose outcomes are numbered from `base` on. */
function judgeFirsts(
  kernels: JudgingKernels,
  { interfacesKnown }: Desk,
  tables: number,
  firsts: number,
  count: number,
  base: number,
): void {
  kernels.identify(tables, firsts, 0, count);
  kernels.classify(tables, firsts, 0, count);
  if (interfacesKnown) kernels.guardInterfaces(tables, firsts, 0, count);
  if (base > 0) kernels.shiftOutcomes(firsts, 0, count, base);
}

/** What readers say of interfaces becomes what the epoch's tables number: an interface has another owner in another epoch. */
function nameInterfaces(words: Uint32Array, firsts: number, count: number, owners: Uint32Array): void {
  const column = words[firsts / 4 + BATCH_COLUMNS + INTERFACE_OWNER]! / 4;
  for (let row = column; row < column + count; row++) words[row] = owners[words[row]!] ?? words[row]!;
}
