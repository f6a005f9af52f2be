/** Manifests on the command line → a world to judge in. Everything that is wrong is collected and thrown at once. */
import { performance } from 'node:perf_hooks';
import { type Diagnostic, hasErrors, InvalidInput } from '../diagnostic/diagnostic.ts';
import type { LoadOptions } from '../manifest/load.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { World } from '../policy/world.ts';
import type { ManifestOptions } from './command-line/flags.ts';
import { problem } from './problem.ts';
import { readResolutions, unusedResolutions } from './resolutions.ts';
import {
  manifestPaths,
  readInstant,
  readSnapshots,
  type SnapshotPaths,
  severalSnapshots,
  snapshotAt,
} from './snapshots.ts';
import { stdinProblems } from './stdin-operands.ts';

/** What of the command line says which objects are read and how, and who else wants to see the files. */
export type Reading = ManifestOptions & Pick<LoadOptions, 'onFile'>;

export interface LoadedWorld {
  readonly world: World;
  /** As given, for reports. */
  readonly manifests: readonly string[];
  /** Warnings only. */
  readonly diagnostics: readonly Diagnostic[];
  /** From paths to worlds. */
  readonly loadMilliseconds: number;
  /** That part of it in which clusters became worlds: endpoints, owners of addresses, policies in the one model. */
  readonly worldMilliseconds: number;
}

/** A cluster as it was from a time on. */
export interface Snapshot extends SnapshotPaths {
  readonly world: World;
}

/** One snapshot without a time where `-f` names none. */
export interface LoadedSnapshots extends Omit<LoadedWorld, 'world'> {
  readonly snapshots: readonly [Snapshot, ...Snapshot[]];
}

async function readStdin(): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** What is said of every snapshot; what only some of them lack is no mistake. */
function inAll(found: readonly (readonly Diagnostic[])[]): readonly Diagnostic[] {
  const [first = [], ...others] = found;
  return first.filter(({ message }) => others.every((other) => other.some((one) => one.message === message)));
}

/** The same mistake in several snapshots is one. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [one.message, one])).values()];
}

/** Clusters with the options laid over each; an object to remove must be in one of them. */
async function overlaid(
  clusters: readonly Cluster[],
  options: ManifestOptions,
  reading: LoadOptions,
): Promise<{ value: readonly Cluster[]; diagnostics: readonly Diagnostic[] }> {
  if ((options.add ?? []).length + (options.remove ?? []).length === 0)
    return { value: clusters, diagnostics: [] };
  const [{ loadCluster }, { overlayCluster }] = await Promise.all([
    import('../manifest/load.ts'),
    import('../analysis/overlay/overlay.ts'),
  ]);
  const added = loadCluster(options.add ?? [], reading);
  const laid = clusters.map((cluster) => overlayCluster(cluster, added.value, options.remove ?? []));
  const isUnknown = ({ code }: Diagnostic): boolean => code === 'overlay/unknown-object';
  return {
    value: laid.map(({ value }) => value),
    diagnostics: [
      ...added.diagnostics,
      ...inAll(laid.map(({ diagnostics }) => diagnostics.filter(isUnknown))),
      ...distinct(laid.flatMap(({ diagnostics }) => diagnostics.filter((one) => !isUnknown(one)))),
    ],
  };
}

