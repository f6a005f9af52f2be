/**
 * Reads lines of a flow log straight from their bytes, by kernels. A record of which something was not seen before is left to the reader of texts,
 * and what that makes of it is remembered here: the shape of JSON, a side's name or address, and what the row holds beside numbers. One a
 * format and worker; what is remembered hangs on the format alone, so that all its traces share it.
 */
import { isIcmp } from '../../net/protocol.ts';
import type { PacketBatch } from '../../packet/batch.ts';
import { FLAG_PORTS } from '../../packet/batch-layout.ts';
import * as S from '../../packet/scan-layout.ts';
import type { FlowList } from './flow-format.ts';
import type { FlowNote } from './flow-notes.ts';
import { type FlowReading, type FlowRecord, sideOf } from './flow-record.ts';
import { objectOf } from './json-value.ts';
import { type LogScan, roleNumber, type ScanRole } from './log-scan.ts';
import type { NameReader } from './name-reader.ts';
import { type ShapeStep, shapeSteps } from './shape-steps.ts';

/** The kernels that lines go through; dataplane/kernels.ts documents and provides them. */
export interface LineKernels {
  frameLines(scanner: number, chunk: number, bytes: number, most: number, longest: number): number;
  scanLines(
    scanner: number,
    chunk: number,
    bytes: number,
    most: number,
    longest: number,
    batch: number,
    row: number,
  ): number;
  rememberRow(scanner: number, batch: number, row: number, mode: number): void;
  rememberSide(
    scanner: number,
    side: number,
    family: number,
    name: number,
    word0: number,
    word1: number,
    word2: number,
    word3: number,
  ): void;
}

/** Lines that are framed or read, and where the next one begins. */
interface Lines {
  readonly count: number;
  readonly end: number;
}

export interface LogScanner {
  /** Counts up to `most` whole lines of the bytes; what may be no record, or is cut, is left. */
  frame(chunk: number, bytes: number, most: number): Lines;
  /** Writes rows of up to `most` lines, from `row` on; stops before a record that must be read as text, of which `learn` is then told. */
  read(chunk: number, bytes: number, most: number, batch: PacketBatch, row: number): Lines;
  /** What the reader of texts made of the record that `read` left: its reading, the row's note, and the row. */
  learn(
    text: string,
    reading: FlowReading,
    note: FlowNote | undefined,
    batch: PacketBatch,
    row: number,
  ): void;
  /** Rows that were written as repeated since this was asked last. */
  takeRepeated(): number;
}

/** Where a scanner lies, and with what. */
export interface ScannerPlace {
  readonly kernels: LineKernels;
  readonly memory: SharedArrayBuffer;
  /** SCANNER_BYTES of the worker's own. */
  readonly at: number;
  readonly longest: number;
}

/** Records of no shape that can be kept, after which no more shapes are looked for. */
const VAIN_MOST = 4096;

const FNV_PRIME = 0x01000193;

