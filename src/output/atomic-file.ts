/**
 * Output files that appear whole or not at all: written beside the target, renamed when complete. Files still open
 * when the program is interrupted are removed by `abandonOpenFiles`.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Bytes that gather before they go to the disk. */
const PIECE_BYTES = 1 << 18;

export interface AtomicFile {
  write(chunk: string | Uint8Array): void;
  /** Makes the file appear under its name. */
  commit(): void;
  /** Leaves no trace of it. Harmless after `commit`. */
  abandon(): void;
}

const open = new Set<AtomicFile>();

/** `/dev/stdout`, pipes and devices cannot be renamed onto; they are written as they are. */
function isSpecial(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.byteLength; ) {
    offset += writeSync(descriptor, bytes, offset, bytes.byteLength - offset);
  }
}

/** Opens a file beside `path`. Throws the system's error when the folder is missing or not writable. */
export function openAtomicFile(path: string): AtomicFile {
  const special = isSpecial(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw Object.assign(new Error(`EISDIR: ${path} is a folder`), { code: 'EISDIR', path });
  const beside = special ? path : join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const descriptor = openSync(beside, 'w');
  let pieces: Uint8Array[] = [];
  let gathered = 0;
  let closed = false;
  const flush = (): void => {
    writeAll(descriptor, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces));
    pieces = [];
    gathered = 0;
  };
  const file: AtomicFile = {
    write(chunk) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(chunk);
      pieces.push(bytes);
      gathered += bytes.byteLength;
      if (gathered >= PIECE_BYTES) flush();
    },
    commit() {
      if (closed) return;
      flush();
      if (!special) fsyncSync(descriptor);
      close();
      if (!special) renameSync(beside, path);
    },
    abandon() {
      if (closed) return;
      close();
      if (!special) rmSync(beside, { force: true });
    },
  };
  const close = (): void => {
    closed = true;
    open.delete(file);
    closeSync(descriptor);
  };
  open.add(file);
  return file;
}

/** Writes a whole file at once. */
export function writeAtomicFile(path: string, content: string | Uint8Array): void {
  const file = openAtomicFile(path);
  try {
    file.write(content);
    file.commit();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

/** Removes what unfinished output left behind: called on the way out. */
export function abandonOpenFiles(): void {
  for (const file of [...open]) file.abandon();
}
