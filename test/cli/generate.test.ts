/** `dryplane generate` as a user types it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { GenerateDocument } from '../../src/analysis/generate-document.ts';
import { dryplane } from './kept-program.ts';
import { checkedDocument } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'generate-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('writes three files, and ends with a command that works as pasted', () => {
  const { code, stdout } = dryplane(['generate', join(folder, 'new'), '--pods', '40', '--flows', '60']);
  expect(code).toBe(0);
  const [, words] = /^try: node \S+ (replay .*)$/m.exec(stdout)!;
  const replayed = dryplane(words!.split(' '));
  expect(replayed.code).toBe(0);
  expect(replayed.stdout).toContain('8 policies, 40 pods');
});

test('tells the same as JSON', () => {
  const into = join(folder, 'as-json');
  const { stdout } = dryplane(['generate', into, '--flows', '50', '--kind', 'calico', '--format', 'json']);
  const { traffic, policies, files } = checkedDocument<GenerateDocument>(stdout);
  expect(traffic.flows).toBe(50);
  expect(policies.kind).toBe('calico');
  expect(files.map(({ path }) => path)).toEqual(
    ['cluster.json', 'policies.json', 'capture.pcap'].map((name) => join(into, name)),
  );
});

test.each([
  [['--pods', '3'], '3 pods, expected at least 4'],
  [['--pods', 'many'], 'It is no whole number'],
  [['--stray', '200%'], 'It is no share'],
  [['--bytes', '1X'], 'It is no size'],
  [['--sizes', 'rcp'], 'rpc'],
  [['--nodes', '1', '--pods', '500'], 'at most 200 a node'],
])('%j is a mistake', (words, expected) => {
  const { code, stderr } = dryplane(['generate', join(folder, 'never'), ...words]);
  expect(code).toBe(2);
  expect(stderr).toContain(expected);
});

test('overwrites nothing', () => {
  writeFileSync(join(folder, 'file'), '');
  const full = dryplane(['generate', folder]);
  expect(full.code).toBe(2);
  expect(full.stderr).toContain('is not empty');
  expect(dryplane(['generate', join(folder, 'file')]).stderr).toContain('expected a folder');
});

test('makes one folder, no path of them', () => {
  const { code, stderr } = dryplane(['generate', join(folder, 'no', 'such')]);
  expect(code).toBe(2);
  expect(stderr).toContain(`there is no folder ${join(folder, 'no')} to make`);
  expect(dryplane(['generate', '/proc/none']).code).toBe(2);
});
