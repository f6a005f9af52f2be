/**
 * The shape of a synthetic cluster: nodes, namespaces, workloads with their pods, and who calls whom. Everything else that is
 * generated (manifests, policies, traffic) is read off it. Addresses: pods 10.0.0.0/8, a /24 a node; services 172.16.0.0/12;
 * nodes 192.168.0.0/16; outside 64.0.0.0/4 and 203.0.113.0/24.
 */
import { drawBelow, drawFrom, type Random, randomFrom, zipf } from '../random/random.ts';

/** What is asked for. */
export interface ClusterSize {
  readonly pods: number;
  readonly nodes: number;
  readonly namespaces: number;
  readonly seed: number;
}

/** Pods of one template, and the service before them. */
export interface Workload {
  readonly name: string;
  /** Place of the namespace. */
  readonly namespace: number;
  /** Its pods have consecutive places. */
  readonly firstPod: number;
  readonly pods: number;
  /** Name and number of the port that it listens on. */
  readonly portName: string;
  readonly port: number;
  readonly team: string;
}

/** A workload that calls another. */
export interface Call {
  /** Places of workloads. */
  readonly from: number;
  readonly to: number;
}

export interface Topology {
  readonly size: ClusterSize;
  readonly workloads: readonly Workload[];
  /** Workload of each pod. */
  readonly workloadOf: Uint32Array;
  /** Most called first, nothing twice. */
  readonly calls: readonly Call[];
  /** Workloads that clients outside of the cluster call. */
  readonly entries: readonly number[];
  /** Workload of the cluster's DNS, always the first. */
  readonly dns: number;
}

/** What a cluster of this kind can hold: /24 blocks of 10.0.0.0/8, 200 pods in each. */
export const NODES_MAX = 65_000;
export const PODS_PER_NODE_MAX = 200;

const PORTS: readonly (readonly [name: string, port: number])[] = [
  ['http', 8080],
  ['http', 80],
  ['https', 8443],
  ['grpc', 50051],
  ['web', 3000],
  ['postgres', 5432],
  ['redis', 6379],
  ['metrics', 9090],
  ['kafka', 9092],
];
const TEAMS = 12;
/** Pods of one workload: mostly few. */
const REPLICAS = [1, 1, 2, 2, 2, 3, 3, 3, 5, 8, 12, 20];
/** How unevenly workloads are called. */
const POPULARITY = 1;
/** Calls that stay in their namespace. */
const WITHIN_NAMESPACE = 0.6;
const CALLS_EACH_MAX = 5;
const ENTRY_SHARE = 0.05;

export const DNS_NAMESPACE = 'kube-system';

/** Name of a namespace by its place; the first is that of the cluster's DNS. */
export function namespaceName(place: number): string {
  return place === 0 ? DNS_NAMESPACE : `team-${place}`;
}

export const nodeName = (node: number): string => `node-${node}`;

export function podName({ workloads, workloadOf }: Topology, pod: number): string {
  const workload = workloads[workloadOf[pod]!]!;
  return `${workload.name}-${pod - workload.firstPod}`;
}

/** Pods are dealt to nodes in turn. */
export function nodeOfPod({ size }: Topology, pod: number): number {
  return pod % size.nodes;
}

/** IPv4 addresses as numbers. */
export function podAddress({ size }: Topology, pod: number): number {
  return 0x0a000000 + (pod % size.nodes) * 256 + 2 + Math.floor(pod / size.nodes);
}

export function nodeAddress(node: number): number {
  return 0xc0a80000 + 10 + node;
}

export function serviceAddress(workload: number): number {
  return 0xac100000 + 10 + workload;
}

/** Dotted text of an IPv4 address. */
export function dotted(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

const DNS_WORKLOAD: Omit<Workload, 'pods'> = {
  name: 'coredns',
  namespace: 0,
  firstPod: 0,
  portName: 'dns',
  port: 53,
  team: 'platform',
};

function drawWorkloads({ pods, namespaces }: ClusterSize, random: Random): Workload[] {
  const workloads: Workload[] = [{ ...DNS_WORKLOAD, pods: Math.min(2, pods) }];
  let next = Math.min(2, pods);
  while (next < pods) {
    const number = workloads.length;
    const [portName, port] = drawFrom(random, PORTS);
    const count = Math.min(drawFrom(random, REPLICAS), pods - next);
    workloads.push({
      name: `app-${number}`,
      namespace: namespaces === 1 ? 0 : 1 + ((number - 1) % (namespaces - 1)),
      firstPod: next,
      pods: count,
      portName,
      port,
      team: `t-${drawBelow(random, TEAMS)}`,
    });
    next += count;
  }
  return workloads;
}

/** Calls in the order of how often they are used: a call's place is its rank. */
function drawCalls(workloads: readonly Workload[], random: Random): Call[] {
  const byNamespace: number[][] = [];
  workloads.forEach(({ namespace }, place) => {
    byNamespace[namespace] ??= [];
    if (place > 0) byNamespace[namespace].push(place);
  });
  const anywhere = zipf(Math.max(1, workloads.length - 1), POPULARITY);
  const calls = new Map<number, Call & { readonly rank: number }>();
  for (let from = 1; from < workloads.length; from++) {
    const near = byNamespace[workloads[from]!.namespace]!;
    const count = 1 + drawBelow(random, CALLS_EACH_MAX);
    for (let call = 0; call < count; call++) {
      const to = random() < WITHIN_NAMESPACE ? drawFrom(random, near) : 1 + anywhere(random);
      const key = from * workloads.length + to;
      if (to !== from && to < workloads.length && !calls.has(key))
        calls.set(key, { from, to, rank: random() });
    }
  }
  return [...calls.values()].sort((a, b) => a.rank - b.rank).map(({ from, to }) => ({ from, to }));
}

/** A cluster of the given size; the same size and seed give the same cluster. */
export function drawTopology(size: ClusterSize): Topology {
  const random = randomFrom(size.seed, 1);
  const workloads = drawWorkloads(size, random);
  const workloadOf = new Uint32Array(size.pods);
  workloads.forEach(({ firstPod, pods }, place) => {
    workloadOf.fill(place, firstPod, firstPod + pods);
  });
  const calls = drawCalls(workloads, random);
  const entries: number[] = [];
  for (let place = 1; place < workloads.length; place++) if (random() < ENTRY_SHARE) entries.push(place);
  if (entries.length === 0 && workloads.length > 1) entries.push(1);
  return { size, workloads, workloadOf, calls, entries, dns: 0 };
}
