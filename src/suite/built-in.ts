/** The suites that ship with the program: cases in which CNIs differ, and what is expected of each. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Their folders within the program's own: numbered cases, and one for each knob that none of those turns. Manifests lie beside them. */
const FOLDERS = ['test/conformance/cases', 'test/conformance/knobs'];

/** Paths of all of them, those with numbers first. `programFolder` holds package.json. */
export function builtInSuitePaths(programFolder: string): string[] {
  return FOLDERS.flatMap((name) => {
    const folder = join(programFolder, name);
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
    return files.sort().map((file) => join(folder, file));
  });
}
