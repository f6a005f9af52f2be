/**
 * The command line of `diff` → two worlds. After is what -f and --cni name, with overlays and staged policies; before is what --against
 * and --against-cni name, each of them the same as after where it is not given.
 */
import { withState } from '../analysis/diff/diff-clusters.ts';
import type { DiffSet } from '../analysis/diff/diff-document.ts';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { Cluster } from '../policy/cluster.ts';
import { onePolicyEach } from '../policy/policy-group.ts';
import type { World } from '../policy/world.ts';
import type { ManifestOptions, SecondSetOptions } from './command-line/flags.ts';
import { gitFiles, revisionOf } from './git-files.ts';
import { problem } from './problem.ts';
import { readResolutions } from './resolutions.ts';
import { manifestPaths } from './snapshots.ts';
import { loadWorld, overlayNames } from './world.ts';

/** What of the command line the two sets are made of. */
type SidesOptions = ManifestOptions & SecondSetOptions;

export interface DiffWorlds {
  readonly before: World;
  readonly after: World;
  /** As reports name them. */
  readonly names: Readonly<Record<'before' | 'after', readonly string[]>>;
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
  readonly assumptions: readonly string[];
  /** The set of policies alone, which is taken to be of the other set's cluster. */
  readonly borrowed: 'before' | 'after' | undefined;
}

const isGit = (text: string): boolean => revisionOf(text) !== undefined;

/** What is wrong with the options before any file is read. */
export function diffProblems({
  cni,
  manifests = [],
  against = [],
  againstCni,
  add = [],
  remove = [],
  staged,
}: SidesOptions): Diagnostic[] {
  const isCompared = against.length > 0 || add.length > 0 || remove.length > 0 || staged === true;
  if (!isCompared && againstCni !== undefined && againstCni === cni)
    return [
      problem(
        'cli/against',
        `there is nothing to compare with: both CNIs are ${cni}`,
        '--cni names the one after, --against-cni the one before',
      ),
    ];
  if (!isCompared && againstCni === undefined)
    return [
      problem(
        'cli/against',
        'there is nothing to compare with',
        'name the set before with --against PATH or --against git:REV, the CNI before with --against-cni, a change with --add or --remove, or staged policies with --staged',
      ),
    ];
  if (against.length === 0 && add.length + remove.length > 0 && manifests.includes('-'))
    return [
      problem('cli/stdin', '- is read once, and an overlay needs it twice', 'put the manifests into a file'),
    ];
  if (against.some(isGit) && manifests.includes('-'))
    return [problem('cli/against', '--against git:REV reads the paths of -f, and - is none')];
  if (against.some(isGit) && against.length > 1)
    return [problem('cli/against', '--against git:REV stands alone: it reads the paths of -f')];
  return [];
}

/** The cluster of --against; undefined where there is none. */
async function clusterBefore(
  options: SidesOptions,
): Promise<{ value: Cluster | undefined; diagnostics: readonly Diagnostic[] }> {
  const { against = [], manifests = [] } = options;
  const { add = [], remove = [], ...plain } = options;
  const revision = revisionOf(against[0]);
  if (revision === undefined) {
    const isOverlaid = add.length + remove.length > 0;
    if (against.length === 0 && !isOverlaid) return { value: undefined, diagnostics: [] };
    const { world, diagnostics } = await loadWorld(against.length === 0 ? manifests : against, plain);
    return { value: world.cluster, diagnostics };
  }
  const { loadCluster } = await import('../manifest/load.ts');
  const found = gitFiles(revision, manifestPaths(manifests));
  const lenient = options.lenient === true ? { lenient: true } : {};
  const { value, diagnostics } = loadCluster([], { files: found.files, ...lenient });
  const resolutions = readResolutions(options.resolve ?? []).value;
  return { value: { ...value, resolutions }, diagnostics: [...found.diagnostics, ...diagnostics] };
}

/** Both worlds. Throws InvalidInput with `others` and every problem that was found. */
export async function loadDiffWorlds(
  options: SidesOptions,
  others: readonly Diagnostic[],
): Promise<DiffWorlds> {
  const { manifests = [], against = [], againstCni, staged } = options;
  const [{ createWorld }, { findCni }] = await Promise.all([
    import('../policy/world.ts'),
    import('../manifest/cni/cni-profile.ts'),
  ]);
  const loaded = await loadWorld(manifests, options, others);
  const found = await clusterBefore(options);
  const cni =
    againstCni === undefined ? { value: loaded.world.profile, diagnostics: [] } : findCni(againstCni);
  const diagnostics = [...loaded.diagnostics, ...found.diagnostics, ...cni.diagnostics];
  if (cni.value === undefined || hasErrors(diagnostics)) throw new InvalidInput(diagnostics);
  const clusters = withState(found.value ?? loaded.world.cluster, loaded.world.cluster);
  const isSame = staged !== true && clusters.after === loaded.world.cluster;
  const after = isSame
    ? loaded.world
    : createWorld(clusters.after, loaded.world.profile, staged === true ? { staged: 'enforced' } : {});
  const before = createWorld(clusters.before, cni.value);
  const hasNoStaged = staged === true && !before.resolved.policies.some((policy) => policy.staged);
  if (hasNoStaged && against.length === 0 && againstCni === undefined)
    throw new InvalidInput([
      problem(
        'cli/staged',
        '--staged: no policy of these manifests is staged',
        'StagedNetworkPolicy and its like are',
      ),
    ]);
  const borrowed =
    clusters.borrowed === undefined
      ? []
      : [`the set ${clusters.borrowed} has policies alone: it is taken to be of the other set's cluster`];
  return {
    before,
    after,
    names: { before: beforeNames(options), after: [...manifests, ...overlayNames(options)] },
    diagnostics,
    assumptions: borrowed,
    borrowed: clusters.borrowed,
  };
}

function beforeNames({ manifests = [], against = [] }: SidesOptions): string[] {
  const revision = revisionOf(against[0]);
  if (revision !== undefined) return manifestPaths(manifests).map((path) => `${revision}:${path}`);
  return against.length === 0 ? [...manifests] : [...against];
}

/** What a report says of a set. */
export function diffSet(world: World, manifests: readonly string[]): DiffSet {
  return {
    manifests,
    cni: world.profile.name,
    policies: onePolicyEach(world.resolved.policies.filter(({ staged }) => !staged)).length,
    pods: world.cluster.pods.length,
  };
}
