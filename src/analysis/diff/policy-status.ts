/** Which policies differ between two clusters, by what their manifests say: places in files aside. */
import type { Cluster } from '../../policy/cluster.ts';
import type { World } from '../../policy/world.ts';
import type { DeciderNames } from '../decider.ts';
import type { ChangedBy } from './diff-document.ts';

/** Knobs make the difference, whoever decides. */
export const NOBODY: ChangedBy = {
  tier: '',
  kind: '',
  namespace: '',
  policy: '',
  location: '',
  status: 'none',
};

type Named = Pick<DeciderNames, 'kind' | 'namespace' | 'policy'>;

/** Objects of a cluster that policies are made of, by kind, namespace and name. */
function policyObjects(cluster: Cluster): Map<string, object> {
  const { networkPolicies, adminPolicies, calicoPolicies, ciliumPolicies } = cluster;
  const objects = new Map<string, object>();
  for (const policy of networkPolicies)
    objects.set(`NetworkPolicy/${policy.namespace}/${policy.name}`, policy);
  for (const policy of adminPolicies) objects.set(`${policy.kind}//${policy.name}`, policy);
  for (const policy of [...calicoPolicies, ...ciliumPolicies])
    objects.set(`${policy.kind}/${policy.namespace}/${policy.name}`, policy);
  return objects;
}

const contentOf = (object: object): string =>
  JSON.stringify(object, (key, value: unknown) => (key === 'at' ? undefined : value));

/** Tells of a policy that decides in either world how the worlds differ in it. */
export function createPolicyStatus(before: World, after: World): (policy: Named) => ChangedBy['status'] {
  const [left, right] = [policyObjects(before.cluster), policyObjects(after.cluster)];
  const isPromoted = before.staged !== 'enforced' && after.staged === 'enforced';
  const known = new Map<string, ChangedBy['status']>();
  return ({ kind, namespace, policy }) => {
    if (policy === '') return 'none';
    const key = `${kind}/${namespace}/${policy}`;
    let status = known.get(key);
    if (status === undefined) {
      const [one, other] = [left.get(key), right.get(key)];
      if (isPromoted && kind.startsWith('Staged')) status = 'added';
      else if (one === undefined) status = other === undefined ? 'same' : 'added';
      else if (other === undefined) status = 'removed';
      else status = contentOf(one) === contentOf(other) ? 'same' : 'changed';
      known.set(key, status);
    }
    return status;
  };
}

/**
 * Who makes a difference: the policy that decides after, where it is new or another than before; else the one that decided before, where
 * it is; else whoever decides after, or did.
 */
export function changedBy(
  before: DeciderNames,
  after: DeciderNames,
  statusOf: (policy: Named) => ChangedBy['status'],
): ChangedBy {
  const sides = [after, before].map(({ tier, kind, namespace, policy, location }) => ({
    tier,
    kind,
    namespace,
    policy,
    location,
    status: statusOf({ kind, namespace, policy }),
  }));
  const isNews = ({ status }: ChangedBy): boolean => status !== 'same' && status !== 'none';
  return sides.find(isNews) ?? sides.find(({ status }) => status !== 'none') ?? sides[0]!;
}
