/**
 * WorkloadEndpoints, as `calicoctl get workloadendpoint` prints them: what Calico knows of a pod, or of a workload that is
 * no pod.
 *
 * Source: projectcalico/calico libcalico-go/lib/apis/internalapi/workloadendpoint.go, libcalico-go/lib/validator/v3/validator.go
 * (validateWorkloadEndpointSpec).
 */
import type { Address } from '../../net/address.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { ContainerPort, Labels } from '../../policy/cluster.ts';
import type { Cursor } from '../cursor.ts';
import type { PodRecord } from '../kubernetes/pods.ts';
import { readPort } from '../ports.ts';
import { type Notation, readCalicoMetadata, readSpec } from './calico-object.ts';
import { readNet, readPortName, readPortProtocol } from './calico-values.ts';

const FIELDS = [
  'orchestrator',
  'workload',
  'node',
  'containerID',
  'pod',
  'endpoint',
  'serviceAccountName',
  'ipNetworks',
  'ipNATs',
  'ipv4Gateway',
  'ipv6Gateway',
  'profiles',
  'interfaceName',
  'mac',
  'ports',
  'allowSpoofedSourcePrefixes',
  'qosControls',
];

const INTERFACE = /^[a-zA-Z0-9_.-]{1,15}$/;
const ACCOUNT_LABEL = 'projectcalico.org/serviceaccount';

/** A pod of its own, for the pod of its name to be merged with. `objectName` is the object's own. */
export type WorkloadEndpointRecord = PodRecord & {
  readonly objectName: string;
  readonly workloadEndpoint: NonNullable<PodRecord['workloadEndpoint']>;
};

function readAddresses(list: Cursor): Address[] {
  const addresses: Address[] = [];
  for (const item of list.items()) {
    const net = readNet(item, 'loose');
    if (net === undefined) continue;
    if (net.prefixBits === (net.network.family === 4 ? 32 : 128)) addresses.push(net.network);
    else
      item.error(
        'manifest/bad-cidr',
        `${JSON.stringify(item.value)} holds several addresses, expected those of one endpoint: /32 or /128`,
      );
  }
  return addresses;
}

function readEndpointPort(item: Cursor): ContainerPort | undefined {
  if (!item.isMapping()) return undefined;
  item.onlyFields(['name', 'protocol', 'port', 'hostPort', 'hostIP']);
  const name = readPortName(item.field('name'));
  const protocol = readPortProtocol(item.field('protocol'));
  const portCursor = item.field('port');
  if (!portCursor.isPresent) item.error('manifest/missing-field', `${item.name}: the port has no port`);
  const port = readPort(portCursor);
  if (protocol === undefined || port === undefined) return undefined;
  return { ...(name === undefined || name === '' ? {} : { name }), protocol, port, container: 'container' };
}

function readProfiles(list: Cursor, orchestrator: string): readonly string[] | undefined {
  if (!list.isPresent) return orchestrator === 'k8s' ? undefined : [];
  return list
    .items()
    .map((item) => item.string())
    .filter((name) => name !== undefined);
}

function readNets(list: Cursor): Cidr[] {
  return list
    .items()
    .map((item) => readNet(item, 'loose'))
    .filter((net) => net !== undefined);
}

function accountOf(spec: Cursor, labels: Labels): string {
  const named = spec.field('serviceAccountName').string() ?? '';
  const labelled = Object.hasOwn(labels, ACCOUNT_LABEL) ? labels[ACCOUNT_LABEL]! : '';
  return named === '' ? labelled : named;
}

/** What stands for the pod: its name, the workload's, the container's, or the object's own. */
function podName(spec: Cursor, objectName: string): string {
  const names = ['pod', 'workload', 'containerID'].map((field) => spec.field(field).string() ?? '');
  return names.find((name) => name !== '') ?? objectName;
}

/** A workload endpoint; undefined without a name. */
export function readWorkloadEndpoint(object: Cursor, notation: Notation): WorkloadEndpointRecord | undefined {
  object.document.checkDuplicateKeys();
  const metadata = readCalicoMetadata(object, 'namespaced', notation);
  const spec = readSpec(object, FIELDS);
  const orchestrator = spec.field('orchestrator').string() || 'k8s';
  const interfaceCursor = spec.field('interfaceName');
  const interfaceName = interfaceCursor.string() ?? '';
  if (spec.isPresent && !INTERFACE.test(interfaceName))
    (interfaceCursor.isPresent ? interfaceCursor : spec).error(
      'manifest/bad-interface',
      `found the interface ${JSON.stringify(interfaceName)}, expected at most 15 letters, digits, "_", "." and "-"`,
    );
  const addresses = readAddresses(spec.field('ipNetworks'));
  const ports = spec
    .field('ports')
    .items()
    .map(readEndpointPort)
    .filter((port) => port !== undefined);
  const profiles = readProfiles(spec.field('profiles'), orchestrator);
  const allowedSources = readNets(spec.field('allowSpoofedSourcePrefixes'));
  if (metadata === undefined) return undefined;
  const { namespace, labels } = metadata;
  return {
    namespace,
    name: podName(spec, metadata.name),
    objectName: metadata.name,
    labels,
    serviceAccount: accountOf(spec, labels),
    addresses,
    hasStatus: true,
    hostNetwork: false,
    nodeName: spec.field('node').string() ?? '',
    phase: 'Running',
    startedSeconds: 0,
    deleting: false,
    ready: true,
    ports,
    hostAddresses: [],
    workloadEndpoint: {
      interfaceName,
      orchestrator,
      ...(profiles === undefined ? {} : { profiles }),
    },
    ...(allowedSources.length === 0 ? {} : { allowedSources }),
    at: metadata.at,
  };
}

/** Pods with what their workload endpoints say; endpoints without a pod are pods of their own. */
export function withWorkloadEndpoints(
  pods: readonly PodRecord[],
  endpoints: readonly WorkloadEndpointRecord[],
): PodRecord[] {
  if (endpoints.length === 0) return [...pods];
  const byPod = new Map<string, WorkloadEndpointRecord>();
  const keyOf = ({ namespace, name }: PodRecord): string => `${namespace}/${name}`;
  for (const endpoint of [...endpoints].sort((a, b) => (a.objectName < b.objectName ? -1 : 1)))
    if (!byPod.has(keyOf(endpoint))) byPod.set(keyOf(endpoint), endpoint);
  const merged = pods.map((pod): PodRecord => {
    const endpoint = byPod.get(keyOf(pod));
    if (endpoint === undefined) return pod;
    byPod.delete(keyOf(pod));
    const { workloadEndpoint, addresses, allowedSources } = endpoint;
    // A finished pod has no address any more, whatever its endpoint says.
    const isKnown = pod.addresses.length > 0 || pod.deleting || !['Running', 'Pending'].includes(pod.phase);
    return {
      ...pod,
      workloadEndpoint,
      addresses: isKnown ? pod.addresses : addresses,
      ...(allowedSources === undefined ? {} : { allowedSources }),
    };
  });
  return [...merged, ...byPod.values()];
}
