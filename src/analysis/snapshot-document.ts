/** The document of `snapshot`: what the text report reads and `--format json` prints, key for key. */
export interface SnapshotDocument {
  readonly schema: 'dryplane/snapshot/v1';
  readonly version: string;
  /** Where it was written; null with --dry-run, which asks nobody. */
  readonly folder: string | null;
  /** When the first list was asked for, seconds since 1970; null with --dry-run. */
  readonly time: string | null;
  /** In the order of asking. With --dry-run all that may be asked, else all that was. */
  readonly commands: readonly SnapshotCommand[];
  readonly files: readonly {
    /** Below the folder. */
    readonly path: string;
    readonly objects: number;
    readonly bytes: number;
  }[];
  /** Left out by --without. */
  readonly without: readonly string[];
  readonly warnings: readonly string[];
}

export interface SnapshotCommand {
  /** The program and its words. */
  readonly words: readonly string[];
  /** The resource that it lists; null for the question which resources there are. */
  readonly resource: string | null;
  /** `always`, or only where the cluster serves it. */
  readonly asked: 'always' | 'where-served';
}
