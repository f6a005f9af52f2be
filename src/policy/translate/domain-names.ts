/**
 * Domain names as peers: which names a pattern covers, and which addresses the user gives for them. A simulation sees no
 * DNS: a name is resolved when at least one address is given for it, and else its addresses are unknown.
 *
 * Source: kubernetes-sigs/network-policy-api apis/v1alpha2/shared_types.go (DomainName), NPEP-133.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { type Address, addressKey } from '../../net/address.ts';
import type { AdminPolicy } from '../api/admin-policy.ts';
import type { Cluster } from '../cluster.ts';
import type { CniProfile } from '../cni/profile.ts';

export interface ResolvedDomains {
  /** None twice, in the order in which they were given. */
  readonly addresses: readonly Address[];
  /** Patterns that no name with an address matches. */
  readonly unresolved: readonly string[];
}

/** Whether a pattern covers a name, or a narrower pattern: `*.` stands for one or more labels, never for none. */
export function coversDomain(pattern: string, name: string): boolean {
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;
}

/** What is known about the addresses behind the patterns. */
export function resolveDomains(
  patterns: readonly string[],
  resolutions: Cluster['resolutions'],
): ResolvedDomains {
  const addresses = new Map<string, Address>();
  const unresolved: string[] = [];
  for (const pattern of patterns) {
    const found = resolutions.filter(({ name }) => coversDomain(pattern, name));
    if (found.length === 0) unresolved.push(pattern);
    for (const { address } of found) addresses.set(addressKey(address), address);
  }
  return { addresses: [...addresses.values()], unresolved };
}

/** A peer of which no address is known, and the policy that names it. */
export interface UnresolvedPeer {
  readonly policy: AdminPolicy;
  readonly names: readonly string[];
  readonly at: Location;
}

/** Peers of enforced policies that a verdict may hang on; none where the CNI has no word for them. */
export function unresolvedPeers(
  { adminPolicies, resolutions }: Pick<Cluster, 'adminPolicies' | 'resolutions'>,
  { adminPolicies: by, enforces }: Pick<CniProfile, 'adminPolicies' | 'enforces'>,
): UnresolvedPeer[] {
  if (by === 'calico') return [];
  return adminPolicies
    .filter(({ kind }) => enforces.includes(kind))
    .flatMap((policy) =>
      policy.egress
        .flatMap(({ peers }) => peers)
        .flatMap((peer) => {
          if (peer.kind !== 'domains') return [];
          const { unresolved } = resolveDomains(peer.names, resolutions);
          return unresolved.length === 0 ? [] : [{ policy, names: unresolved, at: peer.at }];
        }),
    );
}
