/**
 * The addresses and ports that kube-proxy rewrites, with the backends behind them. Backends come from EndpointSlices
 * when a service has any, else from the pods that its selector takes.
 *
 * Source: kubernetes/kubernetes pkg/proxy/iptables/proxier.go, pkg/api/v1/pod/util.go (FindPort),
 * staging/src/k8s.io/endpointslice/utils.go.
 */
import { type Address, addressKey, compareAddresses } from '../../net/address.ts';
import type { Cluster, EndpointSlice, Node, Pod, Service, ServicePort } from '../cluster.ts';
import type { Backend, VirtualPort } from '../endpoints.ts';
import { isFinished } from './pod-phase.ts';

/** All virtual ports, in the order of the services' names and their ports: where two clash the first one counts. */
export function virtualPortsOf(cluster: Cluster): VirtualPort[] {
  const backendsAt = backendFinder(cluster);
  const services = [...cluster.services].sort((a, b) => (serviceKey(a) < serviceKey(b) ? -1 : 1));
  return services.flatMap((service) =>
    service.type === 'ExternalName'
      ? []
      : service.ports.flatMap((servicePort) =>
          portsOf(service, servicePort, backendsAt(service, servicePort), cluster.nodes),
        ),
  );
}

/** Whether the backends of a service hang on its pods: nobody wrote slices for it, and it selects some. */
export function followsPods(service: Service, slices: readonly EndpointSlice[]): boolean {
  return (
    Object.keys(service.selector ?? {}).length > 0 &&
    !slices.some(({ namespace, service: name }) => namespace === service.namespace && name === service.name)
  );
}

/** Ready backends of one port of a service, of both families, in order of address and port. */
export function backendsOf(cluster: Cluster, service: Service, servicePort: ServicePort): readonly Backend[] {
  return backendFinder(cluster)(service, servicePort);
}

function backendFinder(cluster: Cluster): (service: Service, servicePort: ServicePort) => readonly Backend[] {
  const podsOf = podsBySelector(cluster.pods);
  const slices = new Map<string, EndpointSlice[]>();
  for (const slice of cluster.endpointSlices) {
    const key = `${slice.namespace}/${slice.service}`;
    slices.set(key, [...(slices.get(key) ?? []), slice]);
  }
  return (service, servicePort) => {
    const own = slices.get(serviceKey(service));
    return sortedBackends(
      own === undefined
        ? backendsFromPods(podsOf(service), service, servicePort)
        : backendsFromSlices(own, service, servicePort),
    );
  };
}

const serviceKey = ({ namespace, name }: Service): string => `${namespace}/${name}`;

function portsOf(
  service: Service,
  servicePort: ServicePort,
  backends: readonly Backend[],
  nodes: readonly Node[],
): VirtualPort[] {
  const byFamily = {
    4: backends.filter(({ address }) => address.family === 4),
    6: backends.filter(({ address }) => address.family === 6),
  };
  const virtualPort = (
    kind: VirtualPort['kind'],
    address: Address,
    port: number,
    nodeName = '',
  ): VirtualPort => {
    const { protocol } = servicePort;
    const ofFamily = byFamily[address.family];
    return { service, servicePort, kind, address, port, protocol, backends: ofFamily, nodeName };
  };
  const ports = [
    ...service.clusterIPs.map((address) => virtualPort('cluster-ip', address, servicePort.port)),
    ...service.externalIPs.map((address) => virtualPort('external-ip', address, servicePort.port)),
    ...service.loadBalancerIPs.map((address) => virtualPort('load-balancer', address, servicePort.port)),
  ];
  const { nodePort } = servicePort;
  if (nodePort === undefined || service.type === 'ClusterIP') return ports;
  // Without a cluster address, as in hand-written manifests, the families are those of the backends.
  const families = new Set(
    (service.clusterIPs.length > 0 ? service.clusterIPs : backends.map(({ address }) => address)).map(
      ({ family }) => family,
    ),
  );
  for (const node of nodes)
    for (const address of node.addresses)
      if (families.has(address.family)) ports.push(virtualPort('node-port', address, nodePort, node.name));
  return ports;
}

function backendsFromSlices(
  slices: readonly EndpointSlice[],
  service: Service,
  servicePort: ServicePort,
): Backend[] {
  return slices.flatMap(({ endpoints, ports }) =>
    ports
      .filter(
        ({ name, protocol }) =>
          (name ?? '') === (servicePort.name ?? '') && protocol === servicePort.protocol,
      )
      .flatMap(({ port }) => (port === undefined ? [] : [port]))
      .flatMap((port) =>
        endpoints
          .filter(({ ready }) => ready || service.publishNotReadyAddresses)
          .flatMap(({ addresses, nodeName }) =>
            addresses.map((address) => ({ address, port, nodeName: nodeName ?? '' })),
          ),
      ),
  );
}

function backendsFromPods(pods: readonly Pod[], service: Service, servicePort: ServicePort): Backend[] {
  return pods
    .filter((pod) => service.publishNotReadyAddresses || (pod.ready && !pod.deleting))
    .flatMap((pod) => {
      const port = targetPortOf(pod, servicePort);
      if (port === undefined) return [];
      return pod.addresses.map((address) => ({ address, port, nodeName: pod.nodeName }));
    });
}

/** Containers first, then sidecars; ordinary init containers never. The first match counts. */
export function targetPortOf(pod: Pod, { targetPort, protocol }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  const named = pod.ports.filter((port) => port.name === targetPort && port.protocol === protocol);
  const found =
    named.find(({ container }) => container === 'container') ??
    named.find(({ container }) => container === 'sidecar');
  return found?.port;
}

function sortedBackends(backends: readonly Backend[]): Backend[] {
  const sorted = [...backends].sort(
    (a, b) => compareAddresses(a.address, b.address) || a.port - b.port || (a.nodeName < b.nodeName ? -1 : 1),
  );
  // Two pods that clash over an address may name different nodes: the first name is taken.
  const known = new Set<string>();
  return sorted.filter(({ address, port }) => {
    const key = `${addressKey(address)} ${port}`;
    return !known.has(key) && known.add(key);
  });
}

/** Unfinished pods that a service's selector takes; an index by label, since services times pods would be too many. */
export function podsBySelector(pods: readonly Pod[]): (service: Service) => readonly Pod[] {
  let index: Map<string, Pod[]> | undefined;
  const key = (namespace: string, label: string, value: string): string => `${namespace}/${label}=${value}`;

  function build(): Map<string, Pod[]> {
    const built = new Map<string, Pod[]>();
    for (const pod of pods) {
      if (isFinished(pod)) continue;
      for (const label of Object.keys(pod.labels)) {
        const entry = key(pod.namespace, label, pod.labels[label]!);
        const list = built.get(entry);
        if (list === undefined) built.set(entry, [pod]);
        else list.push(pod);
      }
    }
    return built;
  }

  return ({ namespace, selector }) => {
    const wanted = Object.entries(selector ?? {});
    // A service without a selector has no endpoints of its own: somebody else writes its slices.
    if (wanted.length === 0) return [];
    index ??= build();
    const lists = wanted.map(([label, value]) => index!.get(key(namespace, label, value)) ?? []);
    const shortest = lists.reduce((a, b) => (b.length < a.length ? b : a));
    return shortest.filter((pod) => wanted.every(([label, value]) => pod.labels[label] === value));
  };
}
