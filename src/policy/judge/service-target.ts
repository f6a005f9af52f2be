/**
 * Where a packet goes once kube-proxy has rewritten its destination: the backends behind a virtual port, after the
 * service's traffic policies.
 *
 * Source: kubernetes/kubernetes pkg/proxy/topology.go (CategorizeEndpoints); projectcalico/calico felix/rules/static.go.
 */
import type { Address } from '../../net/address.ts';
import { factsAbout } from '../addresses/address-book.ts';
import type { FirstPacket } from '../decision.ts';
import type { Backend, VirtualPort } from '../endpoints.ts';
import type { World } from '../world.ts';

export interface ServiceTarget {
  readonly virtualPort: VirtualPort;
  /** Never empty. */
  readonly backends: readonly Backend[];
}

/** The virtual port that the packet is sent to, when it has a backend to go to. */
export function serviceTarget(packet: FirstPacket, world: World): ServiceTarget | undefined {
  const virtualPort = virtualPortOf(packet, world);
  if (virtualPort === undefined) return undefined;
  const { service, kind, nodeName } = virtualPort;
  let backends = virtualPort.backends;
  if (kind === 'cluster-ip' && service.internalTrafficPolicy === 'Local') {
    const sourceNode = nodeOf(packet.source, world);
    if (sourceNode !== '') backends = backends.filter((backend) => backend.nodeName === sourceNode);
  }
  if (kind === 'node-port' && service.externalTrafficPolicy === 'Local')
    backends = backends.filter((backend) => backend.nodeName === nodeName);
  return backends.length === 0 ? undefined : { virtualPort, backends };
}

/** The virtual port at the packet's destination, with backends or without. */
export function virtualPortOf(packet: FirstPacket, world: World): VirtualPort | undefined {
  const { virtualPorts } = factsAbout(world.book, packet.destination);
  return virtualPorts.find(
    ({ protocol, port }) => protocol === packet.protocol && port === packet.destinationPort,
  );
}

/** Name of the node that an address belongs to or whose pod holds it; empty when unknown. */
function nodeOf(address: Address, { book }: World): string {
  const { owner, node } = factsAbout(book, address);
  return owner?.nodeName ?? node?.name ?? '';
}
