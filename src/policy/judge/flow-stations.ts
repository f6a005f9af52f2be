/**
 * One side of a flow → the addresses that it means. A pod means all its addresses, a workload all its pods, a node its
 * first address of each family, a service its virtual addresses as a destination and its backends as a source.
 */
import type { Checked, Diagnostic, DiagnosticCode } from '../../diagnostic/diagnostic.ts';
import { nearestWords } from '../../diagnostic/nearest.ts';
import type { Flow, Side } from '../../flow/flow.ts';
import { PRIVATE_KEY, PUBLIC_KEY, setKey } from '../../flow/flow-name.ts';
import { formatSide } from '../../flow/notation.ts';
import type { Address } from '../../net/address.ts';
import { protocolName } from '../../net/protocol.ts';
import { factsAbout } from '../addresses/address-book.ts';
import { namedAddresses, podsOfName } from '../addresses/named-addresses.ts';
import { networkSamples } from '../addresses/network-samples.ts';
import { isFinished } from '../addresses/pod-phase.ts';
import { backendsOf } from '../addresses/virtual-ports.ts';
import type { ContainerPort, Pod, Service, ServicePort } from '../cluster.ts';
import { workloadNameOf } from '../workload-name.ts';
import type { World } from '../world.ts';

/** An address with what the flow calls it. */
export interface Station {
  readonly address: Address;
  /** `namespace/pod`, `node:NAME`, `service:namespace/name`; empty for a plain address. */
  readonly name: string;
  /** Destination port, where the flow has one and does not ask for all. */
  readonly port?: number;
  readonly hostNetworkPod?: Pod;
}

type Found = Checked<readonly Station[]>;

/** The addresses that send when this side is the source. */
export function sourcesOf({ source }: Flow, world: World): Found {
  if (source.kind !== 'service') return stationsOf(source, world);
  const service = findService(source, world);
  if (service === undefined) return unknownService(source, world);
  const backends = service.ports.flatMap((port) => backendsOf(world.cluster, service, port));
  const stations = backends.map(({ address }) => addressStation(address, world));
  if (stations.length === 0)
    return problem('flow/no-address', `${formatSide(source)} has no ready backends to send from`);
  return fine(distinct(stations));
}

/** The addresses, and ports, that the destination means. */
export function destinationsOf(flow: Flow, world: World): Found {
  const { destination } = flow;
  if (destination.kind === 'service') return serviceDestinations(flow, destination, world);
  const found = stationsOf(destination, world);
  const { destinationPort: port } = flow;
  if (port === undefined || port === '*') return found;
  if (typeof port === 'number')
    return fine(
      found.value.map((station) => ({ ...station, port })),
      found,
    );
  const named = found.value.map((station) => namedPortAt(station, port.name, flow.protocol, world));
  return {
    value: named.flatMap(({ value }) => value),
    diagnostics: [...found.diagnostics, ...named.flatMap(({ diagnostics }) => diagnostics)],
  };
}

function stationsOf(side: Exclude<Side, { kind: 'service' }>, world: World): Found {
  const { cluster } = world;
  switch (side.kind) {
    case 'address':
      return fine([{ address: side.address, name: '' }]);
    case 'node': {
      const node = world.book.hosts.get(side.name)?.node;
      const known = [...world.book.hosts.keys()].map((name) => `node:${name}`);
      if (node === undefined) return unknown(side, known);
      const families = ([4, 6] as const).map((wanted) =>
        node.addresses.find(({ family }) => family === wanted),
      );
      const addresses = families.filter((address) => address !== undefined);
      if (addresses.length === 0) return problem('flow/no-address', `${formatSide(side)} has no address`);
      return fine(addresses.map((address) => ({ address, name: formatSide(side) })));
    }
    case 'pod': {
      const pod = cluster.pods.find(
        ({ namespace, name }) => namespace === side.namespace && name === side.name,
      );
      return podStations(
        pod === undefined ? podsOfName({ ...side, kind: 'workload' }, namedAddresses(world)) : [pod],
        side,
        world,
      );
    }
    case 'network-set': {
      const known = world.book.networkSets.some(
        ({ namespace, name }) => namespace === side.namespace && name === side.name,
      );
      return known
        ? networkStations(setKey(side.namespace, side.name), side, world)
        : unknown(side, setNames(world));
    }
    case 'network':
      return networkStations(side.name === 'public' ? PUBLIC_KEY : PRIVATE_KEY, side, world);
    case 'workload': {
      const pods = cluster.pods.filter(
        (pod) => workloadNameOf(pod).toLowerCase() === formatSide(side).toLowerCase(),
      );
      return podStations(pods, side, world);
    }
  }
}

function setNames({ book }: World): string[] {
  return book.networkSets.map(({ namespace, name }) => formatSide({ kind: 'network-set', namespace, name }));
}

/** One address for each way in which policies may tell those of the network apart. */
function networkStations(key: string, side: Side, world: World): Found {
  const addresses = networkSamples(key, world);
  if (addresses.length === 0)
    return problem('flow/no-address', `${formatSide(side)} has no address that is not also something else's`);
  return fine(addresses.map((address) => ({ address, name: formatSide(side) })));
}

function podStations(pods: readonly Pod[], side: Side, world: World): Found {
  if (pods.length === 0) return unknown(side, namesLikePods(world));
  const live = pods.filter((pod) => !isFinished(pod));
  const stations = live.flatMap((pod) =>
    pod.addresses.map(
      (address): Station => ({
        address,
        name: `${pod.namespace}/${pod.name}`,
        ...(pod.hostNetwork ? { hostNetworkPod: pod } : {}),
      }),
    ),
  );
  if (stations.length > 0) return fine(stations);
  const why = live.length === 0 ? 'has finished and holds no address' : 'has no address yet';
  return problem('flow/no-address', `${formatSide(side)} ${why}`);
}

