/** The document of `generate`: what the text report reads and `--format json` prints, key for key. */
export interface GenerateDocument {
  readonly schema: 'dryplane/generate/v1';
  readonly version: string;
  readonly seed: number;
  readonly files: readonly GeneratedFile[];
  readonly cluster: {
    readonly nodes: number;
    readonly namespaces: number;
    readonly workloads: number;
    readonly pods: number;
  };
  readonly policies: {
    readonly kind: string;
    readonly policies: number;
    readonly cidrs: number;
    /** Workloads that a policy governs. */
    readonly governed_workloads: number;
  };
  /** Connections of the capture, and what the policies make of them; those that begin behind the capture's end are not counted. */
  readonly traffic: {
    readonly packets: number;
    readonly flows: number;
    readonly admitted: number;
    readonly refused: number;
  };
}

export interface GeneratedFile {
  readonly path: string;
  readonly bytes: number;
}
