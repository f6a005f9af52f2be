/**
 * Where a list of np-guard's netpol-analyzer says something else than Kubernetes does, and why. Each entry names all
 * rows it covers; a row that differs without an entry fails the test, and so does an entry that covers nothing.
 */

export interface Difference {
  readonly folder: string;
  /** A side as the list writes it, or part of one; absent: any. */
  readonly source?: string;
  readonly destination?: string;
  readonly why: string;
}

export const DIFFERENCES: readonly Difference[] = [];
