/** Some records of a trace as a trace of their own: the frames as they lie, of flow logs the records in the common form. */
import { createRecordReader, RECORD_COLUMNS } from '../analysis/replay/record-row.ts';
import { WrittenNames } from '../analysis/written-names.ts';
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import { type ScannedRows, scanTraces } from '../replay/scan.ts';
import { recordText } from '../report/record-rows.ts';
import { openTrace, type TraceSource } from '../trace/open.ts';
import { openOutput } from './convert-output.ts';
import { createPcapWriter } from './pcap-output.ts';

/** Ending of the file that holds records of such a trace. */
export function cutEnding({ flowList }: TraceSource): 'pcap' | 'ndjson' {
  return flowList === undefined ? 'pcap' : 'ndjson';
}

/** Rows behind `before` others, in which only the frames of some records are shown. */
function framesOf(rows: ScannedRows, before: number, wanted: ReadonlySet<number>): ScannedRows {
  const { frames } = rows;
  return {
    ...rows,
    frames: (onFrame) => {
      let record = before;
      frames!((frame, memory) => {
        if (wanted.has(++record)) onFrame(frame, memory);
      });
    },
  };
}

/** Writes the records with these numbers to `path`, and opens it. */
export async function cutTrace(
  source: TraceSource,
  wanted: ReadonlySet<number>,
  path: string,
): Promise<TraceSource> {
  const output = openOutput(path);
  const names = new WrittenNames();
  let deciderOf = (_: number): string => '';
  let before = 0;
  const pcap = cutEnding(source) === 'pcap' ? createPcapWriter([source], output) : undefined;
  const { row } = recordText('ndjson', RECORD_COLUMNS);
  const read = createRecordReader(names, (number) => deciderOf(number));
  try {
    await scanTraces([source], {
      onNames: (texts) => names.add(texts),
      onDeciders: (textOf) => {
        deciderOf = textOf;
      },
      onRows: (rows) => {
        if (pcap !== undefined) pcap.rows(framesOf(rows, before, wanted));
        else
          for (let index = 0; index < rows.count; index++)
            if (wanted.has(before + index + 1)) output.write(row(read(rows.batch, index)));
        before += rows.count;
        return true;
      },
    });
    if (pcap === undefined) output.finish();
    else pcap.finish();
  } finally {
    output.abandon();
  }
  const { value, diagnostics } = openTrace(path);
  if (value === undefined) throw new InvalidInput(diagnostics);
  return value;
}
