/** What `dryplane reduce --format json` prints. Additions keep the version; removals and new types raise it. */
import type { Plain } from '../../output/yaml.ts';
import type { DeciderNames } from '../decider.ts';

/** One of the sets, and how the flow is judged in it: before as after. */
export interface ReducedSet {
  /** `before` and `after` where there are two. */
  readonly name: 'before' | 'after' | 'found';
  readonly cni: string;
  /** Staged policies count as enforced. */
  readonly staged: boolean;
  readonly verdict: string;
  readonly reason: string;
  /** In the manifests as they were given. */
  readonly decider: DeciderNames;
}

export interface ReducedFile {
  readonly name: string;
  /** YAML documents of the file, in order. */
  readonly documents: readonly Plain[];
}

/** Records of a trace that show the same. */
export interface ReducedTrace {
  readonly path: string;
  /** Record that was asked about, from 1. */
  readonly record: number;
  readonly verdict: string;
  readonly reason: string;
  /** Those that are needed, from 1, in order; the last one is the record itself. */
  readonly records: readonly number[];
  readonly of: number;
  /** Name of the file that holds them alone. */
  readonly file: string;
}

export interface ReduceDocument {
  readonly schema: 'dryplane/reduce/v1';
  readonly version: string;
  /** In the notation that `explain` takes. */
  readonly flow: string;
  /** What was expected of it; null where nothing was. */
  readonly expected: string | null;
  readonly sets: readonly ReducedSet[];
  /** Only verdicts were kept. */
  readonly loose: boolean;
  readonly objects: { readonly given: number; readonly left: number };
  /** Members of mappings and items of lists. */
  readonly parts: { readonly given: number; readonly left: number };
  /** How often the flow was judged to find out. */
  readonly judged: number;
  /** Manifests, then the suites that `dryplane test` takes. */
  readonly files: readonly ReducedFile[];
  readonly trace: ReducedTrace | null;
  readonly warnings: readonly string[];
}
