/** `--fail-on` of `bench`: a regression is what is slower or larger by more than a share, beyond doubt. */
import type { BenchDocument, Comparison } from '../analysis/bench/bench-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { listedWords } from './listed-words.ts';
import { knownWordsHint, problem } from './problem.ts';

/** `regression` alone. */
const DEFAULT_SHARE = 0.1;

/** The largest share by which figures may grow, 0.1 for 10 %; undefined where nothing is a regression. */
export function parseRegression(lists: readonly string[]): {
  above: number | undefined;
  problems: Diagnostic[];
} {
  const problems: Diagnostic[] = [];
  let above: number | undefined;
  for (const text of listedWords(lists)) {
    const [, name = '', share] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    const percent = /^(\d{1,5}(?:\.\d+)?)%$/.exec(share ?? '')?.[1];
    if (name !== 'regression')
      problems.push(
        problem(
          'cli/fail-on',
          `unknown condition ${text}`,
          knownWordsHint(name, ['regression', 'regression=10%']),
        ),
      );
    else if (share !== undefined && percent === undefined)
      problems.push(problem('cli/fail-on', `${text} is no condition`, 'write regression=10%'));
    else above = Math.min(above ?? Infinity, percent === undefined ? DEFAULT_SHARE : Number(percent) / 100);
  }
  return { above, problems };
}

/** Figures of the set as it is that a reader pays for; what else is counted explains them. */
const isPaid = ({ figure, multiple }: Comparison): boolean =>
  multiple === 1 && (figure === 'compile' || figure === 'tables' || figure.startsWith('lookup'));

/** One line for each regression: the interval of its ratio lies beyond the share as a whole. */
export function regressions(
  above: number,
  { against, baseline }: Pick<BenchDocument, 'against' | 'baseline'>,
): string[] {
  const over = (comparisons: readonly Comparison[], other: string): string[] =>
    comparisons
      .filter((one) => isPaid(one) && one.interval !== null && one.interval.low > 1 + above)
      .map(({ figure, ratio }) => `regression: ${figure} is ${ratio.toPrecision(3)} times that of ${other}`);
  return [
    ...(against === null ? [] : over(against.comparisons, 'the second set')),
    ...(baseline === null ? [] : over(baseline.comparisons, `the baseline ${baseline.path}`)),
  ];
}
