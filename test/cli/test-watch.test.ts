/** `test --watch`: what changes is run again, mistakes are lived through, and an interrupt ends it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dryplane } from './kept-program.ts';
import { ROOT } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dryplane-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const QUICKSTART = join(ROOT, 'traces/quickstart');
let suites: string;
let child: ChildProcess;
let said = '';

const SUITE = `manifests: [../cluster.yaml, ../policies]
deny: [tcp shop/web to shop/db:5432]
`;

beforeEach(() => {
  rmSync(folder, { recursive: true });
  suites = join(folder, 'suites');
  mkdirSync(suites, { recursive: true });
  mkdirSync(join(folder, 'policies'));
  copyFileSync(join(QUICKSTART, 'cluster.yaml'), join(folder, 'cluster.yaml'));
  for (const name of readdirSync(join(QUICKSTART, 'policies')))
    copyFileSync(join(QUICKSTART, 'policies', name), join(folder, 'policies', name));
  writeFileSync(join(suites, 'a.yaml'), SUITE);
});
afterEach(() => {
  child?.kill('SIGKILL');
});

function start(program: string, words: readonly string[]): void {
  said = '';
  child = spawn(program, [...words], { cwd: ROOT });
  child.stdout!.on('data', (text) => {
    said += text;
  });
  child.stderr!.on('data', (text) => {
    said += text;
  });
}

/** Resolves when the text was said since the last time, and forgets it. */
async function hear(text: string): Promise<string> {
  for (let tries = 0; tries < 1000; tries++) {
    const at = said.indexOf(text);
    if (at >= 0) {
      const heard = said.slice(0, at + text.length);
      said = said.slice(at + text.length);
      return heard;
    }
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`${JSON.stringify(text)} was not said, but ${JSON.stringify(said)}`);
}

const ended = (): Promise<number | null> =>
  new Promise((resolve) => child.on('exit', (code) => resolve(code)));

/** After a run the watchers are there: what changes from now on is noticed. */
async function watching(): Promise<void> {
  await hear('watching ');
  await hear('\n');
}

describe('changes', () => {
  test('of the suite, of a policy, of a suite that comes; and an interrupt', {
    timeout: 120_000,
  }, async () => {
    const report = join(suites, 'report.json');
    start(process.execPath, [
      'dist/main.js',
      'test',
      suites,
      '--watch',
      '--format',
      'text',
      '--format',
      `json=${report}`,
    ]);
    await hear('1 passed, 0 failed');
    await watching();
    writeFileSync(join(suites, 'a.yaml'), SUITE.replace('deny:', 'allow:'));
    await hear('0 passed, 1 failed');
    await watching();
    // A file in the place of another, as editors save.
    writeFileSync(join(suites, '.a.swap'), SUITE);
    renameSync(join(suites, '.a.swap'), join(suites, 'a.yaml'));
    await hear('1 passed, 0 failed');
    await watching();
    rmSync(join(folder, 'policies/db.yaml'));
    await hear('failed');
    await watching();
    writeFileSync(join(suites, 'b.yaml'), SUITE.replace('shop/web', 'shop/debug'));
    await hear('in 2 suites');
    await watching();
    const code = ended();
    child.kill('SIGINT');
    expect(await code).toBe(130);
  });

  test('mistakes are shown, and mended', { timeout: 120_000 }, async () => {
    writeFileSync(join(suites, 'a.yaml'), 'deny: [tcp shop/web to\n');
    start(process.execPath, ['dist/main.js', 'test', join(suites, 'a.yaml'), '--watch']);
    await hear('a.yaml:');
    await watching();
    writeFileSync(join(suites, 'a.yaml'), SUITE);
    await hear('1 passed, 0 failed');
    await watching();
    writeFileSync(
      join(folder, 'policies/db.yaml'),
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n',
    );
    await hear('db.yaml:');
    await watching();
    copyFileSync(join(QUICKSTART, 'policies/db.yaml'), join(folder, 'policies/db.yaml'));
    await hear('1 passed, 0 failed');
    await watching();
    // Of what is read nothing changed.
    writeFileSync(join(suites, 'notes.txt'), 'x');
    await new Promise((wake) => setTimeout(wake, 700));
    expect(said).toBe('');
  });
});

test.skipIf(spawnSync('script', ['--version']).status !== 0)(
  'on a terminal: the screen is cleared, Enter runs again, q ends',
  { timeout: 120_000 },
  async () => {
    const words = [
      process.execPath,
      'dist/main.js',
      'test',
      join(suites, 'a.yaml'),
      '--watch',
      '--color',
      'never',
    ];
    start('script', ['-qec', words.join(' '), '/dev/null']);
    const first = await hear('1 passed, 0 failed');
    expect(first).toContain('\u001b[2J');
    await hear('q ends');
    await new Promise((wake) => setTimeout(wake, 300));
    child.stdin!.write('\r');
    expect(await hear('1 passed, 0 failed')).toContain('\u001b[2J');
    await hear('q ends');
    const code = ended();
    child.stdin!.write('q');
    expect(await code).toBe(130);
  },
);

test('what cannot be watched', () => {
  const both = dryplane(['test', join(suites, 'a.yaml'), '--watch', '--update', '-f', '-'], { input: 'x' });
  expect(both.code).toBe(2);
  expect(both.stderr).toContain('--update asks');
  expect(both.stderr).toContain('- can be read once');
  expect(dryplane(['test', '--conformance', '--watch']).stderr).toContain('--watch: without effect');
});
