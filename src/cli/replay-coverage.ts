/** What a replay exercised of the policies, where `--coverage` asks for it. It takes the judge, which a replay goes without. */
import type { CoverageDocument } from '../analysis/coverage/coverage-document.ts';
import type { FlowNaming } from '../analysis/replay/flow-counts.ts';
import type { SummaryEpoch, SummaryInput } from '../analysis/replay/summary.ts';
import type { World } from '../policy/world.ts';
import type { ReplayOptions as EngineOptions } from '../replay/options.ts';
import type { ReplayResult } from '../replay/result.ts';

/** Coverage wants every flow of a trace, not the heaviest alone. */
const FLOWS = 1 << 21;

/** What the replay itself must keep for coverage. */
export const COVERAGE_KEEPS: Pick<EngineOptions, 'flows' | 'flowsListed'> = {
  flows: FLOWS,
  flowsListed: 2 * FLOWS,
};

/** The part of a summary's input; the worlds are those of the epochs. */
export async function replayCoverage(
  result: ReplayResult,
  worlds: readonly World[],
  epochs: readonly SummaryEpoch[],
): Promise<Required<Pick<SummaryInput, 'coverageOf'>>> {
  const [{ CoverageSums }, { creditReplay }] = await Promise.all([
    import('../analysis/coverage/coverage-sums.ts'),
    import('../analysis/coverage/coverage-trace.ts'),
  ]);
  return {
    coverageOf: (naming: FlowNaming): CoverageDocument => {
      const sums = new CoverageSums();
      creditReplay({ result, worlds, legends: epochs.map(({ legend }) => legend), naming }, sums);
      return sums.document('traces');
    },
  };
}
