/**
 * What probes of a real cluster found: tables of pods against pods, as cyclonus and the network policy tests of Kubernetes print
 * them, or lines of a flow and a verdict. Every mistake of the file is reported at once.
 */
import { readFileSync } from 'node:fs';
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { whyUnreadable } from '../diagnostic/unreadable.ts';
import type { ProbedPort, Results } from './probe.ts';
import { readResultLines } from './result-lines.ts';
import type { ResultsReport } from './result-report.ts';
import { readTruthTables } from './truth-table.ts';
import { findTables } from './written-table.ts';

/** So many lines may be wrong, and the file still one of results. */
const FEW_MISTAKES = 5;

/** Reads a file of results; `probed` is what tables without ports were probed with. Use it only when no diagnostic is an error. */
export function readResults(path: string, probed: ProbedPort | undefined): Checked<Results> {
  try {
    return parseResults(path, readFileSync(path, 'utf8'), probed);
  } catch (error) {
    const message = `${path}: ${whyUnreadable(error, 'a file of results')}`;
    return {
      value: noResults(path),
      diagnostics: [{ code: 'results/unreadable', severity: 'error', message }],
    };
  }
}

/** The same for a text that is at hand; `path` gives positions. */
export function parseResults(path: string, text: string, probed: ProbedPort | undefined): Checked<Results> {
  const report: ResultsReport = { path, lines: text.split(/\r?\n/), diagnostics: [] };
  const refusal = foreignText(text);
  if (refusal !== undefined) {
    report.diagnostics.push({ severity: 'error', ...refusal, message: `${path}: ${refusal.message}` });
    return { value: noResults(path), diagnostics: report.diagnostics };
  }
  const { tables, passedOver } = findTables(report);
  const hasTables = tables.length + passedOver > 0;
  const value: Results = hasTables
    ? { path, flows: [], ...readTruthTables(tables, probed, report) }
    : { ...noResults(path), flows: readResultLines(report) };
  const isNothing = value.pairs.length + value.flows.length + value.unprobed === 0;
  // Of a text that has no line as it should be, each line is no mistake of its own.
  const isOther = !hasTables && isNothing && report.diagnostics.length > FEW_MISTAKES;
  if (isOther || (isNothing && report.diagnostics.length === 0))
    return { value, diagnostics: [nothingIn(path, hasTables)] };
  return { value, diagnostics: report.diagnostics };
}

function noResults(path: string): Results {
  return { path, pairs: [], flows: [], unprobed: 0, usesDefaultPort: false };
}

/** What is no text, or no text with results in it. */
function foreignText(text: string): Pick<Diagnostic, 'code' | 'message' | 'hint'> | undefined {
  if (text.includes('\0'))
    return { code: 'results/not-text', message: 'a binary file, expected a table or lines' };
  if (!/^\s*</.test(text)) return undefined;
  return {
    code: 'results/junit',
    message: 'XML, expected a table or lines',
    hint: 'JUnit reports say which test failed and not between which pods: give the log, where the tables are',
  };
}

function nothingIn(path: string, hasTables: boolean): Diagnostic {
  return {
    code: 'results/none',
    severity: 'error',
    message: hasTables ? `${path}: none of its tables is of results` : `${path}: no results in it`,
    hint: hasTables
      ? 'tables of what was expected are no results: those are titled kube results, or observed'
      : 'expected a table of pods against pods with . and X, or lines such as: tcp x/a to y/b:80 allow',
  };
}
