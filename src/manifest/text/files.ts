/**
 * Paths → bytes: files, folders read recursively in byte-wise order of their paths, `-` for standard input. The order in
 * which files are found decides nothing but the order of diagnostics.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DiagnosticCode } from '../../diagnostic/diagnostic.ts';
import type { Report } from '../report.ts';

export interface SourceFile {
  /** As the user wrote it, or below the folder that the user wrote. */
  readonly name: string;
  /** UTF-8 without a byte order mark. */
  readonly bytes: Buffer;
}

/** Buffers end here on every platform that Node 20 runs on. */
const MOST_BYTES = 2 ** 31 - 1;
const ENDINGS = ['.yaml', '.yml', '.json'];

function problem(report: Report, code: DiagnosticCode, message: string, hint?: string): void {
  report.diagnostics.push({ code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) });
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const known: Record<string, string> = {
    ENOENT: 'no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    ENOTDIR: 'a part of the path is no folder',
    ELOOP: 'too many symbolic links',
  };
  return known[code ?? ''] ?? (error as Error).message;
}

const TEXT_HEAD_BYTES = 1 << 16;

/** The text, or nothing and a problem: a NUL is in no manifest, and whatever the rest looks like only misleads. */
function textOf(name: string, bytes: Buffer, report: Report): Buffer | undefined {
  const text = toUtf8(bytes);
  if (!text.subarray(0, TEXT_HEAD_BYTES).includes(0)) return text;
  problem(
    report,
    'manifest/not-text',
    `${name}: a binary file, expected YAML or JSON`,
    'captures are operands of replay, -f takes manifests',
  );
  return undefined;
}

/** UTF-16 (as PowerShell writes redirected output) becomes UTF-8; a byte order mark goes. */
function toUtf8(bytes: Buffer): Buffer {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    return Buffer.from(bytes.subarray(2).toString('utf16le'), 'utf8');
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(Buffer.from(bytes.subarray(2)).swap16().toString('utf16le'), 'utf8');
  return bytes;
}

function readOne(path: string, report: Report): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    if (size > MOST_BYTES) {
      problem(report, 'manifest/too-large', `${path}: ${size} bytes is more than one file may hold (2 GiB)`);
      return undefined;
    }
    return textOf(path, readFileSync(descriptor), report);
  } catch (error) {
    problem(report, 'manifest/unreadable', `${path}: ${reasonOf(error)}`);
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** All manifest files below a folder; hidden ones and linked folders are passed over. */
function filesBelow(folder: string, report: Report): string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    try {
      for (const entry of readdirSync(current, { withFileTypes: true })) {
        if (entry.name.startsWith('.')) continue;
        const path = join(current, entry.name);
        const isFile = entry.isFile() || (entry.isSymbolicLink() && !statSync(path).isDirectory());
        if (entry.isDirectory()) pending.push(path);
        else if (isFile && ENDINGS.some((ending) => entry.name.endsWith(ending))) found.push(path);
      }
    } catch (error) {
      problem(report, 'manifest/unreadable', `${current}: ${reasonOf(error)}`);
    }
  }
  return found.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function readStandardInput(stdin: string | undefined, report: Report): Buffer | undefined {
  if (stdin !== undefined) return textOf('standard input', Buffer.from(stdin, 'utf8'), report);
  try {
    return textOf('standard input', readFileSync(0), report);
  } catch (error) {
    problem(report, 'manifest/unreadable', `standard input: ${reasonOf(error)}`);
    return undefined;
  }
}

/** Every path of one source: itself, or what is below it. */
function pathsOf(source: string, report: Report): string[] {
  try {
    if (!statSync(source).isDirectory()) return [source];
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    problem(
      report,
      isMissing ? 'manifest/not-found' : 'manifest/unreadable',
      `${source}: ${reasonOf(error)}`,
    );
    return [];
  }
  const found = filesBelow(source, report);
  if (found.length === 0)
    problem(report, 'manifest/no-manifests', `${source}: the folder holds no .yaml, .yml or .json file`);
  return found;
}

/**
 * Reads the files of all sources one after another; a file that is reached twice is read once. What cannot be read is
 * reported and left out.
 */
export function* readFiles(
  sources: readonly string[],
  stdin: string | undefined,
  report: Report,
): Generator<SourceFile> {
  const seen = new Set<string>();
  for (const source of sources) {
    const paths = source === '-' ? ['-'] : pathsOf(source, report);
    for (const path of paths) {
      const identity = path === '-' ? '-' : identityOf(path);
      if (seen.has(identity)) continue;
      seen.add(identity);
      const bytes = path === '-' ? readStandardInput(stdin, report) : readOne(path, report);
      if (bytes !== undefined) yield { name: path === '-' ? 'stdin' : path, bytes };
    }
  }
}

function identityOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
