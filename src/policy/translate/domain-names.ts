/**
 * Domain names as peers: which names a pattern covers, and which addresses the user gives for them. A simulation sees no
 * DNS: a name is resolved when at least one address is given for it, and else its addresses are unknown.
 *
 * Source: kubernetes-sigs/network-policy-api apis/v1alpha2/shared_types.go (DomainName), NPEP-133.
 */
import type { Location } from '../../diagnostic/diagnostic.ts';
import { type Address, addressKey } from '../../net/address.ts';
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

/**
 * The same for patterns of Cilium's policies: `*` stands for letters and digits of one label, `**.` at the beginning for labels, `*` alone
 * for every name.
 *
 * Source: cilium/cilium pkg/fqdn/matchpattern/matchpattern.go.
 */
export function coversCiliumDomain(pattern: string, name: string): boolean {
  if (pattern === '*' || pattern === name) return true;
  const isDeep = pattern.startsWith('**.');
  const labels = (isDeep ? pattern.slice('**.'.length) : pattern).split('*').map(escaped);
  const text = labels.join('[-a-z0-9_]*');
  return new RegExp(`^${isDeep ? '(?:[-a-z0-9_]+\\.)+' : ''}${text}$`).test(name);
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');

/** Addresses that the user gives for names that a pattern of Cilium covers. */
export function resolveCiliumDomain(pattern: string, resolutions: Cluster['resolutions']): Address[] {
  const found = resolutions.filter(({ name }) => coversCiliumDomain(pattern, name));
  return [...new Map(found.map(({ address }) => [addressKey(address), address])).values()];
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
  readonly policy: { readonly kind: string; readonly namespace?: string; readonly name: string };
  readonly names: readonly string[];
  readonly at: Location;
}

/** Peers of enforced policies that a verdict may hang on; none where the CNI has no word for them. */
export function unresolvedPeers(
  cluster: Pick<Cluster, 'adminPolicies' | 'ciliumPolicies' | 'resolutions'>,
  profile: Pick<CniProfile, 'adminPolicies' | 'enforces'>,
): UnresolvedPeer[] {
  return [...unresolvedOfAdmin(cluster, profile), ...unresolvedOfCilium(cluster, profile)];
}

function unresolvedOfCilium(
  { ciliumPolicies, resolutions }: Pick<Cluster, 'ciliumPolicies' | 'resolutions'>,
  { enforces }: Pick<CniProfile, 'enforces'>,
): UnresolvedPeer[] {
  if (!enforces.includes('Cilium')) return [];
  return ciliumPolicies.flatMap((policy) =>
    policy.specs.flatMap(({ egress }) =>
      egress
        .flatMap(({ peers = [] }) => peers)
        .flatMap((peer) => {
          if (peer.kind !== 'domain' || resolveCiliumDomain(peer.pattern, resolutions).length > 0) return [];
          return [{ policy, names: [peer.pattern], at: peer.at }];
        }),
    ),
  );
}

function unresolvedOfAdmin(
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
