/**
 * Cluster → endpoints with their effective labels, and what is known about every address: who owns it, who holds it,
 * which node and which services it belongs to. The order of the manifests changes nothing in it.
 */
import { type Address, addressKey, formatAddress } from '../net/address.ts';
import type { Cluster, Node, Pod } from './cluster.ts';
import type { CniProfile } from './cni/profile.ts';
import { effectiveLabelsOf } from './effective-labels.ts';
import type { AddressBook, AddressFacts, Endpoint, LabelSet, VirtualPort } from './endpoints.ts';
import { isFinished } from './pod-phase.ts';
import { virtualPortsOf } from './virtual-ports.ts';

type Options = Pick<CniProfile, 'initContainerPorts'>;

/**
 * The address book of a cluster. Host-network pods, finished pods and pods without an address are no endpoints.
 *
 * Source: projectcalico/calico felix/labelindex/named_port_index.go, libcalico-go/lib/backend/k8s/conversion/conversion.go.
 */
export function buildAddressBook(
  cluster: Cluster,
  { initContainerPorts }: Options = { initContainerPorts: 'named' },
): AddressBook {
  const pods = [...cluster.pods].sort(byNamespaceAndName);
  const { endpoints, labelSets } = endpointsOf(cluster, pods, initContainerPorts);
  const facts = new Map<string, WritableFacts>();
  const warnings: string[] = [];
  const factsOf = (address: Address): WritableFacts => {
    const key = addressKey(address);
    let found = facts.get(key);
    if (found === undefined) {
      found = { address, holders: NONE, hostNetworkPods: NONE, virtualPorts: NONE };
      facts.set(key, found);
    }
    return found;
  };

  for (const node of [...cluster.nodes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const address of node.addresses) {
      const found = factsOf(address);
      if (found.node === undefined) found.node = node;
      else if (found.node !== node)
        warnings.push(
          `nodes ${found.node.name} and ${node.name} both have ${formatAddress(address)}; ${found.node.name} is taken`,
        );
    }
  }
  for (const endpoint of endpoints) {
    for (const address of endpoint.addresses) {
      const found = factsOf(address);
      found.holders = found.holders.length === 0 ? [endpoint] : [...found.holders, endpoint];
    }
  }
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
  for (const found of facts.values()) {
    if (found.holders.length === 0) continue;
    const ranked = [...found.holders].sort(byOwnership);
    found.owner = ranked[0]!;
    if (ranked.length > 1)
      warnings.push(
        `pods ${found.holders.map(podName).join(' and ')} both have ${formatAddress(found.address)}; its policies are those of ${podName(found.owner)}`,
      );
  }
  return {
    endpoints,
    labelSets,
    facts,
    networkSets: [],
    hosts: new Map(),
    serviceEndpoints: new Map(),
    warnings,
  };
}

/** The facts about an address, also when nothing in the cluster has it. */
export function factsAbout(book: AddressBook, address: Address): AddressFacts {
  return (
    book.facts.get(addressKey(address)) ?? { address, holders: [], hostNetworkPods: [], virtualPorts: [] }
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

function endpointsOf(
  cluster: Cluster,
  pods: readonly Pod[],
  initContainerPorts: Options['initContainerPorts'],
): { endpoints: Endpoint[]; labelSets: LabelSet[] } {
  const labelsOf = effectiveLabelsOf(cluster);
  const endpoints: Endpoint[] = [];
  const labelSets: (LabelSet & { endpoints: Endpoint[] })[] = [];
  const setByLabels = new Map<object, LabelSet & { endpoints: Endpoint[] }>();
  for (const pod of pods) {
    if (pod.hostNetwork || isFinished(pod) || pod.addresses.length === 0) continue;
    const { labels, profiles } = labelsOf(pod);
    let labelSet = setByLabels.get(labels);
    if (labelSet === undefined) {
      labelSet = { index: labelSets.length, namespace: pod.namespace, labels, endpoints: [] };
      setByLabels.set(labels, labelSet);
      labelSets.push(labelSet);
    }
    const endpoint: Endpoint = {
      kind: 'workload',
      index: endpoints.length,
      labelSet: labelSet.index,
      namespace: pod.namespace,
      name: pod.name,
      labels,
      addresses: pod.addresses,
      nodeName: pod.nodeName,
      namedPorts: pod.ports.filter(
        ({ name, container }) =>
          name !== undefined && (container !== 'init' || initContainerPorts === 'named'),
      ),
      profiles,
      pod,
    };
    labelSet.endpoints.push(endpoint);
    endpoints.push(endpoint);
  }
  return { endpoints, labelSets };
}

type Named = Pick<Pod, 'namespace' | 'name'>;

function podName({ namespace, name }: Endpoint): string {
  return `${namespace}/${name}`;
}

function byNamespaceAndName(a: Named, b: Named): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Running before other phases, then the most recently started, then by name so that the answer never varies. */
function byOwnership(a: Endpoint, b: Endpoint): number {
  const running = Number(b.pod?.phase === 'Running') - Number(a.pod?.phase === 'Running');
  return running || (b.pod?.startedSeconds ?? 0) - (a.pod?.startedSeconds ?? 0) || byNamespaceAndName(a, b);
}
