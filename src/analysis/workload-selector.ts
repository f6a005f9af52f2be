/**
 * How a workload is selected by labels: the fewest that take its pods and no other pod of the namespace. Labels that change from
 * pod to pod or from release to release are left alone, the usual names of applications come first; where no labels tell
 * two workloads apart, expressions do, and what they cannot tell apart either is said.
 */
import { podName } from '../policy/addresses/address-book.ts';
import { effectiveLabelsOf } from '../policy/addresses/effective-labels.ts';
import { isFinished } from '../policy/addresses/pod-phase.ts';
import type { LabelSelector } from '../policy/api/network-policy.ts';
import type { Cluster, Labels, Pod, Workload } from '../policy/cluster.ts';
import type { CniProfile } from '../policy/cni/profile.ts';
import { NAMESPACE_PREFIX, SERVICE_ACCOUNT_PREFIX } from '../policy/translate/label-selector.ts';
import { NAMESPACE_NAME } from '../policy/translate/pod-wish.ts';
import { workloadNameOf } from '../policy/workload-name.ts';
import { compareBytes } from '../selector/byte-order.ts';
import { fewestLabels } from './label-terms.ts';

export interface WorkloadSelector {
  readonly namespace: string;
  readonly workload: Workload;
  /** Its pods that have policy of their own, in the order of the cluster. */
  readonly pods: readonly Pod[];
  /** Of pods in the namespace. Without any term it takes all of them: the workload's pods have no labels, and nobody else is there. */
  readonly selector: LabelSelector;
  /** Pods of other workloads of the namespace that it takes too: no label tells them apart. */
  readonly others: readonly Pod[];
}

/** The one namespace, wherever the policy stands. */
export function namespaceByName(name: string): LabelSelector {
  return { matchLabels: { [NAMESPACE_NAME]: name }, matchExpressions: [] };
}

/** Labels that controllers give pods beyond their template, or that change with it. */
const OF_ONE_POD =
  /^(?:pod-template-hash|controller-revision-hash|pod-template-generation|controller-uid|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/(?:job-completion-index|controller-uid))$/;
/** What Calico adds to the labels of every endpoint. */
const OF_CALICO = 'projectcalico.org/';
const OF_ONE_JOB = /^(?:job-name|batch\.kubernetes\.io\/job-name)$/;
/** Pods whose labels policy looks at. */
const isSelectable = (pod: Pod): boolean => !pod.hostNetwork && !isFinished(pod);

/** Whether the Job is one of a CronJob that is not known. */
const isOneOfMany = ({ kind, name }: Workload): boolean =>
  kind === 'CronJob' || (kind === 'Job' && /-\d{8,}$/.test(name));

/** The labels of a pod, as policies see them, that may stand in a policy. */
function steadyLabels(labels: Labels, workload: Workload): Labels {
  const isSteady = (key: string): boolean =>
    !OF_ONE_POD.test(key) &&
    !(OF_ONE_JOB.test(key) && isOneOfMany(workload)) &&
    !key.startsWith(NAMESPACE_PREFIX) &&
    !key.startsWith(SERVICE_ACCOUNT_PREFIX) &&
    !key.startsWith(OF_CALICO);
  return Object.fromEntries(Object.entries(labels).filter(([key]) => isSteady(key)));
}

/** Pods of a cluster by what may be said of them in a selector. */
interface Selectable {
  readonly byNamespace: ReadonlyMap<string, readonly Pod[]>;
  readonly labelsOf: ReadonlyMap<Pod, Labels>;
  /** `namespace/name`: a pod may be asked about as another state of the cluster has it. */
  readonly names: ReadonlySet<string>;
}

function selectablePods(cluster: Cluster, podLabels: CniProfile['podLabels']): Selectable {
  const effectiveOf = effectiveLabelsOf(cluster, podLabels);
  const labelsOf = new Map<Pod, Labels>();
  const byNamespace = new Map<string, Pod[]>();
  for (const pod of cluster.pods) {
    if (!isSelectable(pod)) continue;
    labelsOf.set(pod, steadyLabels(effectiveOf(pod).labels, pod.workload));
    const found = byNamespace.get(pod.namespace);
    if (found === undefined) byNamespace.set(pod.namespace, [pod]);
    else found.push(pod);
  }
  return { byNamespace, labelsOf, names: new Set([...labelsOf.keys()].map(podName)) };
}

