/**
 * A trace's records in the hands of one worker: framing (which bytes of a chunk are whole records) and decoding (records → rows of a
 * batch). Captures go through kernels, flow lists through text.
 */
import type { NameIndex } from '../flow/flow-name.ts';
import type { PacketBatch } from '../packet/batch.ts';
import * as L from '../packet/pcap-layout.ts';
import * as P from '../packet/pcapng-layout.ts';
import { type TextTable, textTableAt } from '../packet/text-table.ts';
import { flowFormat } from './flow-formats.ts';
import { createFlowListReader, RECORD_BYTES } from './flow-list-reader.ts';
import type { FlowList } from './flow-log/flow-format.ts';
import { FLOW_NOTES_BYTES } from './flow-log/flow-notes.ts';
import {
  createLogScanner,
  type LineKernels,
  type LogScanner,
  type ScannerMemory,
} from './flow-log/log-scanner.ts';
import { createNameReader, NAME_TEXTS, type NameReader } from './flow-log/name-reader.ts';
import { DECIDER_TEXTS } from './flow-log/observed-decider.ts';
import { createLoggedVerdicts } from './logged-verdicts.ts';
import type { TraceSource } from './open.ts';
import type { PcapHeader } from './pcap.ts';
import { pcapngReader } from './pcapng.ts';
import type { TraceTime } from './time.ts';
import { readNext, writeLimit } from './time-limit.ts';

/** The kernels that traces go through; dataplane/kernels.ts documents and provides them. */
export interface TraceKernels extends LineKernels {
  framePcap(pcap: number, chunk: number, bytes: number, most: number): number;
  decodePcap(pcap: number, chunk: number, bytes: number, most: number, batch: number, first: number): number;
  framePcapng(pcapng: number, found: number, chunk: number, bytes: number, most: number): number;
  decodeFound(found: number, packets: number, batch: number, first: number): void;
}

/** Where a reader keeps what it needs in shared memory: byte offsets. */
export interface ReaderRoom {
  /** Of its own. */
  readonly own: number;
  /** Of all readers of the trace; changed in the reader's turn. */
  readonly shared: number;
  /** What the worker needs to read lines of the trace's format from their bytes; absent: they are read as text. */
  readonly scanner?: ScannerMemory;
  /** Where the texts of who decided by the trace's word lie, a table of DECIDER_TEXTS; absent where nobody asks. */
  readonly deciders?: number;
}

export interface Framed {
  /** Bytes of whole records from the chunk's start. */
  readonly bytes: number;
  readonly records: number;
  /** True when nothing behind these records can be read. */
  readonly isEnd: boolean;
  /** True when the records are rows already. */
  readonly isDecoded?: boolean;
  /** Time of the record that was left because it lies at or behind the time up to which records are taken. */
  readonly next?: TraceTime;
}

/** Where the rows of records lie that are framed. */
export interface Rows {
  readonly batch: PacketBatch;
  readonly first: number;
}

/** How far a trace is framed that is merged with others. */
export interface Merging {
  /** The first record at or behind this time is left, and all that follow. */
  readonly before: TraceTime;
  /** Records of the trace before the chunk's. */
  readonly recordsBefore: number;
}

export interface TraceReader {
  /**
   * Counts up to `most` whole records of the chunk at `offset`. `atEnd`: no bytes follow the chunk. A last record that is cut, and a
   * length that no record has, become a warning when the chunk begins with them; `position` is where the chunk lies in the trace,
   * behind decompression. `place`: how many records the piece holds before these; a piece is decoded before the next one is framed.
   * `rows`: where their rows lie, when nobody else waits meanwhile: a reader may decode the records as it finds them.
   */
  frame(
    offset: number,
    bytes: number,
    atEnd: boolean,
    most: number,
    position: number,
    place: number,
    merging?: Merging,
    rows?: Rows,
  ): Framed;
  /**
   * Decodes records that `frame` counted, at the same `place`; fills every column of decode but RECORD and TRACE and returns the
   * number of rows.
   */
  decode(
    offset: number,
    bytes: number,
    records: number,
    batch: PacketBatch,
    firstRow: number,
    place: number,
  ): number;
  /** True when `decode` fills the INTERFACE_OWNER column; else nobody's interface is known. */
  readonly fillsInterfaces: boolean;
  /** True when `decode` fills the OBSERVED column; else the trace says nothing of verdicts. */
  readonly fillsObserved: boolean;
  /** True when `decode` fills the POINT and FINGERPRINT columns where the batch asks for them; else no record has copies. */
  readonly fillsFingerprints: boolean;
  /** What went wrong so far, in words. */
  readonly warnings: readonly string[];
}

