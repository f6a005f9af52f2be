/** What a baseline knows: by fingerprint and number, not by place. */
import { expect, test } from 'vitest';
import { baselineOf, holdAgainst, readBaseline } from '../../src/lint/baseline.ts';
import type { LintFinding } from '../../src/lint/lint-document.ts';

const finding = (fingerprint: string, line: number): LintFinding => ({
  code: 'lint/peer-matches-nothing',
  severity: 'warning',
  state: 'new',
  object: 'NetworkPolicy/shop/db',
  file: 'db.yaml',
  line,
  column: 1,
  span: 1,
  source: null,
  message: `about ${fingerprint}`,
  suggestion: null,
  related: [],
  fingerprint,
  suppression: null,
  replacement: null,
});

test('a second finding that reads like a known one is new', () => {
  const { findings } = baselineOf([finding('a', 1), finding('b', 2)], []);
  const now = [finding('a', 11), finding('a', 12), finding('b', 13)];
  const { known, absent } = holdAgainst(now, findings);
  expect([...known].map(({ line }) => line)).toEqual([11, 13]);
  expect(absent).toEqual([]);
});

test('one of two that is gone is absent, and entries of checks that did not run go on', () => {
  const before = baselineOf([finding('a', 1), finding('a', 2)], []);
  const { absent } = holdAgainst([finding('a', 1)], before.findings);
  expect(absent).toMatchObject([{ fingerprint: 'a', count: 1 }]);
  expect(baselineOf([finding('c', 1)], before.findings).findings.map((one) => one.fingerprint)).toEqual([
    'a',
    'c',
  ]);
});

test('what is written is read back, and what is none is refused', () => {
  const written = baselineOf([finding('a', 1)], []);
  expect(readBaseline(JSON.stringify(written), 'x').value).toEqual(written.findings);
  for (const text of [
    '',
    '[]',
    'null',
    '{"schema":"dryplane/lint/v1"}',
    JSON.stringify({ ...written, findings: [{}] }),
  ])
    expect(readBaseline(text, 'x').diagnostics, text).toMatchObject([
      { code: 'cli/baseline', severity: 'error' },
    ]);
});
