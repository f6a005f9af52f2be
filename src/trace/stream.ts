/**
 * The bytes of traces that cannot be read from a position: compressed files and pipes, as decompressed pieces from the first
 * record on. Damage ends the pieces with everything that came before it, and a warning; memory stays bounded whatever the
 * compressed bytes claim.
 */
import { createReadStream } from 'node:fs';
import { createGunzip, type Gunzip } from 'node:zlib';
import type { TraceSource } from './open.ts';
import { openParquetText } from './parquet/pieces.ts';
import { createZstdInflater, ZstdDamage } from './zstd.ts';

export interface TraceStream {
  /** Decompressed pieces. Rejects with what the file system says. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** What was wrong with the compressed bytes; complete when the pieces are. */
  readonly warnings: readonly string[];
  /** Stops reading, also while pieces are waited for: these then reject. */
  close(): void;
}

const READ_BYTES = 1 << 18;
/** Compressed bytes that are handed to zlib at once: small, since all of them expand before anything is passed on. */
const WRITE_BYTES = 1 << 14;
const EXPANDED_BYTES_MAX = 64 << 20;

/** Beyond the first 64 MiB, a stream that grows more than this many times is a bomb; deflate cannot exceed 1032, zstd can. */
const EXPANSION_MAX = 1000;
const EXPANSION_FREE_BYTES = 64 << 20;

/** What is open of a stream that may be closed from outside. */
interface Opened {
  file?: { destroy(): void };
}

async function* rawPieces({ path, pipe }: TraceSource, opened: Opened): AsyncGenerator<Uint8Array> {
  if (pipe !== undefined) yield pipe.head;
  const stream =
    pipe === undefined
      ? createReadStream(path, { highWaterMark: READ_BYTES })
      : pipe.descriptor === 0
        ? process.stdin
        : createReadStream(path, { fd: pipe.descriptor, highWaterMark: READ_BYTES });
  opened.file = stream;
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } finally {
    stream.destroy();
  }
}

async function* slices(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += bytes) yield piece.subarray(at, at + bytes);
  }
}

/** One decompressor, driven piece by piece, so that nothing it gave out is lost when it fails. */
export interface Inflater {
  /** What the piece expands to. Rejects when the piece is damaged. */
  write(piece: Uint8Array): Promise<Uint8Array>;
  /** Rejects when the compressed bytes ended too early. */
  end(): Promise<unknown>;
  close(): void;
}

const EMPTY = new Uint8Array(0);

function createGzipInflater(): Inflater {
  const options = { chunkSize: READ_BYTES, readableHighWaterMark: EXPANDED_BYTES_MAX };
  const gunzip: Gunzip = createGunzip(options);
  let fail: (error: Error) => void = () => {};
  let hasEnded = false;
  gunzip.on('error', (error) => fail(error));
  gunzip.on('end', () => {
    hasEnded = true;
  });
  const settle = (start: (done: () => void) => void): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      fail = reject;
      start(() => resolve((gunzip.read() as Buffer | null) ?? EMPTY));
    });
  return {
    write: (piece) => settle((done) => gunzip.write(piece, (error) => error == null && done())),
    // Nothing is left in it after the last write, but only its end tells whether the compressed bytes were complete. Zeros
    // behind them have ended it before.
    end: () => settle((done) => (hasEnded ? done() : gunzip.once('end', done).end().resume())),
    close: () => gunzip.destroy(),
  };
}

const createInflater = (compression: TraceSource['compression']): Inflater =>
  compression === 'zstd' ? createZstdInflater() : createGzipInflater();

const isDamage = (error: unknown): error is Error =>
  error instanceof ZstdDamage ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'));

/** How far the decompression of a stream came. */
interface Progress {
  /** Compressed bytes of the pieces that were taken whole. */
  taken: number;
  /** Decompressed bytes that were passed on. */
  given: number;
}

function damageWarning({ message }: Error, { given }: Progress): string {
  if (message === 'incorrect header check' && given > 0) {
    return 'bytes that are not gzip follow the compressed data: they were ignored';
  }
  if (message === 'unexpected end of file' || message === 'unexpected EOF')
    return `the compressed data is cut short: it ends ${given} bytes in`;
  return `the compressed data is damaged (${message}), ${given} bytes in: nothing from there on was read`;
}

/**
 * zlib keeps what it made of a damaged piece to itself. So read the file again up to that piece, and then byte by byte: what
 * the good ones expand to comes out.
 */
async function* beforeTheFault(source: TraceSource, { taken, given }: Progress): AsyncGenerator<Uint8Array> {
  const inflater = createInflater(source.compression);
  let passed = 0;
  let expanded = 0;
  try {
    for await (const piece of slices(rawPieces(source, {}), WRITE_BYTES)) {
      const step = passed + piece.length <= taken ? piece.length : 1;
      for (let at = 0; at < piece.length; at += step) {
        const made = await inflater.write(piece.subarray(at, at + step));
        expanded += made.length;
        if (expanded > given) yield made.subarray(Math.max(0, made.length - (expanded - given)));
      }
      passed += piece.length;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    inflater.close();
  }
}

async function* decompressed(
  source: TraceSource,
  warnings: string[],
  opened: Opened,
): AsyncGenerator<Uint8Array> {
  const inflater = createInflater(source.compression);
  const progress: Progress = { taken: 0, given: 0 };
  try {
    for await (const piece of slices(rawPieces(source, opened), WRITE_BYTES)) {
      const made = await inflater.write(piece);
      progress.taken += piece.length;
      progress.given += made.length;
      yield made;
      if (progress.given > EXPANSION_FREE_BYTES && progress.given > EXPANSION_MAX * progress.taken) {
        warnings.push(
          `the compressed data expands more than ${EXPANSION_MAX} times: reading stopped ${progress.given} bytes in`,
        );
        return;
      }
    }
    await inflater.end();
  } catch (error) {
    if (!isDamage(error)) throw error;
    if (source.pipe === undefined && 'code' in error && error.code === 'Z_DATA_ERROR') {
      for await (const piece of beforeTheFault(source, { ...progress })) {
        progress.given += piece.length;
        yield piece;
      }
    }
    warnings.push(damageWarning(error, progress));
  } finally {
    inflater.close();
  }
}

/** Leaves out the first `bytes` bytes. */
async function* from(pieces: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let left = bytes;
  for await (const piece of pieces) {
    const rest = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** The trace's bytes from its first record on. A pipe can be read once only. */
export function openStream(source: TraceSource): TraceStream {
  const warnings: string[] = [];
  if (source.compression === 'parquet') {
    const { path, bytes, flowList, parquetColumns } = source;
    const task = { path, bytes, delimiter: flowList!.delimiter, columns: parquetColumns! };
    return { warnings, ...openParquetText(task, warnings) };
  }
  const opened: Opened = {};
  const whole =
    source.compression !== 'none' ? decompressed(source, warnings, opened) : rawPieces(source, opened);
  return { pieces: from(whole, source.start), warnings, close: () => opened.file?.destroy() };
}
