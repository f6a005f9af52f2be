/**
 * Pods of the cluster: they find their workloads, workloads without pods get derived ones, what has no address gets a
 * synthetic one.
 */
import { type Address, addressKey } from '../../net/address.ts';
import { parseCidr } from '../../net/cidr.ts';
import type { Node, Pod, Workload } from '../../policy/cluster.ts';
import { workloadName } from '../../policy/workload-name.ts';
import type { PodRecord } from '../kubernetes/pods.ts';
import type { ServiceRecord } from '../kubernetes/services.ts';
import type { Resources } from '../resources.ts';
import { compareText, sorted } from './by-name.ts';
import { type DerivedPod, derivePods } from './derive.ts';
import { type WorkloadIndex, workloadOf } from './owners.ts';
import { SyntheticAddresses } from './synthetic.ts';

/** What pods are made of; the pods with what their workload endpoints say. */
type Sources = Pick<Resources, 'pods' | 'workloads' | 'services'>;

/** The families that the manifests show pods and services to have; IPv4 when they show none. */
function clusterFamilies(resources: Sources, nodes: readonly Node[]): (4 | 6)[] {
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

function takenAddresses(resources: Sources, nodes: readonly Node[]): Set<string> {
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
export class AddressSource {
  readonly #families: readonly (4 | 6)[];
  readonly #synthetic: SyntheticAddresses;
  readonly #nodes: ReadonlyMap<string, Node>;

  constructor(resources: Sources, nodes: readonly Node[]) {
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
  const owner = derived ? `${workloadName(namespace, workload)}/${name}` : `${namespace}/Pod/${name}`;
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
    ...(record.allowedSources === undefined ? {} : { allowedSources: record.allowedSources }),
    ...(record.workloadEndpoint === undefined ? {} : { workloadEndpoint: record.workloadEndpoint }),
    at: record.at,
  };
}

export interface AssembledPods {
  readonly pods: Pod[];
  readonly derived: readonly DerivedPod[];
}

/** All pods; addresses that are missing come from `source`. */
export function assemblePods(
  resources: Sources,
  nodes: readonly Node[],
  source: AddressSource,
): AssembledPods {
  const byKey = sorted(resources.workloads).sort(
    (a, b) => compareText(a.namespace, b.namespace) || compareText(a.kind, b.kind),
  );
  const workloads: WorkloadIndex = new Map(byKey.map((each) => [workloadName(each.namespace, each), each]));
  const withPods = new Set<string>();
  const taken = new Set<string>();
  const given = sorted(resources.pods).map((record) => {
    const workload = workloadOf(record, workloads);
    withPods.add(workloadName(record.namespace, workload));
    if (record.owner !== undefined) withPods.add(workloadName(record.namespace, record.owner));
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
