/** How the reader calls this program here, so that the commands that reports print work as pasted. */
import { realpathSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shellWord } from '../output/shell.ts';

/** The folder of the installed package: two above dist/cli/ and src/cli/ alike. */
export const PACKAGE_FOLDER = resolve(fileURLToPath(import.meta.url), '../../..');

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** A path as seen from where the reader stands: relative below it, absolute elsewhere. */
export function fromHere(path: string): string {
  const near = relative(process.cwd(), path);
  return near === '' ? '.' : near.startsWith('..') ? path : near;
}

/** `dryplane` when that is what the PATH finds, else the way it was called. */
export function invocation(): string {
  const main = realPath(process.argv[1] ?? '') ?? join(PACKAGE_FOLDER, 'dist/main.js');
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.find((folder) => folder !== '' && realPath(join(folder, 'dryplane')) === main);
  if (found !== undefined) return found.endsWith(join('node_modules', '.bin')) ? 'npx dryplane' : 'dryplane';
  return `node ${shellWord(fromHere(main))}`;
}
