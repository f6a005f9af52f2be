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
import type { FlowReading, FlowRecord } from './flow-record.ts';
import { sideOf } from './flow-row.ts';
import { objectOf } from './json-value.ts';
import { type LogScan, roleNumber, type ScanRole } from './log-scan.ts';
import type { NameReader } from './name-reader.ts';
import { ShapeGraph } from './shape-graph.ts';
import { type Shape, shapeOf } from './shape-steps.ts';

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

/** What a scanner works with. */
interface ScannerPlace {
  readonly kernels: LineKernels;
  readonly memory: ScannerMemory;
  /** Longer records are read as text. */
  readonly longest: number;
}

/** Records of no shape that can be kept, after which no more shapes are looked for. */
const VAIN_MOST = 4096;

/** A scanner's memory, and what only this thread knows of it: all readers of one format share it. */
export interface ScannerMemory {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  /** Byte offset in the memory of all workers. */
  readonly at: number;
  /** What all that stands there hangs on; '' before anything does. */
  program: string;
  shapes: ShapeGraph;
  /** Records that taught nothing. */
  vain: number;
}

/** The memory of a scanner at `at`, SCANNER_BYTES that are 0. */
export function scannerMemoryAt(memory: SharedArrayBuffer, at: number): ScannerMemory {
  const words = new Uint32Array(memory, at, S.SCANNER_BYTES / 4);
  const bytes = new Uint8Array(memory, at, S.SCANNER_BYTES);
  return { words, bytes, at, program: '', shapes: new ShapeGraph(words, bytes), vain: 0 };
}

/** Forgets everything that hangs on another program. */
function begin(memory: ScannerMemory, program: string): void {
  if (memory.program === program) return;
  if (memory.program !== '') memory.bytes.fill(0);
  memory.program = program;
  memory.shapes = new ShapeGraph(memory.words, memory.bytes);
  memory.vain = 0;
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
    if (code < 128) words[S.SCAN_NOISE / 4 + (code >> 5)]! |= 1 << (code & 31);
  }
  const alike = scan.alike ?? [];
  tell(S.SCAN_ALIKE_COUNT, alike.length);
  for (const [index, role] of alike.entries())
    bytes[S.SCAN_ALIKE + index] = role === undefined ? S.FIELD_NONE : roleNumber(role) & S.ROLE_FIELD_MASK;
  if (!('cells' in scan)) return;
  let taken = 0;
  for (let column = 0; column < (list.cells ?? 0); column++) {
    const role: ScanRole | undefined = scan.cells[column];
    if (role === undefined) continue;
    const at = S.SCAN_COLUMNS + taken++ * 2;
    bytes[at] = column;
    bytes[at + 1] = roleNumber(role);
  }
  tell(S.SCAN_CELLS_TAKEN, taken);
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
  const ports = (1 << S.FIELD_SOURCE_PORT) | (1 << S.FIELD_DESTINATION_PORT);
  const hasPorts = (batch.flags[row]! & FLAG_PORTS) !== 0;
  // In the place of ICMP's ports a type may stand, which is none where it is too large, and may mean that no code follows.
  const portMode = isIcmp(batch.protocol[row]!)
    ? (present & ports) === 0
      ? 0
      : S.ROW_ASKS_PORTS
    : hasPorts
      ? S.ROW_PORTS
      : 0;
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
  { kernels, memory, longest }: ScannerPlace,
  names: NameReader | undefined,
  program: string,
): LogScanner | undefined {
  if (scan === undefined || list.framing !== 'lines' || list.isWrapped === true) return undefined;
  if ('cells' in scan && (list.cells === undefined || list.cells > S.SCAN_COLUMNS_MOST)) return undefined;
  if (scan.alike !== undefined && scan.alike.length > S.SCAN_ALIKE_MOST) return undefined;
  const { words, bytes, at } = memory;
  begin(memory, program);
  tellProgram(words, bytes, list, scan, names !== undefined);

  const shapeAt = (text: string): Shape | undefined => {
    const record = 'cells' in scan ? undefined : objectOf(text);
    const tree = record === undefined || 'cells' in scan ? undefined : scan.treeOf(record);
    return tree === undefined ? undefined : shapeOf(text, tree);
  };
  const learnShape = (text: string): void => {
    if (memory.vain >= VAIN_MOST) return;
    const shape = shapeAt(text);
    if (shape === undefined || !memory.shapes.add(shape)) memory.vain++;
  };
  const all = new Uint8Array(bytes.buffer);
  /** Whether the fields that kernels found are those that the tree names: steps of several trees may make one way. */
  const hasFields = (text: string): boolean => {
    if ('cells' in scan) return true;
    const fields = shapeAt(text)?.fields;
    if (fields === undefined) return false;
    const found = words[S.SCAN_PRESENT / 4]! | words[S.SCAN_EMPTY / 4]!;
    for (let field = 0; field < S.FIELD_NONE; field++) {
      const value = fields.get(field);
      if ((value !== undefined) !== ((found & (1 << field)) !== 0)) return false;
      if (value === undefined) continue;
      const place = S.SCAN_FIELDS / 4 + field * 2;
      const own = all.subarray(words[place]!, words[place + 1]!);
      if (Buffer.from(own).toString('latin1') !== value) return false;
    }
    return true;
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
          learnShape(text);
          break;
        case S.SCANNED_NEW_SIDES:
          learnSides(reading);
          break;
        case S.SCANNED_NEW_ROW:
          kernels.rememberRow(
            at,
            batch.offset,
            row,
            hasFields(text) ? modeOf(reading, note, words[S.SCAN_PRESENT / 4]!, batch, row) : S.ROW_UNKNOWN,
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
