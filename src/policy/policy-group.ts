/** What a policy is by its manifest: its API group, which tells Calico's NetworkPolicy from that of Kubernetes, and which are one object. */
import type { Policy } from './policy.ts';

/** Staged kinds are Calico's, the one that stands for a NetworkPolicy of Kubernetes too. */
export function policyGroup({ kind, calicoKind }: Pick<Policy, 'kind' | 'calicoKind'>): string {
  if (kind.startsWith('Cilium')) return 'cilium.io';
  if (/(Cluster|Admin)NetworkPolicy$/.test(kind)) return 'policy.networking.k8s.io';
  if (kind === 'Namespace') return '';
  return calicoKind === 'KubernetesNetworkPolicy' ? 'networking.k8s.io' : 'projectcalico.org';
}

/** One policy for each object that policies are of: what a policy of Cilium denies stands in a policy beside that which it allows. */
export function onePolicyEach<Named extends Pick<Policy, 'kind' | 'calicoKind' | 'namespace' | 'name'>>(
  policies: readonly Named[],
): Named[] {
  const objects = new Map<string, Named>();
  for (const policy of policies) {
    const key = [policyGroup(policy), policy.kind, policy.namespace, policy.name].join('/');
    if (!objects.has(key)) objects.set(key, policy);
  }
  return [...objects.values()];
}
