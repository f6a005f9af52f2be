/** Rows of a round to verdicts: the order of the kernels, nothing else. */
import { DESK_ROWS } from '../dataplane/desk-layout.ts';
import type { Kernels } from '../dataplane/kernels.ts';
import { BATCH_COUNT } from '../packet/batch-layout.ts';

/** The kernels that rows go through. */
export type JudgingKernels = Pick<Kernels, 'track' | 'identify' | 'classify' | 'guardInterfaces' | 'settle'>;

/** Where a worker's part lies in memory; byte offsets. */
export interface Desk {
  readonly desk: number;
  readonly firsts: number;
  readonly tables: number;
  /** Packets may be refused for the interface they came by. */
  readonly interfacesKnown: boolean;
  /** The same first packets as the pending tables judge them. */
  readonly pending?: { readonly firsts: number; readonly tables: number };
}

/** Judges the rows of `batch` whose numbers stand at `rows` (u32 each), in that order. `words` views the memory. */
export function judgeRows(
  kernels: JudgingKernels,
  words: Uint32Array,
  { desk, firsts, tables, interfacesKnown, pending }: Desk,
  batch: number,
  rows: number,
  count: number,
): void {
  const firstCount = firsts / 4 + BATCH_COUNT;
  let done = 0;
  while (done < count) {
    const at = rows + done * 4;
    const taken = kernels.track(desk, batch, at, Math.min(DESK_ROWS, count - done));
    const first = words[firstCount]!;
    if (first > 0) {
      kernels.identify(tables, firsts, 0, first);
      kernels.classify(tables, firsts, 0, first);
      if (interfacesKnown) kernels.guardInterfaces(tables, firsts, 0, first);
      if (pending !== undefined) {
        kernels.identify(pending.tables, pending.firsts, 0, first);
        kernels.classify(pending.tables, pending.firsts, 0, first);
        if (interfacesKnown) kernels.guardInterfaces(pending.tables, pending.firsts, 0, first);
      }
    }
    kernels.settle(desk, batch, at, taken);
    done += taken;
  }
}
