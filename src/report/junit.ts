/** `test` as JUnit XML, the form that CI servers read. Source: the schema that Jenkins' xUnit plugin publishes. */
import type { TestDocument, TestedExpectation } from '../analysis/test-document.ts';
import { visible } from '../output/visible.ts';
import { placeText, reasonText } from './decider-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text inside an element or an attribute. */
export function xml(text: string): string {
  return visible(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

function testCase(result: TestedExpectation, suite: string): string {
  const { found, expected, passed } = result;
  const name = `${expected.verdict} ${result.flow}`;
  const head = `    <testcase name="${xml(name)}" classname="${xml(suite)}"`;
  if (passed) return `${head}/>`;
  const decided = reasonText(found.verdict, found.reason, found.decider, found);
  const at = placeText(found.decider, found.open);
  const place = at === '' ? '' : ` (${at})`;
  const text = [`expected at ${result.location}`, `found ${found.verdict}`, `${decided}${place}`]
    .map(xml)
    .join('\n');
  return `${head}>\n      <failure message="${xml(result.difference)}">${text}</failure>\n    </testcase>`;
}

/** The whole document, newline at the end. */
export function junit(document: TestDocument): string {
  const tests = document.passed + document.failed;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dryplane" tests="${tests}" failures="${document.failed}">`,
    ...document.suites.flatMap((suite) => [
      `  <testsuite name="${xml(suite.description === '' ? suite.path : suite.description)}" file="${xml(suite.path)}" tests="${suite.results.length}" failures="${suite.failed}" time="${(suite.milliseconds / 1000).toFixed(3)}">`,
      ...suite.results.map((result) => testCase(result, suite.path)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}
