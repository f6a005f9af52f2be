/** The ladder and the fences of src/README.md as data. */

/** A folder imports lower rungs only: never a sibling, never upward. `main.ts` and `library.ts` stand above all. */
export const RUNGS: readonly (readonly string[])[] = [
  ['diagnostic', 'output', 'net', 'random'],
  ['selector', 'flow', 'packet', 'tables'],
  ['policy', 'trace', 'dataplane'],
  ['manifest', 'compile', 'replay'],
  ['analysis', 'generate', 'measure'],
  ['suite', 'lint'],
  ['report'],
  ['cli'],
];

/** Folders within a folder, in the order of the journey: each imports earlier groups only. */
export const STAGES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  policy: [['cni'], ['api'], ['translate'], ['addresses'], ['resolve'], ['judge']],
  trace: [['flow-log'], ['formats'], ['parquet']],
  analysis: [
    ['cost', 'joint', 'overlay'],
    ['replay', 'coverage'],
    ['recommend', 'reduce'],
    ['suggestion'],
    ['explain'],
    ['page', 'diff', 'test', 'compile'],
    ['matrix', 'bench', 'rules'],
  ],
  manifest: [['text'], ['kubernetes', 'calico', 'cilium', 'cni'], ['assemble', 'snapshot']],
};

/** Control plane and data plane meet in `tables/`. */
export const CONTROL_PLANE = ['selector', 'policy', 'manifest', 'compile'];
export const DATA_PLANE = ['packet', 'trace', 'dataplane', 'replay'];

/** Packages with one home. `suite` reads YAML of its own. */
export const PACKAGE_HOMES: Readonly<Record<string, readonly string[]>> = {
  yaml: ['manifest', 'suite'],
  'ip-num': ['net'],
  piscina: ['replay'],
  fzstd: ['trace'],
  hyparquet: ['trace'],
  chokidar: ['cli'],
  commander: ['cli'],
  cliui: ['report', 'cli'],
  'cli-progress': ['cli'],
  'hyparquet-writer': ['report'],
  preact: ['report'],
  'd3-scale': ['report'],
  tinybench: ['measure'],
};

/** The page's own sources: nothing else imports them, and they import the shapes of documents and what formats values. */
export const PAGE = 'report/page';

/** Imports of these that a worker must never reach. */
export const NOT_IN_WORKERS = ['yaml', 'ip-num', 'commander', 'piscina', 'hyparquet', 'hyparquet-writer'];
export const WORKER_ENTRY = 'replay/worker.ts';
