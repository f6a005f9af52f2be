/** `dryplane test SUITE...`: holds policies to expectations, like a test runner. */
import { performance } from 'node:perf_hooks';
import { caveatsOf } from '../analysis/caveats.ts';
import { namesOfDecider } from '../analysis/decider.ts';
import { openMember } from '../analysis/open-document.ts';
import type { TestDocument, TestedSuite } from '../analysis/test-document.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { documentJson } from '../report/json.ts';
import { junit } from '../report/junit.ts';
import type { Terms } from '../report/style.ts';
import { testText } from '../report/test-text.ts';
import type { CheckedExpectation } from '../suite/check.ts';
import type { Suite } from '../suite/suite.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import type { TestOptions } from './flags.ts';
import { problem } from './problem.ts';
import { deliver, requireSinks } from './sinks.ts';
import { manifestPaths } from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';
import { readSuites } from './suite-files.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { warn } from './warn.ts';
import { loadWorld, overlayWords } from './world.ts';

const FORMATS = ['text', 'json', 'junit'];

function tested({
  expectation,
  expected,
  expectedPending,
  flow,
  answer,
  hook,
  decider,
  reason,
  open,
  pending,
  passed,
  difference,
}: CheckedExpectation) {
  return {
    name: expectation.name,
    tags: expectation.tags,
    flow,
    when: expectation.when ?? null,
    expected: {
      verdict: expected,
      by: expectation.by ?? null,
      direction: expectation.direction ?? null,
      reason: expectation.reason ?? null,
      pending: expectedPending ?? null,
    },
    found: {
      verdict: answer.verdict,
      reason,
      decider: namesOfDecider(hook, decider),
      ...openMember(open),
      pending: pending.verdict,
    },
    passed,
    difference,
    why: expectation.why ?? '',
    location: `${expectation.at.file}:${expectation.at.line}`,
  };
}

/** Told where `expect` names CNIs and not the one of this run: what is not checked must not look as if it passed. */
function unasked(count: number, cni: string): string[] {
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? 'expectation says' : 'expectations say'} nothing about ${cni}: not checked`,
  ];
}

/** Checks one suite in the world that it names, or that the options name for it. */
async function checkOne(
  suite: Suite,
  cni: string,
  options: TestOptions,
): Promise<{ value: TestedSuite; cni: string; terms: Terms; diagnostics: readonly Diagnostic[] }> {
  const start = performance.now();
  const { checkSuite } = await import('../suite/check.ts');
  const manifests = options.manifests ?? suite.manifests;
  const missing =
    manifests.length > 0
      ? []
      : [
          problem(
            'suite/no-manifests',
            `the suite ${suite.path} names no manifests`,
            'add manifests: to the suite, or give -f',
          ),
        ];
  const { world, diagnostics } = await loadWorld(manifests, { ...options, cni }, missing);
  const { value, diagnostics: found } = checkSuite(suite, world);
  const { warnings, assumptions } = caveatsOf(
    world,
    value.results.map(({ reason }) => reason),
  );
  return {
    value: {
      path: suite.path,
      description: suite.description,
      cni: world.profile.name,
      manifests,
      passed: value.passed,
      failed: value.failed,
      milliseconds: performance.now() - start,
      results: value.results.map(tested),
      assumptions,
      warnings: [
        ...warnings,
        ...unasked(suite.expectations.length - value.results.length, world.profile.name),
      ],
    },
    cni,
    terms: termsOf(world.profile),
    diagnostics: [...diagnostics, ...found],
  };
}

/** The words that give the same run; a suite may name manifests and a CNI itself. */
function givenWords(
  options: TestOptions,
  checked: readonly { readonly cni: string; readonly terms: Terms }[],
): Parameters<typeof testText>[1] {
  const overlay = overlayWords(options);
  const manifests = (options.manifests ?? []).flatMap((path) => ['-f', path]);
  return {
    overlay,
    cnis: checked.map(({ cni }) => cni),
    terms: checked.map(({ terms }) => terms),
    given: [...manifests, ...overlay, ...(options.cni ?? []).flatMap((name) => ['--cni', name])],
  };
}

/** Each suite under each CNI that the options ask about; undefined is the suite's own. */
function runsOf<Of>(suites: readonly Of[], { cni }: TestOptions): { suite: Of; cni: string | undefined }[] {
  const named = cni === undefined ? [undefined] : spelledOut(cni);
  return suites.flatMap((suite) => named.map((one) => ({ suite, cni: one })));
}

/** Options that only --against-results has a use for. */
function withoutResults({ probe, probeMode }: TestOptions): Diagnostic[] {
  const given = [
    ...(probe === undefined ? [] : ['--probe']),
    ...(probeMode === undefined ? [] : ['--probe-mode']),
  ];
  return given.map((option) =>
    problem('cli/probe', `${option}: without effect, it is for --against-results`),
  );
}

function missingSuites(paths: readonly string[]): Diagnostic[] {
  if (paths.length > 0) return [];
  return [
    problem(
      'cli/no-suites',
      'no suites were given',
      'name suite files; --conformance runs those that ship, --against-results FILE reads the results of a cluster',
    ),
  ];
}

/** Runs the command; the exit code is 1 when an expectation failed. */
export async function testCommand(paths: readonly string[], options: TestOptions): Promise<number> {
  if (options.againstResults !== undefined) {
    const { testResults } = await import('./test-results.ts');
    return testResults(paths, options);
  }
  if (options.conformance === true) {
    const { testConformance } = await import('./test-conformance.ts');
    return testConformance(paths, options);
  }
  return testSuites(paths, options);
}

async function testSuites(paths: readonly string[], options: TestOptions): Promise<number> {
  const manifests = [...manifestPaths(options.manifests ?? []), ...(options.add ?? [])];
  // Every suite reads the manifests anew, and so it does for every CNI.
  const reads = runsOf(paths, options).flatMap(() => manifests);
  const { value: named, diagnostics: unknown } = profilesNamed(options.cni ?? []);
  const sinks = requireSinks(options, FORMATS, [
    ...missingSuites(paths),
    ...withoutResults(options),
    ...stdinProblems(reads),
    ...unknown,
  ]);
  const checked: Awaited<ReturnType<typeof checkOne>>[] = [];
  const wrong: Diagnostic[] = [];
  for (const { suite, cni } of runsOf(await readSuites(paths, named), options)) {
    try {
      checked.push(await checkOne(suite, cni ?? suite.cni ?? 'calico', options));
    } catch (error) {
      // The next suite's mistakes are wanted too.
      if (!(error instanceof InvalidInput)) throw error;
      wrong.push(...error.diagnostics);
    }
  }
  warn([...wrong, ...checked.flatMap(({ diagnostics }) => diagnostics)], options);
  const suites = checked.map(({ value }) => value);
  const words = givenWords(options, checked);
  const failed = suites.reduce((sum, suite) => sum + suite.failed, 0);
  const document: TestDocument = {
    schema: 'dryplane/test/v1',
    version: VERSION,
    passed: suites.reduce((sum, suite) => sum + suite.passed, 0),
    failed,
    suites,
  };
  deliver(
    sinks,
    {
      text: (style) => testText(document, words, style),
      json: () => documentJson(document),
      junit: () => junit(document),
    },
    options,
  );
  return failed > 0 ? 1 : 0;
}
