/** Findings → the document: what the baseline knows, what is grave enough to be listed, what is counted, what fails. */
import { type BaselineEntry, holdAgainst } from './baseline.ts';
import { type Check, SEVERITIES, type Severity } from './check.ts';
import type { LintDocument, LintFinding } from './lint-document.ts';

/** More findings are counted. */
const LISTED = 10_000;

export interface SummaryOptions {
  readonly checks: readonly Check[];
  readonly baseline: { readonly file: string; readonly entries: readonly BaselineEntry[] } | null;
  /** The least grave that are listed. */
  readonly severity: Severity;
  /** The least grave that fail; null: none does. */
  readonly failOn: Severity | null;
}

type Summary = Pick<
  LintDocument,
  'checks' | 'severity' | 'findings' | 'omitted' | 'counts' | 'baseline' | 'fail_on' | 'failed'
>;

/** Whether a severity is at least as grave as another. */
function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

/** What of the document comes from findings; `findings` are in the order in which they are to be listed. */
export function summarizeLint(
  findings: readonly LintFinding[],
  { checks, baseline, severity, failOn }: SummaryOptions,
): Summary {
  const ran = new Set<string>(checks.map(({ code }) => code));
  const entries = (baseline?.entries ?? []).filter(({ code }) => ran.has(code));
  const open = findings.filter(({ state }) => state === 'new');
  const { known, absent } = holdAgainst(open, entries);
  const told = findings.map((finding) =>
    known.has(finding) ? { ...finding, state: 'known' as const } : finding,
  );
  const fresh = told.filter(({ state }) => state === 'new');
  const countOf = (wanted: Severity): number => fresh.filter((finding) => finding.severity === wanted).length;
  const listed = told.filter((finding) => isAtLeast(finding.severity, severity));
  return {
    checks: checks.map(({ code, severity: usual, title }) => ({
      code,
      severity: usual,
      title,
      findings: fresh.filter((finding) => finding.code === code).length,
    })),
    severity,
    findings: listed.slice(0, LISTED),
    omitted: Math.max(0, listed.length - LISTED),
    counts: {
      error: countOf('error'),
      warning: countOf('warning'),
      note: countOf('note'),
      known: known.size,
      suppressed: told.filter(({ state }) => state === 'suppressed').length,
    },
    baseline:
      baseline === null
        ? null
        : {
            file: baseline.file,
            absent: absent.map(({ code, object, message }) => ({ code, object, message })),
          },
    fail_on: failOn,
    failed: failOn !== null && fresh.some((finding) => isAtLeast(finding.severity, failOn)),
  };
}
