/**
 * Nodes as policy meets them: which host endpoint governs which of a node's interfaces, what Felix is told there, and
 * the address that masqueraded packets carry. Manifests do not list interfaces, so two are told apart: the one that
 * leads out, and the tunnel device between nodes; those of pods are met only by the host endpoint of `*`.
 *
 * A host endpoint governs the interface that it names, or without a name the one that has an address it expects; of
 * several the alphabetically first does; where there is none, the one of `*`.
 *
 * Source: projectcalico/calico felix/dataplane/linux/endpoint_mgr.go (resolveHostEndpoints).
 */
import { type Address, formatAddress } from '../../net/address.ts';
import type { HostEndpoint, IpPool } from '../api/calico.ts';
import { felixOf } from '../api/felix.ts';
import type { Cluster, Node } from '../cluster.ts';
import type { Endpoint, Host } from '../endpoints.ts';

/** Names every interface that no other host endpoint governs. */
export const ALL_INTERFACES = '*';

const LOOPBACK = 'lo';
const DEVICES: Readonly<Record<'ipip' | 'vxlan', readonly string[]>> = {
  ipip: ['tunl0'],
  vxlan: ['vxlan.calico', 'vxlan-v6.calico'],
};
const TUNNEL_DEVICES: readonly string[] = [...DEVICES.ipip, ...DEVICES.vxlan, 'wireguard.cali', 'wg-v6.cali'];

/** The nodes of the cluster, and those that only a host endpoint names, with the addresses that it expects. */
export function nodesOf(cluster: Pick<Cluster, 'nodes' | 'hostEndpoints'>): readonly Node[] {
  const known = new Set(cluster.nodes.map(({ name }) => name));
  const named = new Map<string, HostEndpoint[]>();
  for (const endpoint of cluster.hostEndpoints)
    if (endpoint.node !== '' && !known.has(endpoint.node))
      named.set(endpoint.node, [...(named.get(endpoint.node) ?? []), endpoint]);
  const mentioned = [...named].map(([name, endpoints]): Node => {
    const addresses = endpoints.flatMap(({ expectedIPs }) => expectedIPs);
    const { at } = endpoints[0]!;
    return { name, labels: {}, addresses, tunnelAddresses: [], subnets: [], podCidrs: [], at };
  });
  return mentioned.length === 0 ? cluster.nodes : [...cluster.nodes, ...mentioned];
}

/** Every node by its name. `hostEndpoints` in order of their names. */
export function hostsOf(
  cluster: Cluster,
  hostEndpoints: readonly Endpoint[],
): { hosts: Map<string, Host>; warnings: string[] } {
  const byNode = new Map<string, Endpoint[]>();
  for (const endpoint of hostEndpoints) {
    const list = byNode.get(endpoint.nodeName);
    if (list === undefined) byNode.set(endpoint.nodeName, [endpoint]);
    else list.push(endpoint);
  }
  const warnings: string[] = [];
  const hosts = new Map<string, Host>();
  for (const node of nodesOf(cluster)) {
    const felix = felixOf(cluster.felix, node.name);
    const own = byNode.get(node.name) ?? [];
    const pods = own.find(({ hostEndpoint }) => hostEndpoint!.interfaceName === ALL_INTERFACES);
    const main = mainOf(node, own, felix.interfacePrefixes, warnings) ?? pods;
    const tunnel = tunnelOf(node, own, cluster.ipPools) ?? pods;
    hosts.set(node.name, {
      node,
      felix,
      ...(main === undefined ? {} : { main }),
      ...(tunnel === undefined ? {} : { tunnel }),
      ...(pods === undefined ? {} : { pods }),
      masquerade: masqueradeOf(node),
    });
  }
  return { hosts, warnings };
}

/** Addresses that are not on a tunnel device. */
function outerAddresses({ addresses, tunnelAddresses }: Node): Address[] {
  const tunnel = new Set(tunnelAddresses.map(formatAddress));
  return addresses.filter((address) => !tunnel.has(formatAddress(address)));
}

function masqueradeOf(node: Node): Host['masquerade'] {
  const outer = outerAddresses(node);
  const [four, six] = ([4, 6] as const).map((wanted) => outer.find(({ family }) => family === wanted));
  return { ...(four === undefined ? {} : { 4: four }), ...(six === undefined ? {} : { 6: six }) };
}

/** The alphabetically first of those that may govern the interface that leads out. */
function mainOf(
  node: Node,
  endpoints: readonly Endpoint[],
  prefixes: readonly string[],
  warnings: string[],
): Endpoint | undefined {
  const outer = outerAddresses(node);
  const named = endpoints.filter(({ hostEndpoint }) => {
    const { interfaceName } = hostEndpoint!;
    return interfaceName !== undefined && mayLeadOut(interfaceName, prefixes);
  });
  const unnamed = endpoints.filter(
    ({ hostEndpoint, addresses }) => hostEndpoint!.interfaceName === undefined && expects(addresses, outer),
  );
  const evident = named.filter(({ addresses }) => expects(addresses, outer));
  const silent = named.filter(({ addresses }) => addresses.length === 0 || outer.length === 0);
  const likely = evident.length > 0 ? evident : silent;
  const candidates = likely.length + unnamed.length > 0 ? [...likely, ...unnamed] : named;
  const found = endpoints.find((endpoint) => candidates.includes(endpoint));
  const names = new Set(candidates.flatMap(({ hostEndpoint }) => hostEndpoint!.interfaceName ?? []));
  if (found !== undefined && evident.length === 0 && names.size > 1)
    warnings.push(
      `host endpoints of node ${node.name} name the interfaces ${[...names].sort().join(' and ')}, and none of them expects an address of the node; ${found.name} is taken for the one that leads out`,
    );
  return found;
}

function mayLeadOut(interfaceName: string, prefixes: readonly string[]): boolean {
  if ([ALL_INTERFACES, LOOPBACK, ...TUNNEL_DEVICES].includes(interfaceName)) return false;
  return !prefixes.some((prefix) => interfaceName.startsWith(prefix));
}

/** Of several devices those that the pools use come first. */
function tunnelOf(
  { tunnelAddresses }: Node,
  endpoints: readonly Endpoint[],
  pools: readonly IpPool[],
): Endpoint | undefined {
  const used = pools.flatMap(({ encapsulation }) =>
    encapsulation === undefined ? [] : DEVICES[encapsulation.protocol],
  );
  const governs = (devices: readonly string[]): Endpoint | undefined =>
    endpoints.find(({ hostEndpoint, addresses }) => {
      const { interfaceName } = hostEndpoint!;
      return interfaceName === undefined
        ? expects(addresses, tunnelAddresses)
        : devices.includes(interfaceName);
    });
  return governs(used) ?? governs(TUNNEL_DEVICES);
}

function expects(expected: readonly Address[], addresses: readonly Address[]): boolean {
  const known = new Set(addresses.map(formatAddress));
  return expected.some((address) => known.has(formatAddress(address)));
}
