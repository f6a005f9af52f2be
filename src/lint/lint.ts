/**
 * Runs checks over a subject: their findings with code, severity and fingerprint, in the order of the files, those that a
 * comment suppresses marked, and comments that suppress nothing found in turn.
 */
import { didYouMean } from '../diagnostic/nearest.ts';
import type { Check, Finding, Subject } from './check.ts';
import { CHECKS, UNUSED_SUPPRESSION } from './checks.ts';
import { fingerprintOf, objectName } from './fingerprint.ts';
import type { LintFinding } from './lint-document.ts';
import { type Suppression, SuppressionIndex } from './suppressions.ts';

/** Longer lines are not shown. */
const LONGEST_LINE = 65_536;

/** Findings of the checks, none of them known yet. A note is about something that checks cannot mend: it stays what it is. */
export function lintFindings(subject: Subject, checks: readonly Check[]): LintFinding[] {
  const index = new SuppressionIndex(subject.sources);
  const found = checks.flatMap((check) =>
    [...check.find(subject)].map((finding) => told(check, finding, subject, index)),
  );
  if (checks.includes(UNUSED_SUPPRESSION))
    for (const finding of unusedSuppressions(index, checks))
      found.push(told(UNUSED_SUPPRESSION, finding, subject, index));
  return inOrder(found, subject);
}

function told(check: Check, finding: Finding, subject: Subject, index: SuppressionIndex): LintFinding {
  const { at, message, suggestion, related = [], span } = finding;
  const { sources } = subject;
  const line = sources.linesOf(at.file)[at.line - 1];
  const suppression = index.find(check.code, at);
  return {
    code: check.code,
    severity: finding.severity ?? check.severity,
    state: suppression === undefined ? 'new' : 'suppressed',
    ...at,
    object: objectName(at, sources),
    span: span ?? 1,
    source: line === undefined || line.length > LONGEST_LINE ? null : line,
    message,
    suggestion: suggestion ?? null,
    replacement: finding.replacement ?? null,
    related: related.map((one) => ({ ...one.at, message: one.message })),
    fingerprint: fingerprintOf(check.code, finding, sources),
    suppression: suppression === undefined ? null : { ...suppression.at, reason: suppression.reason },
  };
}

/** By file as they were read, line, column and code. */
function inOrder(findings: readonly LintFinding[], { sources }: Subject): LintFinding[] {
  const rank = new Map(sources.files.map(({ name }, index) => [name, index]));
  const rankOf = ({ file }: LintFinding): number => rank.get(file) ?? rank.size;
  return [...findings].sort(
    (a, b) => rankOf(a) - rankOf(b) || a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1),
  );
}

/** Comments that name no check, one that does not exist, or one that ran and found nothing there. */
function unusedSuppressions(index: SuppressionIndex, ran: readonly Check[]): Finding[] {
  return index.all.flatMap((suppression) => {
    const { at, span, codes } = suppression;
    if (codes.length === 0)
      return [
        {
          at,
          span,
          message: 'the comment names no check',
          suggestion: 'write # dryplane-ignore: lint/NAME why',
        },
      ];
    return codes.flatMap((code) => unusedCode(code, suppression, index, ran));
  });
}

function unusedCode(
  code: string,
  suppression: Suppression,
  index: SuppressionIndex,
  ran: readonly Check[],
): Finding[] {
  const { at, span } = suppression;
  const known = CHECKS.map((check) => check.code as string);
  if (!known.includes(code)) {
    const suggestion = didYouMean(code, known) ?? 'dryplane lint --format json lists them';
    return [{ at, span, message: `there is no check ${code}`, suggestion }];
  }
  if (index.isUsed(suppression, code) || !ran.some((check) => check.code === code)) return [];
  return [{ at, span, message: `${code} finds nothing here`, suggestion: 'take the comment away' }];
}
