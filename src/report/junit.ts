/**
 * `test` as JUnit XML, the form that CI servers read.
 *
 * Source: the schema that Jenkins' xUnit plugin publishes, jenkinsci/xunit-plugin types/model/xsd/junit-10.xsd.
 */
import type { TestDocument } from '../analysis/test/test-document.ts';
import { visible } from '../output/visible.ts';
import { plainStyle, type Style } from './style.ts';
import { casesOf, fullTitle, type TestCase } from './test-cases.ts';
import { type SuiteWords, type TestWords, wordsOfSuites } from './test-commands.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** What no document of XML may hold, and `visible` lets through. Source: XML 1.0, production 2 (Char). */
const NO_CHARACTER = /[\ufffe\uffff]/g;

/** Text inside an element or an attribute. */
export function xml(text: string): string {
  return visible(text)
    .replace(NO_CHARACTER, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

/** `1.234`, as the schema wants times. */
export function xmlSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function caseLines(one: TestCase, suite: string, style: Style): string[] {
  const head = `    <testcase name="${xml(fullTitle(one))}" classname="${xml(suite)}"`;
  if (one.passed) return [`${head}/>`];
  const lines = [
    ...(one.why === '' ? [] : [one.why]),
    ...one.lines(style, { indent: 0, withCommand: true }),
  ].map(xml);
  return [
    `${head}>`,
    `      <failure type="expectation" message="${xml(one.difference)}">${lines.join('\n')}</failure>`,
    '    </testcase>',
  ];
}

function suiteLines(words: SuiteWords, style: Style): string[] {
  const { suite } = words;
  const cases = casesOf(words);
  const name = xml(suite.description === '' ? suite.path : suite.description);
  const counts = `tests="${cases.length}" failures="${suite.failed}" errors="0"`;
  return [
    `  <testsuite name="${name}" file="${xml(suite.path)}" ${counts} time="${xmlSeconds(suite.milliseconds)}">`,
    `    <properties><property name="cni" value="${xml(suite.cni)}"/></properties>`,
    ...cases.flatMap((one) => caseLines(one, suite.path, style)),
    '  </testsuite>',
  ];
}

/** The whole document, newline at the end. */
export function junit(document: TestDocument, words: TestWords, style: Style): string {
  const plain = plainStyle(style);
  const tests = document.passed + document.failed;
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dryplane" tests="${tests}" failures="${document.failed}" errors="0">`,
    ...wordsOfSuites(document, words).flatMap((suite) => suiteLines(suite, plain)),
    '</testsuites>',
  ].join('\n')}\n`;
}
