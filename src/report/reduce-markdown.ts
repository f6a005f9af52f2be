/** What `reduce` left as Markdown, ready to paste into a bug report. */
import type { ReduceDocument } from '../analysis/reduce/reduce-document.ts';
import { visible } from '../output/visible.ts';
import { enoughText, reducedFileText, traceText, verdictLines } from './reduce-text.ts';
import { plainStyle, type Style } from './style.ts';

/** A block of code that nothing in it ends. */
function fenced(text: string, language: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, visibleLines(text), fence];
}

/** Foreign text keeps its lines and nothing else that moves. */
function visibleLines(text: string): string {
  return text.trimEnd().split('\n').map(visible).join('\n');
}

/** The report with all files in it. */
export function reduceMarkdown(document: ReduceDocument, style: Style): string {
  const { flow, expected, files, version, trace } = document;
  const plain = plainStyle(style);
  const said = [
    flow,
    ...(expected === null ? [] : [`  expected: ${expected}`]),
    ...verdictLines(document, plain),
  ].join('\n');
  return `${[
    ...fenced(said, 'text'),
    '',
    `${enoughText(document)}.`,
    ...(trace === null ? [] : ['', ...fenced(visible(traceText(document)), 'text')]),
    ...files.flatMap((file) => ['', `**${file.name}**`, '', ...fenced(reducedFileText(file), 'yaml')]),
    '',
    `dryplane ${version}; put the files into one folder and run \`dryplane test\` with the suite.`,
  ].join('\n')}\n`;
}
