/** One run of suites: found, read, filtered, and each checked in its world → the document of `test`, and what the report's commands need. */
import type { TestDocument, TestedSuite } from '../analysis/test/test-document.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { Terms } from '../report/style.ts';
import type { TestWords } from '../report/test-commands.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import type { TestOptions } from './command-line/test.ts';
import { wantsCoverage } from './coverage-options.ts';
import { type FilteredSuite, findAndRead } from './suite-files.ts';
import { termsOf } from './terms.ts';
import { type CheckedRun, runSuite } from './test-suite.ts';
import { VERSION } from './version.ts';
import { overlayWords } from './world.ts';

export interface TestRun {
  readonly document: TestDocument;
  readonly words: TestWords;
  readonly runs: readonly CheckedRun[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

async function coverageOf(runs: readonly CheckedRun[]): Promise<TestDocument['coverage']> {
  const { suiteCoverage } = await import('./suite-coverage.ts');
  return suiteCoverage(runs);
}

/** The words that give the same run; a suite may name manifests and a CNI itself. */
function wordsOf(operands: readonly string[], options: TestOptions, runs: readonly CheckedRun[]): TestWords {
  const { name = [], tag = [], manifests = [] } = options;
  const overlay = overlayWords(options);
  return {
    operands,
    overlay,
    cnis: runs.map(({ cni }) => cni),
    terms: runs.map(({ world }): Terms => termsOf(world.profile)),
    given: [
      ...manifests.flatMap((path) => ['-f', path]),
      ...overlay,
      ...(options.cni ?? []).flatMap((word) => ['--cni', word]),
      ...name.flatMap((pattern) => ['--name', pattern]),
      ...tag.flatMap((word) => ['--tag', word]),
    ],
  };
}

/** Each suite under each CNI that the options ask about. */
function asked(suites: readonly FilteredSuite[], { cni }: TestOptions): (FilteredSuite & { cni: string })[] {
  const named = cni === undefined ? [undefined] : spelledOut(cni);
  return suites.flatMap((one) => named.map((word) => ({ ...one, cni: word ?? one.suite.cni ?? 'calico' })));
}

const sumOf = (runs: readonly CheckedRun[], of: (suite: TestedSuite) => number): number =>
  runs.reduce((sum, { value }) => sum + of(value), 0);

/** Runs the suites that the operands mean. Throws InvalidInput with everything that is wrong with any of them. */
export async function runSuites(operands: readonly string[], options: TestOptions): Promise<TestRun> {
  const { value: profiles } = profilesNamed(options.cni ?? []);
  const read = await findAndRead(operands, profiles, options);
  const runs: CheckedRun[] = [];
  const diagnostics: Diagnostic[] = [...read.diagnostics];
  for (const one of asked(read.suites, options)) {
    try {
      const { diagnostics: found, ...run } = await runSuite(one, one.cni, options);
      runs.push(run);
      diagnostics.push(...found);
    } catch (error) {
      // The next suite's mistakes are wanted too.
      if (!(error instanceof InvalidInput)) throw error;
      diagnostics.push(...error.diagnostics);
    }
  }
  if (hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  const document: TestDocument = {
    schema: 'dryplane/test/v1',
    version: VERSION,
    passed: sumOf(runs, ({ passed }) => passed),
    failed: sumOf(runs, ({ failed }) => failed),
    filtered: sumOf(runs, ({ filtered }) => filtered) + read.filteredWhole,
    passed_over: read.passedOver,
    coverage: wantsCoverage(options) ? await coverageOf(runs) : null,
    suites: runs.map(({ value }) => value),
  };
  return { document, words: wordsOf(operands, options, runs), runs, diagnostics };
}
