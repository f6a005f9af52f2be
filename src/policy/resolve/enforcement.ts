/**
 * Which policies a CNI looks at. Objects of the other APIs are read and change no verdict, which must never go unsaid.
 */
import type { AdminPolicy } from '../api/admin-policy.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile, PolicyApi } from '../cni/profile.ts';
import { CNI_NAMES, cniProfile } from '../cni/profiles.ts';
import { EMPTY_CLUSTER } from '../empty-cluster.ts';
import { isHeeded, shutters } from '../translate/from-network-policies.ts';
import { isRefused } from '../translate/from-network-policy.ts';

/** Whether the CNI enforces the objects of an API. */
export function enforces({ enforces: apis }: Pick<CniProfile, 'enforces'>, api: PolicyApi): boolean {
  return apis.includes(api);
}

/**
 * The cluster as the CNI sees it: Calico's own resources are nothing to a CNI that does not enforce them. Policies stay,
 * each API for itself.
 */
export function seenBy(cluster: Cluster, profile: CniProfile): Cluster {
  if (enforces(profile, 'Calico')) return cluster;
  return {
    ...cluster,
    pods: cluster.pods.map(({ workloadEndpoint: _, ...pod }) => pod),
    tiers: [],
    networkSets: [],
    hostEndpoints: [],
    profiles: [],
    ipPools: [],
    felix: EMPTY_CLUSTER.felix,
  };
}

interface Named {
  readonly namespace?: string;
  readonly name: string;
}

/** `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[]): string {
  const [last] = names.slice(-1);
  if (names.length < 2) return last ?? '';
  if (names.length <= 5) return `${names.slice(0, -1).join(', ')} and ${last}`;
  return `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`;
}

const fullName = ({ namespace, name }: Named): string => (namespace ? `${namespace}/${name}` : name);

const plural = (kind: string): string => kind.replace(/y$/, 'ies');

const countOf = ({ length }: readonly Named[], kind: string): string =>
  length === 1 ? `1 ${kind} is` : `${length} ${plural(kind)} are`;

/** NetworkPolicies that the CNI looks at and refuses: their pods stay as open as they are without. */
function refused({ networkPolicies }: Cluster, profile: CniProfile): string[] {
  if (!enforces(profile, 'NetworkPolicy')) return [];
  const objects = networkPolicies.filter((policy) => policy.staged !== true && isRefused(policy, profile));
  if (objects.length === 0) return [];
  const count = countOf(objects, 'NetworkPolicy');
  return [`${count} refused by ${profile.name} for a named port: ${listed(objects.map(fullName))}`];
}

/** NetworkPolicies that mean nothing because of where they stand, or that keep all others from meaning anything. */
function unheeded({ networkPolicies, namespaces }: Cluster, profile: CniProfile): string[] {
  if (!enforces(profile, 'NetworkPolicy')) return [];
  const outside = networkPolicies.filter(
    ({ staged, namespace }) => staged !== true && !isHeeded(namespaces.get(namespace), profile),
  );
  const shutting = shutters(networkPolicies, profile);
  const count = countOf(outside, 'NetworkPolicy');
  return [
    ...(outside.length === 0
      ? []
      : [
          `${count} not enforced by ${profile.name}, which polices namespaces annotated DefaultDeny alone: ${listed(outside.map(fullName))}`,
        ]),
    ...(shutting.length === 0
      ? []
      : [
          `${profile.name} writes no rule of any policy while one has no rule of ingress: ${listed(shutting.map(fullName))}`,
        ]),
  ];
}

/** A CNI that enforces the objects of an API: a relative of the profile's where there is one, as flannel has one with an agent. */
function enforcerOf(api: PolicyApi, { name, builtOn = name }: CniProfile): string | undefined {
  const able = CNI_NAMES.filter((other) => enforces(cniProfile(other)!, api));
  return able.find((other) => other.startsWith(builtOn) || builtOn.startsWith(other)) ?? able[0];
}

/** One warning a kind whose objects change no verdict under the profile, with a CNI that enforces them; and what it refuses. */
export function unenforced(cluster: Cluster, profile: CniProfile): string[] {
  const byKind = new Map<string, { api: PolicyApi; objects: Named[] }>();
  const add = (api: PolicyApi, kind: string, object: Named): void => {
    if (enforces(profile, api)) return;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, { api, objects: [object] });
    else known.objects.push(object);
  };
  for (const policy of cluster.networkPolicies)
    if (policy.staged !== true) add('NetworkPolicy', 'NetworkPolicy', policy);
  for (const policy of cluster.adminPolicies) add(policy.kind, policy.kind, policy);
  for (const policy of cluster.ciliumPolicies) add('Cilium', policy.kind, policy);
  for (const policy of cluster.calicoPolicies)
    if (!policy.kind.startsWith('Staged')) add('Calico', `Calico ${policy.kind}`, policy);
  const ignored = [...byKind].map(([kind, { api, objects }]) => {
    const count = countOf(objects, kind);
    const other = enforcerOf(api, profile);
    const remedy =
      other === undefined ? '' : `; --cni ${other} enforces ${objects.length === 1 ? 'it' : 'them'}`;
    return `${count} not enforced by ${profile.name}: ${listed(objects.map(fullName))}${remedy}`;
  });
  return [...ignored, ...refused(cluster, profile), ...unheeded(cluster, profile)];
}

/** Told where policies of both versions of the API are enforced: neither says which come first. */
const BOTH_VERSIONS =
  'AdminNetworkPolicies and ClusterNetworkPolicies have no order among them: in each tier the former are taken first';

/** One warning for each group of enforced policies whose API says nothing about their order. */
export function equalPriorities({ adminPolicies }: Cluster, profile: CniProfile): string[] {
  const enforced = adminPolicies.filter(({ kind }) => enforces(profile, kind));
  const versions = new Set(enforced.map(({ kind }) => kind === 'ClusterNetworkPolicy'));
  const groups = new Map<string, AdminPolicy[]>();
  for (const policy of enforced) {
    const { kind, tier, priority } = policy;
    const place = kind === 'ClusterNetworkPolicy' ? ` of tier ${tier}` : '';
    const key = `${plural(kind)}${place} have the same priority ${priority}`;
    groups.set(key, [...(groups.get(key) ?? []), policy]);
  }
  const effect =
    profile.equalOrders === 'by-name'
      ? `${profile.name} takes them by name, other CNIs may not`
      : 'where they disagree the verdict is unspecified';
  return [
    ...(versions.size > 1 ? [BOTH_VERSIONS] : []),
    ...[...groups]
      .filter(([, policies]) => policies.length > 1)
      .map(([key, policies]) => `${listed(policies.map(({ name }) => name))}: ${key}; ${effect}`),
  ];
}
