/**
 * Nodes in the numbers of the tables: the own maps of their host hooks, whose address masqueraded packets carry, and
 * what of pools and Felix a packet between two addresses meets.
 */
import type { Address } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';
import { poolOf } from '../policy/addresses/ip-pools.ts';
import { felixOf } from '../policy/api/felix.ts';
import type { Cluster } from '../policy/cluster.ts';
import type { AddressBook, AddressFacts, Endpoint, Host } from '../policy/endpoints.ts';
import * as E from '../tables/entry-layout.ts';
import type { HostMap, HostRow } from '../tables/hosts.ts';
import { INTERFACE_MAIN, INTERFACE_PODS, INTERFACE_TUNNEL } from '../tables/hosts-layout.ts';
import type { PlacedShape } from '../tables/program-tables.ts';
import { HOOKS, HOST_HOOKS, type ProgramHook } from '../tables/verdict.ts';
import type { GoverningOf } from './governed-lines.ts';

/** Hooks of the interfaces of a node's pods; those that lead out of it have all. */
const POD_INTERFACE_HOOKS = ['pre-dnat', 'forward-ingress', 'forward-egress'] as const;

/** A host endpoint at one of a node's interfaces, with the hooks that packets meet there. */
export interface HostStation {
  readonly node: string;
  /** INTERFACE_ code. */
  readonly interface: number;
  readonly endpoint: Endpoint;
  readonly hooks: readonly ProgramHook[];
}

/** Every host endpoint at every interface that it governs, by the nodes' names. */
export function hostStations({ hosts }: Pick<AddressBook, 'hosts'>): HostStation[] {
  return hostsInOrder(hosts).flatMap(({ node: { name: node }, main, tunnel, pods }) => [
    ...(main === undefined ? [] : [{ node, interface: INTERFACE_MAIN, endpoint: main, hooks: HOST_HOOKS }]),
    ...(tunnel === undefined
      ? []
      : [{ node, interface: INTERFACE_TUNNEL, endpoint: tunnel, hooks: HOST_HOOKS }]),
    ...(pods === undefined
      ? []
      : [{ node, interface: INTERFACE_PODS, endpoint: pods, hooks: POD_INTERFACE_HOOKS }]),
  ]);
}

function hostsInOrder(hosts: ReadonlyMap<string, Host>): Host[] {
  return [...hosts.values()].sort((left, right) => (left.node.name < right.node.name ? -1 : 1));
}

/** Names of the nodes where some host hook is asked. */
export function nodesWithHooks(stations: readonly HostStation[], resolved: GoverningOf): Set<string> {
  const asking = stations.filter(({ endpoint, hooks }) =>
    hooks.some((hook) => resolved.governing(endpoint, hook) !== undefined),
  );
  return new Set(asking.map(({ node }) => node));
}

/** Whether some pod's packets may leave its node with the node's address. */
export function masquerades({ ipPools }: Pick<Cluster, 'ipPools'>): boolean {
  return ipPools.some(({ natOutgoing }) => natOutgoing);
}

interface HostContext {
  readonly stations: readonly HostStation[];
  /** Node names in the order of their numbers. */
  readonly nodes: readonly string[];
  readonly entryOf: (address: Address) => number;
  readonly mapOf: (endpoint: Endpoint, hook: ProgramHook, family: 4 | 6) => PlacedShape | undefined;
}

/** A row for every node. */
export function hostRows({ hosts }: Pick<AddressBook, 'hosts'>, context: HostContext): HostRow[] {
  const { stations, nodes, entryOf, mapOf } = context;
  const networks = new Map<string, number>();
  const numberOf = (network: string): number => {
    const number = networks.get(network) ?? networks.size;
    networks.set(network, number);
    return number;
  };
  const stationsOf = new Map<string, HostStation[]>();
  for (const station of stations) {
    const list = stationsOf.get(station.node);
    if (list === undefined) stationsOf.set(station.node, [station]);
    else list.push(station);
  }
  return nodes.map((name) => {
    const host = hosts.get(name);
    const subnets = (family: 4 | 6): number[] =>
      (host?.node.subnets ?? [])
        .filter(({ network }) => network.family === family)
        .map((subnet) => numberOf(formatCidr(subnet)));
    const { 4: four, 6: six } = host?.masquerade ?? {};
    const maps = (stationsOf.get(name) ?? []).flatMap(({ interface: device, endpoint, hooks }) =>
      hooks.flatMap((hook) =>
        ([4, 6] as const).flatMap((family): HostMap[] => {
          const map = mapOf(endpoint, hook, family);
          return map === undefined ? [] : [{ family, hook: HOOKS.indexOf(hook), interface: device, map }];
        }),
      ),
    );
    return {
      isKnown: host !== undefined,
      masquerade: {
        ...(four === undefined ? {} : { 4: entryOf(four) }),
        ...(six === undefined ? {} : { 6: entryOf(six) }),
      },
      networks: { 4: subnets(4), 6: subnets(6) },
      maps,
    };
  });
}

/** Whether Felix of some node lets pass to policy what connection tracking calls invalid. */
export function letsInvalidPass({ felix }: Pick<Cluster, 'felix'>): boolean {
  return [felix.everywhere, ...felix.byNode.values()].some((node) => node.disableConntrackInvalidCheck);
}

/** ENTRY_ flags of an address of the book; `hosts` are the names of nodes with host hooks. */
export function hostFlags(
  { address, owner, node }: AddressFacts,
  cluster: Pick<Cluster, 'ipPools' | 'felix'>,
  hosts: ReadonlySet<string>,
): number {
  const pool = poolOf(address, cluster);
  const felix = felixOf(cluster.felix, owner?.nodeName ?? '');
  const asked = felixOf(cluster.felix, owner?.nodeName ?? node?.name ?? '');
  const isHosts = [owner?.nodeName, node?.name].some((name) => name !== undefined && hosts.has(name));
  const tunnel = pool?.encapsulation?.mode;
  return (
    (isHosts ? E.ENTRY_HOST : 0) |
    (owner !== undefined && felix.defaultEndpointToHostAction === 'Drop' ? E.ENTRY_TO_HOST_DROPPED : 0) |
    (pool === undefined ? 0 : E.ENTRY_POOL) |
    (pool?.natOutgoing === true ? E.ENTRY_NAT_OUTGOING : 0) |
    (felix.natOutgoingExcludesHosts ? E.ENTRY_NAT_EXCLUDES_NODES : 0) |
    (asked.disableConntrackInvalidCheck ? E.ENTRY_INVALID_PASSES : 0) |
    (tunnel === 'always' ? E.ENTRY_TUNNEL : 0) |
    (tunnel === 'cross-subnet' ? E.ENTRY_TUNNEL_ACROSS : 0)
  );
}
