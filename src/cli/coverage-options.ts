/** `--coverage`, `--coverage-min` and `--format lcov`: whether coverage is wanted, and what it is held to. */
import {
  COVERED_PARTS,
  type CoverageDocument,
  type CoveredPart,
} from '../analysis/coverage/coverage-document.ts';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { formatShare } from '../output/quantity.ts';
import { printError } from '../output/standard-output.ts';
import type { CoverageOptions, OutputOptions } from './command-line/flags.ts';
import { listedWords } from './listed-words.ts';
import { knownWordsHint, problem } from './problem.ts';

/** `--format lcov` asks for coverage too. */
type CoverageAndFormat = CoverageOptions & Pick<OutputOptions, 'format'>;

/** The least share of a kind of parts, 0 to 100. */
interface Threshold {
  readonly part: CoveredPart;
  readonly percent: number;
}

/** What a share without a name is held against: each by itself. */
const USUAL: readonly CoveredPart[] = ['rules', 'peers', 'ports'];

/** Whether anything asks for coverage. */
export function wantsCoverage({ coverage, coverageMin, format = [] }: CoverageAndFormat): boolean {
  return coverage === true || coverageMin !== undefined || format.some((text) => /^lcov(?:=|$)/.test(text));
}

/** `80%`, `80`, `rules=90%`, `peers=100,ports=50`; repeatable. The last word on a part counts. */
export function parseCoverageMin(lists: readonly string[]): {
  thresholds: readonly Threshold[];
  problems: Diagnostic[];
} {
  const found = new Map<CoveredPart, number>();
  const problems: Diagnostic[] = [];
  for (const text of listedWords(lists)) {
    const [, name, share = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
    const part = COVERED_PARTS.find((one) => one === name);
    const percent = /^\d{1,3}(?:\.\d+)?(?=%?$)/.exec(share)?.[0];
    if (name !== undefined && part === undefined)
      problems.push(problem('cli/coverage-min', `unknown part ${name}`, knownWordsHint(name, COVERED_PARTS)));
    else if (percent === undefined || Number(percent) > 100)
      problems.push(problem('cli/coverage-min', `${text} is no share`, 'write 80%, or rules=90%,peers=80%'));
    else for (const one of part === undefined ? USUAL : [part]) found.set(one, Number(percent));
  }
  return { thresholds: [...found].map(([part, percent]) => ({ part, percent })), problems };
}

/** Whether every wanted share is reached; those that are not are printed. Of parts that no policy has there is nothing to reach. */
export function holdsToCoverage(
  { coverageMin = [] }: CoverageAndFormat,
  document: CoverageDocument | null,
): boolean {
  if (document === null) return true;
  const missed = parseCoverageMin(coverageMin).thresholds.filter(({ part, percent }) => {
    const { covered, all } = document.totals[part];
    return covered * 100 < percent * all;
  });
  for (const { part, percent } of missed) {
    const { covered, all } = document.totals[part];
    printError(`--coverage-min ${part}=${percent}%: ${formatShare(covered, all)}, ${covered} of ${all}\n`);
  }
  return missed.length === 0;
}
