/** Suites that the command line names. */
import { InvalidInput } from '../diagnostic/diagnostic.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import type { Suite } from '../suite/suite.ts';

/** All suites, or everything that is wrong with any of them; they may name the CNIs of this run. */
export async function readSuites(
  paths: readonly string[],
  profiles: readonly CniProfile[],
): Promise<Suite[]> {
  const { readSuite } = await import('../suite/read.ts');
  const names = profiles.map(({ name }) => name);
  const read = paths.map((path) => readSuite(path, names));
  const diagnostics = read.flatMap((one) => one.diagnostics);
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new InvalidInput(diagnostics);
  return read.map(({ value }) => value);
}
