/** Manifests → their objects as plain data, for who writes manifests of them again: nothing is checked but the syntax. */
import type { Checked } from '../diagnostic/diagnostic.ts';
import type { LoadOptions } from './load.ts';
import type { Report } from './report.ts';
import { readPiece } from './text/document.ts';
import { readFiles } from './text/files.ts';
import { splitFile } from './text/piece.ts';

/** An object of a manifest; those of a typed list have its kind and version. */
export type ManifestObject = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is ManifestObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects in the order in which they are read; lists are taken apart. */
export function readObjects(
  sources: readonly string[],
  options: LoadOptions = {},
): Checked<readonly ManifestObject[]> {
  const report: Report = { diagnostics: [], lenient: options.lenient ?? false };
  const objects: ManifestObject[] = [];
  const add = (value: unknown, list: { apiVersion: unknown; kind: string } | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value) add(item, list);
      return;
    }
    if (!isObject(value)) return;
    const { kind, apiVersion, items } = value;
    if (typeof kind === 'string' && kind.endsWith('List') && (Array.isArray(items) || kind === 'List')) {
      for (const item of Array.isArray(items) ? items : [])
        add(item, kind === 'List' ? undefined : { apiVersion, kind });
      return;
    }
    const head = list === undefined ? {} : { apiVersion: list.apiVersion, kind: list.kind.slice(0, -4) };
    objects.push({ ...head, ...value });
  };
  const files = [...readFiles(sources, options.stdin, report), ...(options.files ?? [])];
  for (const file of files)
    for (const piece of splitFile(file, report))
      for (const { value } of readPiece(piece, report))
        add(value, piece.list === undefined || piece.list.kind === 'List' ? undefined : piece.list);
  return { value: objects, diagnostics: report.diagnostics };
}
