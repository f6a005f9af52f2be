/**
 * The labels that selectors see: a thing's own, what its profiles lend it (a namespace `pcns.`, a service account
 * `pcsa.`, a Profile object whatever it says), and for pods three that say where they stand. Own ones win, then those
 * of the profile that is named first.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go, conversion.go
 * (NamespaceToProfile, ServiceAccountToProfile); felix/labelindex/label_inheritance_index.go.
 */
import type { Cluster, Labels, Pod } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../translate/label-selector.ts';

export interface EffectiveLabels {
  readonly labels: Labels;
  /** `kns.<namespace>`, then `ksa.<namespace>.<serviceaccount>`, but where a WorkloadEndpoint names its own. */
  readonly profiles: readonly string[];
}

/** Profiles made from namespaces and service accounts. */
export const NAMESPACE_PROFILE = 'kns.';
export const SERVICE_ACCOUNT_PROFILE = 'ksa.';

/** What a profile of that name lends; nothing when nobody knows it. */
export function profileLabelsOf(cluster: Cluster): (profile: string) => Labels {
  const accounts = new Map(
    cluster.serviceAccounts.map((account) => [`${account.namespace}.${account.name}`, account]),
  );
  const objects = new Map(cluster.profiles.map((profile) => [profile.name, profile.labelsToApply]));
  return (profile) => {
    const written = objects.get(profile);
    if (written !== undefined) return written;
    if (profile.startsWith(NAMESPACE_PROFILE)) {
      const namespace = profile.slice(NAMESPACE_PROFILE.length);
      return prefixed(NAMESPACE_PREFIX, cluster.namespaces.get(namespace)?.labels, namespace);
    }
    if (profile.startsWith(SERVICE_ACCOUNT_PROFILE)) {
      const account = profile.slice(SERVICE_ACCOUNT_PROFILE.length);
      const name = account.slice(account.indexOf('.') + 1);
      return prefixed(SERVICE_ACCOUNT_PREFIX, accounts.get(account)?.labels, name);
    }
    return {};
  };
}

function prefixed(prefix: string, labels: Labels | undefined, name: string): Labels {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(labels ?? {})) found[prefix + key] = value;
  found[prefix + NAME_LABEL] = name;
  return found;
}

/** Own labels over those of the profiles. */
export function withInherited(
  own: Labels,
  profiles: readonly string[],
  lent: (profile: string) => Labels,
): Labels {
  const labels: Record<string, string> = {};
  for (const profile of [...profiles].reverse()) Object.assign(labels, lent(profile));
  return Object.assign(labels, own);
}

/**
 * Labels that are no part of a pod's identity. Patterns are of the key's beginning; what of the first is kept is Cilium's own.
 *
 * Source: cilium/cilium pkg/labelsfilter/filter.go (defaultLabelPrefixCfg).
 */
const BESIDE_IDENTITY =
  /^(?:io\.kubernetes|kubernetes\.io|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/(?:job-completion-index|controller-uid)|.*beta\.kubernetes\.io|k8s\.io|pod-template-generation|pod-template-hash|controller-revision-hash|annotation|controller-uid|etcd_node|io\.cilium\.k8s)/;

/** Whether a label of a pod is part of its identity, for CNIs that know pods by identities. */
function isIdentityLabel(key: string): boolean {
  return !BESIDE_IDENTITY.test(key);
}

/** Makes one object for all pods with the same labels, namespace, profiles and so on, so that objects can be compared. */
export function effectiveLabelsOf(
  cluster: Cluster,
  podLabels: CniProfile['podLabels'],
): (pod: Pod) => EffectiveLabels {
  const isIdentity = podLabels === 'identity';
  const lent = profileLabelsOf(cluster);
  const known = new Map<string, EffectiveLabels>();

  return (pod) => {
    const keys = Object.keys(pod.labels)
      .filter((key) => !isIdentity || isIdentityLabel(key))
      .sort();
    const own = keys.map((key) => `${key}=${pod.labels[key]}`).join(',');
    const { orchestrator = ORCHESTRATOR, profiles: named } = pod.workloadEndpoint ?? {};
    const asked = `${orchestrator} ${named?.join(' ')}`;
    const identity = `${pod.namespace}/${pod.serviceAccount}/${asked}/${own}`;
    const found = known.get(identity);
    if (found !== undefined) return found;

    const labels: Record<string, string> = {};
    for (const key of keys) {
      const isInherited = key.startsWith(NAMESPACE_PREFIX) || key.startsWith(SERVICE_ACCOUNT_PREFIX);
      if (!isInherited) labels[key] = pod.labels[key]!;
    }
    labels[NAMESPACE_LABEL] = pod.namespace;
    labels[ORCHESTRATOR_LABEL] = orchestrator;
    if (pod.serviceAccount !== '') labels[SERVICE_ACCOUNT_LABEL] = pod.serviceAccount;

    const profiles = named ?? podProfiles(pod);
    const effective: EffectiveLabels = { labels: withInherited(labels, profiles, lent), profiles };
    known.set(identity, effective);
    return effective;
  };
}

function podProfiles({ namespace, serviceAccount }: Pod): string[] {
  const account = serviceAccount === '' ? [] : [`${SERVICE_ACCOUNT_PROFILE}${namespace}.${serviceAccount}`];
  return [`${NAMESPACE_PROFILE}${namespace}`, ...account];
}
