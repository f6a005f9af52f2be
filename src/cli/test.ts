/** `dryplane test SUITE...`: holds policies to expectations, like a test runner. */
import { statSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { documentJson } from '../report/json.ts';
import { testText } from '../report/test-text.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import { FORMATS } from './command-line/formats.ts';
import type { TestOptions } from './command-line/test.ts';
import { holdsToCoverage, parseCoverageMin, wantsCoverage } from './coverage-options.ts';
import { problem } from './problem.ts';
import { deliver, type Renderers, requireSinks, type Sink } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import type { TestRun } from './test-run.ts';
import { warn } from './warn.ts';

/** Options that only --against-results and --import have a use for. */
function withoutResults({ probe, probeMode }: TestOptions): Diagnostic[] {
  const given = [
    ...(probe === undefined ? [] : ['--probe']),
    ...(probeMode === undefined ? [] : ['--probe-mode']),
  ];
  return given.map((option) =>
    problem('cli/probe', `${option}: without effect, it is for --against-results`),
  );
}

/** Options that only suites have a use for. */
function withoutSuites(options: TestOptions, instead: string): Diagnostic[] {
  const { name, tag, update: isUpdate, watch } = options;
  const given = [
    ...(name === undefined ? [] : ['--name']),
    ...(tag === undefined ? [] : ['--tag']),
    ...(wantsCoverage(options) ? ['--coverage'] : []),
    ...(isUpdate === true ? ['--update'] : []),
    ...(watch === true ? ['--watch'] : []),
  ];
  return given.map((option) => problem('cli/filter', `${option}: without effect with ${instead}`));
}

function missingSuites(paths: readonly string[]): Diagnostic[] {
  if (paths.length > 0) return [];
  return [
    problem(
      'cli/no-suites',
      'no suites were given',
      'name suite files or folders of them; --conformance runs those that ship, --against-results FILE reads the results of a cluster',
    ),
  ];
}

/** What is wrong with the filters before any file is read. */
async function filterProblems({ name = [], tag = [] }: TestOptions): Promise<readonly Diagnostic[]> {
  if (name.length + tag.length === 0) return [];
  const { readFilter } = await import('../suite/suite-filter.ts');
  return readFilter(name, tag).diagnostics;
}

/** Runs the command; the exit code is 1 when an expectation failed. */
export async function testCommand(paths: readonly string[], options: TestOptions): Promise<number> {
  if (options.import !== undefined) {
    const { testImport } = await import('./test-import.ts');
    return testImport(paths, options, withoutSuites(options, '--import'));
  }
  if (options.againstResults !== undefined) {
    const { testResults } = await import('./test-results.ts');
    return testResults(paths, options, withoutSuites(options, '--against-results'));
  }
  if (options.conformance === true) {
    const { testConformance } = await import('./test-conformance.ts');
    return testConformance(paths, options, withoutSuites(options, '--conformance'));
  }
  return testSuites(paths, options);
}

/** Warnings, then the report in every format that was asked for. */
async function report(run: TestRun, sinks: readonly Sink[], options: TestOptions): Promise<void> {
  const { document, words, diagnostics } = run;
  warn(diagnostics, options);
  const isPlain = sinks.every(({ format }) => format === 'text' || format === 'json');
  deliver(
    sinks,
    {
      text: await testText(document, words),
      json: () => documentJson(document),
      ...(isPlain ? {} : await machineFormats(run)),
    },
    options,
  );
}

/** What machines read, loaded where one of them is asked for. */
async function machineFormats({ document, words }: TestRun): Promise<Renderers> {
  const [{ tap }, { junit }, { githubAnnotations }, { lcov }] = await Promise.all([
    import('../report/tap.ts'),
    import('../report/junit.ts'),
    import('../report/github-annotations.ts'),
    import('../report/lcov.ts'),
  ]);
  return {
    tap: (style) => tap(document, words, style),
    junit: (style) => junit(document, words, style),
    github: (style) => githubAnnotations(document, words, style),
    lcov: () => lcov(document.coverage!),
  };
}

/** What is wrong with watching. */
function watchProblems({ watch: isWatch, update, manifests = [], add = [] }: TestOptions): Diagnostic[] {
  if (isWatch !== true) return [];
  const reads = [...manifestPaths(manifests), ...add];
  return [
    ...(update === true
      ? [problem('cli/watch', '--update asks, and --watch does not wait', 'update without --watch')]
      : []),
    ...(reads.includes('-')
      ? [problem('cli/watch', '- can be read once, and --watch reads again', 'name files and folders')]
      : []),
  ];
}

/** Every suite reads the manifests anew, and so it does for every CNI; of a folder nobody knows yet how many it holds. */
function runsAhead(paths: readonly string[], { cni }: TestOptions): string[] {
  const isFolder = (path: string): boolean =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const cnis = cni === undefined ? 1 : spelledOut(cni).length;
  return paths.flatMap((path) => Array<string>(isFolder(path) ? 2 : cnis).fill(path));
}

async function update({ runs }: TestRun, options: TestOptions): Promise<number> {
  const { updateSuites } = await import('./test-update.ts');
  return updateSuites(runs, options);
}

/** `--yes` answers a question that --update alone asks. */
function idleYes({ yes, update: isUpdate }: TestOptions): Diagnostic[] {
  if (yes !== true || isUpdate === true) return [];
  return [problem('cli/update', '--yes: without effect, it is for --update')];
}

async function testSuites(paths: readonly string[], options: TestOptions): Promise<number> {
  const manifests = [...manifestPaths(options.manifests ?? []), ...(options.add ?? [])];
  const reads = runsAhead(paths, options).flatMap(() => manifests);
  const { diagnostics: unknown } = profilesNamed(options.cni ?? []);
  const sinks = requireSinks(options, FORMATS.test, [
    ...missingSuites(paths),
    ...withoutResults(options),
    ...idleYes(options),
    ...watchProblems(options),
    ...(await filterProblems(options)),
    ...stdinProblems(reads),
    ...parseCoverageMin(options.coverageMin ?? []).problems,
    ...unknown,
  ]);
  const once = (): Promise<number> => runOnce(paths, options, sinks);
  if (options.watch !== true) return once();
  const { watchSuites } = await import('./test-watch.ts');
  return watchSuites(paths, options, sinks, once);
}

/** One run with its report; 1 when an expectation failed. */
async function runOnce(
  paths: readonly string[],
  options: TestOptions,
  sinks: readonly Sink[],
): Promise<number> {
  const { runSuites } = await import('./test-run.ts');
  const run = await runSuites(paths, options);
  await report(run, sinks, options);
  const { failed, coverage } = run.document;
  const written = options.update === true && failed > 0 ? await update(run, options) : 0;
  const isCovered = holdsToCoverage(options, coverage);
  return failed > written || !isCovered ? 1 : 0;
}
