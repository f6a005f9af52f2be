/** Every code that the sources can print is explained in docs/codes or docs/lint, and nothing else is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codePage, knownCodes } from '../../src/cli/code-pages.ts';

const src = resolve(import.meta.dirname, '../../src');
const folder = resolve(import.meta.dirname, '../../docs/codes');

/** Texts of the same form that are no codes. */
const NO_CODES = /^(?:area|namespace|shop|quickstart|dpctl|traces|preact|text|image|application)\//;

/** What commander finds on the command line (`cli/failure.ts`); the other codes that it has cannot come to pass here. */
const OF_COMMANDER = [
  'cli/excess-arguments',
  'cli/invalid-argument',
  'cli/missing-argument',
  'cli/option-missing-argument',
  'cli/unknown-command',
  'cli/unknown-option',
];

/** Texts like `area/problem` outside of imports and comments. */
function codesIn(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^\s*(?:\*|\/\/|\/\*\*)|\bfrom '|import\(/.test(line));
  return lines.flatMap((line) => [...line.matchAll(/'([a-z]+\/[a-z][a-z-]*)'/g)].map(([, code]) => code!));
}

const used = new Set(
  readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => codesIn(readFileSync(join(src, path), 'utf8')))
    .filter((code) => !NO_CODES.test(code)),
);

describe('codes', () => {
  test('that are printed are explained: write what is missing into docs/codes/AREA.md', () => {
    const known = new Set(knownCodes());
    expect([...used, ...OF_COMMANDER].filter((code) => !known.has(code))).toEqual([]);
  });

  test('that are explained are printed', () => {
    expect(knownCodes().filter((code) => !used.has(code) && !OF_COMMANDER.includes(code))).toEqual([]);
  });

  test.each(readdirSync(folder))('%s says of each what it means, an example, and what to do', (name) => {
    const area = name.replace(/\.md$/, '');
    const codes = knownCodes().filter((code) => code.startsWith(`${area}/`));
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) {
      const page = codePage(code)!;
      expect(page, code).toMatch(/^# \S+\n\n[^`#][\s\S]+?\n\n```[a-z]+\n[\s\S]+?\n```\n\n\S[\s\S]+\n$/);
    }
  });
});
