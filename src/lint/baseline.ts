/**
 * Findings that are known already: a file that a team commits, so that only new ones fail. Findings are held against it by
 * fingerprint and number: a second finding that reads like a known one is new.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import type { LintFinding } from './lint-document.ts';

export const BASELINE_SCHEMA = 'dryplane/lint-baseline/v1';

export interface BaselineEntry {
  readonly code: string;
  readonly object: string;
  readonly message: string;
  readonly fingerprint: string;
  /** How many findings read so. */
  readonly count: number;
}

export interface Baseline {
  readonly schema: typeof BASELINE_SCHEMA;
  /** By fingerprint's code and object, so that a change of the file reads well. */
  readonly findings: readonly BaselineEntry[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The baseline of findings, and of entries that go on. */
export function baselineOf(findings: readonly LintFinding[], kept: readonly BaselineEntry[]): Baseline {
  const entries = new Map(kept.map((entry) => [entry.fingerprint, entry]));
  for (const { code, object, message, fingerprint } of findings) {
    const count = (entries.get(fingerprint)?.count ?? 0) + 1;
    entries.set(fingerprint, { code, object, message, fingerprint, count });
  }
  const sorted = [...entries.values()].sort(
    (a, b) => byText(a.object, b.object) || byText(a.code, b.code) || byText(a.message, b.message),
  );
  return { schema: BASELINE_SCHEMA, findings: sorted };
}

function isEntry(value: unknown): value is BaselineEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { code, object, message, fingerprint, count } = value as Partial<BaselineEntry>;
  const texts = [code, object, message, fingerprint].every((text) => typeof text === 'string');
  return texts && Number.isInteger(count) && count! > 0;
}

/** Reads a baseline's text; `name` is the file's, for the message. */
export function readBaseline(text: string, name: string): Checked<readonly BaselineEntry[]> {
  const refuse = (message: string): Checked<readonly BaselineEntry[]> => {
    const hint = 'write one with --write-baseline FILE';
    const problem: Diagnostic = {
      code: 'cli/baseline',
      severity: 'error',
      message: `${name}: ${message}`,
      hint,
    };
    return { value: [], diagnostics: [problem] };
  };
  let value: Partial<Baseline>;
  try {
    value = JSON.parse(text) as Partial<Baseline>;
  } catch {
    return refuse('this is no JSON');
  }
  if (typeof value !== 'object' || value === null || value.schema !== BASELINE_SCHEMA)
    return refuse(`this is no baseline: it has no schema ${BASELINE_SCHEMA}`);
  const { findings } = value;
  if (!Array.isArray(findings) || !findings.every(isEntry)) return refuse('its findings cannot be read');
  return { value: findings, diagnostics: [] };
}

/** Which findings the baseline knows, and what of it is there no more. */
export function holdAgainst(
  findings: readonly LintFinding[],
  baseline: readonly BaselineEntry[],
): { readonly known: ReadonlySet<LintFinding>; readonly absent: readonly BaselineEntry[] } {
  const left = new Map(baseline.map((entry) => [entry.fingerprint, { ...entry }]));
  const known = new Set<LintFinding>();
  for (const finding of findings) {
    const entry = left.get(finding.fingerprint);
    if (entry === undefined || entry.count === 0) continue;
    entry.count--;
    known.add(finding);
  }
  return { known, absent: [...left.values()].filter(({ count }) => count > 0) };
}
