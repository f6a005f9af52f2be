/** The list that everyone who reads manifests writes problems to, and how strict the reading is. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';

/** One for each loading; `diagnostics` only grows. */
export interface Report {
  readonly diagnostics: Diagnostic[];
  /** Unknown fields, unsupported kinds and files that are no resources become warnings. */
  readonly lenient: boolean;
}
