/**
 * What a rule that names a Service matches: the addresses and ports of its EndpointSlices, whatever the conditions of
 * their endpoints. Where the manifests hold no slice of a Service, they are what Kubernetes would write: the addresses
 * of its pods, ready or not.
 *
 * Source: projectcalico/calico felix/serviceindex/serviceindex.go; kubernetes/kubernetes
 * staging/src/k8s.io/endpointslice/utils.go.
 */
import { addressKey } from '../../net/address.ts';
import type { CalicoRule } from '../api/calico.ts';
import type { Cluster, EndpointSlice, Service } from '../cluster.ts';
import type { ServiceEndpoint } from '../endpoints.ts';
import { podsBySelector, targetPortOf } from './virtual-ports.ts';

/** By `namespace/name`, for every Service that some rule names: the others are not asked for. */
export function serviceEndpointsOf(cluster: Cluster): Map<string, readonly ServiceEndpoint[]> {
  const named = namedServices(cluster);
  const found = new Map<string, readonly ServiceEndpoint[]>();
  if (named.size === 0) return found;
  const podsOf = podsBySelector(cluster.pods);
  for (const key of named) {
    const slices = cluster.endpointSlices.filter(
      ({ namespace, service }) => `${namespace}/${service}` === key,
    );
    const service = cluster.services.find(({ namespace, name }) => `${namespace}/${name}` === key);
    if (slices.length > 0) found.set(key, merged(slices.flatMap(endpointsOfSlice)));
    else if (service !== undefined) found.set(key, merged(endpointsOfPods(service, podsOf)));
  }
  return found;
}

/** A rule's service without a namespace is none. */
function namedServices({ calicoPolicies, profiles }: Cluster): Set<string> {
  const rules: CalicoRule[] = [...calicoPolicies, ...profiles].flatMap(({ rules: { ingress, egress } }) => [
    ...ingress,
    ...egress,
  ]);
  const services = rules.flatMap(({ source, destination }) => [source.service, destination.service]);
  const keys = services.flatMap((service) =>
    service === undefined || service.namespace === '' ? [] : [`${service.namespace}/${service.name}`],
  );
  return new Set(keys.sort());
}

function endpointsOfSlice({ endpoints, ports }: EndpointSlice): ServiceEndpoint[] {
  const numbered = ports.flatMap(({ protocol, port }) => (port === undefined ? [] : [{ protocol, port }]));
  return endpoints.flatMap(({ addresses }) => addresses.map((address) => ({ address, ports: numbered })));
}

function endpointsOfPods(service: Service, podsOf: ReturnType<typeof podsBySelector>): ServiceEndpoint[] {
  const families = new Set(service.clusterIPs.map(({ family }) => family));
  return podsOf(service).flatMap((pod) => {
    const ports = service.ports.flatMap((servicePort) => {
      const port = targetPortOf(pod, servicePort);
      return port === undefined ? [] : [{ protocol: servicePort.protocol, port }];
    });
    return pod.addresses
      .filter(({ family }) => families.size === 0 || families.has(family))
      .map((address) => ({ address, ports }));
  });
}

/** One entry an address, with the ports of all entries that name it. */
function merged(endpoints: readonly ServiceEndpoint[]): ServiceEndpoint[] {
  const byAddress = new Map<string, { address: ServiceEndpoint['address']; ports: Map<string, Port> }>();
  for (const { address, ports } of endpoints) {
    const key = addressKey(address);
    const entry = byAddress.get(key) ?? { address, ports: new Map<string, Port>() };
    for (const port of ports) entry.ports.set(`${port.protocol} ${port.port}`, port);
    byAddress.set(key, entry);
  }
  return [...byAddress.values()].map(({ address, ports }) => ({ address, ports: [...ports.values()] }));
}

type Port = ServiceEndpoint['ports'][number];
