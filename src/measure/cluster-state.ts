/** What a policy set is judged over: pods, services, nodes. A set that comes without takes those of the other, as two sets are compared. */
import type { Cluster } from '../policy/cluster.ts';

/** Whether nothing is there that policy could be asked about. */
export function lacksEndpoints({ pods, hostEndpoints }: Cluster): boolean {
  return pods.every(({ addresses }) => addresses.length === 0) && hostEndpoints.length === 0;
}

/** The policies of one over the cluster of the other. What both may hold beside policies is taken from the one that has any. */
function over(state: Cluster, policies: Cluster): Cluster {
  const { networkPolicies, adminPolicies, calicoPolicies, tiers, networkSets, profiles } = policies;
  const { ciliumPolicies, ciliumCidrGroups } = policies;
  return {
    ...state,
    namespaces: new Map([...policies.namespaces, ...state.namespaces]),
    networkPolicies,
    adminPolicies,
    calicoPolicies,
    ciliumPolicies,
    ciliumCidrGroups: ciliumCidrGroups.length > 0 ? ciliumCidrGroups : state.ciliumCidrGroups,
    tiers: tiers.length > 0 ? tiers : state.tiers,
    networkSets: networkSets.length > 0 ? networkSets : state.networkSets,
    profiles: profiles.length > 0 ? profiles : state.profiles,
  };
}

/** The clusters, those without endpoints over the state of the first one that has some. */
export function shareState(clusters: readonly Cluster[]): readonly Cluster[] {
  const state = clusters.find((cluster) => !lacksEndpoints(cluster));
  if (state === undefined) return clusters;
  return clusters.map((cluster) => (lacksEndpoints(cluster) ? over(state, cluster) : cluster));
}
