/** `lint --baseline FILE`, with `--write-baseline` or without: findings that are known, read before the run and written after it. */
import { existsSync, readFileSync } from 'node:fs';
import type { Diagnostic } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import { type Baseline, type BaselineEntry, baselineOf, readBaseline } from '../lint/baseline.ts';
import type { Check } from '../lint/check.ts';
import type { LintFinding } from '../lint/lint-document.ts';
import type { LintOptions } from './command-line/lint.ts';
import { problem } from './problem.ts';
import { outputProblem } from './sinks.ts';

const HINT = 'write one with --baseline FILE --write-baseline';

export interface KnownFindings {
  readonly entries: readonly BaselineEntry[];
  readonly problems: readonly Diagnostic[];
}

/** What is known already; nothing without a file. It need not be there where it is about to be written. */
export function knownFindings({ baseline: path, writeBaseline }: LintOptions): KnownFindings {
  const refuse = (problems: readonly Diagnostic[]): KnownFindings => ({ entries: [], problems });
  const isWritten = writeBaseline === true;
  if (path === undefined)
    return refuse(isWritten ? [problem('cli/baseline', '--write-baseline names no file', HINT)] : []);
  if (isWritten && !existsSync(path)) return refuse([outputProblem(path)].flatMap((found) => found ?? []));
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse([problem('cli/baseline', `${path}: ${whyUnreadable(error, 'a baseline')}`, HINT)]);
  }
  const { value, diagnostics } = readBaseline(text, path);
  return { entries: value, problems: diagnostics };
}

/** What is known from now on: all that is found, and what checks that did not run had found before. */
export function knownFromNow(
  findings: readonly LintFinding[],
  checks: readonly Check[],
  before: readonly BaselineEntry[],
): Baseline {
  const ran = new Set<string>(checks.map(({ code }) => code));
  return baselineOf(
    findings.filter(({ state }) => state !== 'suppressed'),
    before.filter(({ code }) => !ran.has(code)),
  );
}
