/** A file of results while it is read: its words with their places, and what is wrong with them. */
import type { Diagnostic, DiagnosticCode, Location } from '../diagnostic/diagnostic.ts';

/** The file being read, and what was found wrong with it. */
export interface ResultsReport {
  readonly path: string;
  readonly lines: readonly string[];
  readonly diagnostics: Diagnostic[];
}

/** A piece of a line; line and column count from 1. */
export interface Token {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Where a token stands. */
export function placeOf({ line, column }: Token, { path }: ResultsReport): Location {
  return { file: path, line, column };
}

/** Adds a problem with a token of the file. */
export function complainOf(
  report: ResultsReport,
  token: Token,
  code: DiagnosticCode,
  message: string,
  { hint, severity = 'error' }: { readonly hint?: string; readonly severity?: Diagnostic['severity'] } = {},
): void {
  report.diagnostics.push({
    code,
    severity,
    message,
    at: placeOf(token, report),
    sourceLine: report.lines[token.line - 1] ?? '',
    span: Math.max(1, token.text.length),
    ...(hint === undefined ? {} : { hint }),
  });
}
