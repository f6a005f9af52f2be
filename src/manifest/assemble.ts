/**
 * Resources → Cluster: pods find their workloads, workloads without pods get derived ones, what has no address gets a
 * synthetic one, namespaces that are only mentioned come into being. Everything is sorted by name, so that the order of
 * the manifests decides nothing.
 */
import { type Address, addressKey, sameAddress } from '../net/address.ts';
import { parseCidr } from '../net/cidr.ts';
import type { Cluster, EndpointSlice, Namespace, Node, Pod, Service, Workload } from '../policy/cluster.ts';
import { EMPTY_CLUSTER } from '../policy/empty-cluster.ts';
import { type DerivedPod, derivePods } from './derive.ts';
import { namespaceLabels } from './namespaces.ts';
import { type WorkloadIndex, workloadKey, workloadOf } from './owners.ts';
import type { PodRecord } from './pods.ts';
import type { Resources } from './resources.ts';
import type { ServiceRecord } from './services.ts';
import { SYNTHETIC_RANGES, SyntheticAddresses } from './synthetic.ts';

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sorted<T extends Named>(records: readonly T[]): T[] {
  return [...records].sort(
    (a, b) => compareText(a.namespace ?? '', b.namespace ?? '') || compareText(a.name, b.name),
  );
}

/** Nodes of the manifests, and those that only pods name. Where no node says its addresses, its kubelet's reports do. */
function assembleNodes(resources: Resources): Node[] {
  const nodes = new Map(resources.nodes.map((node) => [node.name, node]));
  const complete = new Set(
    resources.nodes.filter(({ addresses }) => addresses.length > 0).map(({ name }) => name),
  );
  for (const { nodeName: name, hostAddresses, at } of sorted(resources.pods)) {
    if (name === '' || hostAddresses.length === 0 || complete.has(name)) continue;
    const node = nodes.get(name) ?? {
      name,
      labels: {},
      addresses: [],
      tunnelAddresses: [],
      subnets: [],
      podCidrs: [],
      at,
    };
    const more = hostAddresses.filter(
      (address) => !node.addresses.some((known) => sameAddress(known, address)),
    );
    nodes.set(name, { ...node, addresses: [...node.addresses, ...more] });
  }
  return sorted([...nodes.values()]);
}

/** The families that the manifests show pods and services to have; IPv4 when they show none. */
function clusterFamilies(resources: Resources, nodes: readonly Node[]): (4 | 6)[] {
  const found = new Set<4 | 6>();
  const add = (addresses: readonly Address[]): void => {
    for (const { family } of addresses) found.add(family);
  };
  for (const pod of resources.pods) if (!pod.hostNetwork) add(pod.addresses);
  for (const service of resources.services) add(service.clusterIPs);
  for (const service of resources.services) for (const family of service.families) found.add(family);
  for (const text of nodes.flatMap((node) => node.podCidrs)) {
    const result = parseCidr(text);
    if ('cidr' in result) found.add(result.cidr.network.family);
  }
  return found.size === 0 ? [4] : [...found].sort((a, b) => a - b);
}

function takenAddresses(resources: Resources, nodes: readonly Node[]): Set<string> {
  const addresses = [
    ...resources.pods.flatMap((pod) => [...pod.addresses, ...pod.hostAddresses]),
    ...resources.services.flatMap((service) => [
      ...service.clusterIPs,
      ...service.externalIPs,
      ...service.loadBalancerIPs,
    ]),
    ...nodes.flatMap((node) => node.addresses),
  ];
  return new Set(addresses.map(addressKey));
}

/** What assembling needs to know about addresses. */
class AddressSource {
  readonly #families: readonly (4 | 6)[];
  readonly #synthetic: SyntheticAddresses;
  readonly #nodes: ReadonlyMap<string, Node>;

  constructor(resources: Resources, nodes: readonly Node[]) {
    this.#families = clusterFamilies(resources, nodes);
    this.#synthetic = new SyntheticAddresses(takenAddresses(resources, nodes));
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
  }

  /** For a pod without an address of its own: its node's, none, or synthetic ones. */
  forPod(pod: PodRecord, owner: string): readonly Address[] {
    if (pod.hostNetwork) {
      const known = this.#nodes.get(pod.nodeName)?.addresses ?? pod.hostAddresses;
      return this.#onePerFamily(known);
    }
    return pod.hasStatus ? [] : this.#next('pod', this.#families, owner);
  }

