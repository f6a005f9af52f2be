/** One run of suites: found, read, filtered, and each checked in its world → the document of `test`, and what the report's commands need. */
import { performance } from 'node:perf_hooks';
import type { AddressNames } from '../analysis/address-names.ts';
import { caveatsOf } from '../analysis/caveats.ts';
import { namesOfDecider } from '../analysis/decider.ts';
import type { WalkedHook } from '../analysis/explain/short-walk.ts';
import { openMember } from '../analysis/open-document.ts';
import type {
  TestDocument,
  TestedCell,
  TestedExpectation,
  TestedSuite,
} from '../analysis/test/test-document.ts';
import { type Checked, type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { World } from '../policy/world.ts';
import type { Terms } from '../report/style.ts';
import type { TestWords } from '../report/test-commands.ts';
import type { CheckedExpectation } from '../suite/check.ts';
import type { ReplayedTrace } from '../suite/check-traces.ts';
import type { Drawing, Expectation, Suite } from '../suite/suite.ts';
import type { TracedResult } from '../suite/update-traces.ts';
import { profilesNamed, spelledOut } from './cni-names.ts';
import type { TestOptions } from './command-line/test.ts';
import { wantsCoverage } from './coverage-options.ts';
import { problem } from './problem.ts';
import { type FilteredSuite, findAndRead } from './suite-files.ts';
import { termsOf } from './terms.ts';
import type { TestedTraces } from './test-traces.ts';
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
  /** The same and those after each step of the suite. */
  readonly worlds: readonly World[];
  /** Of the suite's traces, where coverage is wanted. */
  readonly replays: readonly ReplayedTrace[];
  readonly value: TestedSuite;
  readonly results: readonly CheckedExpectation[];
  /** Of the suite's traces, where they are to be written into it. */
  readonly traced: readonly TracedResult[];
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
    import('../analysis/explain/explanation.ts'),
    import('../analysis/explain/short-walk.ts'),
    import('../analysis/address-names.ts'),
  ]);
  const names: AddressNames = createAddressNames(world.book);
  return ({ flow, answer, expected }) => {
    const explained = explainFlow(flow, { enforced: answer }, { world, names });
    const other = explained.decisions.find(({ verdict }) => verdict !== expected);
    return shortWalk(explained, other?.verdict ?? answer.verdict);
  };
}

/** Its number among the tables that were asked, and where in it the expectation stands; null for what is not drawn. */
function cellOf({ cell }: Expectation, drawings: readonly Drawing[]): TestedCell | null {
  if (cell === undefined) return null;
  const { drawing, row, column, port } = cell;
  return { table: drawings.indexOf(drawing), row, column, port };
}

/** Of cells the column too: a line has several. */
function placeOf({ at, cell }: Expectation): string {
  const line = `${at.file}:${at.line}`;
  return cell === undefined ? line : `${line}:${at.column}`;
}

interface TestedAs {
  /** How it came to what was found. */
  readonly walk: readonly WalkedHook[] | null;
  readonly step: string;
  /** Those that were asked. */
  readonly drawings: readonly Drawing[];
}

function tested(checked: CheckedExpectation, { walk, step, drawings }: TestedAs): TestedExpectation {
  const { expectation, answer } = checked;
  return {
    name: expectation.name,
    tags: expectation.tags,
    step,
    cell: cellOf(expectation, drawings),
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
    location: placeOf(expectation),
    walk,
  };
}

/** Results as the document has them, failures with their walks. */
async function testedAll(
  { steps }: Suite,
  results: readonly CheckedExpectation[],
  drawings: readonly Drawing[],
  worlds: readonly World[],
): Promise<TestedExpectation[]> {
  const failures = results.filter(({ passed }) => !passed).slice(0, EXPLAINED);
  const walks = new Map<CheckedExpectation, readonly WalkedHook[]>();
  for (const [state, world] of worlds.entries()) {
    const failed = failures.filter(({ expectation }) => expectation.state === state);
    if (failed.length === 0) continue;
    const explain = await explainer(world);
    for (const result of failed) walks.set(result, explain(result));
  }
  return results.map((result) => {
    const step = steps[result.expectation.state - 1]?.name ?? '';
    return tested(result, { walk: walks.get(result) ?? null, step, drawings });
  });
}

