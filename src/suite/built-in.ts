/** The suites that ship with the program: cases in which CNIs differ, and what is expected of each. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Their folder within the program's own; the manifests that they name lie beside it. */
const CASES = 'test/conformance/cases';

/** Paths of all of them, in the order of their numbers. `programFolder` holds package.json. */
export function builtInSuitePaths(programFolder: string): string[] {
  const folder = join(programFolder, CASES);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name));
}