function hashOf(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Makes the memory one of this program, empty unless it is already. */
function begin(words: Uint32Array, bytes: Uint8Array, program: string): void {
  const [low, high] = [hashOf(program, 0x811c9dc5) | 1, hashOf(program, 0x9747b28c)];
  const at = S.SCAN_PROGRAM / 4;
  if (words[at] === low >>> 0 && words[at + 1] === high) return;
  // Fresh memory is empty.
  if (words[at] !== 0) bytes.fill(0);
  words[at] = low;
  words[at + 1] = high;
}

function tellProgram(
  words: Uint32Array,
  bytes: Uint8Array,
  list: FlowList,
  scan: LogScan,
  names: boolean,
): void {
  const tell = (offset: number, value: number): void => {
    words[offset / 4] = value;
  };
  tell(S.SCAN_KIND, 'cells' in scan ? S.SCAN_KIND_CELLS : S.SCAN_KIND_JSON);
  tell(S.SCAN_DELIMITER, list.delimiter === '' ? 0 : list.delimiter.charCodeAt(0));
  tell(S.SCAN_CELLS, list.cells ?? 0);
  tell(S.SCAN_NAMES, names ? 1 : 0);
  tell(S.SCAN_LEAST_PACKETS, scan.leastPackets ?? 0);
  const begins = list.noise.map(({ prefix }) => prefix).concat(list.header?.prefix ?? []);
  for (const prefix of begins) {
    const code = prefix.charCodeAt(0);
    words[S.SCAN_NOISE / 4 + (code >> 5)]! |= 1 << (code & 31);
  }
  const alike = scan.alike ?? [];
  tell(S.SCAN_ALIKE_COUNT, alike.length);
  for (const [index, role] of alike.entries())
    bytes[S.SCAN_ALIKE + index] = role === undefined ? S.FIELD_NONE : roleNumber(role) & S.ROLE_FIELD_MASK;
  if (!('cells' in scan)) return;
  for (let column = 0; column < (list.cells ?? 0); column++) {
    const role: ScanRole | undefined = scan.cells[column];
    bytes[S.SCAN_COLUMNS + column] = role === undefined ? S.FIELD_NONE : roleNumber(role);
  }
}

/** Shapes as they lie in a scanner's memory. */
function shapesAt(words: Uint32Array, bytes: Uint8Array) {
  const wordOf = (step: number, part: number): number => (S.SCAN_STEPS + step * S.STEP_BYTES + part) / 4;
  const byteOf = (step: number, part: number): number => S.SCAN_STEPS + step * S.STEP_BYTES + part;
  /** Of step 0, which is none, this holds how many there are. */
  const count = wordOf(0, S.STEP_PRESENT);
  const textOf = (step: number): string =>
    String.fromCharCode(
      ...bytes.subarray(
        byteOf(step, S.STEP_TEXT),
        byteOf(step, S.STEP_TEXT) + (words[wordOf(step, S.STEP_KIND)]! >>> 16),
      ),
    );
  const write = (step: number, { text, kind, role, present }: ShapeStep): void => {
    words[wordOf(step, S.STEP_OTHER)] = 0;
    words[wordOf(step, S.STEP_NEXT)] = 0;
    words[wordOf(step, S.STEP_PRESENT)] = present;
    words[wordOf(step, S.STEP_KIND)] = kind | (role << 8) | (text.length << 16);
    for (let index = 0; index < text.length; index++)
      bytes[byteOf(step, S.STEP_TEXT) + index] = text.charCodeAt(index);
  };
  /** The step that is like this one behind `link`, added when there is none; 0 when it cannot be. */
  const reach = (link: number, wanted: ShapeStep): number => {
    let at = link;
    for (; words[at] !== 0; at = wordOf(words[at]!, S.STEP_OTHER)) {
      const step = words[at]!;
      if (bytes[byteOf(step, S.STEP_KIND)] !== wanted.kind || textOf(step) !== wanted.text) continue;
      const isSame =
        bytes[byteOf(step, S.STEP_ROLE)] === wanted.role &&
        words[wordOf(step, S.STEP_PRESENT)] === wanted.present >>> 0;
      return isSame ? step : 0;
    }
    const step = words[count]! + 1;
    if (step >= S.SCAN_STEPS_MOST) return 0;
    words[count] = step;
    write(step, wanted);
    words[at] = step;
    return step;
  };
  return {
    /** Adds a shape; false when it is there already, or has no room. */
    add(steps: readonly ShapeStep[]): boolean {
      const before = words[count]!;
      let link = wordOf(0, S.STEP_NEXT);
      for (const step of steps) {
        const number = reach(link, step);
        if (number === 0) return false;
        link = wordOf(number, S.STEP_NEXT);
      }
      return words[count]! > before;
    },
  };
}

/** ROW_ bits of a row that was read as text. */
function modeOf(
  reading: FlowReading,
  note: FlowNote | undefined,
  present: number,
  batch: PacketBatch,
  row: number,
): number {
  if ('note' in reading || (note !== undefined && note !== 'repeated')) return S.ROW_UNKNOWN;
  if (reading.translated !== undefined || reading.packet !== undefined || reading.skip !== undefined)
    return S.ROW_UNKNOWN;
  const hasPorts = (batch.flags[row]! & FLAG_PORTS) !== 0;
  const ports = (1 << S.FIELD_SOURCE_PORT) | (1 << S.FIELD_DESTINATION_PORT);
  const portMode = !hasPorts
    ? 0
    : !isIcmp(batch.protocol[row]!)
      ? S.ROW_PORTS
      : (present & ports) === 0
        ? 0
        : S.ROW_ASKS_PORTS;
  return (
    portMode |
    (reading.isTurned === true ? S.ROW_TURNED : 0) |
    (reading.reporter === undefined ? 0 : S.ROW_REPORTED)
  );
}

/** A scanner of the list's lines; `program`: what else the rows hang on. Undefined where the list is of another kind. */
export function createLogScanner(
  list: FlowList,
  scan: LogScan | undefined,
  { kernels, memory, at, longest }: ScannerPlace,
  names: NameReader | undefined,
  program: string,
): LogScanner | undefined {
  if (scan === undefined || list.framing !== 'lines' || list.isWrapped === true) return undefined;
  if ('cells' in scan && (list.cells === undefined || list.cells > S.SCAN_COLUMNS_MOST)) return undefined;
  const bytes = new Uint8Array(memory, at, S.SCANNER_BYTES);
  const words = new Uint32Array(memory, at, S.SCANNER_BYTES / 4);
  begin(words, bytes, program);
  tellProgram(words, bytes, list, scan, names !== undefined);
  const shapes = shapesAt(words, bytes);
  let vain = 0;

  const learnShape = (text: string): boolean => {
    if ('cells' in scan) return false;
    const record = objectOf(text);
    const tree = record === undefined ? undefined : scan.treeOf(record);
    const steps = tree === undefined ? undefined : shapeSteps(text, tree);
    return steps !== undefined && shapes.add(steps);
  };
  const learnSide = (reading: FlowRecord, side: number): void => {
    const isSource = (side === 0) !== (reading.isTurned === true);
    const known = isSource
      ? sideOf(reading.source, reading.sourceName, names)
      : sideOf(reading.destination, reading.destinationName, names);
    if (known !== undefined) kernels.rememberSide(at, side, known.family ?? 0, known.name, ...known.words);
  };
  const learnSides = (reading: FlowReading): void => {
    if ('note' in reading) return;
    const missing = words[S.SCAN_SIDES_MISSING / 4]!;
    for (const side of [0, 1]) if ((missing & (1 << side)) !== 0) learnSide(reading, side);
  };
  return {
    frame(chunk, count, most) {
      const lines = kernels.frameLines(at, chunk, count, most, longest);
      return { count: lines, end: words[S.SCAN_END / 4]! };
    },
    read(chunk, count, most, batch, row) {
      const rows = kernels.scanLines(at, chunk, count, most, longest, batch.offset, row);
      return { count: rows, end: words[S.SCAN_END / 4]! };
    },
    learn(text, reading, note, batch, row) {
      switch (words[S.SCAN_STATUS / 4]) {
        case S.SCANNED_NEW_SHAPE:
          if (vain < VAIN_MOST && !learnShape(text)) vain++;
          break;
        case S.SCANNED_NEW_SIDES:
          learnSides(reading);
          break;
        case S.SCANNED_NEW_ROW:
          kernels.rememberRow(
            at,
            batch.offset,
            row,
            modeOf(reading, note, words[S.SCAN_PRESENT / 4]!, batch, row),
          );
      }
    },
    takeRepeated() {
      const repeated = words[S.SCAN_REPEATED / 4]!;
      words[S.SCAN_REPEATED / 4] = 0;
      return repeated;
    },
  };
}
