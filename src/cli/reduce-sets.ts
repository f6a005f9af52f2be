/** The command line of `reduce` → the sets that a flow is judged in, as objects that can be taken apart, and as they are. */
import type { Part } from '../analysis/reduce/forest.ts';
import type { JudgedSet } from '../analysis/reduce/question.ts';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { ManifestObject } from '../manifest/objects.ts';
import type { World } from '../policy/world.ts';
import type { ReduceOptions } from './command-line/reduce.ts';
import { loadDiffWorlds } from './diff-sides.ts';
import { gitFiles, revisionOf } from './git-files.ts';
import { readResolutions } from './resolutions.ts';
import { manifestPaths } from './snapshots.ts';
import { loadWorld } from './world.ts';

export interface ReduceSets {
  /** Before and after, or the only one. */
  readonly worlds: readonly World[];
  readonly sets: readonly JudgedSet[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether two sets are compared. */
export function areCompared({ against, againstCni, add, remove, staged }: ReduceOptions): boolean {
  const lists = [against, add, remove].some((list = []) => list.length > 0);
  return lists || againstCni !== undefined || staged === true;
}

/** Objects of paths, which were read before without a mistake. */
async function objectsOf(paths: readonly string[], lenient: boolean): Promise<readonly ManifestObject[]> {
  const { readObjects } = await import('../manifest/objects.ts');
  return readObjects(manifestPaths(paths), { lenient }).value;
}

async function objectsBefore(
  { against = [], manifests = [] }: ReduceOptions,
  after: readonly ManifestObject[],
  isBorrowed: boolean,
  lenient: boolean,
): Promise<readonly ManifestObject[]> {
  const [{ objectsInStateOf }, { readObjects }] = await Promise.all([
    import('../analysis/reduce/object-sets.ts'),
    import('../manifest/objects.ts'),
  ]);
  const [first] = against;
  if (first === undefined) return after;
  const revision = revisionOf(first);
  const own =
    revision === undefined
      ? await objectsOf(against, lenient)
      : readObjects([], { files: gitFiles(revision, manifestPaths(manifests)).files, lenient }).value;
  return isBorrowed ? objectsInStateOf(own, after) : own;
}

/** One set, or the two that are compared. Throws InvalidInput with `others` and every problem of the files. */
export async function loadReduceSets(
  options: ReduceOptions,
  others: readonly Diagnostic[],
): Promise<ReduceSets> {
  const { manifests = [], add = [], remove = [], against = [] } = options;
  const lenient = options.lenient === true;
  const resolutions = readResolutions(options.resolve ?? []).value;
  const [{ plantForest }, { overlaidObjects, objectsInStateOf, sharedObjects }] = await Promise.all([
    import('../analysis/reduce/forest.ts'),
    import('../analysis/reduce/object-sets.ts'),
  ]);
  const setOf = ({ profile, staged }: World, trees: readonly Part[]): JudgedSet => ({
    trees,
    profile,
    staged,
    lenient,
    resolutions,
  });
  if (!areCompared(options)) {
    const { world, diagnostics } = await loadWorld(manifests, options, others);
    const trees = plantForest(await objectsOf(manifests, lenient));
    return { worlds: [world], sets: [setOf(world, trees)], diagnostics };
  }
  const { before, after, diagnostics, borrowed } = await loadDiffWorlds(options, others);
  const plain = await objectsOf(manifests, lenient);
  const overlaid = overlaidObjects(plain, await objectsOf(add, lenient), remove);
  const earlier = await objectsBefore(
    options,
    against.length === 0 ? plain : overlaid,
    borrowed === 'before',
    lenient,
  );
  const later = borrowed === 'after' ? objectsInStateOf(overlaid, earlier) : overlaid;
  const [shared = [], own = []] = sharedObjects([earlier, later]);
  const objects = [...new Set([...shared, ...own])];
  const trees = plantForest(objects);
  const treesOf = (list: readonly ManifestObject[]): readonly Part[] => {
    const wanted = new Set(list);
    return trees.filter((_, index) => wanted.has(objects[index]!));
  };
  return {
    worlds: [before, after],
    sets: [setOf(before, treesOf(shared)), setOf(after, treesOf(own))],
    diagnostics,
  };
}

/** Throws where what was taken apart judges the flow otherwise than what was given: then nothing that is left of it would show anything. */
export function requireSame(given: readonly string[], apart: readonly string[]): void {
  if (given.join() === apart.join()) return;
  throw new InvalidInput([
    {
      code: 'reduce/overlay',
      severity: 'error',
      message: `taken apart, the manifests judge the flow otherwise: ${apart.join(', ')} and not ${given.join(', ')}`,
      hint: 'write what --add and --remove mean into manifests of their own, and name them with -f and --against',
    },
  ]);
}
