/**
 * `test` as TAP 14, the Test Anything Protocol: a subtest a suite, a test point an expectation, failures with a YAML block.
 *
 * Source: the specification, testanything.org/tap-version-14-specification.html (escapes, subtests, YAML diagnostics).
 */
import type { TestDocument } from '../analysis/test/test-document.ts';
import { visible } from '../output/visible.ts';
import { plainStyle, type Style } from './style.ts';
import { casesOf, fullTitle, type TestCase } from './test-cases.ts';
import { type SuiteWords, type TestWords, wordsOfSuites } from './test-commands.ts';

/** A description: in it a number sign would begin a directive. */
function described(text: string): string {
  return visible(text).replace(/[\\#]/g, '\\$&');
}

/** A scalar of YAML that every reader takes for this very text: a JSON string is one. */
function scalar(text: string): string {
  return JSON.stringify(visible(text));
}

function diagnosticLines(one: TestCase, style: Style): string[] {
  const details = one.lines(style, { indent: 0, withCommand: true });
  return [
    '---',
    `message: ${scalar(one.difference)}`,
    'severity: fail',
    `at: ${scalar(one.location)}`,
    ...(one.why === '' ? [] : [`why: ${scalar(one.why)}`]),
    'details:',
    ...details.map((line) => `  - ${scalar(line)}`),
    '...',
  ].map((line) => `  ${line}`);
}

function pointLines(one: TestCase, number: number, style: Style): string[] {
  const point = `${one.passed ? 'ok' : 'not ok'} ${number} - ${described(fullTitle(one))}`;
  return one.passed ? [point] : [point, ...diagnosticLines(one, style)];
}

function suiteLines(words: SuiteWords, number: number, style: Style): string[] {
  const { suite } = words;
  const cases = casesOf(words);
  const name = described([suite.path, suite.description, suite.cni].filter((text) => text !== '').join(' '));
  const plan = cases.length === 0 ? '1..0 # SKIP nothing is checked' : `1..${cases.length}`;
  const points = cases.flatMap((one, index) => pointLines(one, index + 1, style));
  const result = suite.failed === 0 ? 'ok' : 'not ok';
  return [
    `# Subtest: ${name}`,
    ...[plan, ...points].map((line) => `    ${line}`),
    `${result} ${number} - ${name} # time=${suite.milliseconds.toFixed(3)}ms`,
  ];
}

/** The whole document, newline at the end. */
export function tap(document: TestDocument, words: TestWords, style: Style): string {
  const plain = plainStyle(style);
  const suites = wordsOfSuites(document, words);
  return `${[
    'TAP version 14',
    `1..${suites.length}`,
    ...suites.flatMap((suite, index) => suiteLines(suite, index + 1, plain)),
  ].join('\n')}\n`;
}
