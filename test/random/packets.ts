/** Random first packets between the addresses of a cluster and some strangers. */
import type { Address } from '../../src/net/address.ts';
import { ICMP, ICMPV6, IPIP, SCTP, TCP, UDP, UDPLITE } from '../../src/net/protocol-layout.ts';
import type { Cluster } from '../../src/policy/cluster.ts';
import type { FirstPacket } from '../../src/policy/decision.ts';
import { address, PORTS } from './cluster.ts';
import type { Random } from './mulberry.ts';

const STRANGERS = ['10.1.0.5', '10.1.1.1', '192.0.2.1', '192.0.2.7', '0.0.0.0'];
const STRANGERS6 = ['fd01::5', 'fd01:1::1', '2001:db8::1', '::', '::ffff:10.1.0.5'];
const PROTOCOLS = [TCP, TCP, TCP, TCP, UDP, UDP, UDP, SCTP, ICMP, ICMP, ICMPV6, 47, IPIP, UDPLITE, 0];

/** Every address that something of the cluster has, hosts twice as often where they have policy, and strangers, of one family. */
export function addressesOf(cluster: Cluster, family: 4 | 6): Address[] {
  const own = [
    ...cluster.pods.flatMap(({ addresses }) => addresses),
    ...cluster.pods.flatMap(({ addresses }) => addresses),
    ...cluster.nodes.flatMap(({ addresses }) => addresses),
    ...(cluster.hostEndpoints.length === 0 ? [] : cluster.nodes.flatMap(({ addresses }) => addresses)),
    ...cluster.hostEndpoints.flatMap(({ expectedIPs }) => expectedIPs),
    ...cluster.networkSets.flatMap(({ nets }) => nets.map(({ network }) => network)),
    ...cluster.services.flatMap((service) => [
      ...service.clusterIPs,
      ...service.clusterIPs,
      ...service.externalIPs,
      ...service.loadBalancerIPs,
    ]),
  ].filter((one) => one.family === family);
  return [...own, ...own, ...own, ...(family === 4 ? STRANGERS : STRANGERS6).map(address)];
}

