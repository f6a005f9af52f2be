/** Which modules a command loads, told by a loader that writes down what passes through it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './run-cli.ts';

const dataUrl = (script: string): string => `data:text/javascript,${encodeURIComponent(script)}`;

/**
 * Modules of the program as `folder/file.js`, and the names of the packages that it loaded, on the main thread. Packages that are
 * written as CommonJS are told by their first file.
 */
export function loadedModules(words: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'dryplane-loaded-'));
  const list = join(folder, 'list');
  const loader = `
    import { appendFileSync } from 'node:fs';
    export async function load(url, context, next) {
      appendFileSync(${JSON.stringify(list)}, url + '\\n');
      return next(url, context);
    }`;
  // What is required lazily does not pass through the loader.
  const recorder = `
    import { appendFileSync } from 'node:fs';
    import { createRequire, register } from 'node:module';
    register(${JSON.stringify(dataUrl(loader))});
    const { cache } = createRequire(${JSON.stringify(join(ROOT, 'package.json'))});
    process.on('exit', () => appendFileSync(${JSON.stringify(list)}, Object.keys(cache).join('\\n') + '\\n'));`;
  try {
    spawnSync(process.execPath, ['--import', dataUrl(recorder), join(ROOT, 'dist/main.js'), ...words], {
      cwd: ROOT,
    });
    const loaded = readFileSync(list, 'utf8').split('\n');
    const names = loaded.flatMap((url) => {
      const [, package_] = /\/node_modules\/([^/]+)\//.exec(url) ?? [];
      const [, own] = /\/dist\/(.+)$/.exec(url) ?? [];
      return package_ ?? own ?? [];
    });
    return [...new Set(names)].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
