/**
 * Rows of a Parquet file → the text that the format's reader knows: lines of cells, or JSON objects. Memory holds the columns of one
 * row group as they lie compressed, and some thousand rows.
 *
 * Source: apache/parquet-format.
 */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type ParquetParsers,
  parquetRead,
  snappyUncompress,
} from 'hyparquet';
import { formatAddress } from '../../net/address.ts';
import { zstdWhole } from '../zstd.ts';
import { readBytes } from './footer.ts';
import { checkPages, PAGE_BYTES_MAX } from './page-headers.ts';

function checked(pageBytes: number): number {
  if (pageBytes > PAGE_BYTES_MAX) throw new Error(`a page of ${pageBytes} bytes`);
  return pageBytes;
}

const COMPRESSORS: Compressors = {
  GZIP: (input, bytes) => gunzipSync(input, { maxOutputLength: Math.max(1, checked(bytes)) }),
  BROTLI: (input, bytes) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, checked(bytes)) }),
  ZSTD: (input, bytes) => zstdWhole(input, checked(bytes)),
  SNAPPY: (input, bytes) => {
    const page = new Uint8Array(checked(bytes));
    snappyUncompress(input, page);
    return page;
  },
};

/** `units` of 1/10^`digits` s since 1970 as decimal seconds, no digit lost. */
function decimalSeconds(units: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  return `${units / scale}.${String(units % scale).padStart(digits, '0')}`;
}

const decoder = new TextDecoder();

const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (units) => decimalSeconds(units, 3),
  timestampFromMicroseconds: (units) => decimalSeconds(units, 6),
  timestampFromNanoseconds: (units) => decimalSeconds(units, 9),
  jsonFromBytes: (bytes) => (bytes === undefined ? undefined : decoder.decode(bytes)),
  geometryFromBytes: () => undefined,
  geographyFromBytes: () => undefined,
};

/** Bytes of a fixed length are addresses where they can be. */
function bytesText(bytes: Uint8Array): string | null {
  if (bytes.length !== 4 && bytes.length !== 16) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wordAt = (index: number): number => (index * 4 < bytes.length ? view.getUint32(index * 4) : 0);
  return formatAddress({
    family: bytes.length === 4 ? 4 : 6,
    words: [wordAt(0), wordAt(1), wordAt(2), wordAt(3)],
  });
}

/** A value as JSON has it: whole numbers that a double does not hold become text. */
function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return value instanceof Uint8Array ? bytesText(value) : value;
}

/** A cell of a line. */
function cellText(value: unknown): string {
  const plain = plainValue('', value);
  if (plain === null || plain === undefined || plain === '' || plain === 'None') return '-';
  return String(plain).replace(/\s/g, '_');
}

type Row = readonly unknown[];

/** How rows become text: cells with `delimiter` between them; JSON objects when it is ''. */
export function rowText(delimiter: string, columns: readonly string[]): (row: Row) => string {
  if (delimiter !== '') return (row) => `${row.map(cellText).join(delimiter)}\n`;
  return (row) => {
    const object = Object.fromEntries(columns.map((name, index) => [name, row[index] ?? undefined]));
    return `${JSON.stringify(object, plainValue)}\n`;
  };
}

/** An open file. */
export interface ParquetFile {
  readonly descriptor: number;
  readonly bytes: number;
  readonly metadata: FileMetaData;
}

/** Looks at the pages of a row group's columns before they are decoded. Throws what is wrong with them. */
export function checkGroup(
  { descriptor, bytes, metadata }: ParquetFile,
  group: number,
  columns: readonly string[],
): void {
  for (const { meta_data: meta } of metadata.row_groups[group]!.columns) {
    if (meta === undefined || !columns.includes(meta.path_in_schema[0]!)) continue;
    const from = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const length = Number(meta.total_compressed_size);
    if (from < 0 || length < 0 || from + length > bytes) throw new Error('a column lies outside of the file');
    checkPages(new Uint8Array(readBytes(descriptor, from, length)), {
      values: Number(meta.num_values),
      encodings: meta.encodings,
    });
  }
}

/** Rows `from` to `to` of the file, some of one row group. Rejects when it does not hold them. */
export async function rowsOf(
  { descriptor, bytes, metadata }: ParquetFile,
  columns: readonly string[],
  from: number,
  to: number,
): Promise<readonly Row[]> {
  const file: AsyncBuffer = {
    byteLength: bytes,
    slice: (begin, end = bytes) => {
      if (begin < 0 || end > bytes || begin > end) throw new Error('a column lies outside of the file');
      return readBytes(descriptor, begin, end - begin);
    },
  };
  let rows: readonly Row[] = [];
  const ends = new Map<string, number>();
  await parquetRead({
    file,
    metadata,
    columns: [...columns],
    rowStart: from,
    rowEnd: to,
    rowFormat: 'array',
    compressors: COMPRESSORS,
    parsers: PARSERS,
    geoparquet: false,
    onChunk: ({ columnName, rowEnd }) => {
      ends.set(columnName, Math.max(ends.get(columnName) ?? 0, rowEnd));
    },
    onComplete: (complete) => {
      rows = complete;
    },
  });
  if (columns.some((name) => (ends.get(name) ?? 0) < to)) throw new Error('it holds fewer rows than it says');
  return rows;
}
