/**
 * `test` as annotations of a workflow on GitHub: an error a failed expectation at its line of the suite, a notice with the totals.
 *
 * Source: GitHub's documentation, "Workflow commands for GitHub Actions"; actions/toolkit packages/core/src/command.ts (what is escaped).
 */
import type { TestDocument } from '../analysis/test/test-document.ts';
import { countOf } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { plainStyle, type Style } from './style.ts';
import { casesOf, type TestCase } from './test-cases.ts';
import { type TestWords, wordsOfSuites } from './test-commands.ts';

/** Data of a command: lines stay apart, and nothing of it begins one. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property of a command, which a comma or a colon would end. */
function property(text: string): string {
  return data(visible(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** `file=suite.yaml,line=5,col=7`. */
function placeOf(location: string): string {
  const [, file = location, line, column] = /^(.*?):(\d+)(?::(\d+))?$/s.exec(location) ?? [];
  const at = line === undefined ? '' : `,line=${line}`;
  return `file=${property(file)}${at}${column === undefined ? '' : `,col=${column}`}`;
}

function annotation(one: TestCase, cni: string, style: Style): string {
  const text = [
    `${visible(one.title)}: ${visible(one.difference)}`,
    ...(one.why === '' ? [] : [visible(one.why)]),
    `on ${visible(cni)}`,
    ...one.lines(style, { indent: 0, withCommand: true }),
  ];
  const title = one.name === '' ? one.title : one.name;
  return `::error ${placeOf(one.location)},title=${property(title)}::${data(text.join('\n'))}`;
}

/** Commands, one a line, newline at the end. */
export function githubAnnotations(document: TestDocument, words: TestWords, style: Style): string {
  const plain = plainStyle(style);
  const errors = wordsOfSuites(document, words).flatMap((suite) =>
    casesOf(suite)
      .filter(({ passed }) => !passed)
      .map((one) => annotation(one, suite.suite.cni, plain)),
  );
  const totals = `${document.passed} passed, ${document.failed} failed in ${countOf(document.suites.length, 'suite')}`;
  return `${[...errors, `::notice title=dryplane test::${data(totals)}`].join('\n')}\n`;
}
