/**
 * Flow logs in Parquet, unwrapped as compressed ones are: the text of their rows, row group after row group. A thread of its own
 * decodes, so that a damaged page that has no end, or would fill the memory, costs its row group and nothing else.
 */
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { footerOf } from './footer.ts';

/** What the thread reads. */
export interface ParquetTask {
  readonly path: string;
  readonly bytes: number;
  /** Between cells; '' for JSON objects. */
  readonly delimiter: string;
  readonly columns: readonly string[];
}

/** Rows that are asked for, counted through the file. */
export interface ParquetQuestion {
  readonly group: number;
  readonly from: number;
  readonly to: number;
  /** Behind the last row of the group. */
  readonly end: number;
}

export type ParquetAnswer = { readonly text: Uint8Array } | { readonly problem: string };

const WORKER_FILE = fileURLToPath(new URL('../../../dist/trace/parquet/worker.js', import.meta.url));
/** Rows that are made into text at a time. */
const ROWS = 1 << 15;
/** How long rows of a file of so many bytes are waited for: far longer than they take. */
const patience = (bytes: number): number => Math.min(30_000, 3_000 + bytes / 4_000);
const MEMORY = { maxOldGenerationSizeMb: 2048 };

interface Decoder {
  ask(question: ParquetQuestion): Promise<ParquetAnswer>;
  close(): Promise<void>;
}

/** One thread, which is begun again after it was ended. It is asked one thing at a time. */
function createDecoder(task: ParquetTask): Decoder {
  let worker: Worker | undefined;
  let settle: (answer: ParquetAnswer) => void = () => {};
  const close = async (): Promise<void> => {
    const ending = worker;
    worker = undefined;
    settle({ problem: 'it was closed' });
    await ending?.terminate();
  };
  const begin = (): Worker => {
    const begun = new Worker(WORKER_FILE, { workerData: task, resourceLimits: MEMORY });
    const fail = (problem: string): void => {
      if (begun !== worker) return;
      worker = undefined;
      settle({ problem });
    };
    begun.on('message', (answer: ParquetAnswer) => settle(answer));
    begun.on('error', ({ message }) => fail(message));
    begun.on('exit', () => fail('its decoding broke off'));
    return begun;
  };
  const ask = async (question: ParquetQuestion): Promise<ParquetAnswer> => {
    worker ??= begin();
    const answered = new Promise<ParquetAnswer>((resolve) => {
      settle = resolve;
    });
    worker.postMessage(question);
    const timer = setTimeout(() => {
      settle({ problem: 'its decoding does not end' });
      void close();
    }, patience(task.bytes));
    try {
      return await answered;
    } finally {
      clearTimeout(timer);
    }
  };
  return { ask, close };
}

/** Rows of each row group, as the footer counts them. */
function groupRows(path: string, bytes: number): number[] {
  const file = openSync(path, 'r');
  try {
    return footerOf(file, bytes).row_groups.map(({ num_rows }) => Math.max(0, Number(num_rows)));
  } finally {
    closeSync(file);
  }
}

/** A file's rows as text. */
export interface ParquetText {
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Ends a wait for the next piece. */
  close(): void;
}

async function* piecesOf(
  task: ParquetTask,
  decoder: Decoder,
  warnings: string[],
): AsyncGenerator<Uint8Array> {
  try {
    const groups = groupRows(task.path, task.bytes);
    let first = 0;
    for (const [group, rows] of groups.entries()) {
      const end = first + rows;
      for (let from = first; from < end; from += ROWS) {
        const answer = await decoder.ask({ group, from, to: Math.min(end, from + ROWS), end });
        if ('text' in answer) {
          yield answer.text;
          continue;
        }
        const lost = `${end - from} of its ${rows} rows`;
        warnings.push(
          `row group ${group + 1} of ${groups.length} is damaged (${answer.problem}): ${lost} were not read`,
        );
        break;
      }
      first = end;
    }
  } finally {
    await decoder.close();
  }
}

/** The text of a file's rows, in pieces; what could not be read is told in `warnings`. */
export function openParquetText(task: ParquetTask, warnings: string[]): ParquetText {
  const decoder = createDecoder(task);
  return { pieces: piecesOf(task, decoder, warnings), close: () => void decoder.close() };
}
