/** A cluster's policies of all APIs that a CNI enforces, in the one model. */
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';
import type { AddressBook } from '../endpoints.ts';
import type { Policy } from '../policy.ts';
import { fromAdminPolicy } from '../translate/from-admin-policy.ts';
import { fromCalicoPolicy } from '../translate/from-calico-policy.ts';
import { fromCiliumPolicy } from '../translate/from-cilium-policy.ts';
import { fromNetworkPolicies, numberFinder } from '../translate/from-network-policies.ts';
import { enforces } from './enforcement.ts';

/** `beside`: staged policies change nothing. `enforced`: they count as if they were not staged. */
export type Staging = 'beside' | 'enforced';

/** The policies of a cluster and what their translation asks. */
export type TranslatedCluster = Pick<
  Cluster,
  | 'namespaces'
  | 'networkPolicies'
  | 'adminPolicies'
  | 'calicoPolicies'
  | 'ciliumPolicies'
  | 'ciliumCidrGroups'
  | 'nodes'
  | 'services'
  | 'endpointSlices'
  | 'resolutions'
>;

/** Policies of the APIs that the CNI enforces. A staged deletion is never sent to the data plane. */
export function translatePolicies(
  cluster: TranslatedCluster,
  book: Pick<AddressBook, 'labelSets'>,
  profile: CniProfile,
  staging: Staging,
): Policy[] {
  const networkPolicies = cluster.networkPolicies.filter(({ staged }) =>
    enforces(profile, staged === true ? 'Calico' : 'NetworkPolicy'),
  );
  const adminPolicies = cluster.adminPolicies.filter(({ kind }) => enforces(profile, kind));
  const calicoPolicies = enforces(profile, 'Calico') ? cluster.calicoPolicies : [];
  const ciliumPolicies = enforces(profile, 'Cilium') ? cluster.ciliumPolicies : [];
  const forCilium = { cluster, knobs: profile, numbersOf: numberFinder(book) };
  const policies = [
    ...fromNetworkPolicies(networkPolicies, profile, book, cluster.namespaces),
    ...adminPolicies.map((policy) => fromAdminPolicy(policy, cluster, profile)),
    ...ciliumPolicies.flatMap((policy) => fromCiliumPolicy(policy, forCilium)),
    ...calicoPolicies.filter(({ stagedAction }) => stagedAction !== 'Delete').map(fromCalicoPolicy),
  ];
  return staging === 'beside' ? policies : policies.map((policy) => ({ ...policy, staged: false }));
}
