/** The list that everyone who reads manifests writes problems to, and how strict the reading is. */
import type { Diagnostic } from '../diagnostic/diagnostic.ts';

/** One for each loading; `diagnostics` only grows. */
export interface Report {
  readonly diagnostics: Diagnostic[];
  /** Unknown fields, unsupported kinds and files that are no resources become warnings. */
  readonly lenient: boolean;
}

/** As a reader of the files meets them: those without a place first, then by file as read, line and column. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const rank = new Map<string | undefined, number>([[undefined, 0]]);
  for (const { at } of diagnostics) if (!rank.has(at?.file)) rank.set(at?.file, rank.size);
  return [...diagnostics].sort(
    (a, b) =>
      rank.get(a.at?.file)! - rank.get(b.at?.file)! ||
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0),
  );
}
