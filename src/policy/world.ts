/** A cluster under a CNI, ready to be asked: what judge and compile take. */
import { buildAddressBook } from './address-book.ts';
import type { Cluster } from './cluster.ts';
import type { CniProfile } from './cni/profile.ts';
import type { AddressBook } from './endpoints.ts';
import { type Resolved, resolvePolicies } from './resolve.ts';

export interface World {
  readonly cluster: Cluster;
  readonly profile: CniProfile;
  readonly book: AddressBook;
  readonly resolved: Resolved;
}

/** Resolves everything that does not depend on a packet. */
export function createWorld(cluster: Cluster, profile: CniProfile): World {
  const book = buildAddressBook(cluster, profile);
  return { cluster, profile, book, resolved: resolvePolicies(cluster, book) };
}
