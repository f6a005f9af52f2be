/** A trace's rows as text, and the records that are written of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRecordReader, RECORD_COLUMNS } from '../../src/analysis/replay/record-row.ts';
import { WrittenNames } from '../../src/analysis/written-names.ts';
import type { PacketBatch } from '../../src/packet/batch.ts';
import * as B from '../../src/packet/batch-layout.ts';
import { scanTraces } from '../../src/replay/scan.ts';
import { type RecordFormat, recordText } from '../../src/report/record-rows.ts';
import { openTrace, type TraceSource } from '../../src/trace/open.ts';

/** Opens a path; throws what is against it. */
export function opened(path: string): TraceSource {
  const { value, diagnostics } = openTrace(path);
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join('; '));
  return value;
}

/** A fraction may say more than a second; what then lies behind the last second of 32 bits is written down as it is and read as the last. */
function timeText(second: number, nanos: number): string {
  const carried = second + Math.floor(nanos / 1e9);
  return carried >= 0xffff_ffff ? 'the last second or behind' : `${carried}.${nanos % 1e9}`;
}

/** Every column that decode fills and that means something in the row. Written apart from what writes the records. */
export function rowText(batch: PacketBatch, row: number): string {
  const four = (words: Uint32Array): string => words.subarray(row * 4, row * 4 + 4).join('.');
  const flags = batch.flags[row]!;
  const parts: (string | number)[] = [
    `time ${timeText(batch.seconds[row]!, batch.nanos[row]!)}`,
    `skip ${batch.skip[row]} flags ${flags} packets ${batch.packets[row]} bytes ${batch.bytes[row]} family ${batch.family[row]}`,
  ];
  if (batch.family[row] !== 0)
    parts.push(
      `${batch.protocol[row]} ${four(batch.src)}:${batch.sport[row]} ${four(batch.dst)}:${batch.dport[row]} tcp ${batch.tcpFlags[row]}`,
      `fragment ${batch.fragmentId[row]} ${batch.fragmentOffset[row]} observed ${batch.observed[row]}`,
    );
  if ((flags & B.FLAG_TRANSLATED) !== 0)
    parts.push(`to ${four(batch.translatedDst)}:${batch.translatedDport[row]}`);
  if ((flags & B.FLAG_TUNNEL) !== 0)
    parts.push(
      `tunnel ${batch.tunnel[row]} ${batch.outerFamily[row]} ${four(batch.outerSrc)} ${four(batch.outerDst)}`,
    );
  if ((flags & B.FLAG_QUOTE) !== 0)
    parts.push(
      `quote ${batch.quotedProtocol[row]} ${four(batch.quotedSrc)}:${batch.quotedSport[row]} ${four(batch.quotedDst)}:${batch.quotedDport[row]}`,
    );
  return parts.join(' | ');
}

export interface Scanned {
  readonly rows: readonly string[];
  /** As `convert` writes them. */
  readonly text: Readonly<Record<RecordFormat, string>>;
  readonly warnings: readonly string[];
}

/** Reads a trace. */
export async function scanned(source: TraceSource, chunkBytes?: number): Promise<Scanned> {
  const rows: string[] = [];
  const names = new WrittenNames();
  let deciderOf = (_: number): string => '';
  const read = createRecordReader(names, (number) => deciderOf(number));
  const writers = { csv: recordText('csv', RECORD_COLUMNS), ndjson: recordText('ndjson', RECORD_COLUMNS) };
  const text = { csv: [writers.csv.head], ndjson: [writers.ndjson.head] };
  const ends = await scanTraces([source], {
    onDeciders: (textOf) => {
      deciderOf = textOf;
    },
    ...(chunkBytes === undefined ? {} : { chunkBytes }),
    onNames: (texts) => names.add(texts),
    onRows: ({ batch, count }) => {
      for (let row = 0; row < count; row++) {
        const by = batch.observed[row] === 0 ? '' : deciderOf(batch.observedBy[row]!);
        rows.push(`${rowText(batch, row)} by ${by}`);
        const cells = read(batch, row);
        text.csv.push(writers.csv.row(cells));
        text.ndjson.push(writers.ndjson.row(cells));
      }
      return true;
    },
  });
  return {
    rows,
    text: { csv: text.csv.join(''), ndjson: text.ndjson.join('') },
    warnings: ends.flatMap(({ warnings }) => warnings),
  };
}

/** Reads text that stands in a file for as long. */
export async function scannedText(text: string | Buffer, chunkBytes?: number): Promise<Scanned> {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-records-'));
  try {
    const path = join(folder, 'records');
    writeFileSync(path, text);
    return await scanned(opened(path), chunkBytes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
