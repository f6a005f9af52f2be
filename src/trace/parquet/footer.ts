/**
 * The footer of a Parquet file: what its rows hold, told before any is read. Every trace passes here, so only the part of the package
 * that reads footers is loaded.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { parquetMetadata, parquetSchema } from 'hyparquet/src/metadata.js';

const MAGIC = 'PAR1';
/** Parquet with an encrypted footer. */
const ENCRYPTED_MAGIC = 'PARE';
/** Length of the footer, magic. */
const TRAILER_BYTES = 8;
const FOOTER_BYTES_MAX = 256 << 20;

/** Whether the bytes begin as a Parquet file does. */
export function isParquet(head: Uint8Array): boolean {
  return [MAGIC, ENCRYPTED_MAGIC].includes(Buffer.from(head.subarray(0, 4)).toString('latin1'));
}

/** The bytes of an open file. Throws when it has not so many. */
export function readBytes(file: number, from: number, bytes: number): ArrayBuffer {
  const buffer = new Uint8Array(bytes);
  for (let filled = 0; filled < bytes; ) {
    const count = readSync(file, buffer, filled, bytes - filled, from + filled);
    if (count === 0) throw new Error('the file ends before that');
    filled += count;
  }
  return buffer.buffer;
}

/** What an error says, without the name of who says it. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^parquet /, '');

/** The footer of an open file of `bytes` bytes. Throws what is wrong with it. */
export function footerOf(file: number, bytes: number): FileMetaData {
  if (bytes < TRAILER_BYTES + MAGIC.length) throw new Error('the file is cut');
  const trailer = Buffer.from(readBytes(file, bytes - TRAILER_BYTES, TRAILER_BYTES));
  const magic = trailer.toString('latin1', 4);
  if (magic === ENCRYPTED_MAGIC) throw new Error('it is encrypted');
  if (magic !== MAGIC) throw new Error('the file is cut');
  const length = trailer.readUInt32LE(0);
  if (length > Math.min(bytes - TRAILER_BYTES, FOOTER_BYTES_MAX))
    throw new Error('it is longer than the file');
  const footer = readBytes(file, bytes - TRAILER_BYTES - length, length + TRAILER_BYTES);
  return parquetMetadata(footer, { geoparquet: false });
}

/** What the end of a file says of its rows. */
export interface ParquetSchema {
  /** Columns of the top level, in their order. */
  readonly columns: readonly string[];
  /** A row whose values are all of the right shape, and nothing else. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** A value of the shape that a column has. */
function exampleOf({ children, element }: SchemaTree): unknown {
  const type = element.converted_type ?? element.logical_type?.type;
  if (type === 'LIST' || element.repetition_type === 'REPEATED') return [];
  if (type === 'MAP' || type === 'MAP_KEY_VALUE') return {};
  if (children.length === 0) return '0';
  return Object.fromEntries(children.map((child) => [child.element.name, exampleOf(child)]));
}

/** Reads the schema of the file, which has `bytes` bytes; `problem` when it cannot be. */
export function parquetSchemaOf(path: string, bytes: number): ParquetSchema | { readonly problem: string } {
  const file = openSync(path, 'r');
  try {
    const { children } = parquetSchema(footerOf(file, bytes));
    return {
      columns: children.map(({ element }) => element.name),
      example: Object.fromEntries(children.map((child) => [child.element.name, exampleOf(child)])),
    };
  } catch (error) {
    return { problem: `Parquet whose footer cannot be read: ${reasonOf(error)}` };
  } finally {
    closeSync(file);
  }
}
