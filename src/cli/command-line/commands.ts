/** Every command by its name. How one is called stands in the file of its name here, what it does in the file of its name above. */
import type { Command } from 'commander';
import type { CommandName } from './command-names.ts';
import type { Ending } from './ending.ts';

/** Adds a command to the program: operands, options, and what runs it. */
type Declare = (program: Command, ending: Ending) => void;

/** Each loads when it is asked for. */
export const COMMANDS: Readonly<Record<CommandName, () => Promise<Declare>>> = {
  replay: async () => (await import('./replay.ts')).declareReplay,
  explain: async () => (await import('./explain.ts')).declareExplain,
  test: async () => (await import('./test.ts')).declareTest,
  diff: async () => (await import('./diff.ts')).declareDiff,
  matrix: async () => (await import('./matrix.ts')).declareMatrix,
  lint: async () => (await import('./lint.ts')).declareLint,
  recommend: async () => (await import('./recommend.ts')).declareRecommend,
  reduce: async () => (await import('./reduce.ts')).declareReduce,
  compile: async () => (await import('./compile.ts')).declareCompile,
  bench: async () => (await import('./bench.ts')).declareBench,
  convert: async () => (await import('./convert.ts')).declareConvert,
  generate: async () => (await import('./generate.ts')).declareGenerate,
  snapshot: async () => (await import('./snapshot.ts')).declareSnapshot,
  completion: async () => (await import('./completion.ts')).declareCompletion,
  help: async () => (await import('./help.ts')).declareHelp,
};

/** Those that tell of all others. */
export const COMMANDS_OF_ALL: readonly CommandName[] = ['completion', 'help'];