/** What the reader's user knows of pods' interfaces. */
export interface InterfaceOwners {
  /** Endpoint numbers by interface name; undefined for one that may send from any address. */
  readonly owners: ReadonlyMap<string, number | undefined>;
  readonly prefixes: readonly string[];
  readonly isComplete: boolean;
}

/** What the reader's user knows of the names that stand in flow logs. */
export interface NamesKnown {
  readonly index: NameIndex;
  /** Where the table of their texts lies, which all readers share: NAME_TEXTS. */
  readonly texts: number;
}

/**
 * Whether records of the source say what became of the traffic. `maybe`: that shows while it is read, in PCAPNG_TELLS of the state that the
 * trace's readers share.
 */
export function tellsVerdicts({
  format,
  flowList,
  pcap,
}: Pick<TraceSource, 'format' | 'flowList' | 'pcap'>): 'yes' | 'maybe' | 'no' {
  if (format === 'pcapng') return 'maybe';
  if (pcap?.linkType === L.LINK_NFLOG) return 'yes';
  if (flowList === undefined) return 'no';
  return (flowList.tellsVerdicts ?? flowFormat(flowList.format).tellsVerdicts) ? 'yes' : 'no';
}

/** Whether records of the source may name pods in the place of addresses. */
export function namesPods({ flowList }: Pick<TraceSource, 'flowList'>): boolean {
  return flowList !== undefined && flowFormat(flowList.format).namesPods === true;
}

/** Link types that tell where on a host a packet was captured: captures of them see it at several places. */
const LINKS_OF_HOSTS: ReadonlySet<number> = new Set([L.LINK_LINUX_SLL, L.LINK_LINUX_SLL2, L.LINK_NFLOG]);

const isCapture = ({ format }: Pick<TraceSource, 'format'>): boolean =>
  format === 'pcap' || format === 'pcapng';

/** Whether both ends of a flow write records of it. */
export function hasReporters({ flowList }: Pick<TraceSource, 'flowList'>): boolean {
  return flowList !== undefined && flowFormat(flowList.format).hasReporters === true;
}

/** Whether copies can be told at all: in captures, and where both ends of a flow write records. */
export function canShowCopies(sources: readonly Pick<TraceSource, 'format' | 'flowList'>[]): boolean {
  return sources.some((source) => isCapture(source) || hasReporters(source));
}

/** Whether the traces are such that a packet is usually seen more than once: several captures, or one of several interfaces. */
export function showsCopies(sources: readonly Pick<TraceSource, 'format' | 'pcap' | 'flowList'>[]): boolean {
  if (sources.filter(isCapture).length > 1) return true;
  return sources.some(
    (source) =>
      source.format === 'pcapng' || LINKS_OF_HOSTS.has(source.pcap?.linkType ?? -1) || hasReporters(source),
  );
}

/** Bytes that a reader needs of its own, and those that all of its trace's readers share. */
export interface ReaderBytes {
  readonly own: number;
  readonly shared: number;
}

/** How much room a reader of the source needs. */
export function readerBytes({ format }: Pick<TraceSource, 'format'>): ReaderBytes {
  if (format === 'pcapng') return { own: P.FOUND_MAX * P.FOUND_BYTES, shared: P.PCAPNG_STATE_BYTES };
  return format === 'pcap' ? { own: L.PCAP_WORDS * 4, shared: 0 } : { own: 0, shared: FLOW_NOTES_BYTES };
}

/** Scanners of a worker: each takes memory, and few formats come together. */
const SCANNERS_MOST = 4;

/** Which scanner may read the lines of each trace from their bytes; undefined for none. Traces of one format share one. */
export function scannersOf(sources: readonly Pick<TraceSource, 'flowList'>[]): (number | undefined)[] {
  const programs: string[] = [];
  return sources.map((source) => {
    const program = scanProgram(source);
    if (program === undefined) return undefined;
    if (!programs.includes(program) && programs.length < SCANNERS_MOST) programs.push(program);
    const scanner = programs.indexOf(program);
    return scanner < 0 ? undefined : scanner;
  });
}

/** What tells apart traces that one scanner cannot read; undefined for a trace that none reads. */
function scanProgram({ flowList }: Pick<TraceSource, 'flowList'>): string | undefined {
  if (flowList === undefined || flowFormat(flowList.format).scan?.(flowList) === undefined) return undefined;
  const { format, delimiter, columns, cells, nothing } = flowList;
  return JSON.stringify([format, delimiter, columns, cells, nothing]);
}

