/**
 * Which reader an object goes to, by API group and kind. Kinds that say nothing about verdicts are counted; policy kinds
 * that are not supported are never passed over in silence.
 */
import { nearestWords } from '../diagnostic/nearest.ts';
import type { AdminPolicy } from '../policy/api/admin-policy.ts';
import { CALICO_BOOKKEEPING, CALICO_KINDS, readCalicoKind } from './calico/calico-kinds.ts';
import { readFelixEnvironment } from './calico/felix-environment.ts';
import { CILIUM_GROUP, CILIUM_KINDS, readCiliumKind } from './cilium/cilium-kinds.ts';
import { Cursor } from './cursor.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy } from './kubernetes/admin-policies.ts';
import { readClusterNetworkPolicy } from './kubernetes/cluster-network-policies.ts';
import { readNamespaceObject, readServiceAccount } from './kubernetes/namespaces.ts';
import { readNetworkPolicy } from './kubernetes/network-policies.ts';
import { readNode } from './kubernetes/nodes.ts';
import { readPod } from './kubernetes/pods.ts';
import { readEndpointSlice, readEndpoints, readService } from './kubernetes/services.ts';
import { readWorkload, type WorkloadKind } from './kubernetes/workloads.ts';
import { DEFAULT_NAMESPACE } from './metadata.ts';
import type { Resources } from './resources.ts';
import { refuseVersion } from './served-version.ts';
import type { ManifestDocument } from './text/document.ts';
import type { ListContext } from './text/piece.ts';

type Reader = (object: Cursor, resources: Resources) => void;

