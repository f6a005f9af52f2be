/**
 * What runs on CI servers cannot run here: the action is held against GitHub's schema, its shell words are run, and the container file
 * is read by its linter where that is installed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly { readonly name?: string; readonly run?: string }[] };
}

const action = parse(read('action.yml')) as Action;

test('the action is one that GitHub reads', () => {
  expect(validateAction(read('action.yml')).errors).toEqual([]);
  expect(validateAction(read('action.yml').replace('composite', 'composit')).errors).not.toEqual([]);
});

test('the workflow of the README is one that GitHub reads, with inputs that the action has', () => {
  const [, workflow = ''] = /```yaml\n(on: [\s\S]*?)```/.exec(read('README.md')) ?? [];
  expect(workflow).toContain('uses: dryplane/dryplane@');
  expect(validateWorkflow(workflow).errors).toEqual([]);
  const { jobs } = parse(workflow) as {
    jobs: Record<string, { steps: { uses?: string; with?: Record<string, unknown> }[] }>;
  };
  const steps = Object.values(jobs).flatMap((job) =>
    job.steps.filter(({ uses }) => uses?.startsWith('dryplane/')),
  );
  for (const { with: given = {} } of steps) {
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    expect(given).toHaveProperty('args');
  }
});

test('the action hands its words on as a shell would', () => {
  const step = action.runs.steps.find(({ name }) => name === 'Run dryplane');
  const { status, stdout } = spawnSync('bash', ['-eo', 'pipefail', '-c', step?.run ?? ''], {
    encoding: 'utf8',
    env: {
      ...process.env,
      MAIN: '-e',
      ARGS: `'console.log(JSON.stringify(process.argv.slice(1)))' --\n one "two three"\n  --four='five; $(touch x)'\n`,
    },
  });
  expect({ status, words: JSON.parse(stdout) }).toEqual({
    status: 0,
    words: ['one', 'two three', '--four=five; $(touch x)'],
  });
});

test.skipIf(spawnSync('hadolint', ['--version']).status !== 0)('the container file passes its linter', () => {
  const { status, stdout } = spawnSync('hadolint', ['Containerfile'], { cwd: ROOT, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
