/** One run of suites: found, read, filtered, and each checked in its world → the document of `test`, and what the report's commands need. */
import { performance } from 'node:perf_hooks';
import type { AddressNames } from '../analysis/address-names.ts';
import { caveatsOf } from '../analysis/caveats.ts';
import { namesOfDecider } from '../analysis/decider.ts';
import { openMember } from '../analysis/open-document.ts';
import type { WalkedHook } from '../analysis/short-walk.ts';
import type { TestDocument, TestedExpectation, TestedSuite } from '../analysis/test-document.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { World } from '../policy/world.ts';
import type { Terms } from '../report/style.ts';
import type { TestWords } from '../report/test-commands.ts';
import type { CheckedExpectation } from '../suite/check.ts';
import type { Suite } from '../suite/suite.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import type { TestOptions } from './flags.ts';
import { problem } from './problem.ts';
import { type FilteredSuite, findAndRead } from './suite-files.ts';
import { termsOf } from './terms.ts';
import { VERSION } from './version.ts';
import { loadWorld, overlayWords } from './world.ts';

/** Failures of a suite whose walk is told; all others say what was found. */
const EXPLAINED = 100;

/** A suite checked under one CNI. */
export interface CheckedRun {
  readonly suite: Suite;
  /** As `--cni` takes it. */
  readonly cni: string;
  readonly world: World;
  readonly value: TestedSuite;
  readonly results: readonly CheckedExpectation[];
}

export interface TestRun {
  readonly document: TestDocument;
  readonly words: TestWords;
  readonly runs: readonly CheckedRun[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Explains failures of one world. What it takes is loaded for failures alone. */
async function explainer(world: World): Promise<(result: CheckedExpectation) => readonly WalkedHook[]> {
  const [{ explainFlow }, { shortWalk }, { createAddressNames }] = await Promise.all([
    import('../analysis/explanation.ts'),
    import('../analysis/short-walk.ts'),
    import('../analysis/address-names.ts'),
  ]);
  const names: AddressNames = createAddressNames(world.book);
  return ({ flow, answer, expected }) => {
    const explained = explainFlow(flow, { enforced: answer }, { world, names });
    const other = explained.decisions.find(({ verdict }) => verdict !== expected);
    return shortWalk(explained, other?.verdict ?? answer.verdict);
  };
}

function tested(checked: CheckedExpectation, walk: readonly WalkedHook[] | null): TestedExpectation {
  const { expectation, answer } = checked;
  return {
    name: expectation.name,
    tags: expectation.tags,
    flow: checked.flow,
    when: expectation.when ?? null,
    expected: {
      verdict: checked.expected,
      by: expectation.by ?? null,
      direction: expectation.direction ?? null,
      reason: expectation.reason ?? null,
      pending: checked.expectedPending ?? null,
    },
    found: {
      verdict: answer.verdict,
      reason: checked.reason,
      decider: namesOfDecider(checked.hook, checked.decider),
      ...openMember(checked.open),
      pending: checked.pending.verdict,
    },
    passed: checked.passed,
    difference: checked.difference,
    why: expectation.why ?? '',
    location: `${expectation.at.file}:${expectation.at.line}`,
    walk,
  };
}

/** Results as the document has them, failures with their walks. */
async function testedAll(results: readonly CheckedExpectation[], world: World): Promise<TestedExpectation[]> {
  const failures = results.filter(({ passed }) => !passed);
  if (failures.length === 0) return results.map((result) => tested(result, null));
  const explain = await explainer(world);
  const explained = new Set(failures.slice(0, EXPLAINED));
  return results.map((result) => tested(result, explained.has(result) ? explain(result) : null));
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
  { suite, filtered }: FilteredSuite,
  cni: string,
  options: TestOptions,
): Promise<CheckedRun & { readonly diagnostics: readonly Diagnostic[] }> {
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
  const results = await testedAll(value.results, world);
  return {
    suite,
    cni,
    world,
    results: value.results,
    value: {
      path: suite.path,
      description: suite.description,
      cni: world.profile.name,
      manifests,
      passed: value.passed,
      failed: value.failed,
      filtered,
      milliseconds: performance.now() - start,
      results,
      assumptions,
      warnings: [
        ...warnings,
        ...unasked(suite.expectations.length - value.results.length, world.profile.name),
      ],
    },
    diagnostics: [...diagnostics, ...found],
  };
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
      const { diagnostics: found, ...run } = await checkOne(one, one.cni, options);
      runs.push(run);
      diagnostics.push(...found);
    } catch (error) {
      // The next suite's mistakes are wanted too.
      if (!(error instanceof InvalidInput)) throw error;
      diagnostics.push(...error.diagnostics);
    }
  }
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new InvalidInput(diagnostics);
  const document: TestDocument = {
    schema: 'dryplane/test/v1',
    version: VERSION,
    passed: sumOf(runs, ({ passed }) => passed),
    failed: sumOf(runs, ({ failed }) => failed),
    filtered: sumOf(runs, ({ filtered }) => filtered) + read.filteredWhole,
    passed_over: read.passedOver,
    suites: runs.map(({ value }) => value),
  };
  return { document, words: wordsOf(operands, options, runs), runs, diagnostics };
}
