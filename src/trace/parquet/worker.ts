/**
 * The thread that decodes a Parquet file. It is asked for some rows at a time; who asks can end it when a damaged page has no end.
 * Rows of one row group follow each other, so its pages are looked at once.
 */
import { openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { footerOf, reasonOf } from './footer.ts';
import type { ParquetAnswer, ParquetQuestion, ParquetTask } from './pieces.ts';
import { checkGroup, type ParquetFile, rowsOf, rowText } from './rows.ts';

const { path, bytes, delimiter, columns } = workerData as ParquetTask;
const descriptor = openSync(path, 'r');
const file: ParquetFile = { descriptor, bytes, metadata: footerOf(descriptor, bytes) };
const line = rowText(delimiter, columns);
let looked = -1;
let decoded: { readonly from: number; readonly rows: readonly (readonly unknown[])[] } = {
  from: 0,
  rows: [],
};

/** Pages are larger than what is asked for: rows are decoded this many at a time. */
const DECODED_ROWS = 1 << 17;

async function answer({ group, from, to, end }: ParquetQuestion): Promise<ParquetAnswer> {
  try {
    if (looked !== group) checkGroup(file, group, columns);
    looked = group;
    if (from < decoded.from || to > decoded.from + decoded.rows.length)
      decoded = { from, rows: await rowsOf(file, columns, from, Math.min(end, from + DECODED_ROWS)) };
    const rows = decoded.rows.slice(from - decoded.from, to - decoded.from);
    return { text: Uint8Array.from(Buffer.from(rows.map(line).join(''))) };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

parentPort!.on('message', async (question: ParquetQuestion) => {
  const answered = await answer(question);
  parentPort!.postMessage(answered, 'text' in answered ? [answered.text.buffer as ArrayBuffer] : []);
});
