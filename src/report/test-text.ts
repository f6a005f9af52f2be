/**
 * The text report of `test`, like a test runner's: of one suite a line an expectation, of several a line a suite; failures in full, then
 * the totals, what was left out, and the next command.
 */
import type { TestDocument, TestedSuite } from '../analysis/test/test-document.ts';
import { countOf, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { type Style, warningLine } from './style.ts';
import { casesOf, type TestCase } from './test-cases.ts';
import { nextOfTest, type SuiteWords, type TestWords, wordsOfSuites } from './test-commands.ts';

const INDENT = 6;

/** What draws the parts that few reports have. */
interface Sections {
  readonly tables?: typeof import('./test-table.ts');
  readonly coverage?: typeof import('./coverage-text.ts');
}

/** Those of a document, loaded where it has them. */
async function sectionsOf({ suites, coverage }: TestDocument): Promise<Sections> {
  const isDrawn = suites.some(({ tables }) => tables.length > 0);
  return {
    ...(isDrawn ? { tables: await import('./test-table.ts') } : {}),
    ...(coverage === null ? {} : { coverage: await import('./coverage-text.ts') }),
  };
}

/** A suite that takes longer is worth a look. */
const SLOW_MILLISECONDS = 1000;
const SLOWEST_LISTED = 5;

function caseLines(one: TestCase, withCommand: boolean, style: Style): string[] {
  const { palette } = style;
  const why = one.why === '' ? '' : palette.dim(`  ${visible(one.why)}`);
  const name = one.name === '' ? '' : `${visible(one.name)}: `;
  const mark = one.passed ? palette.green('✓') : palette.red('✗');
  const head = `  ${mark} ${name}${one.painted(style)}${why}`;
  if (one.passed) return [head];
  const lines = one.lines(style, { indent: INDENT, withCommand });
  return [head, ...lines.map((line) => `${' '.repeat(INDENT)}${line}`)];
}

/** How a suite is told: with all that passed, or with what failed alone. */
interface SuiteLayout {
  readonly isAlone: boolean;
  /** Whether more than one CNI is asked, so that each suite says which. */
  readonly areCnis: boolean;
  readonly withCommands: boolean;
  readonly sections: Sections;
}

/** Cases that are told together: those of one table, else one each; with the name of a step that the one before it is not of. */
interface CaseBlock {
  readonly cases: readonly TestCase[];
  readonly step: string | undefined;
}

function blocksOf(cases: readonly TestCase[]): CaseBlock[] {
  const blocks: { cases: TestCase[]; step: string | undefined }[] = [];
  let step = '';
  for (const one of cases) {
    const last = blocks.at(-1)?.cases[0];
    const isOfLast = one.table !== null && last?.table === one.table;
    if (isOfLast) blocks.at(-1)!.cases.push(one);
    else blocks.push({ cases: [one], step: one.step === step ? undefined : one.step });
    step = one.step;
  }
  return blocks;
}

function blockLines(suite: TestedSuite, block: CaseBlock, layout: SuiteLayout, style: Style): string[] {
  const { palette } = style;
  const { cases, step } = block;
  const { table } = cases[0]!;
  const drawn = table === null ? undefined : layout.sections.tables!;
  const head = step === undefined ? [] : [`  ${palette.bold(`after ${visible(step)}`)}`];
  const explained = drawn === undefined ? cases : cases.filter(({ passed }) => !passed);
  const shown = explained.slice(0, drawn?.EXPLAINED_CELLS);
  const more = explained.length - shown.length;
  return [
    ...head,
    ...(table === null ? [] : drawn!.tableLines(suite, table, style)),
    ...shown.flatMap((one) => caseLines(one, layout.withCommands, style)),
    ...(more > 0 ? [`    and ${countOf(more, 'more cell')}`] : []),
  ];
}

function suiteLines(words: SuiteWords, layout: SuiteLayout, style: Style): string[] {
  const { palette } = style;
  const { suite } = words;
  const cases = casesOf(words);
  const description = suite.description === '' ? '' : palette.dim(`  ${visible(suite.description)}`);
  const cni = layout.areCnis ? `  on ${visible(suite.cni)}` : '';
  const warnings = suite.warnings.map((text) => `  ${warningLine(text, style)}`);
  const assumptions = suite.assumptions.map((text) => `  assumed: ${visible(text)}`);
  const told = layout.isAlone ? cases : cases.filter(({ passed }) => !passed);
  const lines = blocksOf(told).flatMap((block) => blockLines(suite, block, layout, style));
  if (layout.isAlone)
    return [
      `${palette.bold(visible(suite.path))}${cni}${description}`,
      ...warnings,
      ...lines,
      ...assumptions,
      '',
    ];
  const mark = suite.failed === 0 ? palette.green('✓') : palette.red('✗');
  const failed = suite.failed === 0 ? '' : palette.red(`, ${suite.failed} failed`);
  const counts = `${countOf(cases.length, 'expectation')}${failed}`;
  const time = formatSeconds(suite.milliseconds / 1000);
  const isSlow = suite.milliseconds >= SLOW_MILLISECONDS;
  const tail = `  ${counts}  ${isSlow ? palette.yellow(time) : palette.dim(time)}`;
  return [
    `${mark} ${palette.bold(visible(suite.path))}${cni}${description}${tail}`,
    ...warnings,
    ...lines,
    ...(suite.failed === 0 ? [] : assumptions),
    ...(lines.length > 0 ? [''] : []),
  ];
}

/** What was not checked, so that nobody takes it for passed. */
function leftOut({ filtered, passed_over: passedOver }: TestDocument): string[] {
  const parts = [
    ...(filtered === 0 ? [] : [`${countOf(filtered, 'expectation')} filtered out`]),
    ...(passedOver === 0
      ? []
      : [`${countOf(passedOver, 'file')} in the folders no ${passedOver === 1 ? 'suite' : 'suites'}`]),
  ];
  return parts.length === 0 ? [] : [`not checked: ${parts.join(', ')}`];
}

function slowLines({ suites }: TestDocument): string[] {
  const slow = suites.filter(({ milliseconds }) => milliseconds >= SLOW_MILLISECONDS);
  if (suites.length < 2 || slow.length === 0) return [];
  const ordered = slow.toSorted((one, other) => other.milliseconds - one.milliseconds);
  const named = ordered
    .slice(0, SLOWEST_LISTED)
    .map(({ path, milliseconds }) => `${visible(path)} ${formatSeconds(milliseconds / 1000)}`);
  return [`slowest: ${named.join(', ')}`];
}

/** A log of GitHub's takes a line that begins so for a command, and a sentence may be broken anywhere. */
function harmless(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1: ');
}

/** Writes the whole report, newline at the end; what its parts take is loaded before. */
export async function testText(document: TestDocument, words: TestWords): Promise<(style: Style) => string> {
  const sections = await sectionsOf(document);
  return (style) => wholeText(document, words, style, sections);
}

function wholeText(document: TestDocument, words: TestWords, style: Style, sections: Sections): string {
  const { palette } = style;
  const { suites, failed, passed } = document;
  const milliseconds = suites.reduce((sum, suite) => sum + suite.milliseconds, 0);
  const layout = {
    isAlone: new Set(suites.map(({ path }) => path)).size === 1,
    areCnis: new Set(suites.map(({ cni }) => cni)).size > 1,
    withCommands: failed > 1,
    sections,
  };
  const told = wordsOfSuites(document, words)
    .flatMap((suite, index) => suiteLines(suite, layout, { ...style, terms: words.terms[index]! }))
    .map(harmless);
  const counts = `${palette.green(`${passed} passed`)}, ${failed > 0 ? palette.red(`${failed} failed`) : '0 failed'}`;
  const detail = palette.dim(` in ${countOf(suites.length, 'suite')}, ${formatSeconds(milliseconds / 1000)}`);
  return `${[
    ...told,
    ...(told.at(-1) === '' ? [] : ['']),
    ...slowLines(document),
    ...(document.coverage === null ? [] : [sections.coverage!.coverageText(document.coverage, style), '']),
    `${counts}${detail}`,
    ...leftOut(document),
    nextOfTest(document, words, style),
  ].join('\n')}\n`;
}
