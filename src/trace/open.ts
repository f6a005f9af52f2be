/**
 * A path → what kind of trace it is and where its records begin, from its first bytes. The answer is plain data, so that workers
 * get it by copy and read the records themselves.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Checked, Diagnostic, DiagnosticCode } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { sourceName } from '../output/source-name.ts';
import { recogniseFlows } from './flow-formats.ts';
import { FLOW_FORMAT_NAMES, type FlowFormatName, type FlowList } from './flow-log/flow-format.ts';
import { compressionOf, HEAD_BYTES, plainHead, ZSTD_HEAD_BYTES } from './head.ts';
import { openParquet } from './open-parquet.ts';
import { isParquet } from './parquet/footer.ts';
import {
  isPcapMagic,
  isReadLinkType,
  linkTypeName,
  PCAP_HEADER_BYTES,
  type PcapHeader,
  readPcapHeader,
} from './pcap.ts';
import { isPcapng, PCAPNG_HEAD_BYTES, pcapngProblem } from './pcapng.ts';

/** How the records are wrapped; Parquet is unwrapped into text. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'parquet';

export interface TraceSource {
  /** As given; `-` is standard input. */
  readonly path: string;
  readonly format: 'pcap' | 'pcapng' | FlowFormatName;
  readonly compression: Compression;
  /** Bytes of the file, compressed ones when it is; 0 when not known. */
  readonly bytes: number;
  /** Where the records begin, behind decompression. */
  readonly start: number;
  /** True when the bytes come as a stream only: compressed files, pipes. `openStream` reads those. */
  readonly streamed: boolean;
  /** Of a pipe, which cannot be read twice: its open descriptor, and the bytes that were read already. */
  readonly pipe?: { readonly descriptor: number; readonly head: Uint8Array };
  readonly pcap?: PcapHeader;
  readonly flowList?: FlowList;
  /** The columns of a Parquet file that are read, in the order of its text's cells. */
  readonly parquetColumns?: readonly string[];
  readonly warnings: readonly string[];
}

/** What else a file may be: its first bytes in hex, its name, and what to do about it. */
const FOREIGN: readonly (readonly [start: RegExp, name: string, hint?: string])[] = [
  [/^504b0304/, 'a zip archive'],
  [/^fd377a585a/, 'xz-compressed', 'decompress it first'],
  [/^425a68/, 'bzip2-compressed', 'decompress it first'],
  [/^04224d18/, 'lz4-compressed', 'decompress it first'],
  [/^(1f8b|28b52ffd)/, 'compressed twice', 'decompress it first'],
  [/^50415231/, 'compressed Parquet', 'decompress it first'],
  [/^(0ca5|a50c)/, 'an nfdump file', 'turn it into CSV: nfdump -r FILE -o csv'],
  [/^736e6f6f70000000/, 'a snoop capture', 'turn it into pcap: editcap -F pcap FILE OUT'],
  [/^4f626a01/, 'Avro'],
  [/^(fffe|feff)/, 'UTF-16 text', 'write it as UTF-8'],
];

const KNOWN = `pcap and pcapng, and flow logs (${FLOW_FORMAT_NAMES.join(', ')}), each plain or compressed with gzip or zstd, flow logs also in Parquet, are read`;

/**
 * Recognises a trace. Without an error among the diagnostics the value is there. `given`: what a flow log is, by the word of the user;
 * captures tell for themselves. `fields`: the fields of AWS VPC flow logs that have no header.
 */
export function openTrace(
  path: string,
  given?: FlowFormatName,
  fields?: readonly string[],
): Checked<TraceSource | undefined> {
  const fail = (code: DiagnosticCode, message: string, hint?: string): Checked<undefined> => ({
    value: undefined,
    diagnostics: [
      {
        code,
        severity: 'error',
        message: `${sourceName(path)}: ${message}`,
        ...(hint === undefined ? {} : { hint }),
      } satisfies Diagnostic,
    ],
  });
  let opened: Opened;
  try {
    opened = readHead(path);
  } catch (error) {
    return fail('trace/unreadable', whyUnreadable(error, 'a capture or a flow log'));
  }
  const { head, bytes, pipe } = opened;
  if (head.length === 0) return fail('trace/empty', 'empty, where a capture or a flow log was expected');
  if (isParquet(head)) {
    if (pipe !== undefined)
      return fail('trace/format', 'Parquet from a pipe: what it holds stands at its end', 'give the file');
    const found = openParquet(path, bytes, given);
    if ('problem' in found) return fail(found.code, found.problem, found.hint);
    const value: TraceSource = {
      path,
      compression: 'parquet',
      streamed: true,
      bytes,
      start: 0,
      warnings: [],
      ...found,
    };
    return { value, diagnostics: [] };
  }
  const compression = compressionOf(head);
  const plain = plainHead(head);
  if (plain.length === 0)
    return fail(
      'trace/damaged',
      `nothing comes out of its ${compression} compression: empty, or damaged in its first block`,
    );
  const found = recognise(plain, given, fields);
  if ('problem' in found) return fail(found.code, found.problem, found.hint);
  const streamed = compression !== 'none' || pipe !== undefined;
  const ofPipe = pipe === undefined ? {} : { pipe: { descriptor: pipe, head } };
  const value: TraceSource = { path, compression, streamed, bytes, ...ofPipe, ...found };
  return { value, diagnostics: [] };
}

