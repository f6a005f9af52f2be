/** The rows of `--verdicts FILE`: each judged round is written as it comes, and the file appears when all are. */
import { createRowReader, type RowNaming, VERDICT_COLUMNS } from '../analysis/replay/verdict-row.ts';
import { openAtomicFile } from '../output/atomic-file.ts';
import type { PacketBatch } from '../packet/batch.ts';
import type { VerdictFormat } from '../report/verdict-format.ts';
import { createVerdictWriter } from '../report/verdict-rows.ts';
import { SKIP_OUTSIDE } from '../tables/verdict-layout.ts';

/** Where verdict rows go. */
export interface VerdictOutput {
  /** As a replay calls it. */
  readonly onRound: (batch: PacketBatch, count: number) => void;
  readonly finish: () => void;
  /** Leaves no file, unless it is finished. */
  readonly abandon: () => void;
}

/** Opens the file for rows. */
export function openVerdicts(path: string, format: VerdictFormat, naming: RowNaming): VerdictOutput {
  const file = openAtomicFile(path);
  const writer = createVerdictWriter(format, VERDICT_COLUMNS, file);
  const read = createRowReader(naming);
  return {
    onRound: (batch, count) => {
      for (let row = 0; row < count; row++)
        if (batch.skip[row] !== SKIP_OUTSIDE) writer.row(read(batch, row));
    },
    finish: writer.finish,
    abandon: file.abandon,
  };
}
