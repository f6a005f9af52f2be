/** Pods, and the pod templates of workloads. */
import type { Address } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { ContainerPort, Labels, Pod } from '../../policy/cluster.ts';
import { parseNet } from '../calico/calico-values.ts';
import type { Cursor } from '../cursor.ts';
import { annotation, readLabels, readName, readNamespace, readOwner } from '../metadata.ts';
import { subdomainProblem } from '../names.ts';
import { readAddress, readPort, readProtocol } from '../ports.ts';

/** What a pod's spec says, whether it stands in a pod or in a template. */
export interface PodSpec {
  readonly serviceAccount: string;
  readonly hostNetwork: boolean;
  readonly nodeName: string;
  readonly nodeSelector: Labels;
  readonly ports: readonly ContainerPort[];
}

/** A pod before its workload and, for pods without a status, its address are known. */
export interface PodRecord extends Omit<Pod, 'workload' | 'synthetic'> {
  readonly owner?: { readonly kind: string; readonly name: string };
  /** False for pods as people keep them in git. */
  readonly hasStatus: boolean;
  /** status.hostIP(s), and what a host-network pod has: addresses of the node that `nodeName` names. */
  readonly hostAddresses: readonly Address[];
}

function readContainerPorts(container: Cursor, kind: ContainerPort['container']): ContainerPort[] {
  const ports: ContainerPort[] = [];
  for (const item of container.field('ports').items()) {
    const port = readPort(item.field('containerPort'));
    const protocol = readProtocol(item.field('protocol'));
    const name = item.field('name').string();
    if (port === undefined || protocol === undefined) continue;
    ports.push({ ...(name === undefined || name === '' ? {} : { name }), protocol, port, container: kind });
  }
  return ports;
}

/** A pod's or template's spec; an absent one is empty. */
export function readPodSpec(spec: Cursor): PodSpec {
  spec.isMapping();
  const containers = spec.field('containers').items();
  const initContainers = spec.field('initContainers').items();
  const ports = [
    ...containers.flatMap((container) => readContainerPorts(container, 'container')),
    ...initContainers.flatMap((container) => {
      const isSidecar = container.field('restartPolicy').value === 'Always';
      return readContainerPorts(container, isSidecar ? 'sidecar' : 'init');
    }),
  ];
  const account = spec.field('serviceAccountName').string() || spec.field('serviceAccount').string();
  return {
    serviceAccount: account || 'default',
    hostNetwork: spec.field('hostNetwork').boolean() ?? false,
    nodeName: spec.field('nodeName').string() ?? '',
    nodeSelector: readLabels(spec.field('nodeSelector')),
    ports,
  };
}

/** At most one address a family, as a pod has; the first of each counts. */
function onePerFamily(addresses: readonly (Address | undefined)[]): Address[] {
  const first = ([4, 6] as const).map((family) => addresses.find((address) => address?.family === family));
  const present = first.filter((address) => address !== undefined);
  return present.sort((a, b) => addresses.indexOf(a) - addresses.indexOf(b));
}

function readPodAddresses(status: Cursor): Address[] {
  const listed = status
    .field('podIPs')
    .items()
    .map((item) => readAddress(item.field('ip')));
  return onePerFamily([readAddress(status.field('podIP')), ...listed]);
}

function readSeconds(...cursors: readonly Cursor[]): number {
  for (const cursor of cursors) {
    const milliseconds = typeof cursor.value === 'string' ? Date.parse(cursor.value) : Number.NaN;
    if (!Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  }
  return 0;
}

/**
 * The Ready condition. The kubelet always writes it; a status written by hand often leaves it out and means a pod that is
 * ready.
 */
function readReady(status: Cursor): boolean {
  const ready = status
    .field('conditions')
    .items()
    .find((condition) => condition.field('type').value === 'Ready');
  return ready === undefined || ready.field('status').value === 'True';
}

/** status.phase; a pod that has an address, or no status at all, runs. */
function readPhase(status: Cursor, hasStatus: boolean, hasAddress: boolean): string {
  const phase = status.field('phase').string();
  return phase || (hasStatus && !hasAddress ? 'Pending' : 'Running');
}

/**
 * Being deleted, with the address taken away by the CNI: finished, whatever the phase says.
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/conversion.go (IsFinished).
 */
function isReleased(metadata: Cursor, deleting: boolean): boolean {
  if (!deleting) return false;
  const keys = ['cni.projectcalico.org/podIP', 'vpc.amazonaws.com/pod-ips'];
  return keys.some((key) => annotation(metadata, key) === '');
}

/**
 * The sources that a pod asks to use beside its own; a text that is no list of nets asks for nothing.
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go.
 */
function readAllowedSources(metadata: Cursor): Cidr[] {
  const text = annotation(metadata, 'cni.projectcalico.org/allowedSourcePrefixes');
  if (text === undefined) return [];
  try {
    const list: unknown = JSON.parse(text);
    const nets = Array.isArray(list) ? list.map((item) => parseNet(String(item), 'loose')) : [];
    return nets.filter((net) => !('problem' in net)) as Cidr[];
  } catch {
    return [];
  }
}

/** A pod; undefined when it has no name to go by. */
export function readPod(object: Cursor): PodRecord | undefined {
  const metadata = object.field('metadata');
  const generateName = metadata.field('generateName').string();
  const hasName = metadata.field('name').isPresent || generateName === undefined;
  const name = hasName ? readName(metadata, subdomainProblem) : `${generateName}0`;
  const namespace = readNamespace(metadata);
  const labels = readLabels(metadata.field('labels'));
  const owner = readOwner(metadata);
  const spec = readPodSpec(object.field('spec'));
  const status = object.field('status');
  const hasStatus = status.isMapping() && Object.keys(status.value as object).length > 0;
  const deleting = metadata.field('deletionTimestamp').isPresent;
  const released = isReleased(metadata, deleting);
  const hostAddresses = status.field('hostIPs').items();
  const addresses = readPodAddresses(status);
  const allowedSources = readAllowedSources(metadata);
  if (name === undefined) return undefined;
  return {
    namespace,
    name,
    labels,
    serviceAccount: spec.serviceAccount,
    ...(owner === undefined ? {} : { owner }),
    ...(generateName === undefined || generateName === '' ? {} : { generateName }),
    addresses: released ? [] : addresses,
    hasStatus,
    hostNetwork: spec.hostNetwork,
    nodeName: spec.nodeName,
    phase: released ? 'Succeeded' : readPhase(status, hasStatus, addresses.length > 0),
    startedSeconds: readSeconds(status.field('startTime'), metadata.field('creationTimestamp')),
    deleting,
    ready: readReady(status),
    ports: spec.ports,
    ...(allowedSources.length === 0 ? {} : { allowedSources }),
    hostAddresses: onePerFamily(
      [status.field('hostIP'), ...hostAddresses.map((item) => item.field('ip'))]
        .map(readAddress)
        .concat(spec.hostNetwork ? addresses : []),
    ),
    at: object.document.start(),
  };
}
