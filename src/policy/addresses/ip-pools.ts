/**
 * What IP pools do to packets on their way: which device they leave a node by, and whose address they carry beyond it.
 *
 * Source: projectcalico/calico felix/rules/nat.go, felix/dataplane/linux/masq_mgr.go, felix/dataplane/linux/vxlan_mgr.go, ipip_mgr.go.
 */
import type { Address } from '../../net/address.ts';
import { cidrContains, formatCidr } from '../../net/cidr.ts';
import type { IpPool } from '../api/calico.ts';
import type { Cluster } from '../cluster.ts';
import type { Host } from '../endpoints.ts';

type Pools = Pick<Cluster, 'ipPools'>;

/** The pool that an address comes from; pools that only hold load balancers' addresses do not count. */
export function poolOf(address: Address, { ipPools }: Pools): IpPool | undefined {
  return ipPools.find(({ cidr, forWorkloads }) => forWorkloads && cidrContains(cidr, address));
}

/** Whether a packet from one node to an address at another travels encapsulated, from tunnel device to tunnel device. */
export function leavesByTunnel(from: Host, to: Host, address: Address, cluster: Pools): boolean {
  const { encapsulation } = poolOf(address, cluster) ?? {};
  if (encapsulation === undefined || from.node.name === to.node.name) return false;
  return encapsulation.mode === 'always' || networksDiffer(from, to, address.family);
}

/** Only where both are known. */
function networksDiffer(from: Host, to: Host, family: 4 | 6): boolean {
  const [left, right] = [from, to].map(({ node }) =>
    node.subnets.filter(({ network }) => network.family === family).map(formatCidr),
  );
  return left!.length > 0 && right!.length > 0 && !left!.some((subnet) => right!.includes(subnet));
}

/** A packet that leaves a pod's node for another node or for outside. */
export interface Departure {
  /** The pod's node. */
  readonly from: Host;
  /** The pod's address. */
  readonly source: Address;
  readonly destination: Address;
  /** Whether the destination is an address of a node. */
  readonly isToNode: boolean;
}

/** The source that the packet carries from there on: the pod's own address or its node's. */
export function masqueradeSource(
  { from, source, destination, isToNode }: Departure,
  cluster: Pools,
): Address {
  if (poolOf(source, cluster)?.natOutgoing !== true || poolOf(destination, cluster) !== undefined)
    return source;
  if (isToNode && from.felix.natOutgoingExcludesHosts) return source;
  return from.masquerade[source.family] ?? source;
}
