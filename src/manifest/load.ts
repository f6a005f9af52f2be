/**
 * Manifests → Cluster: the one door of this folder. Every problem of every file is found before anything is returned;
 * nothing but a bug throws.
 */
import type { Checked } from '../diagnostic/diagnostic.ts';
import type { Cluster } from '../policy/cluster.ts';
import { assembleCluster } from './assemble.ts';
import { readPiece } from './document.ts';
import { readFiles } from './files.ts';
import { readDocument } from './kinds.ts';
import { splitFile } from './piece.ts';
import type { Report } from './report.ts';
import { Resources } from './resources.ts';

export interface LoadOptions {
  /** Unknown fields and unsupported kinds are warnings. */
  readonly lenient?: boolean;
  /** Stands for what `-` reads. */
  readonly stdin?: string;
}

/**
 * Reads files, folders (recursively) and `-` for standard input. The cluster is what could be read; use it only when no
 * diagnostic is an error.
 */
export function loadCluster(sources: readonly string[], options: LoadOptions = {}): Checked<Cluster> {
  const report: Report = { diagnostics: [], lenient: options.lenient ?? false };
  const resources = new Resources();
  for (const file of readFiles(sources, options.stdin, report)) {
    for (const piece of splitFile(file, report)) {
      for (const document of readPiece(piece, report)) readDocument(document, resources);
    }
  }
  return { value: assembleCluster(resources), diagnostics: report.diagnostics };
}
