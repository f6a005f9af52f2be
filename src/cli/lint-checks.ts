/** `--only` and `--skip`: which checks run. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { didYouMean } from '../diagnostic/nearest.ts';
import type { Check } from '../lint/check.ts';
import { CHECKS } from '../lint/checks.ts';
import type { LintOptions } from './command-line/lint.ts';
import { listedWords } from './listed-words.ts';
import { problem } from './problem.ts';

/** Codes of comma-separated lists; `lint/` before a name may be left out. */
function codesOf(lists: readonly string[]): string[] {
  const words = listedWords(lists);
  return words.map((word) => (word.includes('/') ? word : `lint/${word}`));
}

/** The checks that the options leave, and what is wrong with the options. */
export function chosenChecks(
  { only, skip }: Pick<LintOptions, 'only' | 'skip'>,
  hasTrace: boolean,
): {
  checks: readonly Check[];
  problems: readonly Diagnostic[];
} {
  const known = CHECKS.map(({ code }) => code as string);
  const wanted = only === undefined ? known : codesOf(only);
  const unwanted = codesOf(skip ?? []);
  const problems = [...(only === undefined ? [] : wanted), ...unwanted]
    .filter((code) => !known.includes(code))
    .map((code) =>
      problem(
        'cli/check',
        `there is no check ${code}`,
        didYouMean(code, known, 3) ?? `known: ${known.join(', ')}`,
      ),
    );
  const left = CHECKS.filter(({ code }) => wanted.includes(code) && !unwanted.includes(code));
  const checks = left.filter(({ needsTrace }) => hasTrace || needsTrace !== true);
  if (only !== undefined)
    for (const { code } of left.filter((check) => !checks.includes(check)))
      problems.push(
        problem(
          'cli/check',
          `${code} asks what a trace used`,
          'name a trace: dryplane lint TRACE -f MANIFESTS',
        ),
      );
  if (checks.length === 0 && problems.length === 0)
    problems.push(problem('cli/check', '--only and --skip leave no check'));
  return { checks, problems };
}
