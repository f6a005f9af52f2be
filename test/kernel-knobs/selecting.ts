/** Which pods selectors take, asked of labels one by one: nothing of dryplane's own reading of selectors. */
import { formatAddress } from '../../src/net/address.ts';
import type { LabelSelector } from '../../src/policy/api/network-policy.ts';
import type { Cluster, Labels, Pod } from '../../src/policy/cluster.ts';

export type Selecting = Pick<Cluster, 'pods' | 'namespaces' | 'networkPolicies'>;

export const addressOf = ({ addresses }: Pod): string => formatAddress(addresses[0]!);

function isSelected({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values }) => {
      const value = labels[key];
      const isThere = value !== undefined;
      const isListed = isThere && values.includes(value);
      return { In: isListed, NotIn: !isListed, Exists: isThere, DoesNotExist: !isThere }[operator];
    })
  );
}

/** Pods that a peer takes, or a policy selects: without a namespace selector those of the policy's own. */
export function matching(
  { pods, namespaces }: Selecting,
  peer: { readonly podSelector?: LabelSelector; readonly namespaceSelector?: LabelSelector },
  namespace: string,
): Pod[] {
  const { podSelector, namespaceSelector } = peer;
  return pods.filter(
    (pod) =>
      (namespaceSelector === undefined
        ? pod.namespace === namespace
        : isSelected(namespaceSelector, namespaces.get(pod.namespace)!.labels)) &&
      (podSelector === undefined || isSelected(podSelector, pod.labels)),
  );
}
