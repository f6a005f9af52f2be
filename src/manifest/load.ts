/**
 * Manifests → Cluster: the one door of this folder. Every problem of every file is found before anything is returned;
 * nothing but a bug throws.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import type { Cluster } from '../policy/cluster.ts';
import { assembleCluster } from './assemble/assemble.ts';
import { readDocument } from './kinds.ts';
import { inOrder, type Report } from './report.ts';
import { Resources } from './resources.ts';
import { type ManifestDocument, readPiece } from './text/document.ts';
import { readFiles, type SourceFile } from './text/files.ts';
import { splitFile } from './text/piece.ts';

export interface LoadOptions {
  /** Unknown fields and unsupported kinds are warnings. */
  readonly lenient?: boolean;
  /** Stands for what `-` reads. */
  readonly stdin?: string;
  /** Files that were read elsewhere, behind those of the sources. */
  readonly files?: readonly SourceFile[];
  /** Called with each file as it is read, for who looks at its text again. */
  readonly onFile?: (file: SourceFile) => void;
}

/**
 * Reads files, folders (recursively) and `-` for standard input. The cluster is what could be read; use it only when no
 * diagnostic is an error.
 */
export function loadCluster(sources: readonly string[], options: LoadOptions = {}): Checked<Cluster> {
  const report: Report = { diagnostics: [], lenient: options.lenient ?? false };
  const resources = new Resources();
  const read = (file: SourceFile): void => {
    options.onFile?.(file);
    for (const document of documentsOf(file, report)) readDocument(document, resources);
  };
  for (const file of readFiles(sources, options.stdin, report)) read(file);
  for (const file of options.files ?? []) read(file);
  resources.reportRepeated();
  return { value: assembleCluster(resources), diagnostics: inOrder(report.diagnostics) };
}

/**
 * The same for several clusters that have sources in common: those are parsed once, and what is wrong with them is said
 * once.
 */
export function loadClusters(
  sources: readonly (readonly string[])[],
  options: LoadOptions = {},
): Checked<readonly Cluster[]> {
  const report: Report = { diagnostics: [], lenient: options.lenient ?? false };
  const parsed = new Map<string, readonly ManifestDocument[]>();
  const value = sources.map((paths) => {
    const resources = new Resources();
    for (const file of readFiles(paths, options.stdin, report)) {
      options.onFile?.(file);
      const documents = parsed.get(file.name) ?? [...documentsOf(file, report)];
      parsed.set(file.name, documents);
      for (const document of documents) readDocument(document, resources);
    }
    resources.reportRepeated();
    return assembleCluster(resources);
  });
  return { value, diagnostics: inOrder(distinct(report.diagnostics)) };
}

function* documentsOf(file: SourceFile, report: Report): Generator<ManifestDocument> {
  for (const piece of splitFile(file, report)) yield* readPiece(piece, report);
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const keyOf = ({ code, message, at }: Diagnostic): string =>
    [code, at?.file, at?.line, at?.column, message].join('\n');
  return [...new Map(diagnostics.map((diagnostic) => [keyOf(diagnostic), diagnostic])).values()];
}
