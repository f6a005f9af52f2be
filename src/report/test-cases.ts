/** Whatever a suite expects as one kind of thing, a test case, for every format of `test`. */
import type { TestedExpectation, TestedTrace } from '../analysis/test/test-document.ts';
import { visible } from '../output/visible.ts';
import { type Style, verdictPaint } from './style.ts';
import type { SuiteWords } from './test-commands.ts';
import { failureLines, pendingText } from './test-failure.ts';
import { tracedLines } from './test-traced.ts';

/** How the lines of a failure are laid out. */
export interface FailureLayout {
  /** Columns that stand before each line. */
  readonly indent: number;
  /** Whether the command that tells more is among them. */
  readonly withCommand: boolean;
}

export interface TestCase {
  /** What is expected of what, in a line; foreign text, as all texts here. */
  readonly title: string;
  /** The suite's own, '' when it has none. */
  readonly name: string;
  /** The step after which it was asked, '' for the suite's own manifests. */
  readonly step: string;
  /** The table that it is a cell of, by its number; null for what is not drawn. */
  readonly table: number | null;
  readonly passed: boolean;
  /** In words, '' when it passed. */
  readonly difference: string;
  /** `file:line`. */
  readonly location: string;
  /** The suite's own words, '' when it has none. */
  readonly why: string;
  /** The title for a terminal. */
  painted(style: Style): string;
  /** A failure in full, without indentation; fit for a terminal. */
  lines(style: Style, layout: FailureLayout): string[];
}

function flowTitle({ expected, flow, when }: TestedExpectation): string {
  return `${expected.verdict} ${when === null ? flow : `${flow} (${when})`}`;
}

function paintedFlow(result: TestedExpectation, { palette }: Style): string {
  const { expected, passed } = result;
  const title = visible(flowTitle(result));
  if (!passed) return palette.bold(title);
  const staged = expected.pending === null ? '' : palette.dim(` (${pendingText(expected.pending)})`);
  const verdict = verdictPaint(palette, expected.verdict)(expected.verdict);
  return `${verdict}${title.slice(expected.verdict.length)}${staged}`;
}

function caseOfFlow(result: TestedExpectation, words: SuiteWords): TestCase {
  const { name, passed, difference, location, why } = result;
  return {
    title: flowTitle(result),
    name,
    step: result.step,
    table: result.cell?.table ?? null,
    passed,
    difference,
    location,
    why,
    painted: (style) => paintedFlow(result, style),
    lines: (style, layout) => failureLines(result, words, style, layout),
  };
}

function caseOfTrace(result: TestedTrace, words: SuiteWords): TestCase {
  const { name, passed, difference, location, why } = result;
  const title = `${result.title} in ${result.traces.join(', ')}`;
  return {
    title,
    name,
    passed,
    difference,
    location,
    why,
    step: result.step,
    table: null,
    painted: ({ palette }) => (passed ? visible(title) : palette.bold(visible(title))),
    lines: (style, layout) => tracedLines(result, words, style, layout),
  };
}

/** Everything that a suite expects, step by step; of each the traces are last. */
export function casesOf(words: SuiteWords): TestCase[] {
  const { results, traces, steps } = words.suite;
  const cases = [
    ...results.map((result) => caseOfFlow(result, words)),
    ...traces.map((result) => caseOfTrace(result, words)),
  ];
  const names = ['', ...steps.map(({ name }) => name)];
  return cases.toSorted((one, other) => names.indexOf(one.step) - names.indexOf(other.step));
}

/** After which step, name and title, as one line of foreign text. */
export function fullTitle({ step, name, title }: TestCase): string {
  const after = step === '' ? '' : `after ${step}: `;
  return name === '' ? `${after}${title}` : `${after}${name}: ${title}`;
}
