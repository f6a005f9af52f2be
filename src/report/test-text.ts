/** The text report of `test`, like a test runner's: a line an expectation, failures with what was found and who decided. */
import type { TestDocument, TestedExpectation, TestedSuite } from '../analysis/test-document.ts';
import { countOf, formatSeconds } from '../output/quantity.ts';
import { visible } from '../output/visible.ts';
import { placeText, reasonText } from './decider-text.ts';
import { nextCommand } from './next-command.ts';
import { type Style, type Terms, verdictPaint } from './style.ts';

function pendingText(verdict: string): string {
  return `${verdict} with staged policies`;
}

function resultLines(result: TestedExpectation, { palette, columns, terms }: Style): string[] {
  const { expected, found, passed } = result;
  const flow = visible(result.when === null ? result.flow : `${result.flow} (${result.when})`);
  const why = result.why === '' ? '' : palette.dim(`  ${visible(result.why)}`);
  const staged = expected.pending === null ? '' : palette.dim(` (${pendingText(expected.pending)})`);
  if (passed)
    return [
      `  ${palette.green('✓')} ${verdictPaint(palette, expected.verdict)(expected.verdict)} ${flow}${staged}${why}`,
    ];
  const decided = `      decided   ${reasonText(found.verdict, found.reason, found.decider, { open: found.open, terms })}`;
  const place = visible(placeText(found.decider, found.open));
  const isFitting = decided.length + 2 + place.length <= columns;
  const at = place === '' ? '' : `${isFitting ? '  ' : `\n${' '.repeat(16)}`}${palette.cyan(place)}`;
  const isStaged = expected.pending !== null || found.pending !== found.verdict;
  const wanted = [
    expected.verdict,
    ...(expected.by === null ? [] : [`by ${visible(expected.by)}`]),
    ...(expected.direction === null ? [] : [`on ${expected.direction}`]),
    ...(expected.reason === null ? [] : [`reason ${expected.reason}`]),
    ...(expected.pending === null ? [] : [pendingText(expected.pending)]),
  ].join(', ');
  return [
    `  ${palette.red('✗')} ${palette.bold(`${expected.verdict} ${flow}`)}${why}`,
    `      expected  ${wanted}  ${palette.cyan(visible(result.location))}`,
    `      found     ${verdictPaint(palette, found.verdict)(found.verdict)}${isStaged ? `, ${pendingText(found.pending)}` : ''}`,
    `${decided}${at}`,
  ];
}

function suiteLines(suite: TestedSuite, style: Style): string[] {
  const { palette } = style;
  const description = suite.description === '' ? '' : palette.dim(`  ${visible(suite.description)}`);
  return [
    `${palette.bold(visible(suite.path))}${description}`,
    ...suite.warnings.map((text) => `  ${palette.yellow('warning:')} ${visible(text)}`),
    ...suite.results.flatMap((result) => resultLines(result, style)),
    ...suite.assumptions.map((text) => `  assumed: ${visible(text)}`),
    '',
  ];
}

/** Options of the run, for the next command. */
interface GivenWords {
  /** All that settle what is tested and how. */
  readonly given: readonly string[];
  /** Those of them that hold whatever the manifests and the CNI are. */
  readonly overlay: readonly string[];
  /** Of each suite the CNI as `--cni` takes it: the path of a profile says more than its name. */
  readonly cnis: readonly string[];
  /** Of each suite's CNI. */
  readonly terms: readonly Terms[];
}

/** What to run next: the reason of the first failure, or the same run for a CI server. */
function next(
  document: TestDocument,
  { given, overlay, cnis }: GivenWords,
  { palette, invocation }: Style,
): string {
  const failing = document.suites.find(({ failed }) => failed > 0);
  const failures = failing?.results.filter(({ passed }) => !passed) ?? [];
  const failure = failures.find(({ when }) => when === null) ?? failures[0];
  if (failing === undefined || failure === undefined) {
    const paths = document.suites.map(({ path }) => path);
    return nextCommand(
      'in CI',
      [invocation, 'test', ...paths, ...given, '--format', 'text', '--format', 'junit=report.xml'],
      undefined,
      palette,
    );
  }
  const manifests = failing.manifests.flatMap((path) => ['-f', path]);
  const word = cnis[document.suites.indexOf(failing)]!;
  const cni = word === 'calico' ? [] : ['--cni', word];
  // What becomes of a flow in a circumstance is a knob of the CNI, and nothing that a first packet shows.
  if (failure.when !== null)
    return nextCommand('why', [invocation, 'compile', ...manifests, ...cni, '--dump'], undefined, palette);
  return nextCommand('why', [invocation, 'explain', ...manifests, ...overlay, ...cni], failure.flow, palette);
}

/** The whole report, newline at the end. */
export function testText(document: TestDocument, words: GivenWords, style: Style): string {
  const { palette } = style;
  const milliseconds = document.suites.reduce((sum, suite) => sum + suite.milliseconds, 0);
  const counts = `${palette.green(`${document.passed} passed`)}, ${document.failed > 0 ? palette.red(`${document.failed} failed`) : '0 failed'}`;
  const detail = palette.dim(
    ` in ${countOf(document.suites.length, 'suite')}, ${formatSeconds(milliseconds / 1000)}`,
  );
  return `${[
    ...document.suites.flatMap((suite, index) => suiteLines(suite, { ...style, terms: words.terms[index]! })),
    `${counts}${detail}`,
    next(document, words, style),
  ].join('\n')}\n`;
}