function addressStation(address: Address, { book }: World): Station {
  const { owner } = factsAbout(book, address);
  return { address, name: owner === undefined ? '' : `${owner.namespace}/${owner.name}` };
}

/** Resolves a port's name where the packet arrives: at the pod, the pod that holds the address, or a node's host endpoint. */
function namedPortAt(station: Station, name: string, protocol: number, world: World): Found {
  const { book } = world;
  const { holders, owner, node } = factsAbout(book, station.address);
  const hosts = owner === undefined && node !== undefined ? book.hosts.get(node.name) : undefined;
  const governing = [hosts?.main, hosts?.tunnel].filter((endpoint) => endpoint !== undefined);
  const ports: readonly ContainerPort[] =
    station.hostNetworkPod?.ports ?? [...holders, ...governing].flatMap(({ namedPorts }) => namedPorts);
  const found = ports.find((port) => port.name === name && port.protocol === protocol);
  if (found !== undefined) return fine([{ ...station, port: found.port }]);
  const where = station.name === '' ? 'the destination' : station.name;
  const known = ports.flatMap((port) =>
    port.name === undefined ? [] : [`${port.name} (${protocolName(port.protocol)} ${port.port})`],
  );
  const hint = known.length === 0 ? 'it names no ports' : `it names ${[...new Set(known)].join(', ')}`;
  return problem('flow/unknown-port', `${where} has no ${protocolName(protocol)} port called ${name}`, hint);
}

/** At its virtual addresses; at its backends when it has none of its own. */
function serviceDestinations(flow: Flow, side: Side & { kind: 'service' }, world: World): Found {
  const service = findService(side, world);
  if (service === undefined) return unknownService(side, world);
  const { destinationPort: port, protocol } = flow;
  const addresses = [...service.clusterIPs, ...(service.clusterIPs.length > 0 ? [] : service.externalIPs)];
  const name = formatSide(side);
  if (port === undefined || (port === '*' && addresses.length > 0))
    return addresses.length === 0
      ? problem('flow/no-address', `${name} has no address of its own; name a port to reach its backends`)
      : fine(addresses.map((address) => ({ address, name })));
  const ports = service.ports.filter(
    (each) => each.protocol === protocol && (port === '*' || isPort(each, port)),
  );
  if (ports.length === 0) {
    const known = service.ports.map(
      (each) =>
        `${protocolName(each.protocol)} ${each.port}${each.name === undefined ? '' : ` (${each.name})`}`,
    );
    const wanted = typeof port === 'object' ? port.name : port;
    const hint = known.length === 0 ? 'it has no ports' : `it has ${known.join(', ')}`;
    return problem('flow/unknown-port', `${name} has no port ${protocolName(protocol)} ${wanted}`, hint);
  }
  if (addresses.length > 0)
    return fine(ports.flatMap((each) => addresses.map((address) => ({ address, name, port: each.port }))));
  const behind = ports.flatMap((each) => backendsOf(world.cluster, service, each));
  if (behind.length === 0) return problem('flow/no-address', `${name} has no ready backends`);
  return fine(
    behind.map(({ address, port: target }) => ({ ...addressStation(address, world), port: target })),
  );
}

function isPort(servicePort: ServicePort, wanted: number | { readonly name: string }): boolean {
  return typeof wanted === 'number' ? servicePort.port === wanted : servicePort.name === wanted.name;
}

function findService(side: Side & { kind: 'service' }, { cluster }: World): Service | undefined {
  return cluster.services.find(({ namespace, name }) => namespace === side.namespace && name === side.name);
}

function unknownService(side: Side, { cluster }: World): Found {
  return unknown(
    side,
    cluster.services.map(({ namespace, name }) => `service:${namespace}/${name}`),
  );
}

/** Pods, then workloads, then services: what somebody who wrote `namespace/name` may have meant. */
function namesLikePods({ cluster }: World): string[] {
  return [
    ...cluster.pods.map(({ namespace, name }) => `${namespace}/${name}`),
    ...new Set(cluster.pods.filter(({ workload }) => workload.kind !== 'Pod').map(workloadNameOf)),
    ...cluster.services.map(({ namespace, name }) => `service:${namespace}/${name}`),
  ];
}

function unknown(side: Side, known: readonly string[]): Found {
  const text = formatSide(side);
  // A workload or service of the very name comes first, then what is spelt alike.
  const bare = text.split('/').at(-1)!;
  const namespace = 'namespace' in side ? side.namespace : undefined;
  const sameName = known.filter((name) => {
    const parts = name.replace(/^service:/, '').split('/');
    return parts.at(-1) === bare && (namespace === undefined || parts[0] === namespace);
  });
  const near = [...new Set([...sameName, ...nearestWords(text, known, 3)])].slice(0, 3);
  const kind = side.kind === 'network-set' ? 'network set' : side.kind;
  const hint = near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
  return problem('flow/unknown-name', `no ${kind} ${text} in the manifests`, hint);
}

function problem(code: DiagnosticCode, message: string, hint?: string): Found {
  const diagnostic: Diagnostic = {
    code,
    severity: 'error',
    message,
    ...(hint === undefined ? {} : { hint }),
  };
  return { value: [], diagnostics: [diagnostic] };
}

function fine(
  value: readonly Station[],
  { diagnostics }: Pick<Found, 'diagnostics'> = { diagnostics: [] },
): Found {
  return { value, diagnostics };
}

function distinct(stations: readonly Station[]): Station[] {
  const byName = new Map(stations.map((station) => [JSON.stringify(station.address), station]));
  return [...byName.values()];
}