/** A packet to some service's port, when there is one. */
function drawServicePacket(
  draw: Random,
  cluster: Cluster,
  sources: readonly Address[],
): FirstPacket | undefined {
  if (cluster.services.length === 0) return undefined;
  const service = draw.pick(cluster.services);
  const { protocol, port, nodePort } = draw.pick(service.ports);
  const nodes = nodePort === undefined ? [] : cluster.nodes.flatMap(({ addresses }) => addresses);
  const ports = [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
    .map((destination) => ({ destination, destinationPort: port }))
    .concat(nodes.map((destination) => ({ destination, destinationPort: nodePort ?? port })));
  if (ports.length === 0) return undefined;
  const target = draw.pick(ports);
  const source = draw.pick(sources);
  if (source.family !== target.destination.family) return undefined;
  return { source, ...target, protocol, sourcePort: draw.pick([80, 53, 40_000]) };
}

/** A packet to an endpoint of a slice, on one of its ports: what rules that name services match. */
function drawBackendPacket(
  draw: Random,
  cluster: Cluster,
  sources: readonly Address[],
): FirstPacket | undefined {
  const slices = cluster.endpointSlices.filter(
    ({ endpoints, ports }) => endpoints.length > 0 && ports.length > 0,
  );
  if (slices.length === 0) return undefined;
  const { endpoints, ports } = draw.pick(slices);
  const { protocol, port } = draw.pick(ports);
  const { addresses } = draw.pick(endpoints);
  if (addresses.length === 0 || port === undefined) return undefined;
  const destination = draw.pick(addresses);
  const fitting = sources.filter(({ family }) => family === destination.family);
  return {
    source: draw.pick(fitting),
    destination,
    protocol,
    destinationPort: port,
    sourcePort: draw.pick([80, 53, 40_000]),
  };
}

const ofFamily = (addresses: readonly Address[], family: 4 | 6): Address[] =>
  addresses.filter((one) => one.family === family);

/**
 * One end is a pod half of the time, else policy would hardly ever be met in a crowd of addresses; where hosts have
 * policy, one is a node more often.
 */
function drawEnds(
  draw: Random,
  cluster: Cluster,
  addresses: readonly Address[],
  family: 4 | 6,
): Pick<FirstPacket, 'source' | 'destination'> {
  const source = draw.pick(addresses);
  const destination = draw.chance(0.05) ? source : draw.pick(addresses);
  const form = draw.below(6);
  const nodes = ofFamily(
    cluster.nodes.flatMap((node) => node.addresses),
    family,
  );
  const hasHosts = cluster.hostEndpoints.length > 0 && nodes.length > 0;
  const isHost = hasHosts && (form === 2 || form === 3);
  if (form > 1 && !isHost && form !== 4) return { source, destination };
  const pods = ofFamily(
    cluster.pods.flatMap((pod) => pod.addresses),
    family,
  );
  const ends = isHost ? nodes : pods;
  if (ends.length === 0) return { source, destination };
  const other = isHost && pods.length > 0 && draw.chance(0.4) ? draw.pick(pods) : undefined;
  return form % 2 === 0
    ? { source: draw.pick(ends), destination: other ?? destination }
    : { source: other ?? source, destination: draw.pick(ends) };
}

const isKnown = ({ icmp, destinationPort, protocol }: FirstPacket): boolean =>
  icmp !== undefined || destinationPort !== undefined || ![TCP, UDP, SCTP, ICMP, ICMPV6].includes(protocol);

/** A packet of which sometimes is told where it went behind its destination: to a backend of the service, or anywhere. */
export function drawPacket(
  draw: Random,
  cluster: Cluster,
  addresses: Readonly<Record<4 | 6, readonly Address[]>>,
): FirstPacket {
  const packet = drawPlainPacket(draw, cluster, addresses);
  if (!isKnown(packet) || !draw.chance(0.1)) return packet;
  const { family } = packet.source;
  const backends = cluster.endpointSlices.flatMap(({ endpoints, ports }) =>
    endpoints.flatMap((endpoint) =>
      ofFamily(endpoint.addresses, family).flatMap((one) =>
        ports.map(({ port }) => ({ address: one, port })),
      ),
    ),
  );
  const { address: to, port } =
    backends.length > 0 && draw.chance(0.7)
      ? draw.pick(backends)
      : { address: draw.pick(addresses[family]), port: draw.pick(PORTS) };
  const hasPort = packet.destinationPort !== undefined;
  return { ...packet, translated: { address: to, ...(hasPort ? { port: port ?? 80 } : {}) } };
}

function drawPlainPacket(
  draw: Random,
  cluster: Cluster,
  addresses: Readonly<Record<4 | 6, readonly Address[]>>,
): FirstPacket {
  if (draw.chance(0.25)) {
    const packet = drawServicePacket(draw, cluster, [...addresses[4], ...addresses[6]]);
    if (packet !== undefined) return packet;
  }
  if (draw.chance(0.05)) {
    const packet = drawBackendPacket(draw, cluster, [...addresses[4], ...addresses[6]]);
    if (packet !== undefined) return packet;
  }
  const family = draw.pick([4, 4, 6] as const);
  const protocol = draw.pick(PROTOCOLS);
  const packet = { ...drawEnds(draw, cluster, addresses[family], family), protocol };
  if (draw.chance(0.02)) return packet;
  if (protocol === ICMP || protocol === ICMPV6)
    return {
      ...packet,
      icmp: { type: draw.pick([0, 3, 8, 8, 128, 128, 130, 135, 143, 255]), code: draw.pick([0, 0, 1, 255]) },
    };
  if (protocol !== TCP && protocol !== UDP && protocol !== SCTP) return packet;
  const ports = [...PORTS, 54, 30_000, 30_001, 30_002, 4789, 65_535, 1, 22];
  const known = { ...packet, destinationPort: draw.pick(ports) };
  return draw.chance(0.03)
    ? known
    : { ...known, sourcePort: draw.pick([80, 53, 22, 1024 + draw.below(60_000)]) };
}