/** Reads snapshots and overlay. Throws InvalidInput with `others` and every problem found in the files. */
async function load(
  wanted: readonly SnapshotPaths[],
  manifests: readonly string[],
  options: Reading,
  others: readonly Diagnostic[],
): Promise<LoadedSnapshots> {
  const start = performance.now();
  const [{ loadCluster, loadClusters }, { createWorld }, { findCni }] = await Promise.all([
    import('../manifest/load.ts'),
    import('../policy/world.ts'),
    import('../manifest/cni/cni-profile.ts'),
  ]);
  const { value: profile, diagnostics: strange } = findCni(options.cni);
  const collected: Diagnostic[] = [...others, ...strange];
  const asked = [...wanted.flatMap(({ paths }) => paths), ...(options.add ?? [])];
  const reading = {
    ...(options.lenient === true ? { lenient: true } : {}),
    ...(asked.includes('-') ? { stdin: await readStdin() } : {}),
    ...(options.onFile === undefined ? {} : { onFile: options.onFile }),
  };
  const only = wanted.length === 1 ? loadCluster(wanted[0]!.paths, reading) : undefined;
  const base =
    only === undefined
      ? loadClusters(
          wanted.map(({ paths }) => paths),
          reading,
        )
      : { ...only, value: [only.value] };
  const laid = await overlaid(base.value, options, reading);
  const resolutions = readResolutions(options.resolve ?? []);
  const clusters = laid.value.map((cluster) => ({ ...cluster, resolutions: resolutions.value }));
  collected.push(
    ...base.diagnostics,
    ...laid.diagnostics,
    ...resolutions.diagnostics,
    ...inAll(clusters.map(unusedResolutions)),
  );
  if (profile === undefined || hasErrors(collected)) throw new InvalidInput(collected);
  const read = performance.now();
  const snapshots = wanted.map((one, index) => ({ ...one, world: createWorld(clusters[index]!, profile) }));
  const end = performance.now();
  return {
    snapshots: snapshots as [Snapshot, ...Snapshot[]],
    manifests,
    diagnostics: collected,
    loadMilliseconds: end - start,
    worldMilliseconds: end - read,
  };
}

/** Every snapshot that `-f` names, with the overlay on each. Throws InvalidInput with `others` and every problem found. */
export async function loadSnapshots(
  sources: readonly string[],
  options: ManifestOptions,
  others: readonly Diagnostic[] = [],
): Promise<LoadedSnapshots> {
  const { snapshots, diagnostics } = readSnapshots(sources);
  return load(snapshots, sources, options, [...others, ...diagnostics]);
}

/**
 * The world of one moment: of the only snapshot, or of the one in force at `at` where the command can be asked about a
 * time. Throws InvalidInput as loadSnapshots does.
 */
export async function loadWorld(
  sources: readonly string[],
  options: Reading & { readonly at?: string },
  others: readonly Diagnostic[] = [],
  severalHint = 'replay takes several: name the paths of one',
): Promise<LoadedWorld> {
  const { snapshots, diagnostics } = readSnapshots(sources);
  const found = [...others, ...diagnostics];
  const { time, diagnostics: slips } =
    options.at === undefined ? { diagnostics: [] } : readInstant(options.at, '--at');
  found.push(...slips);
  if (options.at !== undefined && snapshots[0]!.from === undefined)
    found.push(problem('cli/snapshots', '--at: without effect, no -f has a time', 'write -f PATH@TIME'));
  if (options.at === undefined) found.push(...severalSnapshots(snapshots, severalHint));
  const chosen = time === undefined ? snapshots[0]! : snapshotAt(snapshots, time);
  const { snapshots: loaded, ...rest } = await load([chosen], sources, options, found);
  return { ...rest, world: loaded[0].world };
}

/** `-f` of the command line; without it there is nothing to judge. */
export function requireManifests({ manifests = [], add = [] }: ManifestOptions): Diagnostic[] {
  if (manifests.length > 0) return stdinProblems([...manifestPaths(manifests), ...add]);
  return [
    problem(
      'cli/no-manifests',
      'no manifests were given',
      'name files or folders with -f: kubectl get ns,pods,nodes,svc,endpointslices,sa,netpol -A -o yaml > cluster.yaml',
    ),
  ];
}

/** How reports name what is laid over manifests: `+new-policy.yaml`, `-NetworkPolicy/shop/old`. */
export function overlayNames({ add = [], remove = [] }: Pick<ManifestOptions, 'add' | 'remove'>): string[] {
  return [...add.map((path) => `+${path}`), ...remove.map((name) => `-${name}`)];
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
