/**
 * Flow lists in the hands of one worker: which bytes of a piece are whole records, and their rows. What cannot be read becomes
 * a malformed row, and a warning says what was wrong with such rows.
 */
import type { PacketBatch } from '../packet/batch.ts';
import { csvRecordEnds, endOfLine, type RecordEnds, UNFINISHED } from './csv.ts';
import { type FlowList, type FlowOutcome, writeFlowRow } from './flow-list.ts';
import type { TraceReader } from './reader.ts';

/** A longer line is no record: it is cut here, and its pieces count as malformed. */
const RECORD_BYTES = 1 << 20;

const MALFORMED = 'some records are no flows: they are skipped as malformed';
const NAMED =
  'some records name a pod where an address must stand: they are skipped as malformed, since lists are read by address';

/** Behind line breaks and blanks; a tab may be an empty cell's end. */
function behindBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 32)) at++;
  return at;
}

/** A reader of a flow list whose pieces lie in `memory`. */
export function createFlowListReader(list: FlowList, memory: SharedArrayBuffer): TraceReader {
  const warnings: string[] = [];
  const endsIn = (bytes: Uint8Array): RecordEnds =>
    list.kind === 'csv'
      ? csvRecordEnds(bytes, list.delimiter.charCodeAt(0))
      : { after: (at) => endOfLine(bytes, at) };
  const note = (outcome: FlowOutcome): void => {
    const warning = outcome === 'named' ? NAMED : MALFORMED;
    if (outcome !== 'written' && !warnings.includes(warning)) warnings.push(warning);
  };
  return {
    fillsInterfaces: false,
    warnings,
    frame(offset, byteCount, atEnd, most) {
      const bytes = new Uint8Array(memory, offset, byteCount);
      const ends = endsIn(bytes);
      let used = 0;
      let records = 0;
      while (records < most) {
        const at = behindBlanks(bytes, used);
        if (at === byteCount) return { bytes: byteCount, records, isEnd: false };
        const end = ends.after(at);
        if (end === UNFINISHED) {
          // The last line without a break, a quote that is never closed, a line without end: a record, once it comes first.
          if (records > 0 || !(atEnd || byteCount >= RECORD_BYTES)) break;
          const lineEnd = endOfLine(bytes, at);
          return { bytes: lineEnd === UNFINISHED ? byteCount : lineEnd, records: 1, isEnd: false };
        }
        used = end;
        records++;
      }
      return { bytes: used, records, isEnd: false };
    },
    decode(offset: number, byteCount: number, records: number, batch: PacketBatch, firstRow: number): number {
      const bytes = new Uint8Array(memory, offset, byteCount);
      const ends = endsIn(bytes);
      // One character a byte, so that positions hold in the text too; addresses and keys are ASCII.
      const text = Buffer.from(memory, offset, byteCount).toString('latin1');
      let used = 0;
      for (let row = firstRow; row < firstRow + records; row++) {
        const at = behindBlanks(bytes, used);
        const end = ends.after(at);
        used = end === UNFINISHED ? byteCount : end;
        note(writeFlowRow(list, text.slice(at, used).trimEnd(), batch, row));
      }
      return records;
    },
  };
}