  forService(service: ServiceRecord, owner: string): readonly Address[] {
    const families =
      service.families.length > 0 ? [...new Set(service.families)] : this.#families.slice(0, 1);
    return this.#next('service', families, owner);
  }

  #next(range: 'pod' | 'service', families: readonly (4 | 6)[], owner: string): Address[] {
    return families
      .map((family) => this.#synthetic.next(range, family, owner))
      .filter((address) => address !== undefined);
  }

  #onePerFamily(addresses: readonly Address[]): Address[] {
    return addresses.filter(
      (address, index) => addresses.findIndex(({ family }) => family === address.family) === index,
    );
  }
}

/** The pod of a record; `owner` is what its synthetic address hangs on. */
function finishPod(record: PodRecord, workload: Workload, derived: boolean, source: AddressSource): Pod {
  const { namespace, name } = record;
  const owner = derived
    ? `${namespace}/${workload.kind}/${workload.name}/${name}`
    : `${namespace}/Pod/${name}`;
  const lacksAddress = record.addresses.length === 0;
  const addresses = lacksAddress ? source.forPod(record, owner) : record.addresses;
  return {
    namespace,
    name,
    labels: record.labels,
    serviceAccount: record.serviceAccount,
    workload,
    ...(record.generateName === undefined ? {} : { generateName: record.generateName }),
    addresses,
    synthetic: derived || (lacksAddress && !record.hostNetwork && addresses.length > 0),
    hostNetwork: record.hostNetwork,
    nodeName: record.nodeName,
    phase: record.phase,
    startedSeconds: record.startedSeconds,
    deleting: record.deleting,
    ready: record.ready,
    ports: record.ports,
    at: record.at,
  };
}

interface AssembledPods {
  readonly pods: Pod[];
  readonly derived: readonly DerivedPod[];
}

function assemblePods(resources: Resources, nodes: readonly Node[], source: AddressSource): AssembledPods {
  const byKey = sorted(resources.workloads).sort(
    (a, b) => compareText(a.namespace, b.namespace) || compareText(a.kind, b.kind),
  );
  const workloads: WorkloadIndex = new Map(byKey.map((each) => [workloadKey(each.namespace, each), each]));
  const withPods = new Set<string>();
  const taken = new Set<string>();
  const given = sorted(resources.pods).map((record) => {
    const workload = workloadOf(record, workloads);
    withPods.add(workloadKey(record.namespace, workload));
    if (record.owner !== undefined) withPods.add(workloadKey(record.namespace, record.owner));
    taken.add(`${record.namespace}/${record.name}`);
    return { record, workload };
  });
  const derived = derivePods(byKey, workloads, withPods, nodes, taken);
  const pods = [
    ...given.map(({ record, workload }) => finishPod(record, workload, false, source)),
    ...derived.map(({ record, workload }) => finishPod(record, workload, true, source)),
  ];
  return { pods: sorted(pods), derived };
}

function isNamespaced({ namespace }: { readonly namespace: string }): boolean {
  return namespace !== '';
}

function byKind<T extends Named & { readonly kind: string }>(records: readonly T[]): T[] {
  return sorted(records).sort((a, b) => compareText(a.kind, b.kind));
}

function assembleNamespaces(resources: Resources): ReadonlyMap<string, Namespace> {
  const mentioned = [
    ...resources.pods,
    ...resources.workloads,
    ...resources.services,
    ...resources.slices,
    ...resources.endpoints,
    ...resources.serviceAccounts,
    ...resources.networkPolicies,
    ...resources.calicoPolicies.filter(isNamespaced),
    ...resources.networkSets.filter(isNamespaced),
  ].map(({ namespace }) => namespace);
  const present = new Map(resources.namespaces.map((namespace) => [namespace.name, namespace]));
  const names = [...new Set([...present.keys(), ...mentioned])].sort(compareText);
  return new Map(
    names.map((name) => [name, present.get(name) ?? { name, labels: namespaceLabels(name, {}) }]),
  );
}

