/** What suites exercised of the policies, where `--coverage` asks for it: every packet that an expectation means is one. */
import type { CoverageDocument } from '../analysis/coverage-document.ts';
import type { World } from '../policy/world.ts';
import type { CheckedExpectation } from '../suite/check.ts';

/** Expectations judged in a world. */
interface JudgedSuite {
  readonly world: World;
  readonly results: readonly Pick<CheckedExpectation, 'answer'>[];
}

/** All runs together: a part is covered where any of them covers it. */
export async function suiteCoverage(runs: readonly JudgedSuite[]): Promise<CoverageDocument> {
  const [{ CoverageSums }, { creditAnswer, walkCredit }] = await Promise.all([
    import('../analysis/coverage-sums.ts'),
    import('../analysis/coverage-walk.ts'),
  ]);
  const sums = new CoverageSums();
  for (const { world, results } of runs) {
    const credit = walkCredit(world, sums);
    for (const { answer } of results) creditAnswer(answer, credit, world);
  }
  return sums.document('suites');
}
