/** What a run of suites reads: whatever of it changes, the run may end otherwise. */
import { findSuites } from './find-suites.ts';
import { readSuite } from './read.ts';
import type { Suite } from './suite.ts';

function filesOf({ path, manifests, steps, traces, cni }: Suite): string[] {
  return [
    path,
    ...manifests,
    ...steps.flatMap((step) => [...step.manifests, ...step.add]),
    ...traces.flatMap((entry) => entry.traces),
    // The path of a profile; a name is no file.
    ...(cni === undefined || !/[\\/]/.test(cni) ? [] : [cni]),
  ];
}

/** Files and folders that the operands lead to, as far as they can be read. */
export function watchedFiles(operands: readonly string[]): string[] {
  const { value: found } = findSuites(operands);
  const suites = found.paths.map((path) => readSuite(path).value);
  return [...new Set([...operands, ...suites.flatMap(filesOf)])];
}