type Recognised = Pick<TraceSource, 'format' | 'start' | 'warnings' | 'pcap' | 'flowList'>;
interface Refused {
  readonly code: DiagnosticCode;
  readonly problem: string;
  readonly hint?: string;
}

function recognise(
  head: Uint8Array,
  given?: FlowFormatName,
  fields?: readonly string[],
): Recognised | Refused {
  if (isPcapMagic(head)) {
    const read = readPcapHeader(head);
    if ('problem' in read) return { code: 'trace/header', problem: read.problem };
    const { header } = read;
    const warnings = isReadLinkType(header.linkType)
      ? []
      : [`${linkTypeName(header.linkType)} is not read: its packets are skipped`];
    return { format: 'pcap', start: PCAP_HEADER_BYTES, pcap: header, warnings };
  }
  if (isPcapng(head)) {
    const problem = pcapngProblem(head);
    return problem === undefined
      ? { format: 'pcapng', start: 0, warnings: [] }
      : { code: 'trace/header', problem };
  }
  const hex = Buffer.from(head.subarray(0, 8)).toString('hex');
  const foreign = FOREIGN.find(([pattern]) => pattern.test(hex));
  if (foreign !== undefined) {
    const [, name, hint] = foreign;
    return {
      code: 'trace/format',
      problem: `${name}, which is not read`,
      ...(hint === undefined ? {} : { hint }),
    };
  }
  const flows = recogniseFlows(head, given, fields);
  if (flows !== undefined) {
    if ('problem' in flows) return { code: 'trace/header', problem: flows.problem, hint: flows.hint };
    const { list, start } = flows;
    return { format: list.format, start, flowList: list, warnings: [] };
  }
  const begin = `begins with ${glimpse(head)}, which`;
  if (given !== undefined)
    return {
      code: 'trace/format',
      problem: `${begin} does not look like ${given}`,
      hint: 'leave --trace-format out to have it recognised',
    };
  return { code: 'trace/format', problem: `${begin} is no trace that is known`, hint: KNOWN };
}

/** The first line of text that is not empty, the first bytes of anything else. */
function glimpse(head: Uint8Array): string {
  const start = Buffer.from(head.subarray(0, 40));
  const isText = start.every(
    (byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13,
  );
  const line = start.toString('latin1').trimStart().split(/\r?\n/)[0]!;
  if (isText) return line === '' ? 'blank lines' : JSON.stringify(line);
  return start.toString('hex', 0, 8).replace(/(..)(?=.)/g, '$1 ');
}

interface Opened {
  readonly head: Uint8Array;
  /** 0 when not known. */
  readonly bytes: number;
  /** The descriptor of a pipe, which stays open. */
  readonly pipe?: number;
}

/** A pipe gives what it has: a header, or a line, is enough, and waiting for more would hold up a live capture. */
function isEnough(head: Uint8Array): boolean {
  const plain = plainHead(head);
  if (isPcapng(plain)) return plain.length >= PCAPNG_HEAD_BYTES;
  return isPcapMagic(plain) ? plain.length >= PCAP_HEADER_BYTES : plain.length >= 4 && plain.includes(10);
}

function readHead(path: string): Opened {
  const file = path === '-' ? 0 : openSync(path, 'r');
  let isPipe = file === 0;
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    isPipe ||= !status.isFile();
    const buffer = Buffer.alloc(ZSTD_HEAD_BYTES);
    let filled = 0;
    const read = (most: number, isDone: () => boolean): void => {
      for (let count = 1; count > 0 && filled < most && !isDone(); filled += count)
        count = readSome(file, buffer.subarray(0, most), filled);
    };
    const isTold = (): boolean => isEnough(buffer.subarray(0, filled));
    read(HEAD_BYTES, () => isPipe && isTold());
    if (compressionOf(buffer.subarray(0, filled)) === 'zstd') read(ZSTD_HEAD_BYTES, isTold);
    const head = new Uint8Array(buffer.subarray(0, filled));
    const bytes = status.isFile() ? status.size : 0;
    return isPipe ? { head, bytes, pipe: file } : { head, bytes };
  } finally {
    if (!isPipe) closeSync(file);
  }
}

/** A read that waits for a pipe that has nothing yet. */
function readSome(file: number, buffer: Buffer, offset: number): number {
  for (;;) {
    try {
      return readSync(file, buffer, offset, buffer.length - offset, null);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
