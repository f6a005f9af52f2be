/** Workloads: the controllers whose templates pods are derived from when the manifests hold none of their pods. */
import type { Location } from '../../diagnostic/diagnostic.ts';
import type { Labels } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import { readIdentity, readLabels, readOwner } from '../metadata.ts';
import { type PodSpec, readPodSpec } from './pods.ts';

export type WorkloadKind =
  | 'CronJob'
  | 'DaemonSet'
  | 'Deployment'
  | 'Job'
  | 'ReplicaSet'
  | 'ReplicationController'
  | 'StatefulSet';

export interface WorkloadRecord {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** How many pods it wants; a DaemonSet's is 1 a node. */
  readonly replicas: number;
  readonly owner?: { readonly kind: string; readonly name: string };
  /** Labels of the template, with those that the controller is known to add. */
  readonly labels: Labels;
  readonly spec: PodSpec;
  /** spec.ordinals.start of a StatefulSet. */
  readonly firstOrdinal: number;
  readonly at: Location;
}

function readReplicas(kind: WorkloadKind, spec: Cursor): number {
  if (kind === 'DaemonSet') return 1;
  if (spec.field('suspend').boolean() === true) return 0;
  if (kind === 'CronJob') return spec.fieldAt('jobTemplate', 'spec', 'parallelism').integer() ?? 1;
  return spec.field(kind === 'Job' ? 'parallelism' : 'replicas').integer() ?? 1;
}

/** Labels that a controller puts on its pods and that can be told beforehand. */
function controllerLabels(kind: WorkloadKind, name: string): Labels {
  return kind === 'Job' ? { 'job-name': name, 'batch.kubernetes.io/job-name': name } : {};
}

/** A workload; undefined when it has no name. */
export function readWorkload(object: Cursor, kind: WorkloadKind): WorkloadRecord | undefined {
  const identity = readIdentity(object);
  const spec = object.field('spec');
  spec.isMapping();
  const template =
    kind === 'CronJob' ? spec.fieldAt('jobTemplate', 'spec', 'template') : spec.field('template');
  template.isMapping();
  const labels = readLabels(template.fieldAt('metadata', 'labels'));
  const podSpec = readPodSpec(template.field('spec'));
  const replicas = readReplicas(kind, spec);
  const owner = readOwner(object.field('metadata'));
  const firstOrdinal = spec.fieldAt('ordinals', 'start').integer() ?? 0;
  const isDone = kind === 'Job' && object.fieldAt('status', 'completionTime').isPresent;
  if (identity === undefined) return undefined;
  return {
    kind,
    ...identity,
    replicas: isDone ? 0 : Math.max(0, replicas),
    ...(owner === undefined ? {} : { owner }),
    labels: Object.assign(Object.create(null) as Labels, labels, controllerLabels(kind, identity.name)),
    spec: podSpec,
    firstOrdinal,
    at: object.document.start(),
  };
}