/** The selector of pods of one namespace, and the strangers that it takes too. */
function selectPods(
  isOwn: (pod: Pod) => boolean,
  around: readonly Pod[],
  labelsOf: Selectable['labelsOf'],
): Pick<WorkloadSelector, 'pods' | 'selector' | 'others'> {
  const pods = around.filter(isOwn);
  const strangers = around.filter((one) => !isOwn(one));
  const labels = (pod: Pod): Labels => labelsOf.get(pod)!;
  const { selector, takes } = fewestLabels(pods.map(labels), strangers.map(labels));
  return { pods, selector, others: strangers.filter((one) => takes(labels(one))) };
}

/**
 * Finds the selector of a pod's workload, for a CNI that sees the labels of `podLabels`. Each workload is looked at once. Undefined for
 * pods without policy of their own: of the host's network, or finished.
 */
export function workloadSelectors(
  cluster: Cluster,
  { podLabels }: Pick<CniProfile, 'podLabels'>,
): (pod: Pod) => WorkloadSelector | undefined {
  const { byNamespace, labelsOf, names } = selectablePods(cluster, podLabels);
  const known = new Map<string, WorkloadSelector>();
  return (pod) => {
    const key = workloadNameOf(pod);
    if (!names.has(podName(pod))) return undefined;
    let found = known.get(key);
    if (found === undefined) {
      const { namespace, workload } = pod;
      const around = byNamespace.get(namespace)!;
      found = { namespace, workload, ...selectPods((one) => workloadNameOf(one) === key, around, labelsOf) };
      known.set(key, found);
    }
    return found;
  };
}

/** Workloads of one namespace that one selector takes, and nobody else. */
export interface WorkloadGroup {
  readonly namespace: string;
  /** By kind and name; several where no label tells them apart. */
  readonly workloads: readonly Workload[];
  /** In the order of the cluster. */
  readonly pods: readonly Pod[];
  readonly selector: LabelSelector;
}

/**
 * Selectors that share no pod: workloads whose selectors take each other's pods are one group. `of` finds a pod's group, undefined as
 * for workloadSelectors; `union` is the selector of several groups of one namespace together, undefined where none takes exactly their pods.
 */
export function workloadGroups(
  cluster: Cluster,
  { podLabels }: Pick<CniProfile, 'podLabels'>,
): {
  readonly of: (pod: Pod) => WorkloadGroup | undefined;
  readonly union: (groups: readonly WorkloadGroup[]) => LabelSelector | undefined;
} {
  const { byNamespace, labelsOf, names } = selectablePods(cluster, podLabels);
  const known = new Map<string, ReadonlyMap<string, WorkloadGroup>>();
  const groupsIn = (namespace: string): ReadonlyMap<string, WorkloadGroup> => {
    const around = byNamespace.get(namespace)!;
    // By the workload: the set of workloads that it goes with.
    const together = new Map(around.map((pod) => [workloadNameOf(pod), new Set([workloadNameOf(pod)])]));
    const found = new Map<ReadonlySet<string>, ReturnType<typeof selectPods>>();
    const open = [...new Set(together.values())];
    for (let set = open.shift(); set !== undefined; set = open.shift()) {
      if ([...set].some((key) => together.get(key) !== set)) continue;
      const own = set;
      const selected = selectPods((pod) => own.has(workloadNameOf(pod)), around, labelsOf);
      found.set(set, selected);
      if (selected.others.length === 0) continue;
      const joined = new Set([
        ...set,
        ...selected.others.flatMap((pod) => [...together.get(workloadNameOf(pod))!]),
      ]);
      for (const key of joined) together.set(key, joined);
      open.push(joined);
    }
    const groups = new Map<string, WorkloadGroup>();
    for (const set of new Set(together.values())) {
      const { pods, selector } = found.get(set)!;
      const workloads = new Map(pods.map((pod) => [workloadNameOf(pod), pod.workload]));
      const sorted = [...workloads].sort(([a], [b]) => compareBytes(a, b)).map(([, workload]) => workload);
      const group = { namespace, workloads: sorted, pods, selector };
      for (const key of set) groups.set(key, group);
    }
    return groups;
  };
  return {
    of(pod) {
      if (!names.has(podName(pod))) return undefined;
      const groups = known.get(pod.namespace) ?? groupsIn(pod.namespace);
      known.set(pod.namespace, groups);
      return groups.get(workloadNameOf(pod));
    },
    union(groups) {
      const own = new Set(groups.flatMap(({ pods }) => pods));
      const around = byNamespace.get(groups[0]!.namespace)!;
      const { selector, others } = selectPods((pod) => own.has(pod), around, labelsOf);
      return others.length === 0 ? selector : undefined;
    },
  };
}
