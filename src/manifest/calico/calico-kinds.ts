/**
 * Which reader one of Calico's objects goes to. With `--lenient` an invalid object vanishes whole, as Felix lets it: what is
 * wrong becomes warnings, and the cluster remembers that something is missing.
 *
 * Source: projectcalico/calico felix/calc/validation_filter.go.
 */
import { hasErrors } from '../../diagnostic/diagnostic.ts';
import type { CalicoPolicyKind } from '../../policy/api/calico.ts';
import type { Cursor } from '../cursor.ts';
import { readCalicoNode } from '../kubernetes/nodes.ts';
import { DEFAULT_NAMESPACE } from '../metadata.ts';
import type { Resources } from '../resources.ts';
import { refuseVersion } from '../served-version.ts';
import type { Notation } from './calico-object.ts';
import { readCalicoPolicy } from './calico-policies.ts';
import { readProfile } from './calico-profiles.ts';
import { readTier } from './calico-tiers.ts';
import { readFelixConfiguration } from './felix-configurations.ts';
import { readHostEndpoint } from './host-endpoints.ts';
import { readIpPool } from './ip-pools.ts';
import { readKubeControllers } from './kube-controllers.ts';
import { readNetworkSet } from './network-sets.ts';
import { readStagedNetworkPolicy } from './staged-network-policies.ts';
import { readWorkloadEndpoint } from './workload-endpoints.ts';

