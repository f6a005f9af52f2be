/**
 * Cluster → endpoints with their effective labels, and what is known about every address: who owns it, who holds it,
 * which node and which services it belongs to. The order of the manifests changes nothing in it.
 */
import { type Address, addressKey, formatAddress } from '../../net/address.ts';
import type { Cluster, Node, Pod } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { AddressBook, AddressFacts, Endpoint, Labelled, LabelSet, VirtualPort } from '../endpoints.ts';
import { effectiveLabelsOf, profileLabelsOf, withInherited } from './effective-labels.ts';
import { hostsOf } from './hosts.ts';
import { labelledSetsOf, setFinder } from './network-sets.ts';
import { isFinished } from './pod-phase.ts';
import { serviceEndpointsOf } from './service-endpoints.ts';
import { virtualPortsOf } from './virtual-ports.ts';

type Options = Pick<CniProfile, 'initContainerPorts' | 'enforces' | 'podLabels'>;

/**
 * The address book of a cluster. Host-network pods, finished pods and pods without an address are no endpoints; host
 * endpoints and network sets are there for CNIs that enforce Calico's resources.
 *
 * Source: projectcalico/calico felix/labelindex/named_port_index.go, libcalico-go/lib/backend/k8s/conversion/conversion.go.
 */
export function buildAddressBook(
  cluster: Cluster,
  { initContainerPorts, enforces, podLabels }: Options = {
    initContainerPorts: 'named',
    enforces: ['Calico'],
    podLabels: 'all',
  },
): AddressBook {
  const seen = enforces.includes('Calico') ? cluster : { ...cluster, hostEndpoints: [], networkSets: [] };
  const pods = [...cluster.pods].sort(byNamespaceAndName);
  const { endpoints, labelSets } = endpointsOf(seen, pods, { initContainerPorts, podLabels });
  const { hosts, warnings: hostWarnings } = hostsOf(
    seen,
    endpoints.filter(({ kind }) => kind === 'host'),
  );
  const { facts, factsOf } = emptyFacts();
  const warnings: string[] = [];
  for (const endpoint of endpoints) {
    for (const address of endpoint.addresses) {
      const found = factsOf(address);
      found.holders = found.holders.length === 0 ? [endpoint] : [...found.holders, endpoint];
    }
  }
  nameNodes(seen.nodes, { hosts, endpoints, factsOf }, warnings);
  for (const pod of pods) {
    if (!pod.hostNetwork || isFinished(pod)) continue;
    for (const address of pod.addresses) {
      const found = factsOf(address);
      found.hostNetworkPods = [...found.hostNetworkPods, pod];
    }
  }
  for (const virtualPort of virtualPortsOf(cluster)) {
    const found = factsOf(virtualPort.address);
    if (found.virtualPorts === NONE) found.virtualPorts = [virtualPort];
    else (found.virtualPorts as VirtualPort[]).push(virtualPort);
  }
  for (const found of facts.values()) nameOwner(found, warnings);
  const networkSets = labelledSetsOf(seen);
  return {
    endpoints,
    labelSets,
    facts,
    networkSets,
    setsAround: setFinder(networkSets),
    hosts,
    serviceEndpoints: serviceEndpointsOf(cluster),
    warnings: [...warnings, ...hostWarnings],
  };
}

type FactsOf = (address: Address) => WritableFacts;

function emptyFacts(): { facts: Map<string, WritableFacts>; factsOf: FactsOf } {
  const facts = new Map<string, WritableFacts>();
  const factsOf: FactsOf = (address) => {
    const key = addressKey(address);
    let found = facts.get(key);
    if (found === undefined) {
      found = { address, holders: NONE, hostNetworkPods: NONE, virtualPorts: NONE };
      facts.set(key, found);
    }
    return found;
  };
  return { facts, factsOf };
}

/** A node has its own addresses, then those that its host endpoints expect and no other node and no pod has. */
function nameNodes(
  nodes: readonly Node[],
  { hosts, endpoints, factsOf }: Pick<AddressBook, 'hosts' | 'endpoints'> & { factsOf: FactsOf },
  warnings: string[],
): void {
  for (const node of [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const address of node.addresses) {
      const found = factsOf(address);
      if (found.node === undefined) found.node = node;
      else if (found.node !== node)
        warnings.push(
          `nodes ${found.node.name} and ${node.name} both have ${formatAddress(address)}; ${found.node.name} is taken`,
        );
    }
  }
  for (const { kind, nodeName, addresses } of endpoints) {
    const node = kind === 'host' ? hosts.get(nodeName)?.node : undefined;
    if (node === undefined) continue;
    for (const address of addresses) {
      const found = factsOf(address);
      // What a pod sends is no traffic of its host, whatever a host endpoint claims.
      if (!found.holders.some((holder) => holder.kind === 'workload')) found.node ??= node;
    }
  }
}

/** Only pods own addresses: a host endpoint's policies are met on the way, whatever address it expects. */
export function ownerAmong(holders: readonly Endpoint[]): Endpoint | undefined {
  return holders.filter(({ kind }) => kind === 'workload').sort(byOwnership)[0];
}

function nameOwner(found: WritableFacts, warnings: string[]): void {
  if (found.holders.length === 0) return;
  const owner = ownerAmong(found.holders);
  if (owner === undefined) return;
  found.owner = owner;
  const pods = found.holders.filter(({ kind }) => kind === 'workload');
  if (pods.length > 1)
    warnings.push(
      `pods ${pods.map(podName).join(' and ')} both have ${formatAddress(found.address)}; its policies are those of ${podName(owner)}`,
    );
}

