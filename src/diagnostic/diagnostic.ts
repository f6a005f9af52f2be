/**
 * What is wrong with the input, and where. Whoever finds a problem says so here and carries on; `cli/` prints
 * all of them at once. User mistakes are values; only bugs and the machine throw.
 */

/** A place in a text file. Lines and columns count from 1, columns in UTF-16 code units. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function isSamePlace(one: Location, other: Location): boolean {
  return one.file === other.file && one.line === other.line && one.column === other.column;
}

/** `area/problem`. Callers and tests branch on the code, never on the message. */
export type DiagnosticCode = `${string}/${string}`;

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** Lower case, no full stop, what was found before what was expected. */
  readonly message: string;
  /** Absent when the problem is in no file (a flow on the command line, a missing folder). */
  readonly at?: Location;
  /** The text of the line at `at`, for the caret frame. */
  readonly sourceLine?: string;
  /** How many characters the caret underlines; 1 when absent. */
  readonly span?: number;
  /** The near word, or what to do about it. */
  readonly hint?: string;
}

/** What could be read, and what was wrong with the rest. */
export interface Checked<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether anything is worse than a warning: then what was read is not to be used. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Thrown once, by `cli/`, when any diagnostic is an error. */
export class InvalidInput extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(`${diagnostics.length} problem(s) in the input`);
    this.name = 'InvalidInput';
    this.diagnostics = diagnostics;
  }
}
