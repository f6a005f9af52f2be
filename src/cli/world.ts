/** Manifests on the command line → a world to judge in. Everything that is wrong is collected and thrown at once. */
import { performance } from 'node:perf_hooks';
import { type Diagnostic, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { World } from '../policy/world.ts';
import type { ManifestOptions } from './flags.ts';
import { knownWordsHint, problem } from './problem.ts';
import { readResolutions, unusedResolutions } from './resolutions.ts';
import { stdinProblems } from './stdin-operands.ts';

export interface LoadedWorld {
  readonly world: World;
  /** As given, for reports. */
  readonly manifests: readonly string[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
  readonly loadMilliseconds: number;
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

async function readStdin(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** Reads sources and overlay. Throws InvalidInput with `others` and every problem found in the files. */
export async function loadWorld(
  sources: readonly string[],
  options: ManifestOptions,
  others: readonly Diagnostic[] = [],
): Promise<LoadedWorld> {
  const start = performance.now();
  const [{ loadCluster }, { createWorld }, { CNI_NAMES, cniProfile }] = await Promise.all([
    import('../manifest/load.ts'),
    import('../policy/world.ts'),
    import('../policy/cni/profiles.ts'),
  ]);
  const profile = cniProfile(options.cni);
  const collected: Diagnostic[] = [...others];
  if (profile === undefined)
    collected.push(problem('cli/cni', `unknown CNI ${options.cni}`, knownWordsHint(options.cni, CNI_NAMES)));
  const asked = [...sources, ...(options.add ?? [])];
  const stdin = asked.includes('-') ? { stdin: await readStdin() } : {};
  const strictness = options.lenient === true ? { lenient: true } : {};
  const base = loadCluster(sources, { ...strictness, ...stdin });
  collected.push(...base.diagnostics);
  let cluster = base.value;
  if ((options.add ?? []).length + (options.remove ?? []).length > 0) {
    const { overlayCluster } = await import('../analysis/overlay.ts');
    const added = loadCluster(options.add ?? [], { ...strictness, ...stdin });
    const overlaid = overlayCluster(cluster, added.value, options.remove ?? []);
    collected.push(...added.diagnostics, ...overlaid.diagnostics);
    cluster = overlaid.value;
  }
  const resolutions = readResolutions(options.resolve ?? []);
  cluster = { ...cluster, resolutions: resolutions.value };
  collected.push(...resolutions.diagnostics, ...unusedResolutions(cluster));
  if (profile === undefined || hasError(collected)) throw new InvalidInput(collected);
  const world = createWorld(cluster, profile);
  return {
    world,
    manifests: sources,
    diagnostics: collected,
    loadMilliseconds: performance.now() - start,
  };
}

/** `-f` of the command line; without it there is nothing to judge. */
export function requireManifests({ manifests = [], add = [] }: ManifestOptions): Diagnostic[] {
  if (manifests.length > 0) return stdinProblems([...manifests, ...add]);
  return [
    problem(
      'cli/no-manifests',
      'no manifests were given',
      'name files or folders with -f: kubectl get ns,pods,nodes,svc,endpointslices,sa,netpol -A -o yaml > cluster.yaml',
    ),
  ];
}

/** The words that lay the same changes over other manifests. */
export function overlayWords(
  options: Pick<ManifestOptions, 'add' | 'remove' | 'lenient' | 'resolve'>,
): string[] {
  return [
    ...(options.add ?? []).flatMap((path) => ['--add', path]),
    ...(options.remove ?? []).flatMap((name) => ['--remove', name]),
    ...(options.lenient === true ? ['--lenient'] : []),
    ...(options.resolve ?? []).flatMap((text) => ['--resolve', text]),
  ];
}

/** The words that give another command the same world. */
export function manifestWords(options: ManifestOptions): string[] {
  return [
    ...(options.manifests ?? []).flatMap((path) => ['-f', path]),
    ...overlayWords(options),
    ...(options.cni === 'calico' ? [] : ['--cni', options.cni]),
  ];
}
