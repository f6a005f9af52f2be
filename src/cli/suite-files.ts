/** Suites that the command line names: found, read, and cut down to the expectations that are asked about. */
import { type Checked, type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { Expectation, Suite } from '../suite/suite.ts';
import type { Labelled } from '../suite/suite-filter.ts';
import type { TraceExpectation } from '../suite/trace-expectation.ts';
import type { TestOptions } from './command-line/test.ts';
import { problem } from './problem.ts';

/** All suites with warnings, or everything that is wrong with any of them; they may name the CNIs of this run. */
export async function readSuites(
  paths: readonly string[],
  profiles: readonly CniProfile[],
): Promise<Checked<readonly Suite[]>> {
  const { readSuite } = await import('../suite/read.ts');
  const names = profiles.map(({ name }) => name);
  const read = paths.map((path) => readSuite(path, names));
  const diagnostics = read.flatMap((one) => one.diagnostics);
  if (hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  return { value: read.map(({ value }) => value), diagnostics };
}

/** A suite with what is asked about, and how much of it is not. */
export interface FilteredSuite {
  readonly suite: Suite;
  readonly filtered: number;
}

export interface ReadSuites {
  /** Those of which something is asked. */
  readonly suites: readonly FilteredSuite[];
  /** Expectations of suites of which nothing is asked. */
  readonly filteredWhole: number;
  /** Files of folders that are no suites. */
  readonly passedOver: number;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The texts of an expectation's line in the report. */
function labelsOf(expectation: Expectation, { description, steps }: Suite): Labelled {
  const { name, tags, flow, expect, why = '', state } = expectation;
  const step = steps[state - 1]?.name ?? '';
  const text = formatFlow(flow);
  const verdicts = typeof expect === 'string' ? [expect] : [...expect.values()];
  return { tags, texts: [description, step, name, ...verdicts.map((verdict) => `${verdict} ${text}`), why] };
}

function labelsOfTraced({ name, tags, title, why = '' }: TraceExpectation, { description }: Suite): Labelled {
  return { tags, texts: [description, name, title, why] };
}

/** How much a suite expects, of traces too. */
export const countOfSuite = ({ expectations, traces }: Suite): number =>
  traces.reduce((sum, trace) => sum + trace.expectations.length, expectations.length);

const tagsOf = ({ expectations, traces }: Suite): readonly string[] =>
  [...expectations, ...traces.flatMap((trace) => trace.expectations)].flatMap(({ tags }) => tags);

/** What the filter leaves of a suite. */
function keptOf(suite: Suite, isKept: (one: Labelled) => boolean): Suite {
  return {
    ...suite,
    expectations: suite.expectations.filter((one) => isKept(labelsOf(one, suite))),
    traces: suite.traces
      .map((trace) => ({
        ...trace,
        expectations: trace.expectations.filter((one) => isKept(labelsOfTraced(one, suite))),
      }))
      .filter(({ expectations }) => expectations.length > 0),
  };
}

/** What the filter leaves of each suite. */
function filtered(suites: readonly Suite[], isKept: (one: Labelled) => boolean): FilteredSuite[] {
  return suites.map((suite) => {
    const kept = keptOf(suite, isKept);
    return { suite: kept, filtered: countOfSuite(suite) - countOfSuite(kept) };
  });
}

/** What `--name` leaves of a suite. Throws InvalidInput where one is no pattern. */
export async function namedIn(suite: Suite, names: readonly string[]): Promise<Suite> {
  const { keeps, readFilter } = await import('../suite/suite-filter.ts');
  const { value: filter, diagnostics } = readFilter(names, []);
  if (diagnostics.length > 0) throw new InvalidInput(diagnostics);
  return keptOf(suite, (one) => keeps(filter, one));
}

/** Finds, reads and filters. Throws InvalidInput with everything that is wrong; a filter that leaves nothing is wrong. */
export async function findAndRead(
  operands: readonly string[],
  profiles: readonly CniProfile[],
  { name = [], tag = [] }: TestOptions,
): Promise<ReadSuites> {
  const { findSuites } = await import('../suite/find-suites.ts');
  const { value: found, diagnostics } = findSuites(operands);
  if (diagnostics.length > 0) throw new InvalidInput(diagnostics);
  const { paths, passedOver } = found;
  const { value: suites, diagnostics: warnings } = await readSuites(paths, profiles);
  if (name.length + tag.length === 0)
    return {
      suites: suites.map((suite) => ({ suite, filtered: 0 })),
      filteredWhole: 0,
      passedOver,
      diagnostics: warnings,
    };
  const { keeps, readFilter, unknownTags } = await import('../suite/suite-filter.ts');
  const { value: filter } = readFilter(name, tag);
  const unknown = unknownTags(filter, new Set(suites.flatMap(tagsOf)));
  const kept = filtered(suites, (one) => keeps(filter, one));
  const isLeft = ({ suite }: FilteredSuite): boolean => countOfSuite(suite) > 0;
  const total = kept.reduce((sum, one) => sum + one.filtered, 0);
  if (!kept.some(isLeft) && !hasErrors(unknown))
    unknown.push(problem('cli/filter', `--name and --tag leave none of ${total} expectations`));
  if (hasErrors(unknown)) throw new InvalidInput(unknown);
  const left = kept.filter(isLeft);
  return {
    suites: left,
    filteredWhole: total - left.reduce((sum, one) => sum + one.filtered, 0),
    passedOver,
    diagnostics: [...warnings, ...unknown],
  };
}
