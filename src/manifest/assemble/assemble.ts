/**
 * Resources → Cluster: nodes, pods and host endpoints come together out of all that speaks of them, namespaces that are
 * only mentioned come into being. Everything is sorted by name, so that the order of the manifests decides nothing.
 */
import { addressKey } from '../../net/address.ts';
import { assembleFelix } from '../../policy/addresses/felix-settings.ts';
import type { NetworkPolicy } from '../../policy/api/network-policy.ts';
import type { Cluster, EndpointSlice, Namespace, Node, Service } from '../../policy/cluster.ts';
import { EMPTY_CLUSTER } from '../../policy/empty-cluster.ts';
import { withWorkloadEndpoints } from '../calico/workload-endpoints.ts';
import { namespaceLabels } from '../kubernetes/namespaces.ts';
import type { Resources } from '../resources.ts';
import { assembleNodes } from './assemble-nodes.ts';
import { AddressSource, assemblePods } from './assemble-pods.ts';
import { assumptionsOf } from './assumptions.ts';
import { deriveHostEndpoints } from './auto-host-endpoints.ts';
import { byKind, compareText, sorted } from './by-name.ts';

function isNamespaced({ namespace }: { readonly namespace: string }): boolean {
  return namespace !== '';
}

function assembleNamespaces(resources: Resources): ReadonlyMap<string, Namespace> {
  const mentioned = [
    ...resources.pods,
    ...resources.workloads,
    ...resources.services,
    ...resources.slices,
    ...resources.endpoints,
    ...resources.serviceAccounts,
    ...resources.networkPolicies,
    ...resources.calicoPolicies.filter(isNamespaced),
    ...resources.ciliumPolicies.filter(isNamespaced),
    ...resources.networkSets.filter(isNamespaced),
    ...resources.workloadEndpoints,
  ].map(({ namespace }) => namespace);
  const present = new Map(resources.namespaces.map((namespace) => [namespace.name, namespace]));
  const names = [...new Set([...present.keys(), ...mentioned])].sort(compareText);
  return new Map(
    names.map((name) => [name, present.get(name) ?? { name, labels: namespaceLabels(name, {}) }]),
  );
}

function assembleSlices(resources: Resources): EndpointSlice[] {
  const sliced = new Set(resources.slices.map(({ namespace, service }) => `${namespace}/${service}`));
  const fallback = resources.endpoints.filter(
    ({ namespace, service }) => !sliced.has(`${namespace}/${service}`),
  );
  const named = [...resources.slices, ...fallback].map((slice) => ({
    slice,
    namespace: slice.namespace,
    name: `${slice.service}\n${slice.endpoints.flatMap(({ addresses }) => addresses.map(addressKey)).join()}`,
  }));
  return sorted(named).map(({ slice }) => slice);
}

/** A staged policy behind the one of its name that is enforced. */
function sortedPolicies(policies: readonly NetworkPolicy[]): NetworkPolicy[] {
  return sorted([...policies].sort((a, b) => Number(a.staged ?? false) - Number(b.staged ?? false)));
}

/** The cluster that the resources make. */
export function assembleCluster(resources: Resources): Cluster {
  const pods = withWorkloadEndpoints(resources.pods, resources.workloadEndpoints);
  const sources = { pods, workloads: resources.workloads, services: resources.services };
  const records = assembleNodes(resources, pods);
  const nodes = records.map(({ calicoAddresses, interfaces, ...node }): Node => node);
  const source = new AddressSource(sources, nodes);
  const assembled = assemblePods(sources, nodes, source);
  const derived = deriveHostEndpoints(records, sorted(resources.autoHostEndpoints), resources.hostEndpoints);
  const namespaces = assembleNamespaces(resources);
  const services = sorted(resources.services).map((record): Service => {
    const { lacksAddress, families, ...service } = record;
    const owner = `${service.namespace}/Service/${service.name}`;
    return lacksAddress ? { ...service, clusterIPs: source.forService(record, owner) } : service;
  });
  return {
    ...EMPTY_CLUSTER,
    namespaces,
    pods: assembled.pods,
    nodes,
    services,
    endpointSlices: assembleSlices(resources),
    serviceAccounts: sorted(resources.serviceAccounts),
    networkPolicies: sortedPolicies(resources.networkPolicies),
    adminPolicies: byKind(resources.adminPolicies),
    calicoPolicies: byKind(resources.calicoPolicies),
    ciliumPolicies: byKind(resources.ciliumPolicies),
    ciliumCidrGroups: sorted(resources.ciliumCidrGroups),
    tiers: sorted(resources.tiers),
    networkSets: sorted(resources.networkSets),
    hostEndpoints: sorted([...resources.hostEndpoints, ...derived.hostEndpoints]),
    profiles: sorted(resources.profiles),
    ipPools: sorted(resources.ipPools),
    felix: assembleFelix(resources.felixConfigurations, resources.felixEnvironments, nodes),
    vanished: byKind(resources.vanished),
    assumptions: assumptionsOf(sources, namespaces, assembled, nodes, derived),
    ignoredKinds: new Map([...resources.ignoredKinds].sort(([a], [b]) => compareText(a, b))),
  };
}
