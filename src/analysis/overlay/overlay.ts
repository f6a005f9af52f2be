/**
 * Changes on top of a cluster: `--add FILE` (an object of the same kind and name is replaced) and
 * `--remove Kind/namespace/name` (`Kind/name` for what is cluster-scoped). The cluster itself is not touched.
 */
import type { Checked, Diagnostic } from '../../diagnostic/diagnostic.ts';
import { nearestWords } from '../../diagnostic/nearest.ts';
import { assumedNamespaces } from '../../manifest/assemble/assumptions.ts';
import type { Cluster, Namespace } from '../../policy/cluster.ts';
import { felixConfigurations, mergedFelix, withoutFelix } from './overlay-felix.ts';
import {
  kindsCalled,
  OBJECT_KINDS,
  objectName,
  objectPath,
  objectsOf,
  without,
  withReplaced,
} from './overlay-kinds.ts';

const FELIX = 'felixconfiguration';
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

/** Slices of one service stand and fall together: an added one replaces all of the service's. */
function mergedSlices(base: Cluster, added: Cluster): Cluster['endpointSlices'] {
  const keyOf = ({ namespace, service }: Cluster['endpointSlices'][number]): string =>
    `${namespace}/${service}`;
  const services = new Set(added.endpointSlices.map(keyOf));
  return [...base.endpointSlices.filter((one) => !services.has(keyOf(one))), ...added.endpointSlices];
}

/** What is valid now is not missing any more. */
function mergedVanished(base: Cluster, added: Cluster): Cluster['vanished'] {
  const present = new Set(
    OBJECT_KINDS.flatMap((kind) =>
      objectsOf(kind, added).map((object) => `${kind.kind}/${objectName(object)}`),
    ),
  );
  const absent = base.vanished.filter((object) => !present.has(`${object.kind}/${objectName(object)}`));
  return [...absent, ...added.vanished];
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
  const replaced = withReplaced(base, added);
  return {
    ...replaced,
    namespaces,
    felix: mergedFelix(base, added, replaced.nodes),
    endpointSlices: mergedSlices(base, added),
    resolutions: [...base.resolutions, ...added.resolutions],
    vanished: mergedVanished(base, added),
    assumptions: assumptionsOf(base, added, namespaces),
    ignoredKinds,
  };
}

function names(cluster: Cluster): string[] {
  const listed = OBJECT_KINDS.flatMap((kind) =>
    objectsOf(kind, cluster).map((object) => objectPath(kind, object)),
  );
  const workloads = cluster.pods
    .filter(({ workload }) => WORKLOADS.includes(workload.kind))
    .map(({ workload, namespace }) => `${workload.kind}/${namespace}/${workload.name}`);
  const namespaces = [...cluster.namespaces.values()].filter(({ at }) => at !== undefined);
  const felix = felixConfigurations(cluster).map(({ name }) => `FelixConfiguration/${name}`);
  return [
    ...new Set([...listed, ...workloads, ...felix, ...namespaces.map(({ name }) => `Namespace/${name}`)]),
  ];
}

/** The clusters that are left when the words are taken to mean each object that they may mean. */
function removals(cluster: Cluster, object: string): { readonly path: string; readonly left: Cluster }[] {
  const [word, ...rest] = object.split('/');
  const name = rest.join('/');
  const known = kindsCalled(word!).flatMap((kind) => {
    const left = without(cluster, kind, name);
    return left === undefined ? [] : [{ path: `${kind.kind}.${kind.group}/${name}`, left }];
  });
  const invalid = cluster.vanished.filter(
    (one) =>
      `${one.kind}/${objectName(one)}`.toLowerCase() === `${word!.split('.')[0]}/${name}`.toLowerCase(),
  );
  if (known.length > 0) return known;
  if (invalid.length > 0)
    return [
      {
        path: object,
        left: { ...cluster, vanished: cluster.vanished.filter((one) => !invalid.includes(one)) },
      },
    ];
  const left = removeGroup(cluster, word!.toLowerCase(), name);
  return left === undefined ? [] : [{ path: object, left }];
}

/** A namespace with what is in it, a workload with its pods, settings with what else they are made from. */
function removeGroup(cluster: Cluster, kind: string, name: string): Cluster | undefined {
  if (kind === 'namespace') return removeNamespace(cluster, name);
  if (kind.split('.')[0] === FELIX) return withoutFelix(cluster, name);
  const workload = WORKLOADS.find((known) => known.toLowerCase() === kind);
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
    calicoPolicies: cluster.calicoPolicies.filter(outside),
    networkSets: cluster.networkSets.filter(outside),
    vanished: cluster.vanished.filter(outside),
  };
}

function unknownObject(cluster: Cluster, object: string): Diagnostic {
  const known = names(cluster);
  // What has the right name is meant, whatever stands before it: shop/db, netpol/shop/db.
  const rest = object.replace(/^[^/]+\//, '');
  const named = known.filter((one) => [object, rest].includes(one.replace(/^[^/]+\//, '')));
  const near = named.length > 0 ? named.slice(0, 3) : nearestWords(object, known, 3);
  const word = object.split('/')[0]!;
  const isKind =
    kindsCalled(word).length > 0 ||
    ['Namespace', 'FelixConfiguration', ...WORKLOADS].some(
      (kind) => kind.toLowerCase() === word.toLowerCase(),
    );
  const spelled = /^[^/]+(\/[^/]+){1,2}$/.test(object) && isKind;
  return {
    code: 'overlay/unknown-object',
    severity: 'error',
    message: spelled
      ? `there is no ${object} to remove`
      : `${object} names no object, expected Kind/namespace/name`,
    ...(near.length === 0 ? {} : { hint: `did you mean ${near.join(' or ')}?` }),
  };
}

function ambiguousObject(object: string, paths: readonly string[]): Diagnostic {
  return {
    code: 'overlay/ambiguous-object',
    severity: 'error',
    message: `${object} is the name of ${paths.length} objects`,
    hint: `say which: ${paths.join(' or ')}`,
  };
}

/** The cluster after additions, then removals. Removals of what is not there are errors. */
export function overlayCluster(base: Cluster, added: Cluster, objects: readonly string[]): Checked<Cluster> {
  const diagnostics: Diagnostic[] = [];
  let value = add(base, added);
  for (const object of objects) {
    const [first, ...others] = removals(value, object);
    if (first === undefined) diagnostics.push(unknownObject(value, object));
    else if (others.length > 0)
      diagnostics.push(
        ambiguousObject(
          object,
          [first, ...others].map(({ path }) => path),
        ),
      );
    else value = first.left;
  }
  return { value, diagnostics };
}
