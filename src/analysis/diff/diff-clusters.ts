/** Two sets of which one may be policies alone: it is taken to be of the other's cluster. */
import type { Cluster } from '../../policy/cluster.ts';

/** Whether a cluster has something that policies could be about. */
function hasState({ pods, nodes, services, namespaces }: Cluster): boolean {
  const declared = [...namespaces.values()].some(({ at }) => at !== undefined);
  return pods.length > 0 || nodes.length > 0 || services.length > 0 || declared;
}

/** The policies of one set in the state of another. */
function inStateOf(policies: Cluster, state: Cluster): Cluster {
  return {
    ...state,
    namespaces: new Map([...policies.namespaces, ...state.namespaces]),
    networkPolicies: policies.networkPolicies,
    adminPolicies: policies.adminPolicies,
    calicoPolicies: policies.calicoPolicies,
    ciliumPolicies: policies.ciliumPolicies,
    ciliumCidrGroups: policies.ciliumCidrGroups,
    tiers: policies.tiers,
    networkSets: policies.networkSets,
    vanished: policies.vanished,
    ignoredKinds: policies.ignoredKinds,
  };
}

/** Both sets with a cluster; a set without one has the other's. */
export function withState(
  before: Cluster,
  after: Cluster,
): { readonly before: Cluster; readonly after: Cluster; readonly borrowed: 'before' | 'after' | undefined } {
  if (hasState(before) === hasState(after)) return { before, after, borrowed: undefined };
  return hasState(after)
    ? { before: inStateOf(before, after), after, borrowed: 'before' }
    : { before, after: inStateOf(after, before), borrowed: 'after' };
}