/** Told where `expect` names CNIs and not the one of this run: what is not checked must not look as if it passed. */
function unasked(count: number, cni: string): string[] {
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? 'expectation says' : 'expectations say'} nothing about ${cni}: not checked`,
  ];
}

/** Told of tests that are another tool's. */
function unmapped({ foreign }: Suite): string[] {
  if (foreign === undefined || foreign.unmapped === 0) return [];
  const { tool, unmapped: count } = foreign;
  return [
    `${count} ${count === 1 ? 'test' : 'tests'} of ${tool} ${count === 1 ? 'is' : 'are'} no flow: not checked`,
  ];
}

/** The worlds after the steps of a suite; what lays changes over a world is loaded where there are any. */
async function worldsOfSteps(
  suite: Suite,
  world: World,
  options: { readonly lenient: boolean },
): Promise<Checked<readonly World[]>> {
  if (suite.steps.length === 0) return { value: [], diagnostics: [] };
  const { worldsAfter } = await import('../suite/steps.ts');
  return worldsAfter(suite, world, options);
}

async function coverageOf(runs: readonly CheckedRun[]): Promise<TestDocument['coverage']> {
  const { suiteCoverage } = await import('./suite-coverage.ts');
  return suiteCoverage(runs);
}

/** What takes threads and tables is loaded for suites with traces alone. */
async function tracesOf(
  suite: Suite,
  worlds: readonly World[],
  manifests: readonly string[],
  options: TestOptions,
): Promise<TestedTraces> {
  if (suite.traces.length === 0) return { value: [], warnings: [], replays: [], results: [] };
  const { testTraces } = await import('./test-traces.ts');
  return testTraces(suite, worlds, manifests, options);
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
  const { value: later, diagnostics: strange } = await worldsOfSteps(suite, world, {
    lenient: options.lenient === true,
  });
  if (hasErrors(strange)) throw new InvalidInput([...diagnostics, ...strange]);
  const { value, diagnostics: found } = checkSuite(suite, world, later);
  const worlds = [world, ...later];
  const reasons = value.results.map(({ reason }) => reason);
  const caveats = worlds.map((one) => caveatsOf(one, reasons));
  const drawings = [...new Set(value.results.flatMap(({ expectation }) => expectation.cell?.drawing ?? []))];
  const results = await testedAll(suite, value.results, drawings, worlds);
  const traced = await tracesOf(suite, worlds, manifests, options);
  const failing = traced.value.filter(({ passed }) => !passed).length;
  return {
    suite,
    cni,
    world,
    worlds,
    results: value.results,
    replays: traced.replays,
    traced: traced.results,
    value: {
      path: suite.path,
      description: suite.description,
      cni: world.profile.name,
      manifests,
      passed: value.passed + traced.value.length - failing,
      failed: value.failed + failing,
      filtered,
      milliseconds: performance.now() - start,
      steps: suite.steps.map(({ name, manifests: all, add, remove }) => ({
        name,
        manifests: all,
        add,
        remove,
      })),
      tables: drawings.map(({ at, ...drawn }) => ({ ...drawn, location: `${at.file}:${at.line}` })),
      results,
      traces: traced.value,
      assumptions: [...new Set(caveats.flatMap(({ assumptions }) => assumptions))],
      warnings: [
        ...new Set([...caveats.flatMap(({ warnings }) => warnings), ...traced.warnings]),
        ...unasked(value.unasked, world.profile.name),
        ...unmapped(suite),
      ],
    },
    diagnostics: [...diagnostics, ...strange, ...found],
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
