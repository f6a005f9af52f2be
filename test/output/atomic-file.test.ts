import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { abandonOpenFiles, openAtomicFile, writeAtomicFile } from '../../src/output/atomic-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dryplane-output-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file appears when it is complete, not before', () => {
  const path = join(folder, 'rows.csv');
  writeFileSync(path, 'old');
  const file = openAtomicFile(path);
  file.write('new ');
  file.write(new Uint8Array(1 << 19).fill(0x61));
  expect(readFileSync(path, 'utf8')).toBe('old');
  file.commit();
  expect(readFileSync(path, 'utf8')).toBe(`new ${'a'.repeat(1 << 19)}`);
  file.abandon();
  expect(readdirSync(folder)).toEqual(['rows.csv']);
});

test('what is abandoned leaves no trace', () => {
  const first = openAtomicFile(join(folder, 'a'));
  const second = openAtomicFile(join(folder, 'b'));
  first.write('half');
  second.write('half');
  abandonOpenFiles();
  expect(readdirSync(folder)).toEqual([]);
  first.abandon();
});

test('bytes are copied: the writer may reuse its buffer', () => {
  const path = join(folder, 'bytes');
  const file = openAtomicFile(path);
  const bytes = new Uint8Array([1, 2, 3]);
  file.write(bytes);
  bytes.fill(9);
  file.commit();
  expect([...readFileSync(path)]).toEqual([1, 2, 3]);
});

test('a missing folder and a folder as target are the system’s errors', () => {
  expect(() => writeAtomicFile(join(folder, 'none/file'), 'x')).toThrow(/ENOENT/);
  expect(() => writeAtomicFile(folder, 'x')).toThrow(/EISDIR/);
});

test('a device is written as it is', () => {
  writeAtomicFile('/dev/null', 'x');
});
