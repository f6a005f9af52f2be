/**
 * test/errors has a folder for each diagnostic code: every `bad.*` (and its neighbours) is loaded, `lenient.*` with --lenient,
 * and what is printed is compared with `expected.txt`. The folder's code must be among what was printed, and every code of the sources must have a folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/diagnostic/frame.ts';
import { loadCluster } from '../../src/manifest/load.ts';

const folder = resolve(import.meta.dirname, '../errors');
const codes = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Codes about paths rather than text; `files.test.ts` has them. */
const WITHOUT_FOLDER = ['no-manifests', 'not-found', 'not-text', 'too-large', 'unreadable'];

describe('every mistake is shown where it stands', () => {
  test.each(codes)('%s', async (code) => {
    const files = readdirSync(join(folder, code)).filter((name) => /\.(?:yaml|json)$/.test(name));
    expect(files.length).toBeGreaterThan(0);
    const parts = files.sort().map((name) => {
      const path = relative(process.cwd(), join(folder, code, name));
      const { diagnostics } = loadCluster([path], { lenient: name.startsWith('lenient') });
      expect(diagnostics.map((each) => each.code)).toContain(`manifest/${code}`);
      return formatDiagnostics(diagnostics).replaceAll(path, name);
    });
    await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(join(folder, code, 'expected.txt'));
  });

  test('every code has a folder, every folder a code', () => {
    const sources = resolve(folder, '../../src/manifest');
    const text = readdirSync(sources, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(sources, path), 'utf8'));
    const used = new Set(
      text.flatMap((each) => [...each.matchAll(/'manifest\/([a-z-]+)'/g)].map(([, code]) => code!)),
    );
    expect([...used].sort()).toEqual([...codes, ...WITHOUT_FOLDER].sort());
    expect(codes.filter((code) => !existsSync(join(folder, code, 'expected.txt')))).toEqual([]);
  });
});
