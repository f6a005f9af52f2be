/** What a set costs on its CNI's nodes, counted while `bench` measures it: no world is made for it that is there anyway. */
import type { BenchGrowth } from '../analysis/bench/bench-document.ts';
import type { CountedCosts } from '../analysis/bench/bench-summary.ts';
import type { CostDocument } from '../analysis/cost/cost-document.ts';
import { describeCost } from '../analysis/cost/cost-summary.ts';
import { DOUBLED, twiceOf } from '../measure/twice.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { createWorld, type World } from '../policy/world.ts';

/** Counts multiples as they come. */
interface Counter {
  see(world: World, multiple: number): void;
  /** All that was seen, and the cluster with twice of each thing. */
  costs(): CountedCosts;
}

/** A counter for one set. */
export function createCounter(cluster: Cluster, profile: CniProfile): Counter {
  const multiples = new Map<number, CostDocument | null>();
  return {
    see(world, multiple) {
      multiples.set(multiple, describeCost(world));
    },
    costs: () => ({ multiples, growth: multiples.get(1) == null ? [] : growthOf(cluster, profile) }),
  };
}

function growthOf(cluster: Cluster, profile: CniProfile): BenchGrowth[] {
  return DOUBLED.flatMap((doubled) => {
    const twice = twiceOf(cluster, doubled);
    const cost = twice === undefined ? null : describeCost(createWorld(twice, profile));
    return cost === null ? [] : [{ doubled, cost }];
  });
}
