/**
 * `--verdicts FILE`: rows as CSV, NDJSON or Parquet, streamed; memory holds at most one group of rows. The file appears
 * when it is complete.
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Cell, VerdictColumn } from '../analysis/replay/verdict-row.ts';
import type { AtomicFile } from '../output/atomic-file.ts';
import { csvField } from '../output/csv.ts';
import type { VerdictFormat } from './verdict-format.ts';

export interface VerdictWriter {
  row(cells: readonly Cell[]): void;
  /** Writes what remains and makes the file appear. */
  finish(): void;
}

/** Rows of a Parquet row group: what is held in memory. */
const GROUP_ROWS = 20_000;

function csvWriter(columns: readonly VerdictColumn[], file: AtomicFile): VerdictWriter {
  file.write(`${columns.map(({ name }) => name).join(',')}\n`);
  return {
    row: (cells) => file.write(`${cells.map((cell) => (cell === null ? '' : csvField(cell))).join(',')}\n`),
    finish: () => file.commit(),
  };
}

function ndjsonWriter(columns: readonly VerdictColumn[], file: AtomicFile): VerdictWriter {
  const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
  return {
    row: (cells) =>
      file.write(`{${cells.map((cell, index) => keys[index] + JSON.stringify(cell)).join(',')}}\n`),
    finish: () => file.commit(),
  };
}

function schemaElement({ name, kind }: VerdictColumn): SchemaElement {
  if (kind === 'text')
    return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' };
  return { name, type: kind === 'count' ? 'INT64' : 'INT32', repetition_type: 'OPTIONAL' };
}

function parquetWriter(columns: readonly VerdictColumn[], file: AtomicFile): VerdictWriter {
  const bytes = new ByteWriter();
  const drain = (): void => {
    file.write(bytes.getBytes());
    bytes.index = 0;
  };
  const writer = new ParquetWriter({
    writer: Object.assign(bytes, { flush: drain, finish: drain }),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaElement)],
    createdBy: 'dryplane',
  });
  let gathered: (Cell | bigint)[][] = columns.map(() => []);
  const flush = (): void => {
    if (gathered[0]!.length === 0) return;
    writer.write({
      columnData: columns.map(({ name }, index) => ({ name, data: gathered[index]! })),
      rowGroupSize: GROUP_ROWS,
    });
    gathered = columns.map(() => []);
  };
  return {
    row(cells) {
      for (let index = 0; index < columns.length; index++) {
        const cell = cells[index]!;
        gathered[index]!.push(columns[index]!.kind === 'count' && cell !== null ? BigInt(cell) : cell);
      }
      if (gathered[0]!.length >= GROUP_ROWS) flush();
    },
    finish() {
      flush();
      writer.finish();
      file.commit();
    },
  };
}

/** A writer onto an open file. */
export function createVerdictWriter(
  format: VerdictFormat,
  columns: readonly VerdictColumn[],
  file: AtomicFile,
): VerdictWriter {
  if (format === 'csv') return csvWriter(columns, file);
  return format === 'ndjson' ? ndjsonWriter(columns, file) : parquetWriter(columns, file);
}
