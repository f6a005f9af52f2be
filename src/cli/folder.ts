/** Folders that commands write: new ones, so that nothing is overwritten. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { problem } from './problem.ts';

/** A folder that is empty or not there yet: nothing is overwritten. */
export function folderProblems(folder: string): Diagnostic[] {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) {
    const around = dirname(resolve(folder));
    return existsSync(around)
      ? []
      : [problem('cli/output', `there is no folder ${around} to make ${folder} in`)];
  }
  if (!stat.isDirectory()) return [problem('cli/output', `${folder} is a file, expected a folder`)];
  if (readdirSync(folder).length === 0) return [];
  return [problem('cli/output', `the folder ${folder} is not empty`, 'name one that is empty, or a new one')];
}
