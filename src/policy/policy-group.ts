/** The API group of a policy: what tells Calico's NetworkPolicy from that of Kubernetes. */
import type { Policy } from './policy.ts';

/** Staged kinds are Calico's, the one that stands for a NetworkPolicy of Kubernetes too. */
export function policyGroup({ kind, calicoKind }: Pick<Policy, 'kind' | 'calicoKind'>): string {
  if (kind.startsWith('Cilium')) return 'cilium.io';
  if (/(Cluster|Admin)NetworkPolicy$/.test(kind)) return 'policy.networking.k8s.io';
  if (kind === 'Namespace') return '';
  return calicoKind === 'KubernetesNetworkPolicy' ? 'networking.k8s.io' : 'projectcalico.org';
}
