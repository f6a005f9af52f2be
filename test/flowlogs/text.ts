/** Flow logs that a test writes as text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlowFormatName } from '../../src/trace/flow-log/flow-format.ts';
import { type Rows, rowsOf } from './rows.ts';

/** Reads a text as a flow log, `given` or recognised. */
export function rowsOfText(content: string | Buffer, given?: FlowFormatName, chunkBytes?: number): Rows {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-flow-log-'));
  try {
    const path = join(folder, 'log');
    writeFileSync(path, content);
    return rowsOf(path, given, chunkBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Objects, one a line. */
export const ndjson = (...objects: readonly object[]): string =>
  objects.map((object) => `${JSON.stringify(object)}\n`).join('');