/** Reads an object and says how to add it; nothing when it has no name. */
type CalicoReader = (object: Cursor, notation: Notation) => ((into: Resources) => void) | undefined;

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** `Kind/name` or `Kind/namespace/name`, unlike that of any other API's kind. */
function keyOf(kind: string, { namespace, name }: Named): string {
  return namespace === undefined || namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

function reader<T extends Named>(
  kind: string,
  read: (object: Cursor, notation: Notation) => T | undefined,
  list: (into: Resources) => T[],
): CalicoReader {
  return (object, notation) => {
    const record = read(object, notation);
    if (record === undefined) return undefined;
    return (into) =>
      into.add(list(into), record, keyOf(`calico ${kind}`, record), object, keyOf(kind, record));
  };
}

function policyReader(kind: CalicoPolicyKind): [string, CalicoReader] {
  return [
    kind,
    reader(
      kind,
      (object, notation) => readCalicoPolicy(object, kind, notation),
      (into) => into.calicoPolicies,
    ),
  ];
}

/** A staged policy of Kubernetes stands beside those that are enforced; one that only deletes says nothing of packets. */
const STAGED_KUBERNETES: CalicoReader = (object) => {
  const kind = 'StagedKubernetesNetworkPolicy';
  const read = readStagedNetworkPolicy(object);
  if (read === undefined) return undefined;
  const { policy, isDeletion } = read;
  const { namespace, name } = policy;
  return (into) =>
    into.add(
      isDeletion ? [] : into.networkPolicies,
      policy,
      keyOf(`calico ${kind}`, { namespace, name }),
      object,
      keyOf(kind, { namespace, name }),
    );
};

/** Named as the object is, not as the pod that it becomes. */
const WORKLOAD_ENDPOINT: CalicoReader = (object, notation) => {
  const kind = 'WorkloadEndpoint';
  const record = readWorkloadEndpoint(object, notation);
  if (record === undefined) return undefined;
  const name = { namespace: record.namespace, name: record.objectName };
  return (into) =>
    into.add(into.workloadEndpoints, record, keyOf(`calico ${kind}`, name), object, keyOf(kind, name));
};

const READERS: ReadonlyMap<string, CalicoReader> = new Map<string, CalicoReader>([
  policyReader('NetworkPolicy'),
  policyReader('GlobalNetworkPolicy'),
  policyReader('StagedNetworkPolicy'),
  policyReader('StagedGlobalNetworkPolicy'),
  ['Tier', reader('Tier', readTier, (into) => into.tiers)],
  [
    'NetworkSet',
    reader(
      'NetworkSet',
      (object, notation) => readNetworkSet(object, 'namespaced', notation),
      (into) => into.networkSets,
    ),
  ],
  [
    'GlobalNetworkSet',
    reader(
      'GlobalNetworkSet',
      (object, notation) => readNetworkSet(object, 'cluster', notation),
      (into) => into.networkSets,
    ),
  ],
  ['HostEndpoint', reader('HostEndpoint', readHostEndpoint, (into) => into.hostEndpoints)],
  ['Profile', reader('Profile', readProfile, (into) => into.profiles)],
  ['StagedKubernetesNetworkPolicy', STAGED_KUBERNETES],
  ['WorkloadEndpoint', WORKLOAD_ENDPOINT],
  ['IPPool', reader('IPPool', readIpPool, (into) => into.ipPools)],
  [
    'FelixConfiguration',
    reader('FelixConfiguration', readFelixConfiguration, (into) => into.felixConfigurations),
  ],
  [
    'KubeControllersConfiguration',
    reader('KubeControllersConfiguration', readKubeControllers, (into) => into.autoHostEndpoints),
  ],
  ['Node', reader('Node', readCalicoNode, (into) => into.calicoNodes)],
]);

/** The kinds that are read. */
export const CALICO_KINDS: ReadonlySet<string> = new Set(READERS.keys());

/** Kinds of Calico's own bookkeeping, which no verdict depends on. */
export const CALICO_BOOKKEEPING: ReadonlySet<string> = new Set([
  'BGPConfiguration',
  'BGPFilter',
  'BGPPeer',
  'BlockAffinity',
  'CalicoNodeStatus',
  'ClusterInformation',
  'DatastoreMigration',
  'IPAMBlock',
  'IPAMConfig',
  'IPAMConfiguration',
  'IPAMHandle',
  'IPReservation',
  'QoSPolicy',
]);

const NAMESPACED = new Set([
  'NetworkPolicy',
  'StagedNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'NetworkSet',
  'WorkloadEndpoint',
]);

const NOTATIONS: ReadonlyMap<string, { readonly version: string; readonly notation: Notation }> = new Map([
  ['projectcalico.org', { version: 'v3', notation: 'v3' }],
  ['crd.projectcalico.org', { version: 'v1', notation: 'stored' }],
]);

/** Errors that the object brought become warnings, and it is remembered as missing. */
function vanish(object: Cursor, kind: string, from: number, into: Resources): void {
  const { diagnostics } = object.document.report;
  for (let index = from; index < diagnostics.length; index++)
    diagnostics[index] = { ...diagnostics[index]!, severity: 'warning' };
  const { value: name } = object.fieldAt('metadata', 'name');
  const { value: namespace } = object.fieldAt('metadata', 'namespace');
  const vanished = {
    kind,
    namespace: NAMESPACED.has(kind) ? String(namespace ?? DEFAULT_NAMESPACE) : '',
    name: String(name ?? ''),
    at: object.document.start(),
  };
  object.warn('manifest/vanished-object', `${keyOf(kind, vanished)} is invalid and left out, as Felix does`, {
    on: 'key',
  });
  into.vanished.push(vanished);
}

/** Reads an object of Calico's groups; false when the kind is not one of those that verdicts depend on. */
export function readCalicoKind(
  group: string,
  version: string,
  kind: string,
  object: Cursor,
  into: Resources,
): boolean {
  const served = NOTATIONS.get(group);
  const read = READERS.get(kind);
  if (served === undefined || read === undefined) return false;
  const { diagnostics, lenient } = object.document.report;
  const from = diagnostics.length;
  if (version !== served.version) refuseVersion(object, kind, `${group}/${served.version}`);
  const add = read(object, served.notation);
  const isInvalid = hasErrors(diagnostics.slice(from));
  if (isInvalid && lenient) vanish(object, kind, from, into);
  else add?.(into);
  return true;
}
