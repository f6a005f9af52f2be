/** Suites that the command line names: found, read, and cut down to the expectations that are asked about. */
import { type Checked, type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import { formatFlow } from '../flow/notation.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { Expectation, Suite } from '../suite/suite.ts';
import type { Labelled, SuiteFilter } from '../suite/suite-filter.ts';
import type { TestOptions } from './flags.ts';
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
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new InvalidInput(diagnostics);
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
function labelsOf({ description, steps }: Suite, expectation: Expectation): Labelled {
  const { name, tags, flow, expect, why = '', state } = expectation;
  const step = steps[state - 1]?.name ?? '';
  const text = formatFlow(flow);
  const verdicts = typeof expect === 'string' ? [expect] : [...expect.values()];
  return { tags, texts: [description, step, name, ...verdicts.map((verdict) => `${verdict} ${text}`), why] };
}

/** What the filter leaves of each suite. */
function filtered(
  suites: readonly Suite[],
  filter: SuiteFilter,
  keeps: (filter: SuiteFilter, one: Labelled) => boolean,
): FilteredSuite[] {
  return suites.map((suite) => {
    const expectations = suite.expectations.filter((one) => keeps(filter, labelsOf(suite, one)));
    return { suite: { ...suite, expectations }, filtered: suite.expectations.length - expectations.length };
  });
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
  const known = new Set(suites.flatMap(({ expectations }) => expectations.flatMap(({ tags }) => tags)));
  const unknown = unknownTags(filter, known);
  const kept = filtered(suites, filter, keeps);
  const isEmpty = kept.every(({ suite }) => suite.expectations.length === 0);
  const total = kept.reduce((sum, one) => sum + one.filtered, 0);
  if (isEmpty && !unknown.some(({ severity }) => severity === 'error'))
    unknown.push(problem('cli/filter', `--name and --tag leave none of ${total} expectations`));
  if (unknown.some(({ severity }) => severity === 'error')) throw new InvalidInput(unknown);
  const whole = kept.filter(({ suite }) => suite.expectations.length === 0);
  return {
    suites: kept.filter(({ suite }) => suite.expectations.length > 0),
    filteredWhole: whole.reduce((sum, one) => sum + one.filtered, 0),
    passedOver,
    diagnostics: [...warnings, ...unknown],
  };
}
