/** Suites that the command line names. */
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import type { Suite } from '../suite/suite.ts';

/** All suites, or everything that is wrong with any of them. */
export async function readSuites(paths: readonly string[]): Promise<Suite[]> {
  const { readSuite } = await import('../suite/read.ts');
  const read = paths.map((path) => readSuite(path));
  const diagnostics = read.flatMap((one) => one.diagnostics);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new InvalidInput(diagnostics);
  return read.map(({ value }) => value);
}
