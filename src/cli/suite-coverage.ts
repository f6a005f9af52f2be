/** What suites exercised of the policies, where `--coverage` asks for it: every packet that an expectation means is one, and every connection of their traces. */
import type { CoverageDocument } from '../analysis/coverage/coverage-document.ts';
import type { World } from '../policy/world.ts';
import type { CheckedExpectation } from '../suite/check.ts';
import type { ReplayedTrace } from '../suite/check-traces.ts';

/** Expectations judged in the worlds that the steps of a suite leave. */
interface JudgedSuite {
  readonly worlds: readonly World[];
  readonly results: readonly Pick<CheckedExpectation, 'answer' | 'expectation'>[];
  readonly replays: readonly ReplayedTrace[];
}

/** All runs together: a part is covered where any of them covers it. */
export async function suiteCoverage(runs: readonly JudgedSuite[]): Promise<CoverageDocument> {
  const [{ CoverageSums }, { creditAnswer, walkCredit }] = await Promise.all([
    import('../analysis/coverage/coverage-sums.ts'),
    import('../analysis/coverage/coverage-walk.ts'),
  ]);
  const { creditReplay } = runs.some(({ replays }) => replays.length > 0)
    ? await import('../analysis/coverage/coverage-trace.ts')
    : { creditReplay: () => {} };
  const sums = new CoverageSums();
  for (const { worlds, results, replays } of runs) {
    for (const [state, world] of worlds.entries()) {
      const credit = walkCredit(world, sums);
      for (const { answer, expectation } of results)
        if (expectation.state === state) creditAnswer(answer, credit, world);
    }
    for (const { result, world, naming } of replays)
      creditReplay({ result, worlds: [world], legends: [naming.legend], naming }, sums);
  }
  return sums.document('suites');
}
