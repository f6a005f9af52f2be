/** The JSON of `dryplane lint`: every finding with its state, and what was counted. Text and SARIF are made of it too. */
import type { Severity } from './check.ts';

export interface LintPlace {
  readonly file: string;
  /** Lines and columns from 1, columns in UTF-16 code units. */
  readonly line: number;
  readonly column: number;
}

export interface LintFinding extends LintPlace {
  readonly code: string;
  readonly severity: Severity;
  /** `new` counts; `known` is in the baseline, `suppressed` is meant. */
  readonly state: 'new' | 'known' | 'suppressed';
  /** `NetworkPolicy/shop/db`; the file's name where it is about no object. */
  readonly object: string;
  /** Characters from the column on. */
  readonly span: number;
  /** The line as it stands there; null when it is too long to show. */
  readonly source: string | null;
  readonly message: string;
  readonly suggestion: string | null;
  /** YAML that would do in its place. */
  readonly replacement: string | null;
  readonly related: readonly (LintPlace & { readonly message: string })[];
  /** The same when lines have moved. */
  readonly fingerprint: string;
  /** The comment that suppresses it. */
  readonly suppression: (LintPlace & { readonly reason: string }) | null;
}

export interface LintCounts {
  /** New findings by severity, those that are not listed included. */
  readonly error: number;
  readonly warning: number;
  readonly note: number;
  readonly known: number;
  readonly suppressed: number;
}

export interface LintDocument {
  readonly schema: 'dryplane/lint/v1';
  readonly version: string;
  readonly cni: string;
  readonly manifests: readonly string[];
  /** What the rules were held against; empty without any. */
  readonly traces: readonly string[];
  readonly policies: number;
  readonly pods: number;
  /** The checks that ran. */
  readonly checks: readonly {
    readonly code: string;
    readonly severity: Severity;
    readonly title: string;
    /** New ones. */
    readonly findings: number;
  }[];
  /** The least grave ones that are listed. */
  readonly severity: Severity;
  /** By file, line and column. */
  readonly findings: readonly LintFinding[];
  /** Findings that are grave enough and not listed, since there are so many. */
  readonly omitted: number;
  readonly counts: LintCounts;
  /** Null without one. */
  readonly baseline: {
    readonly file: string;
    /** What it holds and nothing is found of any more. */
    readonly absent: readonly { readonly code: string; readonly object: string; readonly message: string }[];
  } | null;
  /** Null: nothing fails. */
  readonly fail_on: Severity | null;
  readonly failed: boolean;
  readonly assumptions: readonly string[];
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}
