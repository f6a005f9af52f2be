/**
 * A cluster with twice of one thing and all else as it is, for the question of what makes a set cost more. Nodes stay as they are: what
 * comes anew stands where its original stands.
 */
import type { Cluster } from '../policy/cluster.ts';
import { multiplyCluster } from './multiply.ts';

/** What is doubled. `pods`: each is there again with the same labels. `policies`: each under another name. `namespaces`: with all in them. */
export const DOUBLED = ['pods', 'policies', 'namespaces'] as const;
export type Doubled = (typeof DOUBLED)[number];

/** Behind names of what is there again: no name of Kubernetes holds it. */
const AGAIN = '\ue000';

/** The cluster with twice of it; undefined where there is no room for further addresses. */
export function twiceOf(cluster: Cluster, doubled: Doubled): Cluster | undefined {
  if (doubled === 'policies') return withPoliciesTwice(cluster);
  const multiplied = multiplyCluster(cluster, 2);
  if (multiplied === undefined) return undefined;
  return doubled === 'pods' ? withPodsTwice(cluster, multiplied) : onTheirNodes(cluster, multiplied);
}

const again = <T extends { readonly name: string }>(things: readonly T[]): T[] =>
  things.map((thing) => ({ ...thing, name: `${thing.name}${AGAIN}` }));

function withPoliciesTwice(cluster: Cluster): Cluster {
  const { networkPolicies, adminPolicies, calicoPolicies, ciliumPolicies } = cluster;
  return {
    ...cluster,
    networkPolicies: [...networkPolicies, ...again(networkPolicies)],
    adminPolicies: [...adminPolicies, ...again(adminPolicies)],
    calicoPolicies: [...calicoPolicies, ...again(calicoPolicies)],
    ciliumPolicies: [...ciliumPolicies, ...again(ciliumPolicies)],
  };
}

/** Pods of the host network have no addresses of their own: there is one of each. */
function withPodsTwice(cluster: Cluster, { pods: all }: Cluster): Cluster {
  const copies = all.slice(cluster.pods.length);
  const more = cluster.pods.flatMap((pod, index) =>
    pod.hostNetwork ? [] : [{ ...pod, addresses: copies[index]!.addresses }],
  );
  return { ...cluster, pods: [...cluster.pods, ...again(more)] };
}

function onTheirNodes(cluster: Cluster, multiplied: Cluster): Cluster {
  const { nodes, hostEndpoints, felix, ipPools } = cluster;
  const pods = multiplied.pods.map((pod, index) => ({
    ...pod,
    nodeName: cluster.pods[index % cluster.pods.length]!.nodeName,
  }));
  return { ...multiplied, pods, nodes, hostEndpoints, felix, ipPools };
}
