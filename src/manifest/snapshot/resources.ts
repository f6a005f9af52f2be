/**
 * What a snapshot of a live cluster is made of: resources that `kubectl get` lists, in the order of asking, and what is kept of
 * each object. Nothing that holds secrets is named here, and of what is named only what verdicts depend on is kept.
 */
import {
  CRON_JOB,
  DAEMON_SET,
  type Kept,
  NAMESPACE,
  NODE,
  POD,
  POLICY,
  SERVICE,
  SERVICE_ACCOUNT,
  SLICE,
  WORKLOAD,
} from './kept.ts';

/** Where a kind's objects go: the state of the cluster as JSON, an object a line; what people write as YAML. */
export type SnapshotFolder = 'cluster' | 'policies';

export interface SnapshotResource {
  /** The name by which `kubectl api-resources` knows it: `pods`, `networkpolicies.networking.k8s.io`. */
  readonly name: string;
  /** The one version that is read; absent where any is. */
  readonly version?: string;
  readonly namespaced: boolean;
  readonly folder: SnapshotFolder;
  readonly kept: Kept;
  /** Every cluster serves it: its absence is a mistake. */
  readonly always?: true;
  /** Not asked where this resource is served: the same objects in another form. */
  readonly unless?: string;
  /** Objects of these names are another resource's, shown once more. */
  readonly derived?: RegExp;
}

function cluster(name: string, kept: Kept, namespaced = true): SnapshotResource {
  return { name, namespaced, folder: 'cluster', kept };
}

function policies(name: string, namespaced: boolean, version?: string): SnapshotResource {
  return {
    name,
    namespaced,
    folder: 'policies',
    kept: POLICY,
    ...(version === undefined ? {} : { version }),
  };
}

const KUBERNETES: readonly SnapshotResource[] = [
  { ...cluster('namespaces', NAMESPACE, false), always: true },
  { ...cluster('nodes', NODE, false), always: true },
  { ...cluster('pods', POD), always: true },
  { ...cluster('services', SERVICE), always: true },
  { ...cluster('serviceaccounts', SERVICE_ACCOUNT), always: true },
  cluster('endpointslices.discovery.k8s.io', SLICE),
  cluster('deployments.apps', WORKLOAD),
  cluster('statefulsets.apps', WORKLOAD),
  cluster('daemonsets.apps', DAEMON_SET),
  cluster('cronjobs.batch', CRON_JOB),
  policies('networkpolicies.networking.k8s.io', true),
  policies('adminnetworkpolicies.policy.networking.k8s.io', false, 'v1alpha1'),
  policies('baselineadminnetworkpolicies.policy.networking.k8s.io', false, 'v1alpha1'),
  policies('clusternetworkpolicies.policy.networking.k8s.io', false, 'v1alpha2'),
];

/** Plural names of Calico's kinds; `policies` are written by people, the rest is settings and lists of addresses. */
const CALICO: readonly (readonly [plural: string, namespaced: boolean, folder: SnapshotFolder])[] = [
  ['tiers', false, 'policies'],
  ['networkpolicies', true, 'policies'],
  ['globalnetworkpolicies', false, 'policies'],
  ['stagednetworkpolicies', true, 'policies'],
  ['stagedglobalnetworkpolicies', false, 'policies'],
  ['stagedkubernetesnetworkpolicies', true, 'policies'],
  ['networksets', true, 'cluster'],
  ['globalnetworksets', false, 'cluster'],
  ['hostendpoints', false, 'cluster'],
  ['ippools', false, 'cluster'],
  ['felixconfigurations', false, 'cluster'],
  ['kubecontrollersconfigurations', false, 'cluster'],
];

/**
 * Calico's API server shows what is made of objects of Kubernetes beside Calico's own: its policies, and a profile for each namespace and
 * service account.
 * Source: projectcalico/calico libcalico-go/lib/names/policy.go, libcalico-go/lib/backend/k8s/conversion/constants.go.
 */
const DERIVED = /^(?:knp|kanp|kbanp|kcnp)\.|^(?:kns|ksa)\.|^projectcalico-default-allow$/;

/** The group that users see goes before the one in which a cluster stores the same objects. */
function calico(group: 'projectcalico.org' | 'crd.projectcalico.org'): SnapshotResource[] {
  const others = group === 'projectcalico.org' ? ([['profiles', false, 'cluster']] as const) : [];
  return [...CALICO, ...others].map(([plural, namespaced, folder]) => ({
    name: `${plural}.${group}`,
    namespaced,
    folder,
    kept: POLICY,
    derived: DERIVED,
    ...(group === 'projectcalico.org' ? {} : { unless: `${plural}.projectcalico.org` }),
  }));
}

/** Everything that may be asked, in this order. */
export const SNAPSHOT_RESOURCES: readonly SnapshotResource[] = [
  ...KUBERNETES,
  ...calico('projectcalico.org'),
  ...calico('crd.projectcalico.org'),
  policies('ciliumnetworkpolicies.cilium.io', true),
  policies('ciliumclusterwidenetworkpolicies.cilium.io', false),
  { ...policies('ciliumcidrgroups.cilium.io', false), folder: 'cluster' },
];

/** The resources of a cluster that serves these names; those that every cluster serves are always among them. */
export function resourcesServed(served: ReadonlySet<string>): SnapshotResource[] {
  return SNAPSHOT_RESOURCES.filter(
    ({ name, always, unless }) =>
      (always === true || served.has(name)) && !(unless !== undefined && served.has(unless)),
  );
}

/** The name with which kubectl asks for it: `adminnetworkpolicies.v1alpha1.policy.networking.k8s.io`. */
export function askedName({ name, version }: SnapshotResource): string {
  if (version === undefined) return name;
  const dot = name.indexOf('.');
  return `${name.slice(0, dot)}.${version}${name.slice(dot)}`;
}