function assembleSlices(resources: Resources): EndpointSlice[] {
  const sliced = new Set(resources.slices.map(({ namespace, service }) => `${namespace}/${service}`));
  const fallback = resources.endpoints.filter(
    ({ namespace, service }) => !sliced.has(`${namespace}/${service}`),
  );
  const named = [...resources.slices, ...fallback].map((slice) => ({
    slice,
    namespace: slice.namespace,
    name: `${slice.service}\n${slice.endpoints.flatMap(({ addresses }) => addresses.map(addressKey)).join()}`,
  }));
  return sorted(named).map(({ slice }) => slice);
}

/** `a, b, c and 4 more`. */
function listed(names: readonly string[]): string {
  if (names.length <= 3) return names.join(', ');
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What is assumed of namespaces that are mentioned but not declared. */
export function assumedNamespaces(namespaces: Iterable<Namespace>): string[] {
  const mentioned = [...namespaces].filter(({ at }) => at === undefined).map(({ name }) => name);
  if (mentioned.length === 0) return [];
  return [
    `no manifest for ${mentioned.length === 1 ? 'namespace' : 'namespaces'} ${listed(mentioned)}: taken to have no labels but kubernetes.io/metadata.name`,
  ];
}

function assumptionsOf(
  resources: Resources,
  namespaces: ReadonlyMap<string, Namespace>,
  assembled: AssembledPods,
  nodes: readonly Node[],
): string[] {
  const assumptions = assumedNamespaces(namespaces.values());
  const { derived, pods } = assembled;
  const families = new Set(
    pods
      .filter(({ synthetic }) => synthetic)
      .flatMap(({ addresses }) => addresses.map(({ family }) => family)),
  );
  const podRanges = [...families].sort().map((family) => SYNTHETIC_RANGES.pod[family]);
  const range = podRanges.length === 0 ? '' : `, with addresses out of ${podRanges.join(' and ')}`;
  if (derived.length > 0) {
    const workloads = new Set(derived.map(({ record, workload }) => workloadKey(record.namespace, workload)));
    assumptions.push(
      `${counted(derived.length, 'pod')} derived from the templates of ${counted(workloads.size, 'workload')} without pods (at most two each)${range}`,
    );
  }
  const bare = resources.pods.filter((pod) => !pod.hasStatus).length;
  if (bare > 0) assumptions.push(`${counted(bare, 'pod')} without a status taken to be running${range}`);
  const services = resources.services.filter(({ lacksAddress }) => lacksAddress);
  if (services.length > 0)
    assumptions.push(
      `${counted(services.length, 'service')} without a cluster address given one out of ${SYNTHETIC_RANGES.service[4]} or ${SYNTHETIC_RANGES.service[6]}`,
    );
  if (nodes.length === 0 && pods.length > 0)
    assumptions.push('no nodes in the manifests: no address is taken to be a node');
  return assumptions;
}

/** The cluster that the resources make. */
export function assembleCluster(resources: Resources): Cluster {
  const nodes = assembleNodes(resources);
  const source = new AddressSource(resources, nodes);
  const assembled = assemblePods(resources, nodes, source);
  const namespaces = assembleNamespaces(resources);
  const services = sorted(resources.services).map((record): Service => {
    const { lacksAddress, families, ...service } = record;
    const owner = `${service.namespace}/Service/${service.name}`;
    return lacksAddress ? { ...service, clusterIPs: source.forService(record, owner) } : service;
  });
  return {
    ...EMPTY_CLUSTER,
    namespaces,
    pods: assembled.pods,
    nodes,
    services,
    endpointSlices: assembleSlices(resources),
    serviceAccounts: sorted(resources.serviceAccounts),
    networkPolicies: sorted(resources.networkPolicies),
    adminPolicies: sorted(resources.adminPolicies).sort((a, b) => compareText(a.kind, b.kind)),
    calicoPolicies: byKind(resources.calicoPolicies),
    tiers: sorted(resources.tiers),
    networkSets: sorted(resources.networkSets),
    hostEndpoints: sorted(resources.hostEndpoints),
    profiles: sorted(resources.profiles),
    vanished: byKind(resources.vanished),
    assumptions: assumptionsOf(resources, namespaces, assembled, nodes),
    ignoredKinds: new Map([...resources.ignoredKinds].sort(([a], [b]) => compareText(a, b))),
  };
}
