/** Objects of one copy that are no policies: pods, services, nodes and what stands beside them. */
import type { HostEndpoint, IpPool, NetworkSet } from '../policy/api/calico.ts';
import type { FelixNode } from '../policy/api/felix.ts';
import type { EndpointSlice, Namespace, Node, Pod, Service, ServiceAccount } from '../policy/cluster.ts';
import { copyLabels, type Renaming, renameProfile, renameValues } from './copy-naming.ts';

/** A namespace, and the label that holds its name. */
export function copyNamespace(renaming: Renaming, namespace: Namespace): Namespace {
  return {
    ...namespace,
    name: renaming.name(namespace.name),
    labels: copyLabels(renaming, namespace.labels),
  };
}

/** A pod with addresses of its own. */
export function copyPod(renaming: Renaming, pod: Pod): Pod {
  const { name } = renaming;
  const { workloadEndpoint, allowedSources } = pod;
  return {
    ...pod,
    namespace: name(pod.namespace),
    name: name(pod.name),
    labels: copyLabels(renaming, pod.labels),
    serviceAccount: name(pod.serviceAccount),
    workload: { ...pod.workload, name: name(pod.workload.name) },
    addresses: pod.addresses.map(renaming.address),
    nodeName: name(pod.nodeName),
    ...(workloadEndpoint?.profiles === undefined
      ? {}
      : {
          workloadEndpoint: {
            ...workloadEndpoint,
            profiles: workloadEndpoint.profiles.map((profile) => renameProfile(renaming, profile)),
          },
        }),
    ...(allowedSources === undefined ? {} : { allowedSources: allowedSources.map(renaming.cidr) }),
  };
}

/** A node with addresses of its own. */
export function copyNode(renaming: Renaming, node: Node): Node {
  return {
    ...node,
    name: renaming.name(node.name),
    labels: copyLabels(renaming, node.labels),
    addresses: node.addresses.map(renaming.address),
    tunnelAddresses: node.tunnelAddresses.map(renaming.address),
    subnets: node.subnets.map(renaming.cidr),
    podCidrs: [],
  };
}

/** A service with addresses of its own. Node ports stay the original's: there is one of each number, at all nodes. */
export function copyService(renaming: Renaming, service: Service): Service {
  const isOriginal = renaming.copy === '0';
  return {
    ...service,
    ports: isOriginal ? service.ports : service.ports.map(({ nodePort: _, ...port }) => port),
    namespace: renaming.name(service.namespace),
    name: renaming.name(service.name),
    clusterIPs: service.clusterIPs.map(renaming.address),
    externalIPs: service.externalIPs.map(renaming.address),
    loadBalancerIPs: service.loadBalancerIPs.map(renaming.address),
    ...(service.selector === undefined ? {} : { selector: renameValues(renaming, service.selector) }),
  };
}

/** The endpoints of a copied service. */
export function copySlice(renaming: Renaming, slice: EndpointSlice): EndpointSlice {
  return {
    ...slice,
    namespace: renaming.name(slice.namespace),
    service: renaming.name(slice.service),
    endpoints: slice.endpoints.map((one) => ({
      ...one,
      addresses: one.addresses.map(renaming.address),
      ...(one.nodeName === undefined ? {} : { nodeName: renaming.name(one.nodeName) }),
    })),
  };
}

/** A service account. */
export function copyAccount(renaming: Renaming, account: ServiceAccount): ServiceAccount {
  return {
    ...account,
    namespace: renaming.name(account.namespace),
    name: renaming.name(account.name),
    labels: copyLabels(renaming, account.labels),
  };
}

/** A network set with networks of its own. */
export function copyNetworkSet(renaming: Renaming, set: NetworkSet): NetworkSet {
  return {
    ...set,
    namespace: renaming.name(set.namespace),
    name: renaming.name(set.name),
    labels: copyLabels(renaming, set.labels),
    nets: set.nets.map(renaming.cidr),
  };
}

/** A host endpoint of a copied node. */
export function copyHostEndpoint(renaming: Renaming, endpoint: HostEndpoint): HostEndpoint {
  return {
    ...endpoint,
    name: renaming.name(endpoint.name),
    labels: copyLabels(renaming, endpoint.labels),
    node: renaming.name(endpoint.node),
    expectedIPs: endpoint.expectedIPs.map(renaming.address),
    profiles: endpoint.profiles.map((profile) => renameProfile(renaming, profile)),
  };
}

/** An IP pool around the copy's addresses. */
export function copyIpPool(renaming: Renaming, pool: IpPool): IpPool {
  return { ...pool, name: renaming.name(pool.name), cidr: renaming.cidr(pool.cidr) };
}

/** The settings of a copied node. */
export function copyFelixNode(renaming: Renaming, felix: FelixNode): FelixNode {
  const failsafes = (ports: FelixNode['failsafeInbound']): FelixNode['failsafeInbound'] =>
    ports.map((port) => (port.net === undefined ? port : { ...port, net: renaming.cidr(port.net) }));
  return {
    ...felix,
    failsafeInbound: failsafes(felix.failsafeInbound),
    failsafeOutbound: failsafes(felix.failsafeOutbound),
  };
}
