import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diagnosticHeadline } from '../../src/diagnostic/frame.ts';
import { loadCluster } from '../../src/manifest/load.ts';
import type { Report } from '../../src/manifest/report.ts';
import { readFiles } from '../../src/manifest/text/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-files-'));
const namespace = (name: string): string => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;

function write(path: string, content: string | Buffer): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function load(...sources: string[]): { names: string[]; problems: string[] } {
  const { value, diagnostics } = loadCluster(sources);
  return {
    names: [...value.namespaces.keys()],
    problems: diagnostics.map((each) => diagnosticHeadline(each).replaceAll(`${folder}/`, '')),
  };
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('paths', () => {
  test('a folder is read recursively, in byte order, by its endings', () => {
    for (const path of ['tree/b.yaml', 'tree/a/z.yml', 'tree/B.json', 'tree/a.yaml', 'tree/é.yaml'])
      write(path, path.endsWith('json') ? '{}' : '# empty\n');
    for (const path of ['tree/.git/x.yaml', 'tree/.hidden.yaml', 'tree/readme.md']) write(path, 'no: [');
    symlinkSync(join(folder, 'tree'), join(folder, 'tree/loop'));
    const report: Report = { diagnostics: [], lenient: false };
    const names = [...readFiles([join(folder, 'tree')], undefined, report)].map(({ name }) =>
      name.slice(folder.length + 6),
    );
    expect(names).toEqual(['B.json', 'a.yaml', 'a/z.yml', 'b.yaml', 'é.yaml']);
    expect(report.diagnostics).toEqual([]);
  });

  test('a file that is reached twice is read once', () => {
    const file = write('twice/a.yaml', namespace('a'));
    expect(load(file, join(folder, 'twice'), file)).toEqual({ names: ['a'], problems: [] });
  });

  test('what cannot be read is said, and the rest is read', () => {
    const good = write('rest/a.yaml', namespace('a'));
    mkdirSync(join(folder, 'empty'));
    const { names, problems } = load(join(folder, 'missing.yaml'), join(folder, 'empty'), good);
    expect(names).toEqual(['a']);
    expect(problems).toEqual([
      'error[manifest/not-found]: missing.yaml: no such file or folder',
      'error[manifest/no-manifests]: empty: the folder holds no .yaml, .yml or .json file',
    ]);
  });

  test('a binary file is told as such, whatever its bytes look like', () => {
    const bytes = Buffer.concat([Buffer.from('d4c3b2a10200040000', 'hex'), Buffer.from('\n{{x: [')]);
    const file = write('capture.yaml', bytes);
    expect(load(file).problems).toEqual([
      'error[manifest/not-text]: capture.yaml: a binary file, expected YAML or JSON',
    ]);
  });

  test.skipIf(process.getuid?.() === 0)('a file without permission', () => {
    const file = write('locked.yaml', namespace('a'));
    chmodSync(file, 0);
    expect(load(file).problems).toEqual(['error[manifest/unreadable]: locked.yaml: permission denied']);
  });
});

describe('bytes', () => {
  const text = namespace('café'.replace('é', 'e'));

  test.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`, 'utf8')],
    ['UTF-16 as PowerShell writes it', Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n')}`, 'utf16le')],
    ['UTF-16 big-endian', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['carriage returns', Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['no line end at the end', Buffer.from(text.trimEnd())],
    [
      'JSON without an ending',
      Buffer.from('{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"cafe"}}'),
    ],
    ['flow YAML in braces', Buffer.from('{apiVersion: v1, kind: Namespace, metadata: {name: cafe}}\n')],
  ])('%s', (name, bytes) => {
    const file = write(`bytes/${name.replaceAll(' ', '-')}`, bytes);
    expect(load(file)).toEqual({ names: ['cafe'], problems: [] });
  });

  test('any bytes at all give diagnostics, never a crash', () => {
    let state = 1;
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.alloc(1 + (round % 300));
      for (let at = 0; at < bytes.length; at++) {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        bytes[at] = round % 2 === 0 ? state >> 16 : ' \n:-{}[]"\'#&*!|>,ab1'.charCodeAt((state >> 16) % 20);
      }
      const file = write(round % 3 === 0 ? 'any.json' : 'any.yaml', bytes);
      expect(() => loadCluster([file])).not.toThrow();
    }
  });
});
