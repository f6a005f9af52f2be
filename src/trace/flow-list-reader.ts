/**
 * Flow logs in the hands of one worker: which bytes of a piece are whole records, and their rows. What cannot be read becomes
 * a row that is skipped; all workers count such rows together and say how many there were of each kind.
 */
import { isAscii } from 'node:buffer';
import type { PacketBatch } from '../packet/batch.ts';
import { flowFormat } from './flow-formats.ts';
import { endOfLine, UNFINISHED } from './flow-log/csv.ts';
import type { FlowList } from './flow-log/flow-format.ts';
import { framingOf, namesOtherColumns } from './flow-log/flow-framing.ts';
import { flowNotesAt } from './flow-log/flow-notes.ts';
import { type Deciders, writeFlowRow } from './flow-log/flow-row.ts';
import type { LogScanner } from './flow-log/log-scanner.ts';
import type { NameReader } from './flow-log/name-reader.ts';
import type { Merging, TraceReader } from './reader.ts';
import type { TraceTime } from './time.ts';
import { compareTimes } from './time-range.ts';

/** A longer record is none: it is cut here, and its pieces count as malformed. */
export const RECORD_BYTES = 1 << 20;
/**
 * Merged with others, so many records of a flow log stay together, and their place is that of the first one's time: they tell of
 * intervals and are not sorted by time themselves, and to read each of them twice would cost too much.
 */
const RECORDS_TOGETHER = 16;
const NEWLINE = 10;
const NO_TIME: TraceTime = { seconds: 0, nanos: 0 };

/** Where what begins at `at` and is no whole record is cut. */
function cutAt({ framing }: FlowList, bytes: Uint8Array, at: number): number {
  const lineEnd = framing === 'csv' ? endOfLine(bytes, at) : UNFINISHED;
  return Math.min(lineEnd === UNFINISHED ? bytes.length : lineEnd, at + RECORD_BYTES);
}

/** What a reader of a flow log works with. */
interface FlowListRoom {
  readonly list: FlowList;
  /** Where pieces lie. */
  readonly memory: SharedArrayBuffer;
  /** Where the counters of the trace's readers lie. */
  readonly shared: number;
  /** Takes who decided by the trace's word. */
  readonly deciders: Deciders | undefined;
  /** Without, records that name pods where an address must stand are malformed. */
  readonly names: NameReader | undefined;
  /** Without, all records are read as text. */
  readonly scanner: LogScanner | undefined;
}

/** A reader of a flow log. */
export function createFlowListReader(room: FlowListRoom): TraceReader {
  const { list, memory, shared, deciders, names, scanner } = room;
  const read = flowFormat(list.format).reader(list);
  const notes = flowNotesAt(memory, shared);
  /** The time of a record that is left for the limit; undefined when it is taken. */
  const leftFor = (
    { before, recordsBefore }: Merging,
    index: number,
    record: Uint8Array,
  ): TraceTime | undefined => {
    const isFirst = (recordsBefore + index) % RECORDS_TOGETHER === 0;
    const reading = isFirst ? read(Buffer.from(record).toString('utf8').trimEnd()) : undefined;
    const time = reading !== undefined && 'time' in reading ? reading.time : NO_TIME;
    return compareTimes(time, before) < 0 ? undefined : time;
  };
  return {
    fillsInterfaces: false,
    fillsObserved: true,
    fillsFingerprints: true,
    get warnings() {
      return notes.texts();
    },
    frame(offset, byteCount, atEnd, most, _position, _place, merging) {
      const bytes = new Uint8Array(memory, offset, byteCount);
      const framing = framingOf(list, bytes, atEnd);
      let used = 0;
      let records = 0;
      while (records < most) {
        if (scanner !== undefined && merging === undefined) {
          const lines = scanner.frame(offset + used, byteCount - used, most - records);
          records += lines.count;
          used = lines.end - offset;
          if (records === most) break;
        }
        const at = framing.begin(used);
        if (at >= byteCount) return { bytes: byteCount, records, isEnd: false };
        if (namesOtherColumns(list, bytes, at)) {
          if (records > 0) break;
          notes.add('other-columns', 1);
          return { bytes: at, records: 0, isEnd: true };
        }
        const end = framing.end(at);
        if (end !== UNFINISHED && end - at <= RECORD_BYTES) {
          const next = merging === undefined ? undefined : leftFor(merging, records, bytes.subarray(at, end));
          if (next !== undefined) return { bytes: used, records, isEnd: false, next };
          used = end;
          records++;
          continue;
        }
        if (records > 0) break;
        // What is no record lies behind already; the record is read with the bytes that follow.
        if (at > 0) return { bytes: at, records: 0, isEnd: false };
        // The last line without a break, a quote that is never closed, a line without end: a record, once it comes first.
        if (!atEnd && byteCount < RECORD_BYTES) break;
        const cut = cutAt(list, bytes, at);
        const next = merging === undefined ? undefined : leftFor(merging, 0, bytes.subarray(at, cut));
        if (next !== undefined) return { bytes: 0, records: 0, isEnd: false, next };
        return { bytes: cut, records: 1, isEnd: false };
      }
      return { bytes: used, records, isEnd: false };
    },
    decode(offset: number, byteCount: number, records: number, batch: PacketBatch, firstRow: number): number {
      const bytes = Buffer.from(memory, offset, byteCount);
      const framing = framingOf(list, bytes, true);
      // Where every character is a byte, positions hold in the text too, and it is made once.
      const text = scanner === undefined && isAscii(bytes) ? bytes.toString('latin1') : undefined;
      const lineEnd = scanner === undefined ? 0 : bytes.lastIndexOf(NEWLINE) + 1;
      const behind = firstRow + records;
      let used = 0;
      for (let row = firstRow; row < behind; row++) {
        const isScanned = scanner !== undefined && used < lineEnd;
        if (isScanned) {
          const lines = scanner.read(offset + used, lineEnd - used, behind - row, batch, row);
          row += lines.count;
          used = lines.end - offset;
          if (row === behind) break;
        }
        const at = framing.begin(used);
        const end = framing.end(at);
        used = end !== UNFINISHED && end - at <= RECORD_BYTES ? end : cutAt(list, bytes, at);
        const record = (text?.slice(at, used) ?? bytes.toString('utf8', at, used)).trimEnd();
        const reading = read(record);
        const note = writeFlowRow(reading, batch, row, deciders, names);
        if ('time' in reading && reading.time.isOutside === true) notes.add('outside-times', 1);
        if ('time' in reading && reading.time.isUnread === true) notes.add('unread-times', 1);
        if (note !== undefined) notes.add(note, 'amount' in reading ? (reading.amount ?? 1) : 1);
        if (isScanned) scanner.learn(record, reading, note, batch, row);
      }
      const repeated = scanner?.takeRepeated() ?? 0;
      if (repeated > 0) notes.add('repeated', repeated);
      return records;
    },
  };
}