/** The facts about an address, also when nothing in the cluster has it. */
export function factsAbout(book: AddressBook, address: Address): AddressFacts {
  return (
    book.facts.get(addressKey(address)) ?? { address, holders: [], hostNetworkPods: [], virtualPorts: [] }
  );
}

/** Everything that selectors may find at an address: its holders, then the network sets around it. */
export function holdersAt(book: AddressBook, address: Address): readonly Labelled[] {
  const { holders } = factsAbout(book, address);
  const sets = book.networkSets.length === 0 ? NONE : book.setsAround(address);
  return sets.length === 0 ? holders : [...holders, ...sets];
}

/** Whether anything in the cluster has the address, network sets included: names that are not resolved are not its. */
export function isHeld(book: AddressBook, address: Address): boolean {
  return (
    book.facts.has(addressKey(address)) ||
    (book.networkSets.length > 0 && book.setsAround(address).length > 0)
  );
}

interface WritableFacts {
  address: Address;
  owner?: Endpoint;
  holders: readonly Endpoint[];
  node?: Node;
  hostNetworkPods: readonly Pod[];
  virtualPorts: readonly VirtualPort[];
}

/** Shared by the many addresses that have none of something. */
const NONE: readonly never[] = [];

type WritableSet = LabelSet & { endpoints: Endpoint[] };

function endpointsOf(
  cluster: Cluster,
  pods: readonly Pod[],
  { initContainerPorts, podLabels }: Pick<Options, 'initContainerPorts' | 'podLabels'>,
): { endpoints: Endpoint[]; labelSets: WritableSet[] } {
  const labelsOf = effectiveLabelsOf(cluster, podLabels);
  const endpoints: Endpoint[] = [];
  const labelSets: WritableSet[] = [];
  const setByLabels = new Map<object, WritableSet>();
  for (const pod of pods) {
    if (!isEndpoint(pod)) continue;
    const { labels, profiles } = labelsOf(pod);
    let labelSet = setByLabels.get(labels);
    if (labelSet === undefined) {
      labelSet = { index: labelSets.length, namespace: pod.namespace, labels, endpoints: [] };
      setByLabels.set(labels, labelSet);
      labelSets.push(labelSet);
    }
    const endpoint = workloadEndpoint(
      pod,
      { index: endpoints.length, labelSet, profiles },
      initContainerPorts,
    );
    labelSet.endpoints.push(endpoint);
    endpoints.push(endpoint);
  }
  addHostEndpoints(cluster, endpoints, labelSets);
  return { endpoints, labelSets };
}

/** Whether a pod has policy of its own. */
export function isEndpoint(pod: Pod): boolean {
  return !pod.hostNetwork && !isFinished(pod) && pod.addresses.length > 0;
}

/** The endpoint of a pod that has policy. */
export function workloadEndpoint(
  pod: Pod,
  place: { readonly index: number; readonly labelSet: LabelSet; readonly profiles: readonly string[] },
  initContainerPorts: Options['initContainerPorts'],
): Endpoint {
  const { index, labelSet, profiles } = place;
  return {
    kind: 'workload',
    index,
    labelSet: labelSet.index,
    namespace: pod.namespace,
    name: pod.name,
    labels: labelSet.labels,
    addresses: pod.addresses,
    nodeName: pod.nodeName,
    namedPorts: pod.ports.filter(
      ({ name, container }) =>
        name !== undefined &&
        (container === 'container' ||
          initContainerPorts === 'named' ||
          (container === 'sidecar' && initContainerPorts === 'ignored')),
    ),
    profiles,
    pod,
  };
}

/** By name. Each is a label set of its own: hardly two nodes have the same labels. */
function addHostEndpoints(cluster: Cluster, endpoints: Endpoint[], labelSets: WritableSet[]): void {
  const lent = profileLabelsOf(cluster);
  for (const hostEndpoint of [...cluster.hostEndpoints].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name, node, profiles, expectedIPs, ports } = hostEndpoint;
    const labels = withInherited(hostEndpoint.labels, profiles, lent);
    const endpoint: Endpoint = {
      kind: 'host',
      index: endpoints.length,
      labelSet: labelSets.length,
      namespace: '',
      name,
      labels,
      addresses: expectedIPs,
      nodeName: node,
      namedPorts: ports.map((port) => ({ ...port, container: 'container' })),
      profiles,
      hostEndpoint,
    };
    labelSets.push({ index: endpoint.labelSet, namespace: '', labels, endpoints: [endpoint] });
    endpoints.push(endpoint);
  }
}

type Named = Pick<Pod, 'namespace' | 'name'>;

/** `shop/web-1`. */
export function podName({ namespace, name }: Named): string {
  return `${namespace}/${name}`;
}

export function byNamespaceAndName(a: Named, b: Named): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Running before other phases, then the most recently started, then by name so that the answer never varies. */
function byOwnership(a: Endpoint, b: Endpoint): number {
  const running = Number(b.pod?.phase === 'Running') - Number(a.pod?.phase === 'Running');
  return running || (b.pod?.startedSeconds ?? 0) - (a.pod?.startedSeconds ?? 0) || byNamespaceAndName(a, b);
}