function scannerOf(
  list: FlowList,
  kernels: TraceKernels,
  { scanner, deciders }: ReaderRoom,
  names: NameReader | undefined,
): LogScanner | undefined {
  if (scanner === undefined) return undefined;
  const program = `${scanProgram({ flowList: list })} ${deciders ?? '-'} ${names === undefined ? '-' : 'names'}`;
  const place = { kernels, memory: scanner, longest: RECORD_BYTES };
  return createLogScanner(list, flowFormat(list.format).scan?.(list), place, names, program);
}

/** A reader of `source` over `memory`, whose room is as `readerBytes` says. */
export function createReader(
  source: TraceSource,
  memory: SharedArrayBuffer,
  kernels: TraceKernels,
  room: ReaderRoom,
  interfaces?: InterfaceOwners,
  names?: NamesKnown,
): TraceReader {
  const deciders =
    room.deciders === undefined ? undefined : textTableAt(memory, room.deciders, DECIDER_TEXTS);
  if (source.format === 'pcapng') return pcapngReader(memory, kernels, room, interfaces, deciders);
  if (source.pcap !== undefined) return pcapReader(source.pcap, memory, kernels, room.own, deciders);
  if (source.flowList !== undefined) {
    const reader =
      names === undefined
        ? undefined
        : createNameReader(names.index, textTableAt(memory, names.texts, NAME_TEXTS));
    const scanner = scannerOf(source.flowList, kernels, room, reader);
    return createFlowListReader({
      list: source.flowList,
      memory,
      shared: room.shared,
      deciders,
      names: reader,
      scanner,
    });
  }
  throw new Error(`${source.path}: no reader for ${source.format}`);
}

function pcapReader(
  header: PcapHeader,
  memory: SharedArrayBuffer,
  kernels: TraceKernels,
  scratch: number,
  deciders: Pick<TextTable, 'intern'> | undefined,
): TraceReader {
  const isLogged = header.linkType === L.LINK_NFLOG;
  const verdicts = createLoggedVerdicts(memory, deciders);
  const words = new Uint32Array(memory, scratch, L.PCAP_WORDS);
  words[L.PCAP_SWAPPED] = header.isBigEndian ? 1 : 0;
  words[L.PCAP_RECORD_HEADER_BYTES] = header.recordHeaderBytes;
  words[L.PCAP_NANOS] = header.isNanos ? 1 : 0;
  words[L.PCAP_LINK_TYPE] = header.linkType;
  words[L.PCAP_FCS_BYTES] = header.fcsBytes;
  words[L.PCAP_MAX_CAPTURED] = header.maxCaptured;
  words[L.PCAP_LENGTHS] = header.lengths;
  const warnings: string[] = [];
  return {
    fillsInterfaces: false,
    fillsObserved: isLogged,
    fillsFingerprints: true,
    warnings,
    frame(offset, bytes, atEnd, most, position, _place, merging, rows) {
      const isDecoded = rows !== undefined && merging === undefined && !isLogged;
      writeLimit(words, L.PCAP_IS_LIMITED, L.PCAP_BEFORE, merging);
      const records = isDecoded
        ? kernels.decodePcap(scratch, offset, bytes, most, rows.batch.offset, rows.first)
        : kernels.framePcap(scratch, offset, bytes, most);
      const used = words[L.FRAMED_BYTES]!;
      const isBad = words[L.FRAMED_BAD_LENGTH] === 1;
      if (records === 0 && isBad)
        warnings.push(
          `the record at byte ${position} has a length that no capture has: nothing behind it was read`,
        );
      else if (records === 0 && atEnd && bytes > 0 && words[L.FRAMED_IS_LIMITED] === 0)
        warnings.push(`the record at byte ${position} is cut: the last ${bytes} bytes were not read`);
      const next = readNext(words, L.FRAMED_IS_LIMITED, L.FRAMED_NEXT);
      return { bytes: used, records, isEnd: records === 0 && isBad, isDecoded, ...next };
    },
    decode(offset, bytes, records, batch, firstRow) {
      if (isLogged) verdicts.clear(batch, firstRow, records);
      kernels.decodePcap(scratch, offset, bytes, records, batch.offset, firstRow);
      if (isLogged) verdicts.read(batch, firstRow, records);
      return records;
    },
  };
}
