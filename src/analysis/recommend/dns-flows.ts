/** Flows that no trace holds: every workload of a recommendation to the cluster's DNS. Which Service that is, the manifests must say. */
import type { Flow } from '../../flow/flow.ts';
import { formatFlow } from '../../flow/notation.ts';
import type { Address } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import type { Cluster, Pod, Service } from '../../policy/cluster.ts';
import type { World } from '../../policy/world.ts';
import type { TraceFlow } from './trace-flows.ts';

export const DNS_PORT = 53;
/** Where distributions keep it. */
const DNS_NAMESPACES = ['kube-system', 'openshift-dns'];

/** Services of the cluster's DNS: those of its usual namespaces with port 53, which have an address of their own. */
export function dnsServices({ services }: Cluster): Service[] {
  return services.filter(
    ({ namespace, ports, clusterIPs }) =>
      DNS_NAMESPACES.includes(namespace) &&
      clusterIPs.length > 0 &&
      ports.some(({ port }) => port === DNS_PORT),
  );
}

/** A flow of each pod to each port 53 of the services, in the families that both have. */
export function dnsFlows(pods: Iterable<Pod>, services: readonly Service[], { book }: World): TraceFlow[] {
  const flows: TraceFlow[] = [];
  for (const pod of pods) {
    if (pod.hostNetwork || !book.endpoints.some((endpoint) => endpoint.pod === pod)) continue;
    for (const { clusterIPs, ports } of services)
      for (const destination of clusterIPs) {
        const source = pod.addresses.find(({ family }) => family === destination.family);
        if (source === undefined) continue;
        for (const { port, protocol } of ports)
          if (port === DNS_PORT) flows.push(addedFlow(pod, source, destination, protocol));
      }
  }
  return flows;
}

function addedFlow(pod: Pod, source: Address, destination: Address, protocol: number): TraceFlow {
  const flow: Flow = {
    protocol,
    source: { kind: 'pod', namespace: pod.namespace, name: pod.name },
    destination: { kind: 'address', address: destination },
    destinationPort: DNS_PORT,
  };
  return {
    text: formatFlow(flow),
    protocol: protocolName(protocol),
    port: DNS_PORT,
    connections: 0,
    packets: 0,
    bytes: 0,
    isAdded: true,
    firstPackets: [{ source, destination, protocol, destinationPort: DNS_PORT }],
  };
}
