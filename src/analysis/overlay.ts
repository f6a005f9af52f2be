/**
 * Changes on top of a cluster: `--add FILE` (an object of the same kind and name is replaced) and
 * `--remove Kind/namespace/name`. The cluster itself is not touched.
 */
import type { Checked, Diagnostic } from '../diagnostic/diagnostic.ts';
import { nearestWords } from '../diagnostic/nearest.ts';
import { assumedNamespaces } from '../manifest/assemble.ts';
import type { Cluster, Namespace } from '../policy/cluster.ts';

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** The lists of a cluster whose objects have a kind and a name of their own. */
const KINDS = {
  NetworkPolicy: 'networkPolicies',
  Pod: 'pods',
  Node: 'nodes',
  Service: 'services',
  ServiceAccount: 'serviceAccounts',
} as const;
type Kind = keyof typeof KINDS;

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

function keyOf({ namespace, name }: Named): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function replaced<T>(base: readonly T[], added: readonly T[], key: (one: T) => string): T[] {
  const names = new Set(added.map(key));
  return [...base.filter((one) => !names.has(key(one))), ...added];
}

function mergedNamespaces(base: Cluster, added: Cluster): ReadonlyMap<string, Namespace> {
  const merged = new Map(base.namespaces);
  for (const [name, namespace] of added.namespaces) {
    // A namespace that the added file only mentions must not take the labels away from one that was declared.
    if (namespace.at !== undefined || !merged.has(name)) merged.set(name, namespace);
  }
  return merged;
}

/** Either may declare what the other only mentions, so what is assumed of namespaces is told of both together. */
function assumptionsOf(
  base: Cluster,
  added: Cluster,
  namespaces: ReadonlyMap<string, Namespace>,
): readonly string[] {
  const alone = [base, added].flatMap((cluster) => assumedNamespaces(cluster.namespaces.values()));
  const others = [...base.assumptions, ...added.assumptions].filter((text) => !alone.includes(text));
  return [...new Set([...assumedNamespaces(namespaces.values()), ...others])];
}

function add(base: Cluster, added: Cluster): Cluster {
  const namespaces = mergedNamespaces(base, added);
  const ignoredKinds = new Map(base.ignoredKinds);
  for (const [kind, count] of added.ignoredKinds)
    ignoredKinds.set(kind, (ignoredKinds.get(kind) ?? 0) + count);
  // Slices of one service stand and fall together: an added one replaces all of the service's.
  const slices = replaced(
    base.endpointSlices,
    added.endpointSlices,
    (one) => `${one.namespace}/${one.service}`,
  );
  return {
    ...base,
    namespaces,
    pods: replaced(base.pods, added.pods, keyOf),
    nodes: replaced(base.nodes, added.nodes, keyOf),
    services: replaced(base.services, added.services, keyOf),
    endpointSlices: slices,
    serviceAccounts: replaced(base.serviceAccounts, added.serviceAccounts, keyOf),
    networkPolicies: replaced(base.networkPolicies, added.networkPolicies, keyOf),
    assumptions: assumptionsOf(base, added, namespaces),
    ignoredKinds,
  };
}

function names(cluster: Cluster): string[] {
  const listed = Object.entries(KINDS).flatMap(([kind, list]) =>
    (cluster[list] as readonly Named[]).map((one) => `${kind}/${keyOf(one)}`),
  );
  const workloads = cluster.pods
    .filter(({ workload }) => WORKLOADS.includes(workload.kind))
    .map(({ workload, namespace }) => `${workload.kind}/${namespace}/${workload.name}`);
  const namespaces = [...cluster.namespaces.values()].filter(({ at }) => at !== undefined);
  return [...new Set([...listed, ...workloads, ...namespaces.map(({ name }) => `Namespace/${name}`)])];
}

function remove(cluster: Cluster, object: string): Cluster | undefined {
  const [kind, ...rest] = object.split('/');
  const name = rest.join('/');
  const exact = Object.keys(KINDS).find((known) => known.toLowerCase() === kind!.toLowerCase()) as
    | Kind
    | undefined;
  if (exact !== undefined) {
    const list = cluster[KINDS[exact]] as readonly Named[];
    const left = list.filter((one) => keyOf(one) !== name);
    return left.length === list.length ? undefined : { ...cluster, [KINDS[exact]]: left };
  }
  if (kind!.toLowerCase() === 'namespace') return removeNamespace(cluster, name);
  const workload = WORKLOADS.find((known) => known.toLowerCase() === kind!.toLowerCase());
  if (workload === undefined) return undefined;
  const pods = cluster.pods.filter(
    (pod) => pod.workload.kind !== workload || `${pod.namespace}/${pod.workload.name}` !== name,
  );
  return pods.length === cluster.pods.length ? undefined : { ...cluster, pods };
}

/** As deleting it does: with everything in it. */
function removeNamespace(cluster: Cluster, name: string): Cluster | undefined {
  if (!cluster.namespaces.has(name)) return undefined;
  const outside = ({ namespace }: { readonly namespace: string }): boolean => namespace !== name;
  return {
    ...cluster,
    namespaces: new Map([...cluster.namespaces].filter(([known]) => known !== name)),
    pods: cluster.pods.filter(outside),
    services: cluster.services.filter(outside),
    endpointSlices: cluster.endpointSlices.filter(outside),
    serviceAccounts: cluster.serviceAccounts.filter(outside),
    networkPolicies: cluster.networkPolicies.filter(outside),
  };
}

function unknownObject(cluster: Cluster, object: string): Diagnostic {
  const known = names(cluster);
  // What has the right name is meant, whatever stands before it: shop/db, netpol/shop/db.
  const rest = object.replace(/^[^/]+\//, '');
  const named = known.filter((one) => [object, rest].includes(one.replace(/^[^/]+\//, '')));
  const near = named.length > 0 ? named.slice(0, 3) : nearestWords(object, known, 3);
  const kinds = [...Object.keys(KINDS), 'Namespace', ...WORKLOADS].map((kind) => kind.toLowerCase());
  const spelled = /^[^/]+(\/[^/]+){1,2}$/.test(object) && kinds.includes(object.split('/')[0]!.toLowerCase());
  return {
    code: 'overlay/unknown-object',
    severity: 'error',
    message: spelled
      ? `there is no ${object} to remove`
      : `${object} names no object, expected Kind/namespace/name`,
    ...(near.length === 0 ? {} : { hint: `did you mean ${near.join(' or ')}?` }),
  };
}

/** The cluster after additions, then removals. Removals of what is not there are errors. */
export function overlayCluster(base: Cluster, added: Cluster, removals: readonly string[]): Checked<Cluster> {
  const diagnostics: Diagnostic[] = [];
  let value = add(base, added);
  for (const object of removals) {
    const without = remove(value, object);
    if (without === undefined) diagnostics.push(unknownObject(value, object));
    else value = without;
  }
  return { value, diagnostics };
}
