/**
 * Pods out of workloads' templates, for workloads that have no pod in the manifests. At most two a workload: policy
 * cannot tell replicas apart, and two are enough to ask about traffic between them. A StatefulSet's are named as it
 * names them, others `<workload>-<ordinal>`; a DaemonSet has one a node, or one when the manifests hold no nodes.
 */
import type { Node, Workload } from '../../policy/cluster.ts';
import { workloadName } from '../../policy/workload-name.ts';
import type { PodRecord } from '../kubernetes/pods.ts';
import type { WorkloadRecord } from '../kubernetes/workloads.ts';
import type { WorkloadIndex } from './owners.ts';

/** A pod that no manifest holds, before it has an address. */
export interface DerivedPod {
  readonly record: PodRecord;
  readonly workload: Workload;
}

const MOST_REPLICAS = 2;

/** Whether the pods come from the owner's template: a Deployment's ReplicaSet, a CronJob's Job. */
function isOwned(workload: WorkloadRecord, workloads: WorkloadIndex): boolean {
  const { owner, namespace } = workload;
  return owner !== undefined && workloads.has(workloadName(namespace, owner));
}

function matchesNode(workload: WorkloadRecord, node: Node): boolean {
  const wanted = Object.entries(workload.spec.nodeSelector);
  return wanted.every(([key, value]) => Object.hasOwn(node.labels, key) && node.labels[key] === value);
}

interface Slot {
  readonly suffix: string;
  readonly nodeName: string;
}

/** One entry for each pod: the end of its name, and its node when that is certain. */
function slotsOf(workload: WorkloadRecord, nodes: readonly Node[]): Slot[] {
  const { kind, replicas, firstOrdinal, spec } = workload;
  if (kind === 'DaemonSet' && nodes.length > 0)
    return nodes
      .filter((node) => matchesNode(workload, node))
      .map(({ name }) => ({ suffix: name, nodeName: name }));
  const count = Math.min(replicas, MOST_REPLICAS);
  const first = kind === 'StatefulSet' ? firstOrdinal : 0;
  return Array.from({ length: count }, (_, index) => ({
    suffix: String(first + index),
    nodeName: spec.nodeName,
  }));
}

function derivePod(workload: WorkloadRecord, slot: Slot, taken: Set<string>): PodRecord {
  const { namespace, kind, spec, at } = workload;
  const base = workload.name;
  const plain = `${base}-${slot.suffix}`;
  const name = taken.has(`${namespace}/${plain}`) ? `${base}-${kind.toLowerCase()}-${slot.suffix}` : plain;
  taken.add(`${namespace}/${name}`);
  const ordinalLabels =
    kind === 'StatefulSet'
      ? { 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': slot.suffix }
      : {};
  return {
    namespace,
    name,
    labels: Object.assign(Object.create(null) as Record<string, string>, workload.labels, ordinalLabels),
    serviceAccount: spec.serviceAccount,
    generateName: `${base}-`,
    addresses: [],
    hasStatus: false,
    hostNetwork: spec.hostNetwork,
    nodeName: slot.nodeName,
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports: spec.ports,
    hostAddresses: [],
    at,
  };
}

/**
 * The pods that the workloads would make. `withPods` are the keys of workloads that have pods already; `taken` the
 * `namespace/name` of all pods, added to. Give workloads in a sorted order.
 */
export function derivePods(
  sorted: readonly WorkloadRecord[],
  workloads: WorkloadIndex,
  withPods: ReadonlySet<string>,
  nodes: readonly Node[],
  taken: Set<string>,
): DerivedPod[] {
  return sorted
    .filter(
      (workload) =>
        !isOwned(workload, workloads) && !withPods.has(workloadName(workload.namespace, workload)),
    )
    .flatMap((workload) => {
      const { kind, name } = workload;
      return slotsOf(workload, nodes).map((slot) => ({
        record: derivePod(workload, slot, taken),
        workload: { kind, name },
      }));
    });
}
