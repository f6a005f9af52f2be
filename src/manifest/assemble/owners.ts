/**
 * Which workload a pod belongs to: up the chain of owners, through ReplicaSets to Deployments and through Jobs to
 * CronJobs.
 */
import type { Labels, Workload } from '../../policy/cluster.ts';
import { workloadName } from '../../policy/workload-name.ts';
import type { WorkloadRecord } from '../kubernetes/workloads.ts';

/** Workloads by `namespace/Kind/name`. */
export type WorkloadIndex = ReadonlyMap<string, WorkloadRecord>;

interface Owned {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly owner?: Workload;
}

/** A ReplicaSet that is not in the manifests: its Deployment's name stands before the template's hash. */
function deploymentOf(owner: Workload, labels: Labels): Workload | undefined {
  const hash = Object.hasOwn(labels, 'pod-template-hash') ? labels['pod-template-hash'] : undefined;
  if (hash === undefined || hash === '' || !owner.name.endsWith(`-${hash}`)) return undefined;
  const name = owner.name.slice(0, -hash.length - 1);
  return name === '' ? undefined : { kind: 'Deployment', name };
}

/** A Job that is not in the manifests: a CronJob names its jobs with the minute of their start behind a dash. */
function cronJobOf(namespace: string, owner: Workload, workloads: WorkloadIndex): Workload | undefined {
  const name = /^(.+)-\d{8,}$/.exec(owner.name)?.[1];
  if (name === undefined) return undefined;
  const workload = { kind: 'CronJob', name };
  return workloads.has(workloadName(namespace, workload)) ? workload : undefined;
}

/** The topmost controller that is known; the pod itself when it has no owner. */
export function workloadOf(pod: Owned, workloads: WorkloadIndex): Workload {
  const { owner, namespace } = pod;
  if (owner === undefined) return { kind: 'Pod', name: pod.name };
  const present = workloads.get(workloadName(namespace, owner));
  if (present !== undefined) return present.owner ?? owner;
  if (owner.kind === 'ReplicaSet') return deploymentOf(owner, pod.labels) ?? owner;
  if (owner.kind === 'Job') return cronJobOf(namespace, owner, workloads) ?? owner;
  return owner;
}
