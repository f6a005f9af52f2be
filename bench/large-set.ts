/** Loads and compiles one folder of manifests in a process of its own, and prints what it took as JSON: for `large.ts`. */
import { deserialize, serialize } from 'node:v8';
import { compileTables } from '#src/compile/compile.js';
import { loadCluster } from '#src/manifest/load.js';
import { cniProfile } from '#src/policy/cni/profiles.js';
import { createWorld } from '#src/policy/world.js';
import { threadNanos } from './parts/clock.ts';

/** CPU time of this thread and wall time, in seconds. */
export interface Spent {
  readonly thread: number;
  readonly wall: number;
}

export interface LargeSet {
  readonly load: Spent;
  readonly world: Spent;
  readonly compile: Spent;
  readonly phases: readonly { readonly name: string; readonly milliseconds: number }[];
  readonly tableBytes: number;
  /** Of the whole process, once compiled. */
  readonly peakMegabytes: number;
  /** What a worker would pay to hand its share of the cluster over, and the main thread to take it, if the share were all. */
  readonly handOver?: { readonly serialize: Spent; readonly deserialize: Spent };
}

function timed<T>(work: () => T): { value: T; spent: Spent } {
  const [nanos, begin] = [threadNanos(), performance.now()];
  const value = work();
  return {
    value,
    spent: { thread: (threadNanos() - nanos) / 1e9, wall: (performance.now() - begin) / 1000 },
  };
}

function measure(folder: string, handsOver: boolean): LargeSet {
  const { value: loaded, spent: load } = timed(() => loadCluster([folder]));
  if (loaded.diagnostics.length > 0) throw new Error(loaded.diagnostics[0]!.message);
  const cluster = loaded.value;
  const { value: world, spent: worldSpent } = timed(() => createWorld(cluster, cniProfile('calico')!));
  const { value: compilation, spent: compile } = timed(() => compileTables(world));
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const figures = {
    load,
    world: worldSpent,
    compile,
    phases: compilation.phases,
    tableBytes: compilation.tables.bytes.byteLength,
    peakMegabytes,
  };
  if (!handsOver) return figures;
  const { value: bytes, spent: serializing } = timed(() => serialize(cluster));
  const { spent: deserializing } = timed(() => deserialize(bytes) as unknown);
  return { ...figures, handOver: { serialize: serializing, deserialize: deserializing } };
}

const [folder, handsOver] = process.argv.slice(2);
process.stdout.write(JSON.stringify(measure(folder!, handsOver === 'hand-over')));
