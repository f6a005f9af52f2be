/**
 * The labels that selectors see on a pod: its own, what its namespace and service account lend it, and three that
 * say where it stands.
 *
 * Source: projectcalico/calico libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go, conversion.go
 * (NamespaceToProfile, ServiceAccountToProfile).
 */
import type { Cluster, Labels, Pod } from './cluster.ts';
import {
  NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  ORCHESTRATOR,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from './label-selector.ts';

export interface EffectiveLabels {
  readonly labels: Labels;
  /** `kns.<namespace>`, then `ksa.<namespace>.<serviceaccount>`. */
  readonly profiles: readonly string[];
}

/** Makes one object for all pods with the same labels, namespace and service account, so that objects can be compared. */
export function effectiveLabelsOf(cluster: Cluster): (pod: Pod) => EffectiveLabels {
  const accounts = new Map(
    cluster.serviceAccounts.map((account) => [`${account.namespace}/${account.name}`, account]),
  );
  const known = new Map<string, EffectiveLabels>();

  return (pod) => {
    const keys = Object.keys(pod.labels).sort();
    const own = keys.map((key) => `${key}=${pod.labels[key]}`).join(',');
    const identity = `${pod.namespace}/${pod.serviceAccount}/${own}`;
    const found = known.get(identity);
    if (found !== undefined) return found;

    const labels: Record<string, string> = {};
    const namespaceLabels = cluster.namespaces.get(pod.namespace)?.labels ?? {};
    for (const [key, value] of Object.entries(namespaceLabels)) labels[NAMESPACE_PREFIX + key] = value;
    labels[NAMESPACE_PREFIX + NAME_LABEL] = pod.namespace;
    if (pod.serviceAccount !== '') {
      const account = accounts.get(`${pod.namespace}/${pod.serviceAccount}`);
      for (const [key, value] of Object.entries(account?.labels ?? {}))
        labels[SERVICE_ACCOUNT_PREFIX + key] = value;
      labels[SERVICE_ACCOUNT_PREFIX + NAME_LABEL] = pod.serviceAccount;
    }
    for (const key of keys) {
      const isInherited = key.startsWith(NAMESPACE_PREFIX) || key.startsWith(SERVICE_ACCOUNT_PREFIX);
      if (!isInherited) labels[key] = pod.labels[key]!;
    }
    labels[NAMESPACE_LABEL] = pod.namespace;
    labels[ORCHESTRATOR_LABEL] = ORCHESTRATOR;
    if (pod.serviceAccount !== '') labels[SERVICE_ACCOUNT_LABEL] = pod.serviceAccount;

    const effective: EffectiveLabels = {
      labels,
      profiles: [
        `kns.${pod.namespace}`,
        ...(pod.serviceAccount === '' ? [] : [`ksa.${pod.namespace}.${pod.serviceAccount}`]),
      ],
    };
    known.set(identity, effective);
    return effective;
  };
}
