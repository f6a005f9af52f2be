/**
 * Policies of one tier that have no order among themselves: whichever comes first may decide. NetworkPolicies are none of
 * them, since they only allow.
 */
import type { Governed, GoverningTier, Policy } from '../policy.ts';

/** The enforced policies of a tier in order of evaluation, those without an order among them together. */
export function policyGroups(
  { policies }: Pick<GoverningTier, 'policies'>,
  { tiesAreOpen }: Pick<Governed, 'tiesAreOpen'>,
): Policy[][] {
  const groups: Policy[][] = [];
  for (const policy of policies) {
    if (policy.staged) continue;
    const last = groups.at(-1)?.[0];
    const isTied =
      tiesAreOpen &&
      last !== undefined &&
      last.order === policy.order &&
      policy.calicoKind !== 'KubernetesNetworkPolicy';
    if (isTied) groups.at(-1)!.push(policy);
    else groups.push([policy]);
  }
  return groups;
}

/** Whether the tier holds NetworkPolicies, whose API says nothing of protocols other than TCP, UDP and SCTP. */
export function holdsNetworkPolicies({ policies }: Pick<GoverningTier, 'policies'>): boolean {
  return policies.some(({ calicoKind, staged }) => !staged && calicoKind === 'KubernetesNetworkPolicy');
}

const CLUSTER_WIDE: readonly string[] = [
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
];

/** Whether the exemptions of NetworkPolicies (a pod's own node, a pod that calls itself) are none of the policy's. */
export function isClusterWide({ kind }: Policy): boolean {
  return CLUSTER_WIDE.includes(kind);
}