function addNamed<T extends { readonly name: string; readonly namespace?: string }>(
  resources: Resources,
  list: T[],
  kind: string,
  record: T | undefined,
  object: Cursor,
): void {
  if (record === undefined) return;
  const { namespace, name } = record;
  resources.add(
    list,
    record,
    namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`,
    object,
  );
}

function workloadReader(kind: WorkloadKind): Reader {
  return (object, resources) =>
    addNamed(resources, resources.workloads, kind, readWorkload(object, kind), object);
}

/** Cluster-wide policies: each kind has one version. */
function adminReader(
  kind: AdminPolicy['kind'],
  version: string,
  read: (object: Cursor) => AdminPolicy | undefined,
): readonly [string, Reader] {
  const group = 'policy.networking.k8s.io';
  const reader: Reader = (object, resources) => {
    const apiVersion = object.field('apiVersion');
    if (apiVersion.isPresent && apiVersion.value !== `${group}/${version}`) {
      refuseVersion(object, kind, `${group}/${version}`);
      return;
    }
    addNamed(resources, resources.adminPolicies, kind, read(object), object);
  };
  return [`${group}/${kind}`, reader];
}

function nameOf(kind: string, object: Cursor): string {
  const { value: name } = object.fieldAt('metadata', 'name');
  const { value: namespace } = object.fieldAt('metadata', 'namespace');
  return `${kind}/${String(namespace ?? DEFAULT_NAMESPACE)}/${String(name)}`;
}

const POD: Reader = (object, resources) =>
  addNamed(resources, resources.pods, 'Pod', readPod(object), object);

const DAEMON_SET: Reader = (object, resources) => {
  workloadReader('DaemonSet')(object, resources);
  const environment = readFelixEnvironment(object);
  if (environment !== undefined) resources.felixEnvironments.push(environment);
};

/** By `group/Kind`, whatever the version; the core group is empty. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['/Pod', POD],
  [
    '/Namespace',
    (object, into) => addNamed(into, into.namespaces, 'Namespace', readNamespaceObject(object), object),
  ],
  ['/Node', (object, into) => addNamed(into, into.nodes, 'Node', readNode(object), object)],
  ['/Service', (object, into) => addNamed(into, into.services, 'Service', readService(object), object)],
  [
    '/ServiceAccount',
    (object, into) =>
      addNamed(into, into.serviceAccounts, 'ServiceAccount', readServiceAccount(object), object),
  ],
  [
    '/Endpoints',
    (object, into) => {
      const kept: unknown[] = [];
      const slices = readEndpoints(object);
      into.add(kept, slices, nameOf('Endpoints', object), object);
      if (kept.length > 0) into.endpoints.push(...slices);
    },
  ],
  [
    'discovery.k8s.io/EndpointSlice',
    (object, into) => {
      const slice = readEndpointSlice(object);
      if (slice !== undefined) into.add(into.slices, slice, nameOf('EndpointSlice', object), object);
    },
  ],
  ['/ReplicationController', workloadReader('ReplicationController')],
  ['apps/DaemonSet', DAEMON_SET],
  ['extensions/DaemonSet', DAEMON_SET],
  ...(['Deployment', 'StatefulSet', 'ReplicaSet'] as const).flatMap((kind) => [
    [`apps/${kind}`, workloadReader(kind)] as const,
    [`extensions/${kind}`, workloadReader(kind)] as const,
  ]),
  ['batch/Job', workloadReader('Job')],
  ['batch/CronJob', workloadReader('CronJob')],
  adminReader('AdminNetworkPolicy', 'v1alpha1', readAdminNetworkPolicy),
  adminReader('BaselineAdminNetworkPolicy', 'v1alpha1', readBaselineAdminNetworkPolicy),
  adminReader('ClusterNetworkPolicy', 'v1alpha2', readClusterNetworkPolicy),
]);

/** Every kind here is about policy: one that is not known must not be passed over. */
const POLICY_GROUPS = ['policy.networking.k8s.io', 'projectcalico.org', 'crd.projectcalico.org'];

/** All that the group serves beside NetworkPolicy: anything else in it is a slip, and the policy it may be is missing. */
const NETWORKING_GROUP = 'networking.k8s.io';
const NETWORKING_KINDS = ['ClusterCIDR', 'IPAddress', 'Ingress', 'IngressClass', 'ServiceCIDR'];

/** Whether a NetworkPolicy of the group must be Kubernetes's own, wrongly written: only third parties' groups have others. */
function isKubernetesGroup(group: string): boolean {
  return !group.includes('.') || group.endsWith('k8s.io');
}

function readNetworkPolicyOf(group: string, version: string, object: Cursor, resources: Resources): void {
  if (group === NETWORKING_GROUP && version === 'v1') {
    const policy = readNetworkPolicy(object);
    addNamed(resources, resources.networkPolicies, 'NetworkPolicy', policy, object);
    return;
  }
  refuseVersion(object, 'NetworkPolicy', `${NETWORKING_GROUP}/v1`);
}

/** The kinds that are read of a group whose kinds are all about policy. */
function kindsOf(group: string): Iterable<string> {
  if (group.endsWith('projectcalico.org')) return CALICO_KINDS;
  const prefix = `${group}/`;
  return [...READERS.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

function readKind(apiVersion: string, kind: string, object: Cursor, resources: Resources): void {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  if (kind === 'NetworkPolicy' && isKubernetesGroup(group) && !POLICY_GROUPS.includes(group)) {
    readNetworkPolicyOf(group, apiVersion.slice(slash + 1), object, resources);
    return;
  }
  const reader = READERS.get(`${group}/${kind}`);
  if (reader !== undefined) {
    reader(object, resources);
    return;
  }
  const version = apiVersion.slice(slash + 1);
  if (readCalicoKind(group, version, kind, object, resources)) return;
  if (readCiliumKind(group, version, kind, object, resources)) return;
  if (POLICY_GROUPS.includes(group) && !CALICO_BOOKKEEPING.has(kind)) {
    const message = `${apiVersion} has no kind ${kind} that is known here: its effect on verdicts would be missing`;
    const [near] = nearestWords(kind, kindsOf(group), 1);
    object.field('kind').errorUnlessLenient('manifest/unsupported-kind', message, {
      hint:
        near === undefined
          ? 'leave it out, or use --lenient to go on without it'
          : `did you mean ${JSON.stringify(near)}?`,
    });
  }
  if (group === NETWORKING_GROUP && !NETWORKING_KINDS.includes(kind)) {
    const [near] = nearestWords(kind, ['NetworkPolicy', ...NETWORKING_KINDS], 1);
    object
      .field('kind')
      .errorUnlessLenient('manifest/unsupported-kind', `${apiVersion} has no kind ${kind}`, {
        hint: near === undefined ? undefined : `did you mean "${near}"?`,
      });
  }
  if (group === CILIUM_GROUP && kind.endsWith('NetworkPolicy')) {
    const [near] = nearestWords(kind, CILIUM_KINDS, 1);
    object
      .field('kind')
      .errorUnlessLenient('manifest/unsupported-kind', `${apiVersion} has no kind ${kind}`, {
        hint: near === undefined ? undefined : `did you mean "${near}"?`,
      });
  }
  resources.ignore(kind);
}

/** `kind` and `apiVersion`, taken from the list around an item that has none; reported when they are missing. */
function readHead(
  object: Cursor,
  list: ListContext | undefined,
): { apiVersion: string; kind: string } | undefined {
  if (!object.isPresent) return undefined;
  if (!object.isMapping()) return undefined;
  const kind =
    object.field('kind').string() ?? (list === undefined ? undefined : list.kind.slice(0, -'List'.length));
  const apiVersion = object.field('apiVersion').string() ?? list?.apiVersion;
  if (kind !== undefined && kind !== '' && apiVersion !== undefined && apiVersion !== '')
    return { apiVersion, kind };
  const missing = [kind ? [] : ['kind'], apiVersion ? [] : ['apiVersion']].flat().join(' and no ');
  const isKustomization = /(?:^|[\\/])kustomization\.ya?ml$/.test(object.document.piece.file.name);
  object.errorUnlessLenient('manifest/not-a-resource', `this is no Kubernetes object: it has no ${missing}`, {
    hint: isKustomization ? 'build it first: kubectl kustomize FOLDER > built.yaml' : undefined,
  });
  return undefined;
}

/** calicoctl takes several of its objects as a list without a kind of its own. */
function isCalicoArray(object: Cursor): boolean {
  if (!Array.isArray(object.value) || object.path.length > 0) return false;
  const versions = object.items().map((item) => String(item.field('apiVersion').value));
  return versions.length > 0 && versions.every((version) => version.startsWith('projectcalico.org/'));
}

function readObject(object: Cursor, list: ListContext | undefined, resources: Resources): void {
  if (isCalicoArray(object)) {
    for (const item of object.items()) readObject(item, undefined, resources);
    return;
  }
  if (Array.isArray(object.value) && object.path.length === 0) {
    object.errorUnlessLenient('manifest/not-a-resource', 'this is a list, not a Kubernetes object', {
      hint: 'several objects are documents separated by ---, or the items of a kind: List',
    });
    return;
  }
  if (object.isPresent && typeof object.value !== 'object') {
    object.errorUnlessLenient('manifest/not-a-resource', 'this is text, not a Kubernetes object');
    return;
  }
  const head = readHead(object, list);
  if (head === undefined) return;
  const { apiVersion, kind } = head;
  const items = object.field('items');
  if (kind.endsWith('List') && (items.isPresent || kind === 'List')) {
    for (const item of items.items()) readObject(item, kind === 'List' ? undefined : head, resources);
    return;
  }
  readKind(apiVersion, kind.trim(), object, resources);
}

/** Reads a document's object, or the items of its list, into `resources`. */
export function readDocument(document: ManifestDocument, resources: Resources): void {
  const { list } = document.piece;
  const context = list === undefined || list.kind === 'List' ? undefined : list;
  readObject(new Cursor(document, document.value), context, resources);
}
