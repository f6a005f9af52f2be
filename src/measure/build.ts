/** A set compiled, timed by phase: what stands in the tables, how long each part took. */
import { compileTables, type Phase } from '../compile/compile.ts';
import { describeTables, type TablesDescription } from '../compile/describe.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { onePolicyEach } from '../policy/policy-group.ts';
import { createWorld, type World } from '../policy/world.ts';
import type { Tables } from '../tables/tables.ts';

export interface Counts {
  readonly namespaces: number;
  readonly pods: number;
  readonly endpoints: number;
  readonly nodes: number;
  readonly services: number;
  /** Enforced ones, and their rules. */
  readonly policies: number;
  readonly rules: number;
}

export interface Build {
  readonly world: World;
  readonly tables: Tables;
  readonly counts: Counts;
  readonly description: TablesDescription;
  /** In the order in which they run; `resolve` is what comes before the compiler. */
  readonly phases: readonly Phase[];
}

function timed(cluster: Cluster, profile: CniProfile): { world: World; tables: Tables; phases: Phase[] } {
  const start = performance.now();
  const world = createWorld(cluster, profile);
  const resolved = performance.now() - start;
  const { tables, phases } = compileTables(world);
  return { world, tables, phases: [{ name: 'resolve', milliseconds: resolved }, ...phases] };
}

function countsOf({ cluster, book, resolved }: World): Counts {
  const enforced = resolved.policies.filter(({ staged }) => !staged);
  return {
    namespaces: cluster.namespaces.size,
    pods: cluster.pods.length,
    endpoints: book.endpoints.length,
    nodes: cluster.nodes.length,
    services: cluster.services.length,
    policies: onePolicyEach(enforced).length,
    rules: enforced.reduce((sum, { rules }) => sum + rules.ingress.length + rules.egress.length, 0),
  };
}

/** Resolves and compiles for the first time. */
export function build(cluster: Cluster, profile: CniProfile): Build {
  const { world, tables, phases } = timed(cluster, profile);
  return { world, tables, phases, counts: countsOf(world), description: describeTables(tables) };
}

const totalOf = (phases: readonly Phase[]): number =>
  phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0);

/** How long it takes, the fastest of so many times: others may have held up the rest. */
export function fastestBuild(cluster: Cluster, profile: CniProfile, times: number): readonly Phase[] {
  let fastest = timed(cluster, profile).phases;
  for (let time = 1; time < times; time++) {
    const { phases } = timed(cluster, profile);
    if (totalOf(phases) < totalOf(fastest)) fastest = phases;
  }
  return fastest;
}
