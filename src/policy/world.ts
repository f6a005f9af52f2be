/** A cluster under a CNI, ready to be asked: what judge and compile take. */
import { buildAddressBook } from './addresses/address-book.ts';
import type { Cluster } from './cluster.ts';
import type { CniProfile } from './cni/profile.ts';
import type { AddressBook } from './endpoints.ts';
import { seenBy } from './resolve/enforcement.ts';
import { type Resolved, resolvePolicies } from './resolve/resolve.ts';
import type { Staging } from './resolve/translate-policies.ts';

export interface World {
  readonly cluster: Cluster;
  /** What of it the CNI looks at. */
  readonly seen: Cluster;
  readonly profile: CniProfile;
  readonly staged: Staging;
  readonly book: AddressBook;
  readonly resolved: Resolved;
}

/** Resolves everything that does not depend on a packet. */
export function createWorld(
  cluster: Cluster,
  profile: CniProfile,
  { staged = 'beside' }: { readonly staged?: Staging } = {},
): World {
  const seen = seenBy(cluster, profile);
  const book = buildAddressBook(seen, profile);
  return { cluster, seen, profile, staged, book, resolved: resolvePolicies(seen, book, profile, staged) };
}

/** What a world has of each kind of policy. */
type Policies = Pick<Cluster, 'networkPolicies' | 'adminPolicies' | 'calicoPolicies' | 'ciliumPolicies'>;

/** The same world under other policies. Who has which address does not hang on them. */
export function withPolicies({ cluster, profile, staged, book }: World, policies: Policies): World {
  const changed = { ...cluster, ...policies };
  const seen = seenBy(changed, profile);
  return {
    cluster: changed,
    seen,
    profile,
    staged,
    book,
    resolved: resolvePolicies(seen, book, profile, staged),
  };
}

/** The same world with its staged policies enforced; undefined where none is staged. */
export function pendingWorld({ cluster, profile, resolved }: World): World | undefined {
  const hasStaged = resolved.policies.some((policy) => policy.staged);
  return hasStaged ? createWorld(cluster, profile, { staged: 'enforced' }) : undefined;
}
