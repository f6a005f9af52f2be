/** One suite under one CNI: its world and those after its steps, what it expects of flows and of traces, and what is to be said of it. */
import { performance } from 'node:perf_hooks';
import { caveatsOf } from '../analysis/caveats.ts';
import type { TestedSuite } from '../analysis/test/test-document.ts';
import { type Checked, type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { World } from '../policy/world.ts';
import type { CheckedExpectation, SuiteResult } from '../suite/check.ts';
import type { ReplayedTrace } from '../suite/check-traces.ts';
import type { Suite } from '../suite/suite.ts';
import type { TracedResult } from '../suite/update-traces.ts';
import type { TestOptions } from './command-line/test.ts';
import type { FilteredSuite } from './suite-files.ts';
import { testedExpectations } from './test-expectations.ts';
import type { TestedTraces } from './test-traces.ts';
import { loadWorld } from './world.ts';

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
export async function runSuite(
  { suite, filtered }: FilteredSuite,
  cni: string,
  options: TestOptions,
): Promise<CheckedRun & { readonly diagnostics: readonly Diagnostic[] }> {
  const start = performance.now();
  const { checkSuite, noManifests } = await import('../suite/check.ts');
  const manifests = options.manifests ?? suite.manifests;
  const missing = manifests.length > 0 ? [] : [noManifests(suite)];
  const { world, diagnostics } = await loadWorld(manifests, { ...options, cni }, missing);
  const isLenient = options.lenient === true;
  const { value: later, diagnostics: strange } = await worldsOfSteps(suite, world, { lenient: isLenient });
  if (hasErrors(strange)) throw new InvalidInput([...diagnostics, ...strange]);
  const worlds = [world, ...later];
  const { value: checked, diagnostics: found } = checkSuite(suite, world, later);
  const traced = await tracesOf(suite, worlds, manifests, options);
  const value = await toldOf(checked, worlds, traced, { manifests, filtered, start });
  return {
    suite,
    cni,
    world,
    worlds,
    results: checked.results,
    replays: traced.replays,
    traced: traced.results,
    value,
    diagnostics: [...diagnostics, ...strange, ...found],
  };
}

/** What the run knows of a suite beside its results. */
interface SuiteRun extends Pick<TestedSuite, 'manifests' | 'filtered'> {
  /** On the clock of `performance`. */
  readonly start: number;
}

/** A checked suite as the document has it. */
async function toldOf(
  { suite, results, passed, failed, unasked: silent }: SuiteResult,
  worlds: readonly World[],
  traced: TestedTraces,
  { manifests, filtered, start }: SuiteRun,
): Promise<TestedSuite> {
  const cni = worlds[0]!.profile.name;
  const reasons = results.map(({ reason }) => reason);
  const caveats = worlds.map((world) => caveatsOf(world, reasons));
  const drawings = [...new Set(results.flatMap(({ expectation }) => expectation.cell?.drawing ?? []))];
  const expectations = await testedExpectations(suite, results, drawings, worlds);
  const failing = traced.value.filter((one) => !one.passed).length;
  return {
    path: suite.path,
    description: suite.description,
    cni,
    manifests,
    passed: passed + traced.value.length - failing,
    failed: failed + failing,
    filtered,
    milliseconds: performance.now() - start,
    steps: suite.steps.map(({ at: _, ...step }) => step),
    tables: drawings.map(({ at, ...drawn }) => ({ ...drawn, location: `${at.file}:${at.line}` })),
    results: expectations,
    traces: traced.value,
    assumptions: [...new Set(caveats.flatMap(({ assumptions }) => assumptions))],
    warnings: [
      ...new Set([...caveats.flatMap(({ warnings }) => warnings), ...traced.warnings]),
      ...unasked(silent, cni),
      ...unmapped(suite),
    ],
  };
}
