/**
 * A policy set many times over: a cluster of copies, each with namespaces, labels and addresses of its own. What a packet of one copy
 * meets is what the same packet of the original meets: its verdict is the original's.
 */
import { type FelixSettings, felixOf } from '../policy/api/felix.ts';
import type { Cluster } from '../policy/cluster.ts';
import { copyMasks, flipAddress, flipCidr } from './copy-addresses.ts';
import { copyCidrGroup, copyCiliumPolicy } from './copy-cilium.ts';
import { COPIES_MAX, namingOf, type Renaming, renameProfile } from './copy-naming.ts';
import {
  copyAccount,
  copyFelixNode,
  copyHostEndpoint,
  copyIpPool,
  copyNamespace,
  copyNetworkSet,
  copyNode,
  copyPod,
  copyService,
  copySlice,
} from './copy-objects.ts';
import { copyAdminPolicy, copyCalicoPolicy, copyNetworkPolicy, copyProfile } from './copy-policies.ts';

/** How the words and addresses of each of `copies` copies are made; undefined where there is no room for that many. */
export function renamings(cluster: Cluster, copies: number): Renaming[] | undefined {
  const masks = copies > COPIES_MAX ? undefined : copyMasks(cluster, copies);
  return masks?.map((mask, copy) => ({
    copy: String(copy),
    name: namingOf(copy),
    address: (address) => flipAddress(mask, address),
    cidr: (cidr) => flipCidr(mask, cidr),
    areSetsAround: cluster.networkSets.length > 0,
  }));
}

/** Settings that name no node are everybody's, unless they name networks: those are a copy's own. */
function copyFelix(cluster: Cluster, all: readonly Renaming[]): FelixSettings {
  const { felix, nodes, hostEndpoints } = cluster;
  const { failsafeInbound, failsafeOutbound } = felix.everywhere;
  const namesNets = [...failsafeInbound, ...failsafeOutbound].some(({ net }) => net !== undefined);
  if (felix.byNode.size === 0 && !namesNets) return felix;
  const names = new Set([
    ...felix.byNode.keys(),
    ...nodes.map(({ name }) => name),
    ...hostEndpoints.map(({ node }) => node),
  ]);
  const byNode = all.flatMap((renaming) =>
    [...names].map((name) => [renaming.name(name), copyFelixNode(renaming, felixOf(felix, name))] as const),
  );
  return { everywhere: felix.everywhere, byNode: new Map(byNode) };
}

/** The cluster `copies` times, the original among them; undefined where there is no room for that many. */
export function multiplyCluster(cluster: Cluster, copies: number): Cluster | undefined {
  if (copies === 1) return cluster;
  const all = renamings(cluster, copies);
  if (all === undefined) return undefined;
  const copied = <T>(list: readonly T[], copy: (renaming: Renaming, one: T) => T): T[] =>
    all.flatMap((renaming) => list.map((one) => copy(renaming, one)));
  return {
    ...cluster,
    namespaces: new Map(
      copied([...cluster.namespaces.values()], copyNamespace).map((namespace) => [namespace.name, namespace]),
    ),
    pods: copied(cluster.pods, copyPod),
    nodes: copied(cluster.nodes, copyNode),
    services: copied(cluster.services, copyService),
    endpointSlices: copied(cluster.endpointSlices, copySlice),
    serviceAccounts: copied(cluster.serviceAccounts, copyAccount),
    networkPolicies: copied(cluster.networkPolicies, copyNetworkPolicy),
    adminPolicies: copied(cluster.adminPolicies, copyAdminPolicy),
    calicoPolicies: copied(cluster.calicoPolicies, copyCalicoPolicy),
    ciliumPolicies: copied(cluster.ciliumPolicies, copyCiliumPolicy),
    ciliumCidrGroups: copied(cluster.ciliumCidrGroups, copyCidrGroup),
    networkSets: copied(cluster.networkSets, copyNetworkSet),
    hostEndpoints: copied(cluster.hostEndpoints, copyHostEndpoint),
    profiles: copied(cluster.profiles, (renaming, profile) =>
      copyProfile(renaming, profile, renameProfile(renaming, profile.name)),
    ),
    ipPools: copied(cluster.ipPools, copyIpPool),
    felix: copyFelix(cluster, all),
    resolutions: copied(cluster.resolutions, ({ address }, one) => ({
      ...one,
      address: address(one.address),
    })),
  };
}
