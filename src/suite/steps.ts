/** The states that the steps of a suite leave: each change laid over the state before it, as `--add` and `--remove` do. */
import { overlayCluster } from '../analysis/overlay/overlay.ts';
import { type Checked, type Diagnostic, hasErrors } from '../diagnostic/diagnostic.ts';
import { type LoadOptions, loadCluster } from '../manifest/load.ts';
import type { Cluster } from '../policy/cluster.ts';
import { createWorld, type World } from '../policy/world.ts';
import type { Suite } from './suite.ts';

/** The clusters of all states, the first that of the suite's own manifests. Use them only when no diagnostic is an error. */
export function clustersOf(
  { steps }: Suite,
  first: Cluster,
  options: LoadOptions = {},
): Checked<readonly [Cluster, ...Cluster[]]> {
  const diagnostics: Diagnostic[] = [];
  const clusters: [Cluster, ...Cluster[]] = [first];
  for (const { manifests, add, remove, at } of steps) {
    const base = manifests.length === 0 ? undefined : loadCluster(manifests, options);
    const added = loadCluster(add, options);
    const laid = overlayCluster(base?.value ?? clusters.at(-1)!, added.value, remove);
    diagnostics.push(...(base?.diagnostics ?? []), ...added.diagnostics);
    diagnostics.push(...laid.diagnostics.map((found) => ({ ...found, at })));
    clusters.push(laid.value);
  }
  return { value: clusters, diagnostics };
}

/** The worlds after each step, of the CNI of the first; none where a suite has no steps. */
export function worldsAfter(
  suite: Suite,
  { cluster, profile }: World,
  options: LoadOptions = {},
): Checked<readonly World[]> {
  const { value, diagnostics } = clustersOf(suite, cluster, options);
  const isBroken = hasErrors(diagnostics);
  return {
    value: isBroken ? [] : value.slice(1).map((after) => createWorld(after, profile)),
    diagnostics,
  };
}
